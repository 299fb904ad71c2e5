"""The answers beside the article: sourced by sentence, the kind said truthfully, their warnings kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat
import yaml

from rashguide import content
from rashguide.settings import numbers
from tests.harness.talk import as_read

CONTRACT = yaml.safe_load((Path(__file__).parent / "contract.yml").read_text(encoding="utf-8"))
KIND = {reference: kind for kind, references in CONTRACT["references"].items() for reference in references}
OWN = "this guide"
SUBJECTS = content.subjects()
ALSO = [SUBJECTS[identifier] for identifier in CONTRACT["also_asked"]]
SIMPLER = [SUBJECTS[f"simpler_{identifier}"] for identifier in CONTRACT["also_asked"]]
each = pytest.mark.parametrize("subject", ALSO, ids=lambda s: s.id)
both = pytest.mark.parametrize("subject", ALSO + SIMPLER, ids=lambda s: s.id)


def sentences(text: str) -> list[str]:
    """The sentences of a reply."""
    return re.split(r"(?<=[.?!])\s+", text.strip())


def references(line: str) -> set[str]:
    """The addresses in one line of ``sources``."""
    return {found.strip() for found in re.findall(r"https?://.*?(?=; [A-Z0-9]|$)", line)}


@each
def test_each_sentence_has_its_line_of_sources(subject):
    assert len(subject.metadata["sources"]) == len(sentences(subject.text))
    for line in subject.metadata["sources"]:
        assert line == OWN or references(line), line
        assert references(line) <= KIND.keys(), references(line) - KIND.keys()


@each
def test_the_kind_that_is_said_is_that_of_the_sources(subject):
    found = {KIND[reference] for line in subject.metadata["sources"] for reference in references(line)}
    assert set(subject.source_kinds) == (found or {"guide"})
    assert subject.source_kinds == SUBJECTS[f"simpler_{subject.id}"].source_kinds
    assert ("published reports" in subject.source_line) == ("reports" in found)
    assert ("medicine labels" in subject.source_line) == ("label" in found)
    assert "article" not in subject.source_line


def test_a_reference_is_written_the_same_way_everywhere():
    written: dict[str, str] = {}
    for subject in ALSO:
        for line in subject.metadata["sources"]:
            for named in re.split(r"; (?=[A-Z0-9])", line):
                if named != OWN:
                    address = named[named.index("http") :]
                    assert written.setdefault(address, named) == named


@both
def test_no_answer_opens_with_a_word_that_needs_its_question(subject):
    assert not re.match(r"(yes|no|may|maybe|it|that|this|they|perhaps|sure)\b", subject.text, re.I) or (
        subject.text.startswith(("It can start soon", "No doctor or nurse has", "No clinician has"))
    )


@both
@pytest.mark.parametrize("country", numbers.countries())
def test_it_is_plain_in_every_country(subject, country):
    assert textstat.flesch_kincaid_grade(as_read(subject.text, country)) <= 7


@both
def test_its_sentences_are_short(subject):
    assert all(len(as_read(sentence).split()) <= 15 for sentence in sentences(subject.text))
    assert len(subject.text.split()) <= 80


@each
def test_its_simpler_version_keeps_the_warnings(subject):
    simpler = SUBJECTS[f"simpler_{subject.id}"]
    assert len(simpler.text.split()) < len(subject.text.split())
    for kept in ("{emergency_number}", "today", "until a doctor says so", "on your own", "{report_to}"):
        assert kept not in subject.text or kept in simpler.text, kept
    for sign in ("hives", "tight throat", "floppy", "sheets", "near an eye", "on a baby", "hard to breathe", "fever"):
        assert sign not in subject.text.lower() or sign in simpler.text.lower(), sign


@each
def test_what_is_thin_says_so(subject):
    if re.search(r"\b(thin|evidence from cases)\b", subject.metadata["caution"], re.I):
        assert re.search(r"little is published|evidence is thin|only cases|only a few cases", subject.text, re.I)


def test_who_checked_this_tells_the_truth():
    states = [subject.metadata["reviewed"] for subject in SUBJECTS.values()]
    signed = sum(state.startswith("reviewed by ") for state in states)
    text = SUBJECTS["who_checked_this"].text
    assert ("No clinician has checked these answers yet" in text) == (signed == 0)


def test_reporting_names_the_countrys_own_place():
    text = SUBJECTS["report_side_effect"].text
    assert "MedWatch" in as_read(text, "US")
    assert "Yellow Card" in as_read(text, "GB-NIR")
    assert "MedWatch" not in as_read(text, "INT")
