"""The emergency replies say, to the letter, what was agreed."""

from __future__ import annotations

from pathlib import Path

import pytest
import textstat
import yaml

from rashguide import content
from rashguide.settings import numbers
from tests.harness.talk import as_read

FILES = sorted(Path(__file__).parent.glob("golden_*.yml"))
GOLDEN = {name: text for file in FILES for name, text in yaml.safe_load(file.read_text(encoding="utf-8")).items()}
SAFETY = {s.response: s for s in content.subjects().values() if s.group in ("safety", "standing")}


@pytest.mark.parametrize("response", SAFETY)
def test_wording_is_as_agreed(response):
    assert SAFETY[response].text == GOLDEN[response]


def test_nothing_golden_is_out_of_use():
    assert GOLDEN.keys() == SAFETY.keys()


@pytest.mark.parametrize(("response", "most"), [("utter_emergency", 35), ("utter_crisis", 85)])
def test_alarms_are_short_plain_and_name_the_number(response, most):
    text = as_read(GOLDEN[response])
    assert len(text.split()) <= most
    assert textstat.flesch_kincaid_grade(text) <= 5
    assert "911" in text


def test_the_emergency_reply_puts_the_action_first():
    assert as_read(GOLDEN["utter_emergency"]).startswith("Call 911 now.")
    assert all(len(as_read(GOLDEN["utter_emergency"], country).split()) <= 35 for country in numbers.countries())


def test_harm_that_was_done_is_met_with_the_emergency_number_first():
    text = as_read(GOLDEN["utter_crisis"])
    assert text.index("911") < text.index("988")
