"""The visit note: up to seven short questions whose answers, in the person's own words, make a note for the doctor.

Where a note stands is worked out anew from the conversation's turns at each message. Nothing else is kept, so that it
ends with the conversation, and no action server, form or slot can lose it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Optional

from rashguide import content
from rashguide import linear as re
from rashguide.content.names import ALARMS, EMERGENCIES, FOLLOW_UPS, Family, Intent, Response
from rashguide.content.names import NOTE_STEPS as STEPS
from rashguide.dialogue import follow_ups, standing
from rashguide.dialogue.turns import Turn
from rashguide.understanding.questions import PARTS
from rashguide.understanding.safety import SAFETY

LEFT_OUT = ""
LONGEST = 300  # characters of one answer: seven of them still make half a page

# How people name a question that they want to answer anew.
NAMED = {
    "where": r"where|place|body part|location|spot",
    "since": r"since|when|start(ed)?|date|how long",
    "shots": r"shots?|injections?|jabs?|pens?|timing",
    "looks": r"looks?|feels?|appearance|itch",
    "tried": r"tried|changed|change|creams?|treatments?",
    "skin": r"skin|conditions?|history|psoriasis|rosacea",
    "ask": r"ask|questions?",
}
_ANEW = re.compile(r"^(?:\W|no|sorry|wait|oops|actually|please|can|could|i|want|to|need|you|we|let|me|let's|lets)*"
                   r"(change|correct|edit|fix|redo|update)\b(.*)|^(?:\W|no|sorry|wait|oops|the)*(\w+)( \w+)? (?:is|was) wrong\b", re.I)  # fmt: skip # noqa: E501
_BACK = re.compile(r"^\W*(go back|back|previous( question| one)?|last question)( please)?\W*$", re.I)
_SKIP = re.compile(
    r"^\W*(skip|next|pass|idk|dunno|(i )?(do not|don'?t) (know|remember|want to say)|not sure|no idea|no clue|"
    r"(i'?d )?(rather|prefer) not( to)?( say)?|leave (it|that)( out| blank)?|blank)"
    r"( (it|that|this|one|please|pls|question))*\W*$",
    re.I,
)
_STOP = re.compile(
    r"^\W*((please|actually|ok|okay|oh|um|no|sorry|wait)\W*)*"
    r"(stop|cancel|quit|exit|end|abort|forget it|forget the note|never ?mind|enough|no more|not now)"
    r"( (it|the|this|that|note|visit|questions?|please|now|asking|with))*\W*$",
    re.I,
)
_CHANGE = re.compile(rf"^\W*(change|correct|edit|fix|redo)( (the|my|this))?( ({'|'.join(NAMED.values())}))?\W*$", re.I)
_ANOTHER = re.compile(r"\b(new|again|over|another|redo|restart)\b", re.I)
# Messages that are no answer to a question of the note: it is put once more, and left out after that.
_NO_ANSWER = {Intent.AFFIRM, Intent.GREET, Intent.THANKS, *FOLLOW_UPS}
# To these a "no" is an answer; to the others it means "I would rather not say".
_NO_IS_AN_ANSWER = {"tried", "skin", "ask"}
# What the guide has an answer to beside its subjects, also in the middle of a visit note.
BESIDE = {Intent.HUMAN, Intent.PRIVACY, Intent.BOT, Intent.CAPABILITIES}
ASKS = re.compile(
    r"^\W*(and|but|so|ok|wait|hang on|also|quick question)?\W*"
    r"(what|whats|why|how|is|can|could|should|will|does|do|are|who|when|which|would|did|am|may)\b",
    re.I,
)


def question(step: str) -> str:
    """The response that puts a step's question."""
    return Family.NOTE + step


@dataclass(frozen=True)
class Note:
    """A note so far: the step that is being asked, and the answers by step (``LEFT_OUT`` where none was wanted)."""

    step: Optional[str] = None
    answers: dict[str, str] = field(default_factory=dict)
    again: int = 0

    @property
    def done(self) -> bool:
        """True where each question has been put."""
        return len(self.answers) == len(STEPS)

    def stopped(self) -> Note:
        """The note as it waits to be taken up again."""
        return replace(self, step=None, again=0)

    def at(self, step: str) -> tuple[Note, list[str]]:
        """The note with a step's question put."""
        return replace(self, step=step, again=0), [question(step)]

    def on(self) -> tuple[Note, list[str]]:
        """The note with its next open question put, or shown where none is open."""
        still_open = [step for step in STEPS if step not in self.answers]
        return self.at(still_open[0]) if still_open else (self.stopped(), [Response.NOTE_DONE])

    def answered(self, words: str) -> tuple[Note, list[str]]:
        """The note with the answer to the question that is being asked."""
        return replace(self, answers={**self.answers, self.step or "": words}).on()


def _named(text: str) -> Optional[str]:
    """The step that somebody wants to change; "" where they do not say which; None where they want no change."""
    found = _ANEW.search(text)
    if not found:
        return None
    rest = found.group(2) if found.group(1) else f"{found.group(3)}{found.group(4) or ''}"
    if len(rest.split()) > 6:
        return None
    named = next((step for step, words in NAMED.items() if re.search(rf"\b({words})\b", rest, re.I)), "")
    return named if named or found.group(1) else None


def is_command(text: str) -> bool:
    """True where the whole message only steers the note: "skip", "stop", "go back", "change where"."""
    return bool(_STOP.search(text) or _SKIP.search(text) or _BACK.search(text) or _CHANGE.search(text))


def met(
    note: Note, text: str, intent: Optional[str], aside: bool, sure: bool = True
) -> tuple[Note, Optional[list[str]]]:
    """The note after a message, and what is said of it; None where the message is no matter of the note.

    ``aside``: the message asks for something that the guide has an answer to. ``sure``: its intent is beyond
    doubt; short answers to the note's questions are easily taken for small talk.
    """
    if note.step and _STOP.search(text):
        return note.stopped(), [Response.NOTE_STOPPED]
    if intent == Intent.NOTE_CHANGE and note.answers:
        return note, [Response.NOTE_WHICH]
    if note.step or note.done:
        step = _named(text)
        if step:
            return note.at(step)
        if step == "" and note.done and not note.step:
            return note, [Response.NOTE_WHICH]
    if intent == Intent.NOTE and (sure or not note.step) and not (note.step == "ask" and "?" in text):
        return _wanted(note, text)
    if not note.step:
        return note, None
    if _BACK.search(text):
        return note.at(STEPS[max(0, STEPS.index(note.step) - 1)])
    if intent == Intent.GOODBYE and sure:
        return note.stopped(), None
    if aside:
        return note, None
    if (
        intent == Intent.NOTE_SKIP
        or _SKIP.search(text)
        or (intent == Intent.DENY and note.step not in _NO_IS_AN_ANSWER)
    ):
        return note.answered(LEFT_OUT)
    if intent in _NO_ANSWER and sure:
        if note.again:
            return note.answered(LEFT_OUT)
        return replace(note, again=1), [Response.NOTE_OWN_WORDS, question(note.step)]
    return note.answered(" ".join(text.split())[:LONGEST])


def _wanted(note: Note, text: str) -> tuple[Note, list[str]]:
    if note.step:
        return note, [Response.NOTE_OWN_WORDS, question(note.step)]
    if note.answers and not _ANOTHER.search(text):
        return note.on()
    begun, said = Note().on()
    return begun, [Response.NOTE, *said]


def is_aside(turn: Turn, step: str) -> bool:
    """True where a message in the middle of a visit note is a question of its own, and no answer to the note's."""
    if step == "ask" and turn.intent not in BESIDE:
        return False
    if turn.intent in BESIDE or turn.parsed.get(PARTS):
        return True
    answered = any(response.startswith((content.FAQ, Family.SIMPLER, Family.WORD)) for response in turn.before)
    if answered and follow_ups.resolve(turn.parsed, turn.intent, turn.earlier):
        return True
    if turn.intent in content.choices() and not turn.parsed.get(SAFETY):
        return not turn.intent.startswith("visit_")  # a pressed button
    return bool(ASKS.search(turn.text)) and ("?" in turn.text or content.is_faq(turn.intent))


def note_of(turn: Turn) -> tuple[Note, Optional[list[str]]]:
    """The visit note as it stands with this message, and what is said of it; None where the message is none of it."""
    if turn.noted is None:
        note = Note()
        for earlier in turn.conversation()[:-1]:
            note = note.stopped() if ALARMS.keys() & set(earlier.said) else _after(note, earlier)[0]
        turn.noted = _after(note, turn)
    return turn.noted


def _after(note: Note, turn: Turn) -> tuple[Note, Optional[list[str]]]:
    if turn.is_alarm or turn.stands.state in EMERGENCIES:
        return note.stopped(), None
    if standing.question(turn):
        return note, None
    offered = turn.intent == Intent.AFFIRM and Response.REPORTED in turn.before and not note.step
    aside = bool(note.step) and is_aside(turn, note.step)
    return met(note, turn.text, Intent.NOTE if offered else turn.intent, aside, turn.sure)


def written(note: Note, ending: str) -> str:
    """The note as text: one line a question that was answered, and the ending that stands in the content."""
    lines = [
        f"{content.subject_of(question(step)).metadata['line']}: {note.answers[step]}"
        for step in STEPS
        if note.answers.get(step)
    ]
    return "\n".join(["My visit note", *lines, ending])
