"""No path of turns loses the advice, goes silent, or loops: random conversations through the plan, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain

from rashguide import content
from rashguide.content.importer import GuideImporter
from rashguide.content.names import ALARMS, Response
from rashguide.dialogue import standing
from rashguide.dialogue.plan import plan
from rashguide.dialogue.turns import NOTHING, Turn
from rashguide.guard.advice import ADVICE, advised
from tests.harness.server import ROOT, advice_count

INTENTS = sorted(content.choices()) + ["nlu_fallback"]
WORDS = ["skip", "stop", "go back", "change where", "why?", "what about my face?", "biopsy meaning?", "on my arm",
         "no?", "new note", "it is {odd}", "is it permanent?", ADVICE]  # fmt: skip
MESSAGES = st.tuples(
    st.sampled_from(INTENTS), st.sampled_from(WORDS) | st.text(max_size=30),
    st.sampled_from(["clear", "check", "alarm"]),
    st.sampled_from(["emergency", "crisis"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def domain():
    return GuideImporter(str(ROOT / "config.yml"), str(ROOT / "domain.yml")).get_domain()


def heard(intent, text, outcome, tier):
    """A message as the understanding leaves it."""
    intent = tier if outcome == "alarm" else "nlu_fallback" if f"utter_{intent}" == "utter_nothing_near" else intent
    safety = {"outcome": outcome, "tier": tier, "probability": 0.5, "signs": []}
    ranking = [{"name": intent, "confidence": 0.9}]
    return {"text": text, "intent": ranking[0], "intent_ranking": ranking, "safety": safety, "offers": []}, intent


def known(intent):
    """Only what has a response: buttons that answer the note's questions have none outside of a note."""
    return intent == "nlu_fallback" or intent in content.subjects()


@settings(max_examples=300, deadline=None)
@given(messages=st.lists(MESSAGES.filter(lambda message: known(message[0])), min_size=1, max_size=14))
def test_every_turn_says_something_known_once_and_ends_with_the_advice(domain: Domain, messages):
    turns: list[Turn] = []
    for message in messages:
        parsed, intent = heard(*message)
        stands = turns[-1].left if turns else NOTHING
        turns.append(Turn(parsed, intent, previous=turns[-1] if turns else None, stands=stands))
        said = plan(turns[-1])
        turns[-1].left = standing.leaves(turns[-1], said)
        assert len(set(said)) == len(said) <= 4
        assert set(said) <= set(domain.responses)
        if message[2] == "alarm":
            assert len(said) == 1
            assert ALARMS.keys() & set(said)
        if message[2] == "check":
            checked = said[0] in ("utter_safety_check", "utter_safety_check_crisis")
            assert checked or ALARMS.keys() & set(said) or known(intent)
        turns[-1].said = said
        reply = advised([{"text": content.spoken(name)} for name in said], "rest:somebody")
        assert advice_count(reply) == 1
        assert plan(turns[-1]) == said  # asked twice in a turn, the plan is the same


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abcdefg ", min_size=1, max_size=20).filter(str.strip), min_size=14, max_size=14),
       st.sampled_from(["nlu_fallback", "report_symptom", "affirm", "deny", "thanks", "greet"]))  # fmt: skip
def test_a_note_ends_whatever_is_answered(answers, intent):
    parsed, start = heard("visit_note", "visit note", "clear", "emergency")
    turns = [Turn(parsed, start, ["utter_visit_note", "utter_visit_where"])]
    for text in answers:
        parsed, name = heard(intent, text, "clear", "emergency")
        turns.append(Turn(parsed, name, previous=turns[-1]))
        turns[-1].said = plan(turns[-1])
        if turns[-1].said == [Response.NOTE_DONE]:
            return
    pytest.fail("the note has no end")
