"""Several short messages that make one are read together, where they come within seconds."""

from __future__ import annotations

import time

import pytest
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.dialogue import fragments

pytestmark = pytest.mark.unit


def parsed(outcome="clear", intent="nlu_fallback"):
    return {"text": "x", "intent": {"name": intent}, "safety": {"outcome": outcome}}


def conversation(*messages):
    """A conversation of (text, seconds ago, outcome)."""
    events = [SessionStarted()] + [
        UserUttered(text, {"name": "x"}, [], parsed(outcome), timestamp=time.time() - ago)
        for text, ago, outcome in messages
    ]
    return DialogueStateTracker.from_events("rest:x", events)


@pytest.mark.parametrize(
    ("before", "text", "together"),
    [
        ([("I have", 6, "clear"), ("trouble", 3, "clear")], "breathing", "I have trouble breathing"),
        ([("my tongue", 4, "check")], "is swelling", "my tongue is swelling"),
        ([("I have", 30, "clear"), ("trouble", 3, "clear")], "breathing", "trouble breathing"),
        ([("I have", 60, "clear")], "breathing", None),
        ([("I can't breathe", 3, "alarm")], "help", None),
        ([("hives all over", 3, "today")], "help", None),
        ([("what is the best way to wash my face with it", 3, "clear")], "breathing", None),
        ([("I have", 3, "clear")], "a long and whole sentence that stands by itself", None),
        ([], "breathing", None),
    ],
)
def test_parts_of_a_message_are_put_together(before, text, together):
    assert fragments.joined(conversation(*before), text, parsed()) == together


def test_no_more_than_three_messages_before():
    five = conversation(*[(str(number), 9 - number, "clear") for number in range(5)])
    assert fragments.joined(five, "end", parsed()) == "2 3 4 end"


def test_what_alarms_or_is_pressed_needs_no_company():
    tracker = conversation(("I have", 3, "clear"))
    assert fragments.joined(tracker, "throat closing", parsed("alarm")) is None
    assert fragments.joined(tracker, "Yes", {"text": "Yes", "intent": {"name": "affirm"}}) is None
    assert fragments.joined(None, "breathing", parsed()) is None


@pytest.mark.parametrize(
    ("alone", "together", "surely", "listed", "counts"),
    [
        ("clear", "alarm", 0.99, [], True),
        ("clear", "alarm", 0.4, ["breathing"], True),
        ("clear", "alarm", 0.4, [], False),
        ("check", "today", 0.0, [], False),
        ("clear", "check", 0.0, ["breathing"], False),
    ],
)
def test_only_a_sure_alarm_counts_together(alone, together, surely, listed, counts):
    one, whole = parsed(alone) | {"sequel": None}, parsed(together, "emergency") | {"text": "all"}
    whole["safety"] |= {"probability": surely, "signs": listed}
    found = fragments.graver(one, whole)
    assert found["safety"]["outcome"] == (together if counts else alone)
    assert found["text"] == "x"


def test_a_notes_answers_alarm_together_by_a_listed_sign_alone():
    one = parsed("clear") | {"sequel": {"kind": "note"}}
    whole = parsed("alarm", "emergency") | {"text": "all"}
    whole["safety"] |= {"probability": 0.99, "signs": []}
    assert fragments.graver(one, whole)["safety"]["outcome"] == "clear"
