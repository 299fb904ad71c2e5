"""What else a message may have meant, beside the question that is answered."""

from __future__ import annotations

import time

import pytest
from rasa.shared.core.events import SessionStarted, UserUttered

from rashguide.dialogue import turns
from rashguide.understanding.bands import MAY_BE_MEANT, _meant_instead
from rashguide.wording import _related
from tests.harness.dialogue import heard

pytestmark = pytest.mark.unit


def ranked(name, confidence):
    return {"name": name, "confidence": confidence}


@pytest.mark.parametrize(
    ("answered", "others", "meant"),
    [
        (ranked("skin_care", 0.9), [ranked("skin_care", 0.9), ranked("facial_redness", 0.05)], ["facial_redness"]),
        (ranked("skin_care", 0.9), [ranked("facial_redness", MAY_BE_MEANT / 2)], []),
        (ranked("skin_care", 0.9), [ranked("ask_dosing", 0.08), ranked("what_to_do", 0.02)], ["what_to_do"]),
        (ranked("skin_care", 0.8), [ranked("facial_redness", 0.1), ranked("what_to_do", 0.09)], ["facial_redness"]),
        (ranked("skin_care", 1.0), [ranked("facial_redness", 0.05)], []),  # typed as its button says it
        (ranked("ask_dosing", 0.9), [ranked("skin_care", 0.09)], []),
    ],
)
def test_the_next_likely_question_is_meant_perhaps(answered, others, meant):
    assert _meant_instead(answered, others) == meant


def buttons(response, offers, intent="skin_care", before=()):
    events = [SessionStarted(timestamp=time.time())]
    for parsed in [*before, {**heard("words", intent), "offers": offers}]:
        events.append(UserUttered(parsed["text"], parsed["intent"], parse_data=parsed))
    return [button["payload"] for button in _related(response, turns.read(events))]


def test_it_stands_first_among_the_buttons_and_once():
    usual = buttons("utter_faq/skin_care", [])
    assert usual
    assert buttons("utter_faq/skin_care", ["how_common"]) == ["/how_common", *usual][:3]
    last = usual[-1].removeprefix("/")
    assert buttons("utter_faq/skin_care", [last]) == [usual[-1], *usual[:-1]]


def test_another_reply_of_the_turn_keeps_its_own():
    assert buttons("utter_faq/skin_care", ["how_common"], intent="facial_redness") == buttons("utter_faq/skin_care", [])
