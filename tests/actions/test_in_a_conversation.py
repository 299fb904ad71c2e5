"""Plan and actions together: the visit note, opinions and deletion in conversations made up turn by turn."""

from __future__ import annotations

import pytest

from rashguide.content.names import NOTE_STEPS
from tests.harness.dialogue import Conversation, heard, pressed, steering

pytestmark = pytest.mark.unit

FALSE_ALARM = heard(
    "false alarm, I'm fine",
    "deny",
    sequel={"after": "emergency", "kind": "alarmed", "ranking": [{"name": "after_false_alarm", "confidence": 0.95}]},
)


def begun(until="where", **how):
    """A conversation whose note has come as far as the step."""
    talk = Conversation(**how)
    assert talk.hear(heard("visit note", "visit_note")) == ["utter_visit_note", "utter_visit_where"]
    for step in NOTE_STEPS[: NOTE_STEPS.index(until)]:
        talk.hear(heard(f"my {step}"))
    assert talk.step == until
    return talk


def test_seven_answers_make_the_note():
    talk = begun("ask")
    assert talk.hear(heard("will it stay?", "is_it_permanent")) == ["utter_visit_done"]
    assert "Where: my where\nSince: my since" in talk.texts()[-1]
    assert "I want to ask: will it stay?" in talk.texts()[-1]
    assert talk.step is None


@pytest.mark.parametrize("step", NOTE_STEPS)
def test_an_aside_is_answered_and_the_question_put_again(step):
    talk = begun(step)
    aside = heard("will it stay?", "is_it_permanent", sequel=steering(step, "note_aside"))
    assert talk.hear(aside) == ["utter_faq/is_it_permanent", f"utter_visit_{step}"]
    assert talk.hear(heard("simpler please", "say_simpler")) == [
        "utter_simpler_is_it_permanent", f"utter_visit_{step}",
    ]  # fmt: skip
    assert step not in talk.answers


@pytest.mark.parametrize("step", NOTE_STEPS)
def test_an_alarm_stops_the_note_and_it_can_go_on_later(step):
    talk = begun(step)
    assert talk.hear(heard("I can't breathe", "emergency", outcome="alarm")) == ["utter_emergency"]
    assert talk.step is None
    assert talk.hear(FALSE_ALARM) == ["utter_stand_down"]
    said = ["utter_visit_note", "utter_visit_where"] if step == "where" else [f"utter_visit_{step}"]
    assert talk.hear(heard("visit note", "visit_note")) == said


def test_something_for_a_doctor_today_is_said_first_and_the_note_goes_on():
    talk = begun("looks")
    answer = heard("open sores in my mouth", "urgent_today", outcome="today")
    assert talk.hear(answer) == ["utter_urgent_today", "utter_visit_tried"]
    assert talk.answers["looks"] == "open sores in my mouth"
    aside = heard("will it stay?", "is_it_permanent", sequel=steering("tried", "note_aside"))
    assert talk.hear(aside)[-1] == "utter_visit_tried"
    assert talk.hear(heard("a plain cream")) == ["utter_visit_skin"]
    assert talk._slot("standing") == "urgent_today"


def test_a_check_comes_first_and_the_note_goes_on_once_it_is_settled():
    talk = begun("looks")
    assert talk.hear(heard("puffy lips", outcome="check")) == ["utter_safety_check"]
    assert talk.hear(heard("hmm")) == ["utter_nothing_near", "utter_visit_tried"]
    assert talk.answers["looks"] == "puffy lips"
    assert "tried" not in talk.answers


@pytest.mark.parametrize("outcome", ["clear", "check"])
def test_words_that_steer_the_note_get_no_check_unless_a_sign_is_among_them(outcome):
    talk = begun("looks")
    assert talk.hear(heard("go back", outcome=outcome, sequel=steering("looks", "note_back"))) == ["utter_visit_shots"]
    signed = heard("skip, lips", outcome="check", sequel=steering("shots", "note_skip"))
    signed["safety"]["signs"] = ["swelling"]
    assert talk.hear(signed) == ["utter_safety_check"]


def test_after_a_no_to_the_check_the_next_question_is_put():
    talk = begun("looks")
    talk.hear(heard("puffy lips", outcome="check"))
    assert talk.hear(heard("no", "deny")) == ["utter_safety_check_no", "utter_visit_tried"]


def test_after_a_yes_to_the_check_there_is_no_note():
    talk = begun("looks")
    talk.hear(heard("puffy lips", outcome="check"))
    assert talk.hear(heard("yes", "affirm")) == ["utter_emergency"]
    assert talk.step is None


def test_a_check_at_the_last_question_does_not_lose_the_note():
    talk = begun("ask")
    assert talk.hear(heard("are puffy lips bad?", outcome="check")) == ["utter_safety_check"]
    assert talk.hear(heard("no", "deny")) == ["utter_safety_check_no", "utter_visit_done"]
    assert talk.hear(heard("thanks", "thanks")) == ["utter_thanks"]


def test_a_goodbye_ends_the_note():
    assert begun("looks").hear(heard("bye", "goodbye")) == ["utter_visit_stopped"]


def test_while_the_action_server_is_away_the_note_says_so_and_nothing_else_is_missing():
    talk = Conversation(served=False)
    assert talk.hear(heard("visit note", "visit_note")) == ["utter_not_now"]
    assert talk.hear(heard("will it stay?", "is_it_permanent")) == ["utter_faq/is_it_permanent"]
    assert talk.hear(heard("simpler", "say_simpler")) == ["utter_simpler_is_it_permanent"]
    assert talk.hear(heard("puffy lips", outcome="check"))[0] == "utter_safety_check"
    assert talk.hear(heard("I can't breathe", "emergency", outcome="alarm")) == ["utter_emergency"]
    assert talk.hear(FALSE_ALARM) == ["utter_stand_down"]


def test_a_note_that_loses_its_server_keeps_its_place():
    talk = begun("looks")
    talk.served = False
    assert talk.hear(heard("red and flaky")) == ["utter_not_now"]
    assert talk.hear(heard("I can't breathe", "emergency", outcome="alarm")) == ["utter_emergency"]
    talk.served = True
    talk.hear(FALSE_ALARM)
    assert talk.hear(heard("visit note", "visit_note")) == ["utter_visit_looks"]


def test_an_opinion_is_counted_and_answered():
    talk = Conversation()
    for subject in ("how_common", "rash_types", "is_it_permanent"):
        said = talk.hear(heard("a question", subject))
    assert said == ["utter_faq/is_it_permanent", "utter_helpful"]
    assert talk.hear(pressed("helpful_no")) == ["utter_helpful_no"]
    assert talk._slot("opinion") == ["is_it_permanent", "helpful_no"]
    assert talk.hear(pressed("unhelpful_hard")) == ["utter_simpler_is_it_permanent"]
    assert talk._slot("opinion") == ["is_it_permanent", "unhelpful_hard"]


def test_an_opinion_that_cannot_be_counted_is_answered_all_the_same():
    talk = Conversation()
    talk.hear(heard("a question", "is_it_permanent"))
    talk.served = False
    assert talk.hear(pressed("unhelpful_hard")) == ["utter_not_now", "utter_simpler_is_it_permanent"]


@pytest.mark.parametrize("yes", [heard("yes", "affirm"), pressed("conversation_deleted")], ids=["words", "button"])
def test_only_the_action_says_that_a_conversation_is_deleted(yes):
    talk = Conversation()
    assert talk.hear(heard("delete this chat", "delete_conversation")) == ["utter_delete_conversation"]
    talk.served = False
    assert talk.hear(yes) == ["utter_not_now"]
    talk.served = True
    talk.hear(heard("delete this chat", "delete_conversation"))
    assert talk.hear(yes) == ["utter_conversation_deleted"]
