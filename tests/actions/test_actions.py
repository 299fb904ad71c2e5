"""The actions as Rasa's action server runs them, each with a conversation made up for it."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered

from rashguide import content
from rashguide.content.names import NOTE_STEPS, Action, Response
from tests.harness.dialogue import EXECUTOR, NOTE_ANSWERS, act, heard, pressed, steering

pytestmark = pytest.mark.unit


def conversation(parsed, step=None, answers=None, before=(), now=()):
    """The events of a conversation that has come to a message: the slots, what was said before it, and what since."""
    data = {key: value for key, value in parsed.items() if key != "text"}
    earlier = [UserUttered("hello"), *(ActionExecuted(name) for name in before), ActionExecuted("action_listen")]
    slots = [SlotSet("visit_step", step), SlotSet("visit_answers", answers or {})]
    return [
        SessionStarted(), *earlier, *slots, UserUttered(parsed["text"], parsed["intent"], parse_data=data),
        *(ActionExecuted(name) for name in now),
    ]  # fmt: skip


def noted(parsed, **known):
    """What the note's action says, and the step and answers that it leaves."""
    events = act(Action.NOTE, conversation(parsed, **known))
    slots = {event.key: event.value for event in events if isinstance(event, SlotSet)}
    said = [event.metadata["utter_action"] for event in events if isinstance(event, BotUttered)]
    return said, slots["visit_step"], slots["visit_answers"]


def test_the_action_server_finds_all_that_the_domain_lists():
    assert set(EXECUTOR.actions) == set(Action.ALL)


def test_a_note_begins_with_its_first_question():
    assert noted(heard("visit note", "visit_note")) == (["utter_visit_note", "utter_visit_where"], "where", {})


def test_the_offer_of_a_note_is_accepted_with_a_yes():
    said, step, _ = noted(heard("yes please", "affirm"), before=[Response.REPORTED])
    assert (said, step) == (["utter_visit_note", "utter_visit_where"], "where")


@pytest.mark.parametrize("step", NOTE_STEPS[:-1])
def test_an_answer_is_kept_in_the_persons_words_and_the_next_question_put(step):
    following = NOTE_STEPS[NOTE_STEPS.index(step) + 1]
    known = {name: NOTE_ANSWERS[name] for name in NOTE_STEPS[: NOTE_STEPS.index(step)]}
    said, now, answers = noted(heard(f"  {NOTE_ANSWERS[step]}\n"), step=step, answers=known)
    assert (said, now, answers) == ([f"utter_visit_{following}"], following, {**known, step: NOTE_ANSWERS[step]})


def test_the_last_answer_writes_the_note():
    known = {name: words for name, words in NOTE_ANSWERS.items() if name != "ask"}
    events = act(Action.NOTE, conversation(heard(NOTE_ANSWERS["ask"]), step="ask", answers=known))
    note = events[0].text
    lines = [f"{content.subjects()[f'visit_{step}'].metadata['line']}: {words}" for step, words in NOTE_ANSWERS.items()]
    assert note == "\n".join(["My visit note", *lines, content.spoken(Response.NOTE_DONE)])
    assert SlotSet("visit_step", None) in events


def test_braces_and_markup_stay_as_typed_and_long_answers_are_cut():
    assert noted(heard("on my {arm} <b>left</b>"), step="where")[2] == {"where": "on my {arm} <b>left</b>"}
    assert len(noted(heard("x" * 900), step="where")[2]["where"]) == 300


@pytest.mark.parametrize(
    ("means", "said", "step", "answers"),
    [
        ("note_skip", ["utter_visit_tried"], "tried", {"where": "neck", "looks": ""}),
        ("note_stop", ["utter_visit_stopped"], None, {"where": "neck"}),
        ("note_back", ["utter_visit_shots"], "shots", {"where": "neck"}),
        ("none", ["utter_visit_tried"], "tried", {"where": "neck", "looks": "change where"}),
    ],
)
def test_what_the_understanding_is_sure_of_steers_the_note(means, said, step, answers):
    known = {"where": "neck", "since": "May", "shots": ""}
    found = noted(heard("change where", sequel=steering("looks", means)), step="looks", answers=known)
    assert found == (said, step, {**known, **answers})


def test_who_has_said_enough_gets_the_note_as_far_as_it_has_come():
    parsed = heard("that's enough, show it", sequel=steering("shots", "note_write"))
    events = act(Action.NOTE, conversation(parsed, step="shots", answers={"where": "neck", "since": ""}))
    where = content.subjects()["visit_where"].metadata["line"]
    assert events[0].text == f"My visit note\n{where}: neck\n{content.spoken(Response.NOTE_DONE)}"
    assert SlotSet("visit_step", None) in events
    assert noted(parsed, step="shots", answers={"where": ""})[:2] == ([Response.NOTE_STOPPED], None)


def test_below_the_threshold_it_is_an_answer():
    said, step, answers = noted(heard("no idea", sequel=steering("where", "note_skip", 0.59)), step="where")
    assert (said, step, answers) == (["utter_visit_since"], "since", {"where": "no idea"})


@pytest.mark.parametrize("step", NOTE_STEPS)
def test_the_question_to_change_is_named_by_the_words_beside_it(step):
    for word in content.subjects()[f"visit_{step}"].metadata["named"]:
        parsed = heard(f"change {word}", sequel=steering("ask", "note_change"))
        assert noted(parsed, step="ask", answers={"where": "neck"})[:2] == ([f"utter_visit_{step}"], step), word
        assert noted(heard(f"sorry, can you change {word}"), answers=NOTE_ANSWERS)[1] == step, word


def test_a_change_that_names_nothing_asks_which():
    parsed = heard("change that one", sequel=steering("ask", "note_change"))
    assert noted(parsed, step="ask", answers={"where": "neck"})[0] == [Response.NOTE_WHICH]
    assert noted(heard("change something"), answers=NOTE_ANSWERS)[0] == [Response.NOTE_WHICH]
    assert noted(pressed("visit_change"), answers=NOTE_ANSWERS)[0] == [Response.NOTE_WHICH]


def test_a_changed_answer_leads_back_to_where_the_note_was():
    known = {**NOTE_ANSWERS, "where": "nose"}
    assert noted(heard("only my neck"), step="where", answers=known)[::2] == (
        ["utter_visit_done"], {**known, "where": "only my neck"},
    )  # fmt: skip
    assert noted(heard("only my neck"), step="where", answers={"since": "May"})[1] == "shots"


def test_going_back_from_the_first_question_stays_there():
    assert noted(heard("go back", sequel=steering("where", "note_back")), step="where")[1] == "where"


def test_a_button_says_its_words():
    assert noted(pressed("visit_where_face"), step="where")[2] == {"where": "Face or neck"}
    assert noted(pressed("visit_skip"), step="where")[2] == {"where": ""}


@pytest.mark.parametrize(("step", "kept"), [("where", ""), ("skin", "no")])
def test_a_no_is_an_answer_where_the_question_is_whether(step, kept):
    assert noted(heard("no", "deny"), step=step)[2] == {step: kept}


def test_small_talk_gets_the_question_once_more_and_then_leaves_it_out():
    assert noted(heard("ok", "affirm"), step="where")[:2] == ([Response.NOTE_OWN_WORDS, "utter_visit_where"], "where")
    assert noted(heard("ok", "affirm"), step="where", before=[Response.NOTE_OWN_WORDS])[1:] == ("since", {"where": ""})


@pytest.mark.parametrize("means", ["note_skip", "note_aside"])
def test_an_ok_leaves_nothing_out_whatever_it_is_taken_for(means):
    parsed = heard("ok", "affirm", sequel=steering("where", means))
    assert noted(parsed, step="where")[1] == "where"


def test_a_note_that_was_stopped_is_taken_up_again_unless_a_new_one_is_wanted():
    assert noted(heard("visit note", "visit_note"), answers={"where": "neck"})[:2] == (["utter_visit_since"], "since")
    said, _, answers = noted(heard("make a new visit note", "visit_note"), answers={"where": "neck"})
    assert (said, answers) == (["utter_visit_note", "utter_visit_where"], {})


@pytest.mark.parametrize("check", [Response.CHECK, Response.CHECK_CRISIS])
def test_beside_a_check_the_answer_is_kept_and_nothing_said(check):
    assert noted(heard("my lips are puffy"), step="where", now=[check]) == ([], "since", {"where": "my lips are puffy"})


def test_what_is_said_to_a_check_is_no_answer():
    found = noted(heard("only a little puffy"), step="since", answers={"where": "lips"}, before=[Response.CHECK])
    assert found == (["utter_visit_since"], "since", {"where": "lips"})


def opinion(parsed, before):
    return act(Action.COUNT, conversation(parsed, before=before))


@pytest.mark.parametrize("said", ["helpful_yes", "helpful_no", "unhelpful_hard", "unhelpful_other"])
def test_an_opinion_is_handed_on_with_the_subject_of_the_last_answer(said):
    before = ["utter_faq/how_common", Response.HELPFUL]
    assert opinion(pressed(said), before) == [SlotSet("opinion", ["how_common", said])]


def test_a_yes_to_the_question_is_an_opinion_and_one_to_nothing_is_none():
    assert opinion(heard("yes", "affirm"), ["utter_faq/how_common", Response.HELPFUL])[0].value[1] == "helpful_yes"
    assert opinion(heard("yes", "affirm"), ["utter_greet"]) == [SlotSet("opinion", None)]


def test_the_deletion_says_so_and_keeps_nothing():
    said, reset = act(Action.DELETE, conversation(pressed("conversation_deleted")))
    assert said.metadata["utter_action"] == Response.DELETED
    assert reset.type_name == "reset_slots"
