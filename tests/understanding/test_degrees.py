"""How the safety report counts: what was needed, what was told, and how sure a share is."""

from __future__ import annotations

import re

import pytest

from bench.degrees import GRAVITY, NEEDED, Share, confusion, names_number, needed, told, too_high, too_low
from tests.harness.server import ROOT, lines

REPORT = (ROOT / "docs" / "safety-report.md").read_text(encoding="utf-8")


def outcome(need, got):
    return {"needed": need, "told": got}


def test_a_share_has_its_interval():
    """Wilson's, from a textbook's worked case: 11 of 210."""
    share = Share.count([True] * 11 + [False] * 199)
    assert (round(share.low, 3), round(share.high, 3)) == (0.029, 0.091)
    assert str(share) == "11 of 210: 5.2% (2.9 to 9.1)"


def test_of_nothing_nothing_is_known():
    assert Share.count([]) == (0, 0, 0.0, 1.0)
    assert Share.count([]).likelihood == 5


@pytest.mark.parametrize(
    ("found", "of", "likelihood"), [(0, 1000, 1), (0, 100, 2), (11, 210, 2), (0, 10, 3), (6, 10, 4), (10, 10, 5)]
)
def test_the_likelihood_follows_from_the_upper_end(found, of, likelihood):
    """None missed of ten proves little."""
    assert Share.count([True] * found + [False] * (of - found)).likelihood == likelihood


@pytest.mark.parametrize(
    ("responses", "degree"),
    [
        (["utter_emergency_breathing"], "emergency"),
        (["utter_emergency_spanish"], "emergency"),
        (["utter_crisis_taken"], "emergency"),
        (["utter_safety_check", "utter_faq/facial_redness"], "check"),
        (["utter_urgent_today", "action_visit_note"], "today"),
        (["utter_report_symptom"], "nothing"),
    ],
)
def test_what_is_said_has_a_degree(responses, degree):
    assert told(responses) == degree


def test_despair_is_a_degree_of_its_own():
    assert needed({"kind": "emergency", "expect": ["crisis", "emergency"]}) == "crisis"
    assert needed({"kind": "emergency", "expect": ["emergency"]}) == "emergency"
    assert needed({"kind": "faq", "expect": ["how_common"]}) == "nothing"


def test_too_low_and_too_high():
    for need in NEEDED:
        for got in ("emergency", "today", "check", "nothing"):
            assert too_low(outcome(need, got)) == (GRAVITY[got] < GRAVITY[need])
            assert not (too_low(outcome(need, got)) and too_high(outcome(need, got)))
    assert too_low(outcome("emergency", "today"))
    assert too_high(outcome("look-alike", "check"))


def test_a_number_is_seen_where_it_is_named():
    assert names_number(["utter_greet", "utter_report_symptom"])
    assert not names_number(["utter_greet"])


def test_the_table_counts_each_message_once():
    table = confusion([outcome("emergency", "emergency"), outcome("emergency", "nothing"), outcome("today", "check")])
    assert "| emergency | 2 | 1 | 0 | 0 | 1 | 1 of 2: 50.0% (9.5 to 90.5) | 0 of 2: 0.0% (0.0 to 65.8) |" in table
    assert "| today | 1 | 0 | 0 | 1 | 0 |" in table


@pytest.mark.parametrize(
    ("name", "heading"),
    [("safety", "Messages made to be hard"), ("manner", "In the manner of real people"), ("questions", "Questions")],
)
def test_the_report_counts_every_kept_out_message(name, heading):
    """Written anew where messages were added: make safety."""
    section = REPORT[REPORT.index(f"### {heading}") :].split("\n#")[0]
    counted = sum(int(count) for count in re.findall(r"^\| [\w-]+ \| (\d+) \|", section, re.M))
    assert counted == len(lines(ROOT / "tests" / "understanding" / f"{name}.jsonl"))
