"""No path of turns loses the advice, goes silent, or loops: random conversations through the plan, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain

from rashguide import content
from rashguide.content.importer import GuideImporter
from rashguide.content.names import ALARMS, Response
from rashguide.guard.advice import ADVICE, advised
from tests.harness.dialogue import Conversation, heard
from tests.harness.server import ROOT, advice_count

INTENTS = sorted(content.choices()) + ["nlu_fallback"]
WORDS = ["skip", "stop", "go back", "change where", "why?", "what about my face?", "biopsy meaning?", "on my arm",
         "no?", "new note", "it is {odd}", "is it permanent?", ADVICE]  # fmt: skip
BOOL = st.booleans()
MESSAGES = st.tuples(
    st.sampled_from(INTENTS), st.sampled_from(WORDS) | st.text(max_size=30),
    st.sampled_from(["clear", "check", "alarm"]),
    st.sampled_from(["emergency", "crisis"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def domain():
    return GuideImporter(str(ROOT / "config.yml"), str(ROOT / "domain.yml")).get_domain()


def understood(intent, text, outcome, tier):
    """A message as the understanding leaves it."""
    intent = tier if outcome == "alarm" else "nlu_fallback" if f"utter_{intent}" == "utter_nothing_near" else intent
    return heard(text, intent, outcome=outcome, tier=tier, probability=0.5)


def known(intent):
    """Only what has a response: buttons that answer the note's questions have none outside of a note."""
    return intent == "nlu_fallback" or intent in content.subjects()


@settings(max_examples=300, deadline=None)
@given(messages=st.lists(MESSAGES.filter(lambda message: known(message[0])), min_size=1, max_size=14), served=BOOL)
def test_every_turn_says_something_known_once_and_ends_with_the_advice(domain: Domain, messages, served):
    talk = Conversation(served)
    for message in messages:
        said = talk.hear(understood(*message))
        assert said
        assert len(set(said)) == len(said) <= 5
        assert set(said) <= set(domain.responses)
        if message[2] == "alarm":
            assert len(said) == 1
            assert ALARMS.keys() & set(said)
            assert talk.step is None
        reply = advised([{"text": content.spoken(name)} for name in said], "rest:somebody")
        assert advice_count(reply) == 1


@settings(max_examples=300, deadline=None)
@given(message=MESSAGES.filter(lambda message: known(message[0])))
def test_only_what_an_action_does_is_missing_without_its_server(message):
    """What the plan says by itself is the same with the action server and without it."""
    parsed = understood(*message)
    with_it, without = (Conversation(served).hear(parsed) for served in (True, False))
    said = [name for name in without if name != Response.NOT_NOW]
    assert said == [name for name in with_it if name in said]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abcdefg ", min_size=1, max_size=20).filter(str.strip), min_size=14, max_size=14),
       st.sampled_from(["nlu_fallback", "report_symptom", "affirm", "deny", "thanks", "greet"]))  # fmt: skip
def test_a_note_ends_whatever_is_answered(answers, intent):
    talk = Conversation()
    talk.hear(understood("visit_note", "visit note", "clear", "emergency"))
    said = [talk.hear(understood(intent, text, "clear", "emergency")) for text in answers]
    assert [Response.NOTE_DONE] in said
