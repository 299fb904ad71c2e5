"""Every state with every kind of emergency and every act: what is said, what stands after it, and what never may."""

from __future__ import annotations

import asyncio
import itertools
import re

import pytest
import textstat
import yaml
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import ROOT, content
from rashguide.content.importer import GuideImporter
from rashguide.content.names import ACTS, ALARMS, STANDING, STANDING_GROUP, STATES
from rashguide.dialogue import context, standing, turns
from rashguide.dialogue.plan import plan
from rashguide.dialogue.policy import AnswerPolicy
from rashguide.dialogue.turns import NOTHING, Stands, Turn
from rashguide.settings import settings
from rashguide.stores.conversations import ConversationStore
from rashguide.understanding import tongues
from tests.harness.never import NEVER, SETTLES
from tests.harness.talk import as_read

pytestmark = pytest.mark.unit

TYPED = [act for act in ACTS if act != "seen"]
KINDS = {"emergency": [None, *content.GROUPS], "crisis": [None, "overdose"], "urgent_today": [None]}
STOOD = [Stands(state, group) for state, groups in KINDS.items() for group in groups]
EVERY = list(itertools.product(STOOD, TYPED))
BESIDE = ("visit_", "privacy", "capabilities", "talk_to", "bot_")  # answered while a call today stands


def degrees(gravest="none", share=0.9):
    found = dict.fromkeys(content.DEGREES, round((1 - share) / 4, 4))
    return {**found, gravest: share}


def understood(text="x", intent="nlu_fallback", confidence=0.5, outcome="clear", tier="emergency", group=None, acts=None, after="emergency", language=None):  # fmt: skip # noqa: E501
    """What the pipeline makes of a typed message."""
    gravest = {"alarm": tier, "today": "today", "check": "check"}.get(outcome, "none")
    safety = {"outcome": outcome, "tier": tier, "group": group, "degrees": degrees(gravest), "signs": []}
    parsed = {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [],
        "safety": safety,
        "language": language,
    }
    if acts:
        ranking = [{"name": name, "confidence": sure} for name, sure in acts.items()]
        parsed["sequel"] = {"after": after, "kind": "alarmed", "ranking": ranking}
    return parsed


def say(stands, previous=None, **kinds):
    """A message while something stands: the turn, planned."""
    parsed = understood(after=stands.state or "emergency", **kinds)
    if parsed["safety"]["outcome"] == "alarm":
        parsed["intent"] = {"name": parsed["safety"]["tier"], "confidence": 1.0}
    turn = Turn(parsed, parsed["intent"]["name"], previous=previous, stands=stands, left=stands)
    turn.planned = plan(turn)
    turn.said = list(turn.planned)
    turn.left = standing.leaves(turn, turn.planned)
    return turn


FOREIGN = [name for name in tongues.languages().values() if name != tongues.ENGLISH]


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize("stands", STOOD, ids=str)
def test_another_language_is_met_in_it_and_settles_nothing(stands, language):
    """Whatever an English reader takes it for: "quiero morir" once got the word on allergy pills."""
    for acts in ({"after_false_alarm": 0.99}, {"after_worse": 0.99}, {"after_pill": 0.99}, {"after_thanks": 0.99}):
        for tier in ("emergency", "crisis"):
            turn = say(stands, outcome="alarm", tier=tier, acts=acts, language=language)
            assert turn.planned == [f"utter_{tier}_{language}"]
            assert turn.left.state == tier
        turn = say(stands, acts=acts, language=language)
        told = "out_of_scope" if stands.state == "urgent_today" else stands.state
        assert turn.planned == [f"utter_{told}_{language}"]
        assert turn.left == stands


def press(stands, name, previous=None):
    """A pressed button while something stands."""
    intent = {"name": name, "confidence": 1.0}
    parsed = {"text": content.choices()[name], "intent": intent, "intent_ranking": [intent]}
    turn = Turn(parsed, name, previous=previous, stands=stands, left=stands)
    turn.planned = plan(turn)
    turn.said = list(turn.planned)
    turn.left = standing.leaves(turn, turn.planned)
    return turn


def reads(turn):
    return " ".join(as_read(content.spoken(response)) for response in turn.planned)


def test_the_table_is_right():
    standing.check()


@pytest.mark.parametrize(("stands", "act"), EVERY, ids=lambda value: "-".join(filter(None, value)) if isinstance(value, tuple) else value)  # fmt: skip # noqa: E501
def test_each_act_gets_a_reply_without_what_must_never_stand_in_it(stands, act):
    turn = say(stands, acts={act: 0.95})
    assert turn.planned
    text = reads(turn)
    assert not re.search(NEVER[stands.state], text.replace("What would you like to know?", "")
                         if turn.left == NOTHING else text, re.I)  # fmt: skip
    if stands.state != "urgent_today":
        assert "911" in text
    if stands.state == "crisis":
        assert "988" in text or stands.group == "overdose" or turn.left.group == "overdose" or "911 now" in text


@pytest.mark.parametrize(("stands", "act"), EVERY)
def test_only_what_settles_a_state_settles_it(stands, act):
    left = say(stands, acts={act: 0.95}).left
    settles = (stands.state, act) in SETTLES
    if stands.group == "overdose":
        settles = (stands.state, act) == ("emergency", "after_false_alarm")
    if settles:
        assert left == NOTHING
    else:
        rank = [None, "urgent_today", "emergency", "crisis"]
        assert rank.index(left.state) >= rank.index(stands.state)


@pytest.mark.parametrize(("stands", "act"), [pair for pair in EVERY if (pair[0].state, pair[1]) in SETTLES])
def test_what_settles_needs_to_be_surer_and_must_not_alarm(stands, act):
    assert say(stands, acts={act: standing.table().states[stands.state].settles - 0.01}).left == stands
    parsed = understood(outcome="alarm", acts={act: 0.99}, after=stands.state)
    parsed["safety"]["signs"] = ["chest"]
    turn = Turn(parsed, "emergency", stands=stands, left=stands)
    assert standing.leaves(turn, plan(turn)) != NOTHING


@pytest.mark.parametrize("stands", STOOD, ids=str)
def test_a_call_to_a_doctor_takes_nothing_from_what_is_graver(stands):
    turn = say(stands)
    expected = stands if stands.state else Stands("urgent_today")
    assert standing.leaves(turn, ["utter_urgent_today"]) == expected


@pytest.mark.parametrize("stands", STOOD)
def test_whatever_else_is_written_the_state_stands_and_nothing_wrong_is_said(stands):
    """Small talk, questions, refusals, other languages, the note: each subject, with no act that is sure."""
    for intent in content.subjects().keys() - {"emergency", "crisis"}:
        turn = say(stands, intent=intent, confidence=0.99, acts={"after_chat": 0.3, "after_question": 0.2})
        assert turn.left == stands
        if stands.state == "urgent_today" and intent.startswith(
            ("visit_", "privacy", "capabilities", "talk_to", "bot_")
        ):
            continue
        text = reads(turn)
        assert not re.search(NEVER[stands.state], text, re.I), (intent, turn.planned)
        assert "911" in text or intent == "urgent_today"


@pytest.mark.parametrize("stands", STOOD)
def test_a_question_on_something_else_gets_its_answer_or_later_but_first_what_stands(stands):
    answered = 0
    for subject in filter(lambda s: s.is_faq, content.subjects().values()):
        turn = say(stands, intent=subject.id, confidence=0.99, acts={"after_question": 0.9})
        first, *rest = turn.planned
        assert content.subject_of(first).metadata["alert"]
        assert rest in ([], [subject.response])
        answered += len(rest)
        lesser = re.search(NEVER[stands.state], as_read(subject.text), re.I)
        assert not (rest and lesser), subject.id
    assert bool(answered) == (stands.state != "crisis")


@pytest.mark.parametrize("stands", STOOD)
def test_a_check_does_not_interrupt_what_is_graver(stands):
    turn = say(stands, outcome="check", acts={"after_chat": 0.2})
    assert (turn.planned == ["utter_safety_check"]) == (stands.state == "urgent_today")


@pytest.mark.parametrize("group", [None, *content.GROUPS])
@pytest.mark.parametrize("acts", [None, {"after_yes": 0.9}, {"after_eased": 0.9}, {"after_false_alarm": 0.99}])
def test_an_emergency_alarms_at_once_while_a_call_today_stands(group, acts):
    turn = say(Stands("urgent_today"), outcome="alarm", group=group, acts=acts)
    assert turn.planned == [f"utter_emergency_{group}" if group else "utter_emergency"]
    assert turn.left == Stands("emergency", group)


@pytest.mark.parametrize(("share", "signs", "said"), [(0.3, [], "utter_eased_today"), (0.95, [], "utter_emergency"), (0.3, ["chest"], "utter_emergency")])  # fmt: skip # noqa: E501
def test_what_is_known_beside_what_stands_takes_a_surer_alarm(share, signs, said):
    parsed = understood(outcome="alarm", acts={"after_eased": 0.9}, after="urgent_today")
    parsed["safety"] |= {"degrees": degrees("emergency", share) | {"crisis": 0.0}, "signs": signs}
    for acts, wanted in (
        ({"after_eased": 0.9}, said),
        ({"after_worse": 0.9}, "utter_emergency"),
        ({}, "utter_emergency"),
    ):
        parsed["sequel"] = {"kind": "alarmed", "ranking": [{"name": a, "confidence": p} for a, p in acts.items()]}
        turn = Turn(parsed, "emergency", stands=Stands("urgent_today"), left=Stands("urgent_today"))
        assert plan(turn) == [wanted]


def test_despair_alarms_while_an_emergency_stands_and_the_other_way_round():
    assert say(Stands("emergency", "skin"), outcome="alarm", tier="crisis").planned == ["utter_crisis"]
    known = say(Stands("emergency", "skin"), outcome="alarm", tier="crisis", acts={"after_drive": 0.9})
    assert known.planned == ["utter_waiting_drive"]
    guessed = say(Stands("emergency", "skin"), outcome="alarm", tier="crisis", acts={"after_drive": 0.5})
    assert guessed.planned == ["utter_crisis"]
    assert (
        say(Stands("emergency", "skin"), outcome="alarm", tier="crisis", acts={"after_worse": 0.9}).left.state
        == "crisis"
    )
    turn = say(Stands("crisis"), outcome="alarm", group="breathing", acts={"after_yes": 0.9})
    assert turn.planned == ["utter_emergency_breathing"]


def test_an_overdose_that_was_meant_gets_the_number_and_the_poison_line_first():
    for turn in (
        say(Stands("crisis"), acts={"after_taken": 0.7}),
        say(Stands("crisis"), outcome="alarm", group="overdose", acts={"after_taken": 0.7}),
        say(Stands("emergency", "breathing"), acts={"after_taken": 0.7}),
    ):
        assert turn.planned == ["utter_crisis_taken"]
        assert turn.left == Stands("crisis", "overdose")
    assert as_read(content.spoken("utter_crisis_taken")).startswith("Call 911 now")
    meant = understood(outcome="alarm", tier="crisis", group="overdose")
    meant["safety"]["degrees"] |= {"emergency": 0.4, "crisis": 0.5}
    assert standing.alarm(meant, "crisis") == standing.alarm(meant, "emergency") == "utter_crisis_taken"
    meant["safety"]["degrees"] |= {"emergency": 0.01, "crisis": 0.9}
    assert standing.alarm(meant, "crisis") == "utter_crisis"


@pytest.mark.parametrize("act", ["after_safe", "after_joke", "after_eased", "after_false_alarm", "after_bye"])
def test_nothing_typed_settles_an_overdose_that_was_meant(act):
    turn = say(Stands("crisis", "overdose"), acts={act: 0.99})
    assert turn.left == Stands("crisis", "overdose")
    assert as_read(content.spoken(turn.planned[0])).startswith("Call 911 now")


def test_what_gets_the_same_reply_is_weighed_together():
    assert say(Stands("emergency"), acts={"after_eased": 0.3, "after_safe": 0.25}).planned == ["utter_eased"]
    assert say(Stands("emergency"), acts={"after_eased": 0.3, "after_pill": 0.25}).planned == ["utter_still_careful"]


@pytest.mark.parametrize(("intent", "said"), [("affirm", "utter_still_careful_call_now"), ("deny", "utter_still_careful_not_called"), ("thanks", "utter_still_careful")])  # fmt: skip # noqa: E501
def test_small_talk_is_known_without_the_sequel(intent, said):
    turn = say(Stands("emergency"), intent=intent, confidence=0.99)
    assert turn.planned == [said]
    assert turn.left == Stands("emergency")
    assert say(Stands("emergency"), intent=intent, confidence=0.6).planned == ["utter_still_careful"]


def test_the_graver_of_two_kinds_stands():
    assert say(Stands("emergency", "skin"), outcome="alarm", group="breathing").left.group == "breathing"
    turn = say(Stands("emergency", "breathing"), outcome="alarm", group="skin")
    assert turn.planned == ["utter_emergency_skin"]
    assert turn.left.group == "breathing"
    assert say(Stands("emergency", "eye"), outcome="alarm").planned == ["utter_emergency_eye"]


def test_worse_of_another_kind_is_that_kinds_alarm_and_of_the_same_kind_is_worse():
    worse = {"after_worse": 0.9}
    other = say(Stands("emergency", "skin"), outcome="alarm", group="breathing", acts=worse)
    assert other.planned == ["utter_emergency_breathing"]
    same = say(Stands("emergency", "breathing"), outcome="alarm", group="breathing", acts=worse)
    assert same.planned == ["utter_still_careful_worse_breathing"]


@pytest.mark.parametrize("name", sorted(standing.table().buttons))
@pytest.mark.parametrize("stands", STOOD)
def test_buttons_mean_what_the_table_says(name, stands):
    turn = press(stands, name)
    state = standing.table().states[stands.state]
    assert turn.planned == [state.step(standing.table().buttons[name], stands.group).say]


@pytest.mark.parametrize("stands", [*STOOD, NOTHING])
def test_the_buttons_of_an_alarm_alarm(stands):
    assert press(stands, "crisis").left.state == "crisis"
    if stands != Stands("crisis", "overdose"):
        assert press(stands, "emergency").left.state == "emergency"


@pytest.mark.parametrize(
    ("asked", "yes", "no"),
    [
        ("utter_safety_check", "utter_emergency", "utter_safety_check_no"),
        ("utter_safety_check_crisis", "utter_crisis", "utter_still_careful_safe"),
        ("utter_delete_conversation", "action_delete_conversation", "utter_conversation_kept"),
    ],
)
@pytest.mark.parametrize("stands", [NOTHING, Stands("urgent_today")])
def test_a_questions_yes_and_no(asked, yes, no, stands):
    before = Turn({"text": "x"}, "x", said=[asked], stands=stands, left=stands)
    assert say(stands, previous=before, intent="affirm").planned == [yes]
    assert say(stands, previous=before, intent="deny").planned == [no]
    assert say(stands, previous=before, intent="deny").left == stands
    assert press(stands, content.subject_of(no).id, previous=before).planned == [no]
    later = say(
        stands,
        previous=say(stands, previous=before, intent="how_common", confidence=0.99),
        intent="deny",
        confidence=0.99,
    )
    assert no not in later.planned


def test_a_conversation_can_be_deleted_whatever_stands():
    for stands in STOOD:
        asked = say(stands, intent="delete_conversation", confidence=0.99)
        assert asked.planned[-1] == "utter_delete_conversation"
        assert say(stands, previous=asked, intent="affirm", confidence=0.99).planned == ["action_delete_conversation"]


def test_despair_that_is_asked_about_gets_no_other_answer_beside_it():
    turn = say(NOTHING, intent="out_of_scope", confidence=0.99, outcome="check", tier="crisis")
    assert turn.planned == ["utter_safety_check_crisis"]


def test_an_urgent_message_lets_a_call_today_stand_and_never_lowers_what_stands():
    assert say(NOTHING, intent="urgent_today", confidence=0.99, outcome="today").left == Stands("urgent_today")
    assert say(Stands("emergency"), intent="urgent_today", outcome="today").left == Stands("emergency")
    again = say(Stands("urgent_today"), intent="urgent_today", outcome="today", acts={"after_chat": 0.2})
    assert again.planned == ["utter_urgent_today"]


def test_the_visit_note_goes_on_while_a_call_today_stands_and_not_in_an_emergency():
    note = say(Stands("urgent_today"), intent="visit_note", confidence=0.99)
    assert note.planned == ["action_visit_note"]
    assert note.left == Stands("urgent_today")
    assert say(Stands("emergency"), intent="visit_note", confidence=0.99).planned == ["utter_still_careful"]


def tracker(*events):
    return DialogueStateTracker.from_events("rest:x", list(events))


def test_what_stands_is_read_back_from_slots_however_long_ago():
    slots = [SlotSet(STANDING, "emergency"), SlotSet(STANDING_GROUP, "eye")]
    thanks = [UserUttered("thanks", {"name": "thanks"}), ActionExecuted("utter_still_careful")]
    turn = turns.read(tracker(*slots, *thanks * 30).events)
    assert turn.stands == turn.left == Stands("emergency", "eye")
    assert context.after(tracker(*slots, *thanks)) == "emergency"
    emptied = [SlotSet(STANDING, None), SlotSet(STANDING_GROUP, None), ActionExecuted("utter_stand_down")]
    turn = turns.read(tracker(*slots, UserUttered("misread"), *emptied).events)
    assert (turn.stands, turn.left) == (Stands("emergency", "eye"), NOTHING)
    assert turns.read(tracker(*slots, SessionStarted(), *thanks).events).stands == NOTHING


# --- the replies themselves ---------------------------------------------------------------------

REPLIES = [s for s in content.subjects().values() if s.group == "standing"]
BY_GROUP = [content.subjects()[f"emergency_{group}"] for group in content.GROUPS]


@pytest.mark.parametrize("subject", [*REPLIES, *BY_GROUP], ids=lambda s: s.id)
def test_replies_are_short_plain_and_name_the_number(subject):
    text = as_read(subject.text)
    assert len(subject.text.split()) <= 45
    assert textstat.flesch_kincaid_grade(text) <= 6
    assert "911" in text
    assert subject.metadata["alert"] in ("emergency", "crisis")


@pytest.mark.parametrize("subject", BY_GROUP, ids=lambda s: s.id)
def test_a_groups_reply_says_what_was_understood_and_ends_in_twenty_words(subject):
    first, understood_as, *ending = re.split(r"(?<=[.?])\s+", as_read(subject.text))
    assert first == "Call 911 now."
    assert understood_as.startswith("You wrote about ")
    assert len(" ".join(re.split(r"(?<=[.?])\s+", subject.text)[2:]).split()) <= 20
    assert ending


@pytest.mark.parametrize("subject", [s for s in REPLIES if s.file.stem == "emergency"], ids=lambda s: s.id)
def test_in_an_emergency_the_number_comes_first(subject):
    """But for the pen, which comes before the call, and for whoever is at a hospital already."""
    text = as_read(subject.text)
    if subject.id not in ("waiting_pen", "waiting_pen_breathing", "waiting_long"):
        assert "911" in " ".join(text.split()[:15])


def test_the_next_shot_is_one_sentence():
    sentence = "Take no more Dupixent until a doctor who knows what happened says so."
    telling = [s for s in REPLIES if re.search(r"no more Dupixent", s.text)]
    assert {"eased", "eased_seen", "no_next_shot", "no_next_shot_today", "eased_today"} <= {s.id for s in telling}
    assert all(sentence in s.text for s in telling)


def test_every_reply_of_the_table_is_said_and_every_line_leads_somewhere():
    said = {
        step.say
        for state in standing.table().states.values()
        for step in [*state.steps(), standing.Step(state.instead)]
    }
    assert {s.response for s in REPLIES} <= said
    assert {act for state in standing.table().states.values() for act in state.acts} == set(ACTS)
    assert set(standing.table().states) == set(STATES)
    assert set(ALARMS) <= {s.response for s in content.subjects().values()}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda t: t["states"]["emergency"]["acts"].pop("after_pen"), "after_pen"),
        (lambda t: t["states"]["emergency"]["acts"].update(after_pen="utter_nowhere"), "utter_nowhere"),
        (lambda t: t["states"]["emergency"]["acts"].update(after_pen="utter_ask_dosing"), "utter_ask_dosing"),
        (lambda t: t["states"]["crisis"]["acts"].update(after_pen="utter_out_of_scope"), "utter_out_of_scope"),
        (
            lambda t: t["states"]["crisis"]["acts"].update(after_joke={"say": "utter_stand_down", "then": "gone"}),
            "gone",
        ),
        (lambda t: t["states"]["crisis"]["acts"].update(after_pills="utter_crisis_still_here"), "after_pills"),
        (lambda t: t["states"]["urgent_today"]["acts"].update(after_taken="utter_emergency_overdose"), "leaves"),
        (lambda t: t["states"].pop("crisis"), "crisis"),
        (lambda t: t["groups"].remove("eye"), "eye"),
        (lambda t: t["buttons"].update(nobody="after_yes"), "nobody"),
        (lambda t: t["questions"].update(unasked={"yes": "utter_greet", "no": "utter_greet"}), "unasked"),
    ],
)
def test_a_wrong_table_stops_the_start(tmp_path, monkeypatch, change, wrong):
    written = yaml.safe_load(standing.FILE.read_text())
    change(written)
    (tmp_path / "states.yml").write_text(yaml.safe_dump(written))
    monkeypatch.setattr(standing, "FILE", tmp_path / "states.yml")
    standing.table.cache_clear()
    try:
        with pytest.raises(standing.WrongTable, match=wrong):
            standing.check()
    finally:
        monkeypatch.undo()
        standing.table.cache_clear()


def test_the_picture_shows_the_table():
    """Drawn anew by ``make states`` after each change of it."""
    picture = (ROOT / "docs" / "states.svg").read_text()
    for state in standing.table().states.values():
        assert all(f"{step.say.removeprefix(content.UTTER)}" in picture for step in state.steps())
        assert str(state.settles) in picture


# --- kept as slots, by Rasa's own means ---------------------------------------------------------


@pytest.fixture(scope="module")
def domain():
    return GuideImporter(str(ROOT / "config.yml"), str(ROOT / "domain.yml")).get_domain()


def answer(policy, tracker, domain, text, **kinds):
    """One message through the policy and Rasa's ensemble: what is said, written to the conversation."""
    parsed = understood(text, **kinds)
    tracker.update(UserUttered(text, parsed["intent"], [], parsed), domain)
    said = []
    while True:
        found = policy.predict_action_probabilities(tracker, domain)
        best = DefaultPolicyPredictionEnsemble().combine_predictions_from_kwargs(tracker, domain, policy=found)
        tracker.update_with_events(best.events, domain)
        action = domain.action_names_or_texts[best.max_confidence_index]
        tracker.update(ActionExecuted(action), domain)
        if action == "action_listen":
            return said
        said.append(action)


def test_what_stands_outlives_a_long_talk_a_restart_and_another_server(domain, tmp_path, monkeypatch):
    """Each message is answered by a new policy from what the store has, as by another server each time."""
    monkeypatch.setattr(settings(), "database_url", f"sqlite:///{tmp_path}/kept.db")
    loop = asyncio.new_event_loop()

    def message(text, **kinds):
        store = ConversationStore(domain)
        tracker = loop.run_until_complete(store.retrieve("rest:x"))
        if tracker is None:
            tracker = DialogueStateTracker("rest:x", domain.slots)
            tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], domain)
            tracker.update(ActionExecuted("action_listen"), domain)
        policy = AnswerPolicy(
            AnswerPolicy.get_default_config(), None, Resource("policy"), ExecutionContext(GraphSchema({}))
        )
        said = answer(policy, tracker, domain, text, **kinds)
        loop.run_until_complete(store.save(tracker))
        return said

    alarming = {"intent": "emergency", "outcome": "alarm", "group": "eye"}
    assert message("I can't see", **alarming) == ["utter_emergency_eye"]
    for _ in range(30):
        assert message("thanks", intent="thanks", confidence=0.99) == ["utter_still_careful"]
    assert message("what now", acts={"after_what_now": 0.9}) == ["utter_waiting_eye"]
    assert message("misread", acts={"after_false_alarm": 0.9}) == ["utter_stand_down"]
    assert message("thanks", intent="thanks", confidence=0.99) == ["utter_thanks"]
    loop.close()
