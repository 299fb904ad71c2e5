"""The handover: asks for the words, the name and how to call back, shows all of it, and after a yes has it sent."""

from __future__ import annotations

import secrets
from typing import Any, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import turn_of
from actions.visit_note import Note
from rashguide.content import names
from rashguide.content.names import CHECKS, Response, Slot
from rashguide.dialogue import handover
from rashguide.dialogue.handover import LONGEST, LONGEST_NAME, Stage, Wish, contact, contact_in, part_named, plain, wish
from rashguide.dialogue.turns import Turn

State = Optional[dict[str, Any]]
ASKED = {
    Stage.WORDS: Response.HANDOVER_WORDS,
    Stage.NAME: Response.HANDOVER_NAME,
    Stage.CONTACT: Response.HANDOVER_CONTACT,
    Stage.CONFIRM: Response.HANDOVER_CONFIRM,
}
CAME_OF_IT = {
    Stage.SENT: Response.HANDOVER_WAITS,
    Stage.DELIVERED: Response.HANDOVER_DELIVERED,
    Stage.FAILED: Response.HANDOVER_FAILED,
}
PARTS = ((Stage.WORDS, "body"), (Stage.NAME, "name"), (Stage.CONTACT, "contact"))


def on(state: dict[str, Any]) -> tuple[State, list[str]]:
    """The handover with what is missing asked for; all of it shown where nothing is."""
    missing = next((stage for stage, part in PARTS if not state.get(part)), Stage.CONFIRM)
    return state | {"stage": missing}, [ASKED[missing]]


def started(turn: Turn) -> tuple[State, list[str]]:
    """A handover of the visit note, as far as it goes, or of words that are still to come."""
    note = Note(answers=turn.answers)
    body = plain(note.told(), lines=True) if any(turn.answers.values()) else ""
    state, said = on({"key": secrets.token_hex(16), "body": body})
    return state, [Response.SEND, *said]


def answered(turn: Turn, state: dict[str, Any]) -> tuple[State, list[str]]:
    """The handover with what the message says to the question that is open."""
    stage, text = state["stage"], turn.text
    if stage == Stage.WORDS:
        body = plain(text, lines=True)
        return on(state | {"body": body}) if len(body) <= LONGEST else (state, [Response.HANDOVER_LONG])
    if stage == Stage.NAME:
        return on(state | {"name": plain(text)[:LONGEST_NAME]})
    reached = contact(text) or contact_in(text)
    return on(state | {"contact": reached}) if reached else (state, [Response.HANDOVER_NO_CONTACT])


def changed(turn: Turn, state: dict[str, Any]) -> tuple[State, list[str]]:
    """The handover with another number, or with the part that is wrong asked for anew."""
    reached = contact_in(turn.text) if not turn.pressed else None
    if reached:
        return on(state | {"contact": reached})
    part = part_named(turn.text) if not turn.pressed else None
    if part is None:
        return state, [Response.HANDOVER_WHICH]
    return on({name: value for name, value in state.items() if (part, name) not in PARTS})


def after(turn: Turn) -> tuple[State, list[str], State]:
    """The handover after a message, what is said of it, and what is to be sent."""
    wanted, state = wish(turn), dict(handover.state(turn))
    if wanted == Wish.YES:
        sent = {name: state[name] for name in ("key", "body", "name", "contact")}
        return {"stage": Stage.SENT, "key": state["key"]}, [Response.HANDOVER_SENT], sent
    if wanted == Wish.START:
        return *started(turn), None
    if wanted == Wish.STOP:
        return None, [Response.HANDOVER_STOPPED], None
    if wanted == Wish.NOTHING:
        return None, [Response.HANDOVER_NOTHING], None
    if wanted == Wish.STATUS:
        return state, [CAME_OF_IT[state["stage"]]], None
    if wanted == Wish.ANSWER:
        return *answered(turn, state), None
    if wanted == Wish.CHANGE:
        return *changed(turn, state), None
    return *on(state), None


class ActionHandover(Action):
    """Goes on by one message. What is to be sent is handed on in a slot: the store writes it down with the turn.

    So it is sent if the turn is kept, and not at all if it is not; and this process needs no way into the database.
    """

    def name(self) -> str:
        """As domain.yml lists it."""
        return names.Action.HANDOVER

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Beside a safety check it keeps an answer in silence, until that is settled."""
        turn = turn_of(tracker)
        state, said, sent = after(turn)
        for response in said if not CHECKS & set(turn.said) else []:
            text = handover.preview(state) if response == Response.HANDOVER_CONFIRM and state else None
            dispatcher.utter_message(response=response, text=text)
        stopped = [SlotSet(Slot.STEP, None)] if turn.step else []
        return [*stopped, SlotSet(Slot.HANDOVER, state), *([SlotSet(Slot.HANDED_OVER, sent)] if sent else [])]
