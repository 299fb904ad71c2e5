"""Hands ``data/`` to Rasa: a subject's file is all there is to edit.

Rasa wants each intent listed in the domain once more. That follows from the subject's id, so it is derived here, and
stays in step with the content for ``rasa train``, ``rasa shell``, ``rasa test`` and ``rasa data validate`` alike.
"""

from __future__ import annotations

import warnings
from typing import Optional, Union

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from rashguide import content
from rashguide.content import names

# Rasa looks for every intent and response in a rule. From an intent to its answer goes AnswerPolicy instead, and that
# each has one is checked by tests/content.
warnings.filterwarnings("ignore", message=".*is not used in any story or rule")
# Said of any slot at all (shared/core/slot_mappings.py:224).
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")


class GuideImporter(RasaFileImporter):
    """Rasa's file importer, with phrases, intents and responses read from the subjects.

    ``content`` reads the files with a parser in C: Rasa's own takes a minute and a half for as many phrases.
    """

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[list[str], str]] = None,
    ) -> None:
        super().__init__(config_file, domain_path, [])
        self._story_files = [str(file) for file in sorted((content.DATA / "stories").glob("*.yml"))]

    @cached_method
    def get_domain(self) -> Domain:
        """The domain file's domain with every subject's intent and response added."""
        names.check()
        domain = super().get_domain()
        found = content.subjects().values()
        derived = {
            "intents": [subject.id for subject in found if subject.phrases],
            "responses": {
                subject.response: [
                    {"text": subject.text, "metadata": subject.metadata}
                    | ({"buttons": subject.buttons} if subject.buttons else {})
                ]
                for subject in found
            },
        }
        return domain.merge(Domain.from_dict(derived))

    @cached_method
    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """The phrases alone: the answers live in the domain, so that a change of wording retrains nothing."""
        messages = []
        for subject in content.subjects().values():
            for phrase in subject.phrases:
                message = Message.build(text=phrase.text, intent=subject.id)
                message.set("degree", phrase.degree)
                message.set("group", phrase.group)
                messages.append(message)
        return TrainingData(messages)
