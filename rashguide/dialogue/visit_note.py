"""What a message wants of the visit note: seven short questions whose answers make a note for the doctor.

The note itself is made by ``actions/visit_note.py``, which asks here too. Where it stands is in two slots.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from rashguide import content
from rashguide import linear as re
from rashguide.content.names import CHECKS, FOLLOW_UPS, NOTE_STEPS, Action, Family, Intent, Response, Slot, Steer
from rashguide.dialogue.turns import Turn
from rashguide.understanding.keys import NOTE, SEQUEL

SURE = 0.6  # from which probability on a message steers the note; below, it is an answer
LONGEST_CHANGE = 6  # words of a message that changes a finished note, those that fill in aside
# Messages that are no answer to a question of the note: it is put once more, and left out after that.
_SMALL_TALK = {Intent.AFFIRM, Intent.GREET, Intent.THANKS}
_NO_ANSWER = {*_SMALL_TALK, *FOLLOW_UPS}
# To these a "no" is an answer; to the others it means "I would rather not say".
_NO_IS_AN_ANSWER = {"tried", "skin", "ask"}


class Wish:
    """What a message may want of the note, beside what steers it (``names.Steer``)."""

    START, GO_ON, ANSWER, OWN_WORDS, WHICH = "start", "go on", "answer", "own words", "which"
    SHOW = "show"  # a check came between the last answer and the note
    CORRECT = "correct"  # an earlier answer (``corrected``), by its own button or an edit of its message


def question(step: str) -> str:
    """The response that puts a step's question."""
    return Family.NOTE + step


def complete(answers: dict[str, str]) -> bool:
    """True where each question has been put."""
    return len(answers) == len(NOTE_STEPS)


def wish(turn: Turn) -> Optional[str]:
    """What the message wants of the note, of ``Wish`` or ``Steer``; None where it is no matter of the note."""
    if corrected(turn):
        return Wish.CORRECT
    return _inside(turn, turn.step) if turn.step else _outside(turn)


@lru_cache(maxsize=1)
def _steps() -> dict[str, str]:
    """Whose question each answer on a button is for."""
    asked = {step: content.subject_of(question(step)) for step in NOTE_STEPS}
    buttons = [
        (button["payload"].removeprefix("/"), step) for step, each in asked.items() if each for button in each.buttons
    ]
    return {name: step for name, step in buttons if name != Intent.NOTE_SKIP}


def _goes_to(turn: Turn) -> Optional[str]:
    """The step whose question a message answers that may go back to an earlier one; None where it does not."""
    if not turn.pressed:
        answered = turn.to and turn.to.step and turn.to.kept.get(Slot.ANSWERS) != turn.to.answers
        return turn.to.step if turn.to and answered else None
    if turn.intent == Intent.NOTE_SKIP:
        return turn.to.kept.get(Slot.STEP) if turn.to else None
    return _steps().get(turn.intent or "")


def corrected(turn: Turn) -> Optional[str]:
    """The step whose answer a message changes by going back to its question; None for any other message."""
    step = _goes_to(turn)
    return step if step and step != turn.step and step in turn.answers else None


def _inside(turn: Turn, step: str) -> str:
    if turn.pressed and _goes_to(turn) not in (None, step):  # of a question that has no answer to change
        return Wish.OWN_WORDS
    if turn.pressed:
        return _pressed(turn)
    if turn.intent in FOLLOW_UPS and _just_answered(turn):
        return Steer.ASIDE
    steers = _steers(turn)
    small_talk = turn.sure and turn.intent in _SMALL_TALK  # to leave out what "ok" is said to would lose an answer
    if steers and not (small_talk and steers in (Steer.SKIP, Steer.ASIDE)):
        return steers
    if CHECKS & set(turn.before):
        return Steer.ASIDE  # what is said to a check answers no question of the note: it was not put again yet
    if not turn.sure:
        return Wish.ANSWER
    if turn.intent == Intent.NOTE and step != NOTE_STEPS[-1]:
        return Wish.OWN_WORDS
    if turn.intent == Intent.GOODBYE:
        return Steer.STOP
    if turn.intent == Intent.DENY and step not in _NO_IS_AN_ANSWER:
        return Steer.SKIP
    if turn.intent in _NO_ANSWER:
        return Steer.SKIP if Response.NOTE_OWN_WORDS in turn.before else Wish.OWN_WORDS
    return Wish.ANSWER


def _outside(turn: Turn) -> Optional[str]:
    offered = turn.intent == Intent.AFFIRM and Response.REPORTED in turn.before
    if turn.intent == Intent.NOTE or offered:
        return Wish.GO_ON if turn.answers and not _holds(turn.text, _words_of(Response.NOTE)) else Wish.START
    if turn.pressed and turn.intent in {*_steps(), Intent.NOTE_SKIP}:
        return Wish.GO_ON if turn.answers else Wish.START
    if turn.intent == Intent.NOTE_CHANGE and turn.answers:
        return Wish.WHICH
    if not complete(turn.answers):
        return None
    if _changes(turn.text):
        return Steer.CHANGE
    return Wish.SHOW if turn.previous and Action.NOTE in turn.previous.done and CHECKS & set(turn.before) else None


def _pressed(turn: Turn) -> str:
    """What a button wants: the note's own answers have no subject of their own."""
    intent = turn.intent or ""
    if intent == Intent.NOTE_SKIP and turn.late and not turn.to:  # nobody knows what it was to leave out
        return Wish.OWN_WORDS
    own = {Intent.NOTE_SKIP: Steer.SKIP, Intent.NOTE_CHANGE: Wish.WHICH, Intent.NOTE: Wish.OWN_WORDS}
    return own.get(intent) or (Wish.ANSWER if intent not in content.subjects() else Steer.ASIDE)


def _steers(turn: Turn) -> Optional[str]:
    sequel = turn.parsed.get(SEQUEL)
    if not sequel or sequel["kind"] != NOTE:
        return None
    best = sequel["ranking"][0]
    return best["name"] if best["name"] in Steer.ALL and best["confidence"] >= SURE else None


def _just_answered(turn: Turn) -> bool:
    return any(response.startswith((content.FAQ, Family.SIMPLER, Family.WORD)) for response in turn.before)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _words_of(response: str, kind: str = "named") -> list[str]:
    """The word list that stands beside a response in data/."""
    subject = content.subject_of(response)
    return list(subject.metadata[kind]) if subject else []


def _holds(text: str, listed: list[str]) -> bool:
    whole = f" {' '.join(_words(text))} "
    return any(f" {' '.join(_words(word))} " in whole for word in listed)


def _changes(text: str) -> bool:
    """True for "change where" and its like: short, and first of all a word of changing."""
    fillers = {*_words_of(Response.NOTE_WHICH, "fillers")}
    said = _words(text)
    while said and said[0] in fillers:
        said = said[1:]
    return bool(said) and len(said) <= LONGEST_CHANGE and said[0] in _words_of(Response.NOTE_WHICH)


def named(text: str) -> Optional[str]:
    """The step whose question a message names; None where it names none."""
    return next((step for step in NOTE_STEPS if _holds(text, _words_of(question(step)))), None)
