"""Messages that go back: edits of older ones, and buttons of an earlier reply."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rasa.shared.core.events import SlotSet

from rashguide.dialogue import handover
from rashguide.settings import settings
from tests.harness.dialogue import Conversation, heard, pressed, steering

NOTE = "utter_visit_"


@pytest.fixture
def note():
    """A visit note at its third question; its messages are called "start", "where" and "since"."""
    begun = Conversation()
    begun.hear(heard("make a visit note", "visit_note"), "start")
    begun.hear(heard("on my arms", sequel=steering("where", "note_answer")), "where")
    begun.hear(heard("two weeks ago", sequel=steering("since", "note_answer")), "since")
    assert begun.step == "shots"
    return begun


def test_an_older_questions_button_changes_its_own_answer(note):
    assert note.hear(pressed("visit_since_week", "where")) == [f"{NOTE}shots"]
    assert note.answers == {"where": "on my arms", "since": "This week"}
    assert note.step == "shots"


def test_an_older_leave_this_out_leaves_out_what_it_stood_beside(note):
    assert note.hear(pressed("visit_skip", "start")) == [f"{NOTE}shots"]
    assert note.answers == {"where": "", "since": "two weeks ago"}


def test_a_leave_this_out_of_nobody_knows_which_question_is_declined(note):
    assert note.hear(pressed("visit_skip", "another day")) == [f"{NOTE}own_words", f"{NOTE}shots"]
    assert note.answers == {"where": "on my arms", "since": "two weeks ago"}


def test_the_last_questions_own_button_answers_it(note):
    note.hear(pressed("visit_shots_after", "since"))
    assert note.answers["shots"] == "It began after my first shot"
    assert note.step == "looks"


def test_a_button_of_a_note_that_is_gone_begins_a_new_one():
    alone = Conversation()
    assert alone.hear(pressed("visit_since_week", "another day")) == ["utter_visit_note", f"{NOTE}where"]


def test_an_edit_of_the_last_message_takes_its_place(note):
    assert note.hear(heard("two months ago", sequel=steering("since", "note_answer")), edits="since") == [
        f"{NOTE}shots"
    ]
    assert note.answers == {"where": "on my arms", "since": "two months ago"}


def test_an_edit_of_an_older_answer_corrects_it_and_leaves_the_question_open(note):
    assert note.hear(heard("on my neck", sequel=steering("shots", "note_answer")), edits="where") == [f"{NOTE}shots"]
    assert note.answers == {"where": "on my neck", "since": "two weeks ago"}
    assert note.hear(heard("on my feet", sequel=steering("shots", "note_answer")), edits="where") == [f"{NOTE}shots"]
    assert note.answers["where"] == "on my feet"


def test_an_edit_that_asks_for_something_else_undoes_what_its_message_began():
    talk = Conversation()
    talk.hear(heard("make a visit note", "visit_note"), "start")
    assert talk.step == "where"
    assert talk.hear(heard("what is dupixent?", "what_is_dupixent"), edits="start") == ["utter_faq/what_is_dupixent"]
    assert talk.step is None


def test_what_was_before_the_last_events_is_not_undone():
    """Of a long conversation the last events and each slot's last value alone are read."""
    talk = Conversation()
    talk.events.append(SlotSet("visit_answers", {"where": "on my arms"}))
    talk.events.append(SlotSet("visit_step", "since"))
    talk.hear(heard("two weeks ago", sequel=steering("since", "note_answer")), "since")
    talk.hear(heard("three weeks ago", sequel=steering("since", "note_answer")), edits="since")
    assert talk.answers == {"where": "on my arms", "since": "three weeks ago"}


def test_an_edit_counts_no_answer_twice():
    """Was it helpful? is asked after the third answer; one that was asked for in two wordings is one."""
    talk = Conversation()
    for number in range(2):
        talk.hear(heard("what is dupixent?", "what_is_dupixent"), f"id {number}")
        talk.hear(heard("what is dupixent", "what_is_dupixent"), f"edit {number}", edits=f"id {number}")
    assert "utter_helpful" in talk.hear(heard("how common is it?", "how_common"), "third")
    fresh = Conversation()
    for number in range(2):
        assert "utter_helpful" not in fresh.hear(heard("what is dupixent?", "what_is_dupixent"), f"id {number}")


def test_an_edit_takes_no_alarm_back():
    talk = Conversation()
    talk.hear(heard("my throat is closing", "emergency", outcome="alarm"), "alarm")
    said = talk.hear(heard("my throat is fine", "out_of_scope"), "calm", edits="alarm")
    assert said == ["utter_still_careful"]
    assert talk.hear(heard("ok", "affirm"), "next") != ["utter_affirm"]


def test_an_edit_of_an_older_message_still_alarms(note):
    said = note.hear(heard("on my arms and i can't breathe", "emergency", outcome="alarm"), edits="where")
    assert said == ["utter_emergency"]


@pytest.mark.parametrize("late", [heard("no", "deny"), heard("yes", "affirm"), pressed("safety_check_no", "first")])
def test_what_answers_an_earlier_check_settles_no_later_one(late):
    talk = Conversation()
    talk.hear(heard("a little puffy", "safety_check", outcome="check"), "first")
    talk.hear(heard("no", "deny"), "answer")
    assert talk.hear(heard("odd feeling", "what_is_dupixent", outcome="check"), "second")[0] == "utter_safety_check"
    assert talk.hear(late, "late", edits="" if "shown" in late else "answer") == ["utter_safety_check"]
    assert talk.hear(pressed("safety_check_no", "late")) == ["utter_safety_check_no"]


def test_a_button_that_tells_of_an_emergency_counts_however_old():
    talk = Conversation()
    talk.hear(heard("a little puffy", "safety_check", outcome="check"), "first")
    talk.hear(heard("no", "deny"), "answer")
    talk.hear(heard("what is dupixent?", "what_is_dupixent"), "question")
    assert talk.hear(pressed("emergency", "first")) == ["utter_emergency"]


def test_an_all_clear_of_an_alarm_before_settles_no_later_alarm():
    talk = Conversation()
    talk.hear(heard("my throat is closing", "emergency", outcome="alarm"), "one")
    talk.hear(heard("thanks", "thanks"), "thanks")
    assert talk.hear(pressed("stand_down", "thanks"), "clear") == ["utter_stand_down"]
    talk.hear(heard("my throat is closing", "emergency", outcome="alarm"), "two")
    assert talk.hear(pressed("stand_down", "thanks"), "old") == ["utter_still_careful"]
    talk.hear(heard("hm", "thanks"), "hm")
    assert talk.hear(pressed("stand_down", "old")) == ["utter_stand_down"]  # of the same alarm, two replies ago


@pytest.fixture
def handing_over(monkeypatch):
    """A message to the clinic that waits for its yes; its messages are called "words", "name" and "contact"."""
    monkeypatch.setattr(handover, "settings", lambda: SimpleNamespace(handover=True, numbers=settings().numbers))
    begun = Conversation()
    begun.hear(heard("send a message to my clinic", "send_to_clinic"), "start")
    for identifier, text in (("words", "My rash is worse"), ("name", "Ann Example"), ("contact", "555 0100 123")):
        begun.hear(heard(text, "nlu_fallback", 0.3), identifier)
    return begun


@pytest.mark.parametrize("late", [heard("yes", "affirm"), pressed("handover_yes", "words"), heard("other words")])
def test_nothing_is_sent_by_what_goes_back_to_an_earlier_message(handing_over, late):
    stage = handing_over._slot("handover")
    handing_over.hear(late, "late", edits="" if "shown" in late else "name")
    assert handing_over._slot("handover")["stage"] == stage["stage"] == "confirm"


def test_an_opinion_on_an_earlier_answer_is_not_counted_for_the_last_one():
    talk = Conversation()
    talk.hear(heard("what is dupixent?", "what_is_dupixent"), "first")
    talk.hear(heard("how common is it?", "how_common"), "second")
    talk.hear(pressed("helpful_yes", "first"))
    assert [event.value for event in talk.events if getattr(event, "key", "") == "opinion"] == []
    talk.hear(heard("how common is it?", "how_common"), "third")
    talk.hear(pressed("helpful_yes", "third"))
    assert [event.value for event in talk.events if getattr(event, "key", "") == "opinion"] == [
        ["how_common", "helpful_yes"]
    ]
