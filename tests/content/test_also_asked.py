"""The answers beside the article: sourced by sentence, the kind said truthfully, their warnings kept."""

from __future__ import annotations

import re

import pytest
import textstat

from rashguide.content import composing, sign_offs
from rashguide.settings import numbers
from tests.harness.contents import CONTRACT, OWN, SUBJECTS, own_sentences
from tests.harness.talk import as_read

ALSO = [SUBJECTS[identifier] for identifier in CONTRACT["also_asked"]]
SIMPLER = [SUBJECTS[f"simpler_{identifier}"] for identifier in CONTRACT["also_asked"]]
each = pytest.mark.parametrize("subject", ALSO, ids=lambda s: s.id)
both = pytest.mark.parametrize("subject", ALSO + SIMPLER, ids=lambda s: s.id)


def test_a_reference_is_written_the_same_way_everywhere():
    written: dict[str, str] = {}
    lists = [subject.metadata["sources"] for subject in SUBJECTS.values() if subject.is_faq]
    for lines in [*lists, composing.steps()["rests_on"].values()]:
        for line in (" ".join(line.split()) for line in lines if not line.startswith("Article: ")):
            for named in re.split(r"; (?=[A-Z0-9])", line):
                if named != OWN:
                    address = named[named.index("http") :]
                    assert written.setdefault(address, named) == named


@both
def test_no_answer_opens_with_a_word_that_needs_its_question(subject):
    assert not re.match(r"(yes|no|may|maybe|it|that|this|they|perhaps|sure)\b", subject.text, re.I)


@both
@pytest.mark.parametrize("country", numbers.countries())
def test_it_is_plain_in_every_country(subject, country):
    assert textstat.flesch_kincaid_grade(as_read(subject.text, country).replace("\n", ". ")) <= 7


@both
def test_its_sentences_are_short(subject):
    assert all(len(as_read(sentence).split()) <= 15 for sentence in own_sentences(subject.written))
    assert len(composing.NAME.sub("", subject.written).split()) <= 80


@each
def test_its_simpler_version_keeps_the_warnings(subject):
    simpler = SUBJECTS[f"simpler_{subject.id}"]
    assert len(simpler.text.split()) <= len(subject.text.split())
    for kept in ("{emergency_number}", "today", "on your own", "{report_to}"):
        assert kept not in subject.text or kept in simpler.text, kept
    for sign in ("hives", "tight throat", "floppy", "sheets", "near an eye", "on a baby", "hard to breathe", "fever"):
        assert sign not in subject.text.lower() or sign in simpler.text.lower(), sign


@each
def test_what_is_thin_says_so(subject):
    if re.search(r"\b(thin|evidence from cases)\b", subject.metadata["caution"], re.I):
        assert re.search(r"little is published|evidence is thin|only cases|only a few cases", subject.text, re.I)


def test_who_checked_this_tells_the_truth():
    signed = sum(sign_offs.review_state(identifier) != sign_offs.UNREVIEWED for identifier in SUBJECTS)
    text = SUBJECTS["who_checked_this"].text
    assert ("not been checked by a clinician yet" in text) == (signed == 0)


def test_reporting_names_the_countrys_own_place():
    text = SUBJECTS["report_side_effect"].text
    assert "MedWatch" in as_read(text, "US")
    assert "Yellow Card" in as_read(text, "GB-NIR")
    assert "MedWatch" not in as_read(text, "INT")
