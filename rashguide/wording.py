"""Says the content: telephone numbers filled in, the source named, and "Did you mean" made of the nearest subjects."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rashguide import answering, channels, content, feedback, follow_ups, guard, visit_note
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.two_questions import PARTS

UNSURE = "utter_unsure"


def _related(response: str, turns: list[answering.Turn]) -> list[dict[str, str]]:
    """Buttons for the related subjects that were not answered yet; none in the middle of a visit note."""
    if answering.note_of(turns)[0].step:
        return []
    given = {*answering.told(turns), response}
    related = map(content.subjects().__getitem__, content.subject_of(response).metadata["related"])
    return [
        {"title": subject.metadata["label"], "payload": f"/{subject.id}"}
        for subject in related
        if subject.response not in given
    ]


def _opinion(turns: list[answering.Turn]) -> Optional[tuple[str, str]]:
    """The subject and what is said of it to "Was this answer helpful?": with the first response to that, else None."""
    if not turns or turns[-1].said:
        return None
    said = answering.opinion(turns[-1], turns[-2].said if len(turns) > 1 else [])
    subject = follow_ups.last_subject(answering.told(turns))
    return (subject, said) if said and subject else None


class Wording(TemplatedNaturalLanguageGenerator):
    """Rasa's own templated replies, completed in-process, so that no reply waits for another server."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(domain.responses if domain else {})
        guard.install()
        channels.refuse_unknown()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Optional[dict[str, Any]]:
        """The response as the person gets it, but for the advice, which is the guard's."""
        response = await super().generate(utter_action, tracker, output_channel, **settings().numbers(), **kwargs)
        if response is None:
            return None
        metrics.said(utter_action, tracker.latest_message.parse_data if tracker.latest_message else {})
        subject = content.subject_of(utter_action)
        if subject and subject.source_line:
            response["text"] = f"{response['text']}\n{subject.source_line}"
        turns = answering.turns_of(tracker)
        if utter_action == visit_note.DONE:
            response["text"] = visit_note.written(answering.note_of(turns)[0], response["text"])
        if utter_action.startswith(content.FAQ) and not tracker.latest_message.parse_data.get(PARTS):
            response["buttons"] = _related(utter_action, turns)
        opinion = _opinion(turns)
        if opinion:
            response[feedback.OPINION] = opinion
        if utter_action == visit_note.START and not settings().keep_visit_notes:
            response["text"] = f"{response['text']} {response['metadata']['not_kept']}"
        if utter_action == UNSURE:
            response["buttons"] = [
                {"title": content.subjects()[name].metadata["label"], "payload": f"/{name}"}
                for name in tracker.latest_message.parse_data.get("offers", [])
            ]
        return response
