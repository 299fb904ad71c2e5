"""What an answer says that it comes from is true: each sentence has its source, the line under it names all kinds."""

from __future__ import annotations

import re

import pytest

from rashguide import content
from rashguide.content import composing
from tests.harness.contents import CONTRACT, FAQ, OWN, SIMPLER, SUBJECTS, own_sentences, pieces_of

KIND = {reference: kind for kind, references in CONTRACT["references"].items() for reference in references}


def references(line: str) -> set[str]:
    """The addresses in one line of ``sources``."""
    return {found.strip() for found in re.findall(r"https?://.*?(?=; [A-Z0-9]|$)", " ".join(line.split()))}


def kinds_of_pieces(subject: content.Subject) -> set[str]:
    return {"label"} if pieces_of(subject) - set(composing.steps()["own"]) else set()


def kinds_of(subject: content.Subject) -> set[str]:
    """The kinds of its sentences and pieces; the guide's own words count only where there is nothing else."""
    lines = subject.metadata["sources"]
    found = {KIND[reference] for line in lines for reference in references(line)} | kinds_of_pieces(subject)
    found |= {"article" for line in lines if line.startswith("Article: ")}
    return found or {"guide"}


@pytest.mark.parametrize("subject", FAQ, ids=lambda s: s.id)
def test_each_sentence_has_its_source(subject):
    assert len(subject.metadata["sources"]) == len(own_sentences(subject.written)), own_sentences(subject.written)
    for line in subject.metadata["sources"]:
        assert line == OWN or re.match(r"Article: \w", line) or references(line), line
        assert references(line) <= KIND.keys(), references(line) - KIND.keys()


@pytest.mark.parametrize("subject", FAQ, ids=lambda s: s.id)
def test_the_line_names_the_kinds_of_all_sentences(subject):
    assert set(subject.source_kinds) == kinds_of(subject)
    for kind, parts in content.SOURCE_KINDS.items():
        for part in parts:
            assert (part in subject.source_line) == (kind in subject.source_kinds)


@pytest.mark.parametrize("subject", SIMPLER, ids=lambda s: s.id)
def test_a_simpler_version_claims_no_source_that_its_original_lacks(subject):
    original = SUBJECTS[subject.id.removeprefix("simpler_")]
    assert set(subject.source_kinds) <= set(original.source_kinds)
    assert kinds_of_pieces(subject) <= set(subject.source_kinds)


def test_what_the_steps_rest_on_are_labels_and_public_health_pages():
    for line in composing.steps()["rests_on"].values():
        assert {KIND[reference] for reference in references(line)} == {"label"}
    assert set(composing.steps()["own"]) <= composing.pieces().keys()


def test_what_is_not_in_the_article_is_not_called_so():
    """Figures and signs that the article lacks, each with the kind of source that holds it."""
    for pattern, kind in (("4 to 44 in 100", "reports"), ("10 in 100 people", "label"), ("weeks or months", "reports"),
                          ("fewer skin infections", "reports"), ("one large trial", "reports"),
                          ("days after a shot", "label")):  # fmt: skip
        found = [subject for subject in FAQ if pattern in subject.text]
        assert found, pattern
        assert not [subject.id for subject in found if kind not in subject.source_kinds]


def test_nothing_else_names_a_source_of_its_own():
    for subject in SUBJECTS.values():
        assert "From our source" not in subject.text
        assert bool(subject.source_line) == (subject.is_faq or subject in SIMPLER)
