"""What an answer says that it comes from is true: each sentence has its source, and the line under it names all."""

from __future__ import annotations

import re

import pytest

from rashguide import composing
from tests.content.test_subjects import FAQ, SUBJECTS

KINDS = composing.sources()["kinds"]
PAGES = composing.sources()["pages"]
SOURCED = [subject for subject in SUBJECTS.values() if "source_kind" in subject.metadata]


def own_sentences(written: str) -> list[str]:
    """The sentences that a reply does not share with others: its pieces have their source in data/safety/steps.yml."""
    own = re.sub(r"\s+", " ", composing.NAME.sub(lambda m: "" if m.group(1) in composing.pieces() else "N", written))
    return [sentence for sentence in re.split(r"(?<=[.?!])\"?\s+", own.strip()) if sentence]


def kinds_of(subject) -> set[str]:
    """The kinds of its sentences and pieces; the guide's own words count only where there is nothing else."""
    rests_on = composing.steps()["rests_on"]
    pieces = [name for name in composing.NAME.findall(subject.written) if name in composing.pieces()]
    found = [rests_on.get(name, "label: s") for name in pieces] + subject.metadata["sources"]
    kinds = {source.split(":")[0] for source in found}
    return kinds - {"guide"} or {"guide"}


def listed(subject) -> set[str]:
    kinds = subject.metadata["source_kind"]
    return {kinds} if isinstance(kinds, str) else set(kinds)


@pytest.mark.parametrize("subject", FAQ, ids=lambda s: s.id)
def test_each_sentence_has_its_source(subject):
    assert len(subject.metadata["sources"]) == len(own_sentences(subject.written)), own_sentences(subject.written)
    for source in subject.metadata["sources"]:
        kind, _, where = source.partition(": ")
        assert kind in KINDS
        if kind in ("label", "reports"):
            assert where in PAGES, source
            assert kind in str(PAGES[where]["kind"])
        assert where or kind == "guide"


@pytest.mark.parametrize("subject", FAQ, ids=lambda s: s.id)
def test_the_line_names_the_kinds_of_all_sentences(subject):
    assert listed(subject) == kinds_of(subject)
    assert subject.metadata["source_line"].startswith("From ")
    for kind, named in KINDS.items():
        assert (named in subject.metadata["source_line"]) == (kind in listed(subject))


@pytest.mark.parametrize("subject", [s for s in SUBJECTS.values() if s.id.startswith("simpler_")], ids=lambda s: s.id)
def test_a_simpler_version_claims_no_source_that_its_original_lacks(subject):
    original = SUBJECTS[subject.id.removeprefix("simpler_")]
    assert listed(subject) <= listed(original)
    pieces = {name for name in composing.NAME.findall(subject.written) if name in composing.pieces()}
    if pieces - {"nobody_reads", "when_closed", "very_ill"}:
        assert "label" in listed(subject)


def test_what_is_not_in_the_article_is_not_called_so():
    """Figures and signs that the article lacks, each with the kind of source that holds it."""
    for pattern, kind in (("4 to 44 in 100", "reports"), ("10 in 100 people", "label"), ("weeks or months", "reports"),
                          ("fewer skin infections", "reports"), ("one large trial", "reports"),
                          ("emergency_number", "label"), ("days after a shot", "label")):  # fmt: skip
        found = [subject for subject in FAQ if pattern in subject.text]
        assert found, pattern
        assert not [subject.id for subject in found if kind not in listed(subject)]


def test_nothing_else_names_a_source_of_its_own():
    for subject in SUBJECTS.values():
        assert "From our source" not in subject.text
        if subject not in SOURCED:
            assert "source_line" not in subject.metadata


def test_each_page_is_used_and_has_addresses():
    used = {source.partition(": ")[2] for subject in FAQ for source in subject.metadata["sources"]}
    used |= {source.partition(": ")[2] for source in composing.steps()["rests_on"].values()} | {"s"}
    assert PAGES.keys() <= used
    for page in PAGES.values():
        assert page["about"]
        assert set(re.findall(r"\w+", str(page["kind"]))) <= KINDS.keys()
        assert all(address.startswith("http") for address in page["read"])
