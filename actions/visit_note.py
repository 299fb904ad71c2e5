"""The visit note: puts the next question, skips, goes back, changes, ends, and writes the note in their own words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import turn_of
from rashguide import content
from rashguide.content import names
from rashguide.content.names import CHECKS, NOTE_STEPS, Intent, Response, Slot, Steer
from rashguide.dialogue.turns import Turn
from rashguide.dialogue.visit_note import Wish, complete, corrected, named, question, wish

LEFT_OUT = ""
LONGEST = 300  # characters of one answer: seven of them still make half a page


@dataclass(frozen=True)
class Note:
    """A note so far: the step that is being asked, and the answers by step (``LEFT_OUT`` where none was wanted)."""

    step: Optional[str] = None
    answers: dict[str, str] = field(default_factory=dict)

    def stopped(self) -> Note:
        """The note as it waits to be taken up again."""
        return replace(self, step=None)

    def at(self, step: str) -> tuple[Note, list[str]]:
        """The note with a step's question put."""
        return replace(self, step=step), [question(step)]

    def on(self) -> tuple[Note, list[str]]:
        """The note with its next open question put, or shown where none is open."""
        if complete(self.answers):
            return self.stopped(), [Response.NOTE_DONE]
        return self.at(next(step for step in NOTE_STEPS if step not in self.answers))

    def answered(self, words: str) -> tuple[Note, list[str]]:
        """The note with the answer to the question that is being asked."""
        return replace(self, answers={**self.answers, self.step or "": words}).on()

    def ended(self) -> tuple[Note, list[str]]:
        """The note as far as it has come, shown; where nothing was said yet, it waits."""
        if not any(self.answers.values()):
            return self.stopped(), [Response.NOTE_STOPPED]
        return replace(self, answers={**dict.fromkeys(NOTE_STEPS, LEFT_OUT), **self.answers}).on()

    def back(self) -> tuple[Note, list[str]]:
        """The note with the question before, or the first one, put."""
        return self.at(NOTE_STEPS[max(0, NOTE_STEPS.index(self.step or NOTE_STEPS[0]) - 1)])

    def corrected(self, step: str, words: str) -> tuple[Note, list[str]]:
        """The note with another answer to an earlier question; the open one is put again."""
        note = replace(self, answers={**self.answers, step: words})
        if self.step:
            return note.at(self.step)
        return note.on() if complete(note.answers) else (note, [Response.NOTE_STOPPED])

    def written(self) -> str:
        """The note as text: one line a question that was answered, and the ending that stands in data/."""
        return "\n".join([self.told(), content.spoken(Response.NOTE_DONE)])

    def told(self) -> str:
        """The note without its ending."""
        lines = [
            f"{content.subjects()[f'visit_{step}'].metadata['line']}: {self.answers[step]}"
            for step in NOTE_STEPS
            if self.answers.get(step)
        ]
        return "\n".join(["My visit note", *lines])


def after(note: Note, turn: Turn) -> tuple[Note, list[str]]:
    """The note after a message, and what is said of it."""
    wanted = wish(turn)
    words = (
        LEFT_OUT if wanted == Steer.SKIP or turn.intent == Intent.NOTE_SKIP else " ".join(turn.text.split())[:LONGEST]
    )
    if wanted == Wish.START:
        begun, said = Note().on()
        return begun, [Response.NOTE, *said]
    if wanted in (Wish.GO_ON, Wish.SHOW):
        return note.on()
    if wanted == Steer.CHANGE and named(turn.text):
        return note.at(named(turn.text) or "")
    if wanted in (Steer.CHANGE, Wish.WHICH):
        return note, [Response.NOTE_WHICH]
    if wanted == Wish.OWN_WORDS:
        return note, [Response.NOTE_OWN_WORDS, question(note.step or NOTE_STEPS[0])]
    if wanted == Steer.ASIDE and note.step:
        return note.at(note.step)
    if wanted == Steer.STOP:
        return note.stopped(), [Response.NOTE_STOPPED]
    if wanted == Steer.WRITE:
        return note.ended()
    if wanted == Wish.CORRECT:
        return note.corrected(corrected(turn) or "", words)
    if wanted == Steer.BACK:
        return note.back()
    return note.answered(words)


class ActionVisitNote(Action):
    """Takes the message for what it means to the note (``rashguide/dialogue/visit_note.py``) and says what follows."""

    def name(self) -> str:
        """As domain.yml lists it."""
        return names.Action.NOTE

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """The note goes on by one message. Beside a safety check it does so in silence, until that is settled."""
        turn = turn_of(tracker)
        note, said = after(Note(turn.step, turn.answers), turn)
        for response in said if not CHECKS & set(turn.said) else []:
            text = note.written() if response == Response.NOTE_DONE else None
            dispatcher.utter_message(response=response, text=text)
        return [SlotSet(Slot.STEP, note.step), SlotSet(Slot.ANSWERS, note.answers)]
