"""What patients see together: a check with an answer, what follows an alarm, a call today and a question, the note.

Each is a short conversation, planned and worded by the guide's own code. What its messages are understood as is given
here, so that the sheet needs no model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Optional

from rashguide import content
from rashguide.content import sign_offs
from rashguide.guard.advice import ADVICE
from rashguide.understanding.keys import ALARMED
from tests.harness.dialogue import Conversation, heard, pressed

Message = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One message and what is said to it: texts with their buttons, as a patient sees them."""

    message: str
    replies: list[str]
    buttons: list[str] = field(default_factory=list)


def _alarmed(text: str, tier: str = "emergency", group: Optional[str] = None) -> Message:
    """A message that alarms, as the understanding leaves it."""
    parsed = heard(text, tier, outcome="alarm")
    return {**parsed, "safety": {**parsed["safety"], "tier": tier, "group": group, "degrees": {tier: 0.9}}}


def _checked(text: str, intent: str, tier: str = "emergency") -> Message:
    parsed = heard(text, intent, outcome="check")
    return {**parsed, "safety": {**parsed["safety"], "tier": tier}}


def _next(text: str, act: str, after: str, intent: str = "nlu_fallback") -> Message:
    """A message that means an act beside what stands."""
    ranking = [{"name": act, "confidence": 0.99}]
    return heard(text, intent, sequel={"after": after, "kind": ALARMED, "ranking": ranking})


def _today(text: str) -> Message:
    return heard(text, "urgent_today", outcome="today")


def _either(text: str, *subjects: str) -> Message:
    """A message that may be about either of two subjects."""
    return {**heard(text, subjects[-1]), "both": list(subjects)}


FACE = "Why is my face puffy?"
HIVES = "I have hives all over"
SHOT = "Do I take my next shot?"
COMBINATIONS: dict[str, tuple[str, list[Message]]] = {
    "check_beside_answer": (
        "A check beside an answer, and No",
        [_checked(FACE, "facial_redness"), heard("no", "deny")],
    ),
    "check_yes": ("A check, and Yes", [_checked(FACE, "facial_redness"), heard("yes", "affirm")]),
    "check_worried": (
        "A check, and “Not that, but it worries me”",
        [_checked(FACE, "facial_redness"), {**pressed("urgent_today"), "text": "Not that, but it worries me"}],
    ),
    "check_crisis": (
        "A check for thoughts of suicide, and Yes",
        [_checked("I can't take this itch anymore", "itch_and_nerves", "crisis"), heard("yes", "affirm")],
    ),
    "alarm_what_now": (
        "After an alarm: what now, and a question",
        [
            _alarmed("My throat is closing", group="breathing"),
            _next("what do I do while I wait", "after_what_now", "emergency"),
            _next("will the rash go away?", "after_question", "emergency", "is_it_permanent"),
        ],
    ),
    "alarm_eased": (
        "After an alarm: it eased, and the next shot",
        [
            _alarmed("My lips are swelling", group="breathing"),
            _next("took a pill and it went down", "after_eased", "emergency"),
            _next(SHOT, "after_next_shot", "emergency", "ask_dosing"),
        ],
    ),
    "alarm_false": (
        "After an alarm: it never happened",
        [
            _alarmed("My tongue is swelling", group="breathing"),
            _next("I meant my shoe", "after_false_alarm", "emergency"),
        ],
    ),
    "crisis_question": (
        "Thoughts of suicide, then a question, then safe",
        [
            _alarmed("I want to die", "crisis"),
            _next("why is my face red", "after_question", "crisis", "facial_redness"),
            _next("I am safe now", "after_safe", "crisis"),
        ],
    ),
    "urgent_question": (
        "A call today, then questions",
        [
            _today(HIVES),
            _next("what kinds of rash are there", "after_question", "urgent_today", "rash_types"),
            _next(SHOT, "after_next_shot", "urgent_today", "ask_dosing"),
            _next("nobody answers", "after_closed", "urgent_today"),
        ],
    ),
    "note": (
        "The visit note, with an answer left out",
        [heard("visit note", "visit_note"), heard("on my neck"), pressed("visit_skip")],
    ),
    "note_alarm": (
        "The visit note, and an emergency typed as an answer",
        [heard("visit note", "visit_note"), _alarmed("on my face, and I can't breathe", group="breathing")],
    ),
    "two_questions": (
        "Two questions in one message",
        [{**heard("what is it and is it common", "what_is_dupixent"), "parts": ["what_is_dupixent", "how_common"]}],
    ),
    "either_of_two": (
        "A message that may be either of two questions",
        [_either("red neck after the shots", "facial_redness", "where_on_body")],
    ),
    "report_or_question": (
        "A message that may tell of a rash or ask about one",
        [_either("my face went red and stays red", "report_symptom", "facial_redness")],
    ),
    "diagnosis_or_question": (
        "A message that may ask for a diagnosis",
        [_either("silvery scale, so it's psoriasis, right?", "ask_diagnosis", "psoriasis_like_rash")],
    ),
    "dosing_or_question": (
        "A message that may ask for a dose",
        [_either("pen how often", "ask_dosing", "how_dupixent_is_given")],
    ),
}


def _exchange(conversation: Conversation, message: Message) -> Exchange:
    before = len(conversation.texts())
    named = conversation.hear(message)
    texts, buttons = [], []
    for name, text in zip(named, conversation.texts()[before:]):
        subject = content.subject_of(name)
        line = subject.source_line if subject else ""
        texts.append("\n".join(filter(None, [text or content.spoken(name), line])))
        buttons += [button["title"] for button in subject.buttons] if subject else []
    return Exchange(message["text"], [*texts[:-1], f"{texts[-1]}\n{ADVICE}"], buttons)


@lru_cache(maxsize=1)
def shown() -> dict[str, tuple[str, list[Exchange]]]:
    """Every combination by id: its title, and what is written and said, with names of numbers in curly brackets."""
    found = {}
    for name, (title, messages) in COMBINATIONS.items():
        conversation = Conversation()
        found[name] = (title, [_exchange(conversation, message) for message in messages])
    return found


def items() -> dict[str, sign_offs.Item]:
    """What of them is signed off: each as it is shown."""
    found = {}
    for name, (_, exchanges) in shown().items():
        told = [(each.message, each.replies, each.buttons) for each in exchanges]
        found[f"shown/{name}"] = sign_offs.Item(f"shown/{name}", False, {"shown": sign_offs.digest(told)})
    return found
