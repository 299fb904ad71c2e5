"""Follow-ups, two questions, related answers and opinions, through the real server."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing

import pytest

from rashguide import content
from rashguide.understanding.questions import PARTS
from tests.harness.server import ROOT, lines
from tests.harness.talk import press, turn, ungrouped

FOLLOW_UPS = lines(ROOT / "tests/conversations/follow_ups.jsonl")
FIRST = "What kinds of rash can happen?"


def test_follow_ups_are_met_rightly(server):
    wrong = []
    for row in FOLLOW_UPS:
        sender = uuid.uuid4().hex
        server.ask(row["first"], sender)
        _, said = turn(server, sender, row["text"])
        if not set(said) & set(row["expect"]):
            wrong.append((row["first"], row["text"], said))
    assert len(FOLLOW_UPS) >= 80
    assert len(wrong) <= 0.15 * len(FOLLOW_UPS), wrong


def test_what_is_too_long_to_lean_on_an_answer_is_not_read_beside_it(server):
    """It would be encoded a second time for nothing."""
    sender = uuid.uuid4().hex
    for text in ("what is dupixent?", "and on the neck?", "and on the neck? " * 5):
        server.ask(text, sender)
    before, short, long = (understood.get("sequel") for understood in server.understood(sender))
    assert (before, long) == (None, None)
    assert short["kind"] == "answered"


def test_follow_ups_are_no_training_phrases():
    known = {text.lower() for text, _ in content.phrases()}
    known_words = {" ".join(text.strip("?.! ").split()) for text in known}
    shared = [row["text"] for row in FOLLOW_UPS if row["text"].lower().strip("?.! ") in known_words]
    assert len(shared) <= 0.1 * len(FOLLOW_UPS), shared


@pytest.mark.parametrize("message", ["more please", "say it simpler", "repeat that"])
def test_a_follow_up_to_nothing_asks_what_is_meant(server, message):
    _, said = turn(server, uuid.uuid4().hex, message)
    assert said in (["utter_tell_me_more"], ["utter_say_simpler"], ["utter_repeat_that"])


def test_more_goes_through_the_related_answers_and_never_repeats_one(server):
    sender = uuid.uuid4().hex
    turn(server, sender, FIRST)
    answers = ["utter_faq/rash_types"]
    for _ in range(6):
        _, said = turn(server, sender, "tell me more")
        answers.append(next(name for name in said if name.startswith("utter_faq/")))
    assert len(set(answers)) == len(answers)


def test_simpler_words_twice_name_who_can_explain(server):
    sender = uuid.uuid4().hex
    turn(server, sender, FIRST)
    assert turn(server, sender, "say it simpler")[1] == ["utter_simpler_rash_types"]
    assert turn(server, sender, "simpler please")[1] == ["utter_no_simpler"]
    assert turn(server, sender, "say it simpler")[1] == ["utter_no_simpler"]


def test_repeating_gives_the_simpler_wording_where_that_came_last(server):
    sender = uuid.uuid4().hex
    turn(server, sender, FIRST)
    turn(server, sender, "say it simpler")
    turn(server, sender, "thanks")
    assert turn(server, sender, "repeat that")[1] == ["utter_simpler_rash_types"]


def test_related_answers_are_offered_and_a_press_leads_there(server):
    sender = uuid.uuid4().hex
    reply, _ = turn(server, sender, FIRST)
    titles = [button["title"] for button in reply[-1]["buttons"]]
    assert titles == [content.subjects()[name].metadata["label"] for name in _related("rash_types")]
    reply, said = press(server, sender, reply, titles[1])  # the first is the safety check
    assert said == ["utter_faq/facial_redness"]
    assert content.subjects()["rash_types"].metadata["label"] not in str(reply[-1].get("buttons"))


def _related(name):
    return content.subjects()[name].metadata["related"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Is it common? Will it go away?", ["how_common", "is_it_permanent"]),
        ("What is Dupixent and how does Dupixent work?", ["what_is_dupixent", "how_dupixent_works"]),
        ("Should I stop taking it? And will I need a biopsy?", ["should_i_stop", "tests_and_biopsy"]),
    ],
)
def test_two_questions_are_both_answered_in_order(server, message, expected):
    _, said = turn(server, uuid.uuid4().hex, message)
    assert said == [f"utter_faq/{name}" for name in expected]


def test_two_questions_with_a_sign_of_danger_alarm_alone(server):
    _, said = turn(server, uuid.uuid4().hex, "What is Dupixent? Why is my tongue swelling and I can't breathe?")
    assert ungrouped(said) == ["utter_emergency"]


def test_single_questions_hardly_ever_get_two_answers(understand):
    """No message of the kept-out sets was written as two questions but for a few that ask the same in two ways."""
    asked = [row for row in lines(ROOT / "tests/understanding/questions.jsonl") if row["kind"] == "faq"]
    doubled = [row["text"] for row in asked if understand(row["text"]).get(PARTS)]
    assert len(doubled) <= 0.01 * len(asked), doubled


@pytest.mark.parametrize(
    ("report", "fits"),
    [
        ("my face went red after the third shot", "facial_redness"),
        ("red cheeks since my third shot", "facial_redness"),
        ("I have a rash on my arms", None),
    ],
)
def test_a_report_gets_what_fits_and_the_offer_of_the_note(server, report, fits):
    sender = uuid.uuid4().hex
    reply, said = turn(server, sender, report)
    assert said == ["utter_report_symptom"] + ([f"utter_faq/{fits}"] if fits else [])
    assert press(server, sender, reply, "Make a note for my visit")[1] == ["utter_visit_note", "utter_visit_where"]


def test_no_to_the_offer_of_the_note_is_accepted(server):
    sender = uuid.uuid4().hex
    turn(server, sender, "I have a rash on my arms")
    assert turn(server, sender, "no thanks")[1] == ["utter_deny"]


def asked_for_an_opinion(server):
    """A conversation that has just asked whether the answer helped."""
    sender = uuid.uuid4().hex
    for question in ("What is Dupixent?", "How does Dupixent work?", "How common are these rashes?"):
        reply, said = turn(server, sender, question)
    assert said == ["utter_faq/how_common", "utter_helpful"]
    return sender, reply


def test_an_opinion_is_asked_for_once_in_many_answers(server):
    sender, _ = asked_for_an_opinion(server)
    for label in ("What can a skin doctor do?", "Will I need tests or a biopsy?", "Will the rash go away?"):
        assert "utter_helpful" not in turn(server, sender, label)[1]


def test_a_yes_thanks(server):
    sender, reply = asked_for_an_opinion(server)
    assert press(server, sender, reply, "Yes")[1] == ["utter_helpful_yes"]


@pytest.mark.parametrize(
    ("why", "met"),
    [
        ("Hard to understand", "utter_simpler_how_common"),
        ("Too little", "utter_faq/trial_numbers"),
        ("Not what I asked", "utter_unhelpful_other"),
    ],
)
def test_a_no_asks_why_and_helps(server, why, met):
    sender, reply = asked_for_an_opinion(server)
    reply, said = press(server, sender, reply, "No")
    assert said == ["utter_helpful_no"]
    assert press(server, sender, reply, why)[1] == [met]


def test_typed_opinions_count_too(server):
    sender, _ = asked_for_an_opinion(server)
    assert turn(server, sender, "no")[1] == ["utter_helpful_no"]


def opinions(server):
    with closing(sqlite3.connect(server.database)) as store:
        return {(subject, opinion): times for subject, opinion, times in store.execute("select * from opinions")}


def test_opinions_are_counted_by_subject_without_text(server):
    before = opinions(server)
    sender, reply = asked_for_an_opinion(server)
    press(server, sender, reply, "Yes")
    after = opinions(server)
    added = {key: times - before.get(key, 0) for key, times in after.items() if times != before.get(key, 0)}
    assert added == {("how_common", "helpful_yes"): 1}
