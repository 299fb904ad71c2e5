"""The emergency replies say, to the letter, what was agreed."""

from __future__ import annotations

from pathlib import Path

import pytest
import textstat
import yaml

from rashguide import content
from tests.harness.talk import as_read

FILES = sorted(Path(__file__).parent.glob("golden_*.yml"))
GOLDEN = {name: text for file in FILES for name, text in yaml.safe_load(file.read_text(encoding="utf-8")).items()}
SAFETY = {s.response: s for s in content.subjects().values() if s.group in ("safety", "standing")}


@pytest.mark.parametrize("response", SAFETY)
def test_wording_is_as_agreed(response):
    assert SAFETY[response].text == GOLDEN[response]


def test_nothing_golden_is_out_of_use():
    assert GOLDEN.keys() == SAFETY.keys()


@pytest.mark.parametrize("response", ["utter_emergency", "utter_crisis"])
def test_alarms_are_short_plain_and_name_the_number(response):
    text = as_read(GOLDEN[response])
    assert len(text.split()) <= 50
    assert textstat.flesch_kincaid_grade(text) <= 5
    assert "911" in text


def test_the_emergency_reply_puts_the_action_first():
    assert as_read(GOLDEN["utter_emergency"]).startswith("Call 911 now.")
    assert len(GOLDEN["utter_emergency"].split()) <= 35
