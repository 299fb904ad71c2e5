"""What is said to a message, and in which order: the plan, a function of the turn alone."""

from __future__ import annotations

import pytest

from rashguide import content
from rashguide.content.names import Action, Response
from rashguide.dialogue import policy, turns
from rashguide.dialogue.plan import plan
from rashguide.dialogue.turns import Stands, Turn
from tests.harness.dialogue import Conversation, heard, pressed, steering

pytestmark = pytest.mark.unit

FAQ = "utter_faq/how_common"


def turn(parsed, previous=None, **known):
    return Turn(parsed, parsed["intent"]["name"], previous=previous, **known)


def said(*responses, previous=None, **known):
    """A turn that is over."""
    return Turn(heard("x"), "nlu_fallback", said=list(responses), previous=previous, **known)


def asked(intent="how_common", **kinds):
    return heard("how common is it?", intent, **kinds)


def test_a_question_gets_its_answer():
    assert plan(turn(asked())) == [FAQ]


# --- the safety check ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "answer"),
    [("how_common", FAQ), ("ask_dosing", "utter_ask_dosing"), ("nlu_fallback", Response.NOTHING_NEAR)],
)
def test_a_doubtful_sign_puts_the_check_before_the_answer(intent, answer):
    assert plan(turn(asked(intent, outcome="check"))) == [Response.CHECK, answer]


def test_despair_in_doubt_gets_its_own_check_and_nothing_beside_it():
    assert plan(turn(asked(outcome="check", tier="crisis"))) == [Response.CHECK_CRISIS]


def test_a_question_about_signs_gets_the_check_once():
    assert plan(turn(asked("safety_check", outcome="check"))) == ["utter_safety_check"]


def test_the_check_comes_before_the_notes_next_question():
    answer = heard("puffy", outcome="check")
    assert plan(turn(answer, slots={"visit_step": "looks"})) == [Response.CHECK, Action.NOTE]


def test_an_aside_in_the_note_waits_for_the_check():
    aside = asked(outcome="check", sequel=steering("looks", "note_aside"))
    assert plan(turn(aside, slots={"visit_step": "looks"})) == [Response.CHECK]


def test_words_that_steer_the_note_need_no_check():
    skip = heard("skip", outcome="check", sequel=steering("looks", "note_skip"))
    assert plan(turn(skip, slots={"visit_step": "looks"})) == [Action.NOTE]
    signed = heard("skip", outcome="check", sequel=steering("looks", "note_skip"), signs=["swelling"])
    assert plan(turn(signed, slots={"visit_step": "looks"}))[0] == Response.CHECK


# --- the order of voices ------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [{}, {"visit_step": "looks"}])
@pytest.mark.parametrize("before", [[], [FAQ], [Response.HELPFUL]])
@pytest.mark.parametrize(
    ("tier", "group", "reply"),
    [
        ("emergency", None, "utter_emergency"),
        ("emergency", "eye", "utter_emergency_eye"),
        ("crisis", None, "utter_crisis"),
    ],
)
def test_an_alarm_is_said_alone_whatever_else_goes_on(slots, before, tier, group, reply):
    alarm = heard("x", tier, outcome="alarm", tier=tier, group=group)
    assert plan(turn(alarm, said(*before), slots=slots)) == [reply]


def test_a_question_that_the_last_turn_ended_with_is_settled_first():
    assert plan(turn(heard("yes", "affirm"), said(Response.CHECK))) == ["utter_emergency"]
    assert plan(turn(heard("no", "deny"), said(Response.CHECK))) == ["utter_safety_check_no"]
    assert plan(turn(heard("no", "deny"), said(FAQ, previous=said(Response.CHECK)))) == ["utter_deny"]


def test_a_settled_check_puts_the_notes_question_again():
    before = said(Response.CHECK)
    settled = plan(turn(heard("no", "deny"), before, slots={"visit_step": "looks"}))
    assert settled == ["utter_safety_check_no", "utter_visit_looks"]


def test_what_stands_speaks_before_answers():
    first, *_ = plan(turn(asked(), stands=Stands("emergency", "skin")))
    assert content.subject_of(first).metadata["alert"] == "emergency"


def test_deleting_is_an_action():
    assert plan(turn(heard("yes", "affirm"), said(Response.DELETE))) == [Action.DELETE]


# --- the answers --------------------------------------------------------------------------------


def test_two_questions_are_answered_in_order_without_an_offer_between_them():
    parsed = {**asked(), "parts": ["how_common", "is_it_permanent"]}
    assert plan(turn(parsed)) == [FAQ, "utter_faq/is_it_permanent"]


def test_a_message_that_may_be_about_either_is_answered_on_both():
    parsed = {**asked(), "both": ["ask_diagnosis", "how_common"]}
    assert plan(turn(parsed)) == ["utter_ask_diagnosis", FAQ]


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({}, "utter_nothing_near"),
        ({"offers": ["how_common"]}, "utter_unsure"),
        ({"language": "german"}, "utter_out_of_scope_german"),
        ({"language": "no such"}, "utter_out_of_scope"),
    ],
)
def test_what_is_not_understood_is_said_so(more, answer):
    assert plan(turn({**heard("x"), **more})) == [answer]


def test_what_is_not_covered_is_named_where_the_words_say_what_it_is():
    medical = asked("out_of_scope_medical")
    assert plan(turn(medical)) == ["utter_out_of_scope_medical"]
    kinds = [s.id.removeprefix("out_of_scope_medical_") for s in content.subjects().values() if "medical_" in s.id]
    for kind in kinds:
        assert plan(turn({**medical, "not_covered": kind})) == [f"utter_out_of_scope_medical_{kind}"]
    assert kinds


def test_an_opinion_is_asked_for_after_the_third_answer_and_counted_before_it_is_met():
    earlier = said(FAQ, previous=said("utter_faq/is_it_permanent"))
    assert plan(turn(asked("rash_types"), earlier)) == ["utter_faq/rash_types", Response.HELPFUL]
    assert plan(turn(asked("rash_types"), said(FAQ))) == ["utter_faq/rash_types"]
    helped = plan(turn(heard("yes", "affirm"), said("utter_faq/rash_types", Response.HELPFUL, previous=earlier)))
    assert helped == [Action.COUNT, "utter_helpful_yes"]
    assert plan(turn(heard("yes", "affirm"), said("utter_faq/rash_types"))) == ["utter_affirm"]


def test_a_report_gets_the_answer_that_fits_the_place():
    report = heard("my face went red", "report_symptom")
    assert plan(turn(report)) == [Response.REPORTED, "utter_faq/facial_redness"]
    assert plan(turn(heard("it got worse", "report_symptom"))) == [Response.REPORTED]


# --- follow-ups ---------------------------------------------------------------------------------


def beside(name, confidence=0.9, intent="nlu_fallback", sure=0.5, text="why?", kind="answered"):
    """A message that leans on the last answer, as far as the sequel classifier can say."""
    ranking = [{"name": name, "confidence": confidence}]
    return heard(text, intent, sure, sequel={"after": "how_common", "kind": kind, "ranking": ranking})


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        ("follow_simpler", "utter_simpler_how_common"),
        ("follow_repeat", FAQ),
        ("follow_sure", "utter_how_sure"),
        ("is_it_permanent", "utter_faq/is_it_permanent"),
    ],
)
def test_what_leans_on_the_last_answer_goes_on_from_it(act, answer):
    assert plan(turn(beside(act), said(FAQ))) == [answer]
    assert plan(turn(beside(act, kind="alarmed"), said(FAQ))) == ["utter_nothing_near"]
    assert plan(turn(beside(act))) == ["utter_nothing_near"], "nothing was answered that it could lean on"


def test_more_gives_a_related_answer_that_was_not_given_yet():
    given = said(FAQ)
    for _ in range(4):
        (more,) = plan(turn(beside("follow_more", text="more"), given))[:1]
        assert more.startswith("utter_faq/")
        assert more not in [*given.said, *[name for t in given.conversation() for name in t.said]]
        given = said(more, previous=given)


@pytest.mark.parametrize(
    ("parsed", "answer"),
    [
        (beside("follow_more", 0.6, intent="rash_types", sure=0.95), "utter_faq/rash_types"),
        (beside("follow_more", 0.39), "utter_nothing_near"),
        (beside("is_it_permanent", 0.29), "utter_nothing_near"),
        (beside("is_it_permanent", 0.49, intent="rash_types", sure=0.8), "utter_faq/rash_types"),
        (beside("is_it_permanent", 0.49, intent="rash_types", sure=0.5), "utter_faq/is_it_permanent"),
        (beside("is_it_permanent", 0.99, intent="rash_types", sure=0.9), "utter_faq/rash_types"),
        (beside("emergency", 0.99), "utter_nothing_near"),
        (beside("follow_repeat", 0.9, text="word " * 17), "utter_nothing_near"),
    ],
)
def test_a_question_that_surely_stands_by_itself_is_no_follow_up(parsed, answer):
    assert plan(turn(parsed, said(FAQ))) == [answer]


# --- the turn that it is made of ----------------------------------------------------------------


def test_reading_on_gives_the_same_turn_as_reading_all_at_once():
    """What the message is read beside, then the turn: each event once (``turns.so_far``, ``turns.under_way``)."""
    from rasa.shared.core.events import UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    talk = Conversation()
    for parsed in (heard("visit note", "visit_note"), heard("cheeks"), asked(sequel=steering("since", "note_aside"))):
        talk.hear(parsed)
    tracker = DialogueStateTracker("rest:somebody", [])
    for event in talk.events:
        tracker.update(event)
    before = turns.so_far(tracker)
    assert before == turns.read(talk.events)
    assert before.said[-1] == "utter_visit_since"
    tracker.update(UserUttered("two weeks", {"name": "nlu_fallback"}, parse_data=heard("two weeks")))
    found = turns.under_way(tracker.copy())
    assert found == turns.read(tracker.events)
    assert found is turns.under_way(tracker), "one turn, for all copies of the tracker"
    assert (found.step, found.answers, found.previous) == ("since", {"where": "cheeks"}, before)
    tracker.update(UserUttered("and more", {"name": "nlu_fallback"}, parse_data=heard("and more")))
    assert turns.under_way(tracker).text == "and more", "the next message is a turn of its own"


def test_a_session_begins_with_nothing():
    from rasa.shared.core.events import SessionStarted, UserUttered

    talk = Conversation()
    talk.hear(heard("I can't breathe", "emergency", outcome="alarm"))
    events = [*talk.events, SessionStarted(), UserUttered("hi", {"name": "greet"})]
    found = turns.read(events)
    assert (found.stands, found.earlier, found.before, found.step) == (turns.NOTHING, [], [], None)


def test_an_alarm_stops_the_note_and_stands():
    before = turn(heard("x", "emergency", outcome="alarm"), slots={"visit_step": "looks"})
    before.left = policy.standing.leaves(before, plan(before))
    kept = {event.key: event.value for event in policy.kept(before)}
    assert kept == {"standing": "emergency", "visit_step": None}


def test_a_pressed_button_is_told_from_words():
    assert turn(pressed("deny")).pressed
    assert not turn(heard("no", "deny")).pressed
