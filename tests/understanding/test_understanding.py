"""Floors under the guide's understanding, on messages by writers who saw no training phrase."""

from __future__ import annotations

from collections import defaultdict

import pytest
import yaml

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


@pytest.fixture(scope="module")
def figures(questions, safety, manner):
    return measure.figures(questions, safety, manner)


BOUNDS = yaml.safe_load(measure.BOUNDS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", BOUNDS["at_least"])
def test_it_does_not_fall_below(figures, name):
    assert figures[name] >= BOUNDS["at_least"][name]


@pytest.mark.parametrize("name", BOUNDS["at_most"])
def test_it_does_not_rise_above(figures, name):
    assert figures[name] <= BOUNDS["at_most"][name]


def test_the_later_writers_messages_hide_no_fall_among_the_first_writers(questions, safety, manner):
    """Whose questions are met better: the bounds in floors.yml are for both together."""
    first = measure.figures(questions, safety, [outcome for outcome in manner if outcome.get("writer") != "later"])
    assert first["right in real manner"] >= 0.96
    assert first["wrong in real manner"] <= 0.02


def test_every_figure_has_a_bound(figures):
    assert figures.keys() == BOUNDS["at_least"].keys() | BOUNDS["at_most"].keys()


def test_no_faq_subject_is_lost(questions, manner):
    """At least half of a subject's messages lead to its answer or offer it."""
    reached = defaultdict(list)
    for outcome in [outcome for outcome in (*questions, *manner) if outcome["kind"] == "faq"]:
        reached[outcome["expect"][0]].append(outcome["right"] or outcome["offered"])
    assert reached.keys() == {subject.id for subject in content.subjects().values() if subject.is_faq}
    assert not {name: found for name, found in reached.items() if sum(found) < len(found) / 2}
