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


@pytest.fixture(scope="module")
def manner(understand):
    """Messages in the manner of real people."""
    return measure.score(lines(HERE / "manner.jsonl"), understand)


def of(outcomes, *kinds):
    return [outcome for outcome in outcomes if outcome["kind"] in kinds]


def test_faq_questions_are_answered_rightly_or_offered(questions):
    faq = of(questions, "faq")
    assert measure.share(faq, "right") >= FLOORS["right"]
    assert measure.share(faq, "right") + measure.share(faq, "offered") >= FLOORS["right or offered"]
    assert measure.share(faq, "wrong") <= FLOORS["wrong"]


def test_questions_in_real_manner_are_answered_rightly_or_offered(manner):
    faq = of(manner, "faq")
    assert measure.share(faq, "right") >= FLOORS["right in real manner"]
    assert measure.share(faq, "wrong") <= FLOORS["wrong in real manner"]


def test_degrees_in_real_manner(manner):
    """Emergencies alarm; what is for today is sent there or more; doubtful signs are cared for and seldom alarm."""
    emergencies, urgent, doubtful = of(manner, "emergency", "crisis"), of(manner, "urgent"), of(manner, "check")
    assert measure.share(emergencies, "alarmed") >= FLOORS["emergencies alarmed in real manner"]
    assert sum(o["alarmed"] or o["today"] for o in urgent) / len(urgent) >= FLOORS["urgent sent today"]
    cared_for = [o["alarmed"] or o["today"] or o["checked"] for o in doubtful]
    assert sum(cared_for) / len(doubtful) >= FLOORS["doubtful signs cared for"]
    assert measure.share(doubtful, "alarmed") <= FLOORS["doubtful signs alarmed"]
    calm = of(manner, *measure.NOT_EMERGENCIES, "oos_medical_other")
    assert measure.share(calm, "alarmed") <= FLOORS["others alarmed"]


def test_no_faq_subject_is_lost(questions, manner):
    """At least half of a subject's messages lead to its answer or offer it."""
    reached = defaultdict(list)
    for outcome in of([*questions, *manner], "faq"):
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
    cared_for = alarmed + measure.share(emergencies, "today") + measure.share(emergencies, "checked")
    assert cared_for >= FLOORS["emergencies alarmed or checked"]


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
    "right in real manner": 0.92,
    "wrong in real manner": 0.03,
    "emergencies alarmed in real manner": 0.93,
    "urgent sent today": 0.93,
    "doubtful signs cared for": 0.65,
    "doubtful signs alarmed": 0.25,
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
