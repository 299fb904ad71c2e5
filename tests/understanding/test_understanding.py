"""Floors under the guide's understanding, on messages by writers who saw no training phrase."""

from __future__ import annotations

from collections import defaultdict

import pytest

from rashguide import content
from tests.harness import measure
from tests.harness.server import ROOT, lines

HERE = ROOT / "tests/understanding"


@pytest.fixture(scope="module")
def questions(understand):
    return measure.score(lines(HERE / "questions.jsonl"), understand)


@pytest.fixture(scope="module")
def safety(understand):
    return measure.score(lines(HERE / "safety.jsonl"), understand)


def of(outcomes, *kinds):
    return [outcome for outcome in outcomes if outcome["kind"] in kinds]


def test_faq_questions_are_answered_rightly_or_offered(questions):
    faq = of(questions, "faq")
    assert measure.share(faq, "right") >= FLOORS["right"]
    assert measure.share(faq, "right") + measure.share(faq, "offered") >= FLOORS["right or offered"]
    assert measure.share(faq, "wrong") <= FLOORS["wrong"]


def test_no_faq_subject_is_lost(questions):
    """At least half of a subject's six messages lead to its answer or offer it."""
    reached = defaultdict(list)
    for outcome in of(questions, "faq"):
        reached[outcome["expect"][0]].append(outcome["right"] or outcome["offered"])
    assert reached.keys() == {subject.id for subject in content.subjects().values() if subject.is_faq}
    assert not {name: found for name, found in reached.items() if sum(found) < len(found) / 2}


def test_doses_diagnoses_and_reports_are_met_as_such(questions):
    assert measure.share(of(questions, "dosing", "diagnosis", "report"), "right") >= FLOORS["handled as such"]


def test_uncovered_subjects_get_no_faq_answer(questions):
    def answered(outcome):
        return content.subjects().get(outcome["intent"], content.subjects()["greet"]).is_faq and outcome["wrong"]

    medical, other = of(questions, "oos_medical"), of(questions, "oos")
    assert sum(map(answered, medical)) / len(medical) <= FLOORS["uncovered medical answered"]
    assert sum(map(answered, other)) / len(other) <= FLOORS["unrelated answered"]


def test_emergencies_alarm(safety):
    emergencies = of(safety, "emergency")
    alarmed = measure.share(emergencies, "alarmed")
    assert alarmed >= FLOORS["emergencies alarmed"]
    assert alarmed + measure.share(emergencies, "checked") >= FLOORS["emergencies alarmed or checked"]


def test_look_alikes_rarely_alarm(safety):
    look_alikes = of(safety, "lookalike")
    alarmed = measure.share(look_alikes, "alarmed")
    assert alarmed <= FLOORS["look-alikes alarmed"]
    assert alarmed + measure.share(look_alikes, "checked") <= FLOORS["look-alikes alarmed or checked"]


def test_everything_else_hardly_ever_alarms(questions):
    others = of(questions, *measure.NOT_EMERGENCIES)
    assert measure.share(others, "alarmed") <= FLOORS["others alarmed"]
    assert measure.share(others, "checked") <= FLOORS["others checked"]


# Set a little below what was measured when the encoder was made (docs/benchmarks.md): a fall means something broke.
FLOORS = {
    "right": 0.80,
    "right or offered": 0.90,
    "wrong": 0.10,
    "handled as such": 0.85,
    "uncovered medical answered": 0.10,
    "unrelated answered": 0.10,
    "emergencies alarmed": 0.85,
    "emergencies alarmed or checked": 0.93,
    "look-alikes alarmed": 0.10,
    "look-alikes alarmed or checked": 0.35,
    "others alarmed": 0.02,
    "others checked": 0.08,
}
