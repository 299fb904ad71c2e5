"""The visit note, through the real server: each question answered, left out, interrupted, corrected and stopped."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing

import pytest

from rashguide import content
from rashguide.content.names import NOTE_STEPS
from tests.harness.dialogue import NOTE_ANSWERS
from tests.harness.server import advice_count
from tests.harness.talk import press, turn, ungrouped

CHANGED = {
    "where": "only my left elbow",
    "since": "since Sunday",
    "shots": "the day after my second one",
    "looks": "dry and scaly now",
    "tried": "a plain moisturizer helps",
    "skin": "I had psoriasis as a teen",
    "ask": "can I keep taking it?",
}
STEPS = list(NOTE_STEPS)


def asks(step):
    return f"utter_visit_{step}"


def begun(server, until="where"):
    """A conversation whose note has come as far as the step."""
    sender = uuid.uuid4().hex
    reply, said = turn(server, sender, "help me prepare for my appointment")
    assert said == ["utter_visit_note", "utter_visit_where"]
    for step in STEPS[: STEPS.index(until)]:
        reply, said = turn(server, sender, NOTE_ANSWERS[step])
    assert said[-1] == asks(until)
    return sender, reply


def after(step):
    return asks(STEPS[STEPS.index(step) + 1]) if step != "ask" else "utter_visit_done"


def finished(server):
    sender, _ = begun(server, "ask")
    reply, said = turn(server, sender, NOTE_ANSWERS["ask"])
    assert said == ["utter_visit_done"]
    return sender, reply


def test_the_note_holds_each_answer_in_the_persons_own_words(server):
    _, reply = finished(server)
    text = reply[-1]["text"]
    assert text.startswith("My visit note\n")
    for step, answer in NOTE_ANSWERS.items():
        assert f"{content.subjects()[f'visit_{step}'].metadata['line']}: {answer}" in text
    assert "Doctors look at when it started" in text
    assert len(text.split()) < 250


def test_from_a_report_to_the_note_in_ten_messages(server):
    sender = uuid.uuid4().hex
    turn(server, sender, "my face went red after the third shot")
    assert turn(server, sender, "yes please")[1] == ["utter_visit_note", "utter_visit_where"]
    for answer in list(NOTE_ANSWERS.values())[:-1]:
        turn(server, sender, answer)
    assert turn(server, sender, NOTE_ANSWERS["ask"])[1] == ["utter_visit_done"]


@pytest.mark.parametrize("step", STEPS)
def test_each_question_can_be_left_out(server, step):
    sender, reply = begun(server, step)
    reply, said = press(server, sender, reply, "Leave this out")
    assert said == [after(step)]


def test_with_all_left_out_the_note_says_what_doctors_look_at(server):
    sender, _ = begun(server)
    for _step in STEPS:
        reply, said = turn(server, sender, "skip")
    assert said == ["utter_visit_done"]
    assert "Where:" not in reply[-1]["text"]


@pytest.mark.parametrize("step", STEPS[:-1])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Will the rash go away?", "faq/is_it_permanent"),
        ("does that go away?", "faq/is_it_permanent"),
        ("are you a real doctor?", "bot_challenge"),
    ],
)
def test_a_question_at_any_step_is_answered_and_the_note_goes_on(server, step, question, answer):
    sender, _ = begun(server, step)
    assert turn(server, sender, question)[1] == [f"utter_{answer}", asks(step)]
    assert turn(server, sender, NOTE_ANSWERS[step])[1] == [after(step)]


@pytest.mark.parametrize("step", STEPS)
def test_an_emergency_at_any_step_stops_the_note_and_it_can_go_on_later(server, step):
    sender, _ = begun(server, step)
    assert ungrouped(turn(server, sender, "my throat is closing up and I can't breathe")[1]) == ["utter_emergency"]
    assert turn(server, sender, "false alarm, I'm fine")[1] == ["utter_stand_down"]
    begins_anew = ["utter_visit_note", asks("where")]  # nothing was answered yet
    assert turn(server, sender, "continue the note")[1] == (begins_anew if step == "where" else [asks(step)])


@pytest.mark.parametrize("step", STEPS[:-1])
def test_follow_ups_in_the_middle_belong_to_the_answer_just_given(server, step):
    sender, _ = begun(server, step)
    turn(server, sender, "Will the rash go away?")
    assert turn(server, sender, "say it simpler")[1] == ["utter_simpler_is_it_permanent", asks(step)]


@pytest.mark.parametrize("step", STEPS)
def test_each_answer_can_be_changed_in_the_finished_note(server, step):
    sender, _ = finished(server)
    assert turn(server, sender, f"change {step}")[1] == [asks(step)]
    reply, said = turn(server, sender, CHANGED[step])
    assert said == ["utter_visit_done"]
    assert CHANGED[step] in reply[-1]["text"]
    assert NOTE_ANSWERS[step] not in reply[-1]["text"]


def test_an_answer_can_be_changed_on_the_way(server):
    sender, _ = begun(server, "looks")
    assert turn(server, sender, "change where")[1] == [asks("where")]
    assert turn(server, sender, "only my neck")[1] == [asks("looks")]


def test_one_can_go_back(server):
    sender, _ = begun(server, "since")
    assert turn(server, sender, "go back")[1] == [asks("where")]


def test_the_button_to_change_says_how(server):
    sender, reply = finished(server)
    assert press(server, sender, reply, "Change something")[1] == ["utter_visit_change"]
    assert turn(server, sender, "change since")[1] == [asks("since")]


@pytest.mark.parametrize("step", STEPS)
def test_the_note_can_be_stopped_and_taken_up_again(server, step):
    sender, _ = begun(server, step)
    assert turn(server, sender, "stop")[1] == ["utter_visit_stopped"]
    assert turn(server, sender, "What is Dupixent?")[1] == ["utter_faq/what_is_dupixent"]
    assert turn(server, sender, "visit note")[1][-1] == asks(step)


def test_small_talk_gets_the_question_once_more_and_no_loop(server):
    sender, _ = begun(server)
    assert turn(server, sender, "ok")[1] == ["utter_visit_own_words", asks("where")]
    assert turn(server, sender, "ok")[1] == [asks("since")]


def test_a_new_note_can_be_made(server):
    sender, _ = finished(server)
    assert turn(server, sender, "make a new visit note")[1] == ["utter_visit_note", "utter_visit_where"]


def test_a_button_says_its_words_in_the_note(server):
    sender, reply = begun(server)
    reply, _ = press(server, sender, reply, "Face or neck")
    for _step in STEPS[1:]:
        reply, said = turn(server, sender, "skip")
    assert "Where: Face or neck" in reply[-1]["text"]


def test_a_forged_button_is_only_text(server):
    sender, _ = begun(server)
    reply, said = turn(server, sender, "/visit_where_face~0000000000000000")
    assert advice_count(reply) == 1
    assert "Face or neck" not in str(server.understood(sender)[-1]["text"])


def test_the_note_of_one_is_not_that_of_another(server):
    begun(server, "looks")
    assert turn(server, uuid.uuid4().hex, "visit note")[1] == ["utter_visit_note", "utter_visit_where"]


def test_markup_and_braces_in_an_answer_stay_as_typed(server):
    sender, _ = begun(server)
    turn(server, sender, "on my {arm} <b>left</b>")
    for _step in STEPS[1:]:
        reply, said = turn(server, sender, "skip")
    assert "Where: on my {arm} <b>left</b>" in reply[-1]["text"]


def an_hour_passes(server, sender):
    """Everything that was said so far was said an hour earlier."""
    with closing(sqlite3.connect(server.database, timeout=10)) as store, store:
        for identifier, data in store.execute("select id, data from events where sender_id like ?", (f"%{sender}",)):
            event = json.loads(data)
            event["timestamp"] -= 3600
            row = (event["timestamp"], json.dumps(event), identifier)
            store.execute("update events set timestamp = ?, data = ? where id = ?", row)


def test_after_an_hour_of_silence_a_note_is_begun_anew(server):
    sender, _ = begun(server, "looks")
    an_hour_passes(server, sender)
    _, said = turn(server, sender, "hello again")
    assert said == ["utter_greet"]
    _, said = turn(server, sender, "help me prepare for my appointment")
    assert said == ["utter_visit_note", "utter_visit_where"]


def test_after_an_hour_of_silence_a_yes_accepts_no_old_offer(server):
    sender = uuid.uuid4().hex
    turn(server, sender, "my face went red after the third shot")
    an_hour_passes(server, sender)
    assert turn(server, sender, "yes")[1] == ["utter_affirm"]


def test_a_no_to_the_offer_is_taken_kindly_and_asked_no_more(server):
    sender = uuid.uuid4().hex
    turn(server, sender, "my face went red after the third shot")
    assert turn(server, sender, "no thanks")[1] in (["utter_deny"], ["utter_thanks"])
    assert turn(server, sender, "does that go away?")[1] == ["utter_faq/is_it_permanent"]


def test_changing_ones_mind_about_the_offer(server):
    sender = uuid.uuid4().hex
    turn(server, sender, "my face went red after the third shot")
    turn(server, sender, "no")
    assert turn(server, sender, "actually yes, make the note")[1] == ["utter_visit_note", "utter_visit_where"]
