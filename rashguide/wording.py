"""Says the content: telephone numbers filled in, the source named, and "Did you mean" made of the nearest subjects."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rashguide import clinic, content
from rashguide.content.names import EMERGENCIES, Intent, Response
from rashguide.dialogue import turns
from rashguide.dialogue.turns import Turn
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.understanding.bands import MOST_OFFERS, OFFERS
from rashguide.understanding.keys import Parsed


def _buttons(names: list[str]) -> list[dict[str, str]]:
    found = map(content.subjects().__getitem__, names)
    return [{"title": subject.metadata["label"], "payload": f"/{subject.id}"} for subject in found]


def _related(response: str, turn: Optional[Turn]) -> list[dict[str, str]]:
    """Buttons for what else the message may have meant and for the related subjects, those not answered yet.

    None in a visit note or while an alarm stands.
    """
    if turn and (turn.left.state in EMERGENCIES or turn.step):
        return []
    given = {*(turn.earlier if turn else []), response}
    subject = content.subject_of(response)
    names = list(subject.metadata["related"]) if subject else []
    if turn and subject and turn.parsed.get("intent", {}).get("name") == subject.id:
        names = [*turn.parsed.get(OFFERS, []), *names]
    return _buttons([name for name in dict.fromkeys(names) if content.response_to(name) not in given][:MOST_OFFERS])


def _is_only_answer(turn: Optional[Turn]) -> bool:
    """False where the turn holds more answers than one: buttons between them would part them."""
    return turn is None or sum(name.startswith(content.FAQ) for name in turn.planned or []) < 2


def _with_clinic(response: str, text: str, turn: Optional[Turn]) -> str:
    """A reply with what holds at the clinic now: once a turn, and never while an emergency stands."""
    if response == Response.CLINIC:
        return f"{clinic.answer()} {text}"
    if response == Response.REMIND:
        return f"{text} {clinic.reminder()}"
    if response == Response.SEND:
        return f"{text} {clinic.reads()}"
    if response in (Response.HANDOVER_SENT, Response.HANDOVER_FAILED):
        return " ".join(filter(None, (text, clinic.now())))
    if turn is None or turn.left.state in EMERGENCIES or turn.clinic_named:
        return text
    told = clinic.named(text)
    turn.clinic_named = told != text
    return told


class Wording(TemplatedNaturalLanguageGenerator):
    """Rasa's own templated replies, completed in-process, so that no reply waits for another server."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Optional[dict[str, Any]]:
        """The response as the person gets it, but for the advice, which is the guard's."""
        response = await super().generate(utter_action, tracker, output_channel, **settings().numbers(), **kwargs)
        if response is None:
            return None
        turn = turns.under_way(tracker)
        parsed: Parsed = turn.parsed if turn else {}
        metrics.said(content.original(utter_action), parsed)
        subject = content.subject_of(utter_action)
        response["text"] = _with_clinic(utter_action, response["text"], turn)
        if subject and subject.source_line:
            response["text"] = f"{response['text']}\n{subject.source_line}"
        if utter_action.startswith(content.FAQ) and _is_only_answer(turn):
            response["buttons"] = _related(utter_action, turn)
        if utter_action == Response.NOTE and not settings().keep_visit_notes:
            response["text"] = f"{response['text']} {response['metadata']['not_kept']}"
        if utter_action == Response.NOTE_DONE and settings().handover:
            response["buttons"] = [*_buttons([Intent.SEND]), *response.get("buttons", [])]
        if utter_action == Response.UNSURE:
            response["buttons"] = _buttons(parsed.get(OFFERS, []))
        return response
