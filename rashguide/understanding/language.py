"""Whether a message is in another language, so that its writer is told in that language that only English is read."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rashguide.understanding.component import Component

LANGUAGE = "language"
# Those that the guide has a sentence in: data/scope/other_languages.yml.
SPOKEN = {
    "es": "spanish", "fr": "french", "de": "german", "it": "italian", "pt": "portuguese", "pl": "polish",
    "ru": "russian", "uk": "ukrainian", "ar": "arabic", "tr": "turkish", "zh": "chinese", "hi": "hindi",
    "ja": "japanese", "ko": "korean", "vi": "vietnamese", "nl": "dutch",
}  # fmt: skip
SURE = 0.95


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", *SPOKEN])
    return identifier


def spot(text: str) -> Optional[str]:
    """The name of the language where it is surely one of ``SPOKEN``; None for English and for what is too short."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign_script = sum(letter > "\u024f" for letter in letters) > len(letters) / 2
    if not letters or (len(text.split()) < 3 and not foreign_script):
        return None
    code, probability = _identifier().classify(text)
    return SPOKEN.get(code) if probability >= SURE else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageSpotter(Component):
    """Sets ``language`` on each message that is not in English."""

    @classmethod
    def prepare(cls) -> None:
        """Loads the tables once."""
        _identifier()

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the language's name, or None."""
        for message in messages:
            message.set(LANGUAGE, spot(message.get(TEXT) or ""), add_to_output=True)
        return messages
