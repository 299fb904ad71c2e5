"""A sign-off holds for the wording that it was given for, and the sheet shows what patients see."""

from __future__ import annotations

import pytest

from rashguide import content
from rashguide.guard.advice import ADVICE
from review import sheet


@pytest.mark.parametrize("subject", content.subjects().values(), ids=lambda s: s.id)
def test_a_sign_off_names_who_and_which_wording(subject):
    if subject.metadata["reviewed"] != sheet.UNREVIEWED:
        assert subject.metadata["reviewed"].startswith("reviewed by ")
        assert subject.metadata["wording"] == sheet.digest(subject.text), "the wording changed after its sign-off"


def test_the_guide_says_truthfully_how_far_it_was_checked():
    """None of it, some of it, or all of it."""
    unreviewed = {s.metadata["reviewed"] == sheet.UNREVIEWED for s in content.subjects().values()}
    text = content.subjects()["bot_challenge"].text
    assert ("No clinician has checked them yet" in text) == (unreviewed == {True})
    assert ("A clinician has checked some of them" in text) == (unreviewed == {True, False})


def test_the_sheet_holds_every_reply_as_it_is_sent(tmp_path):
    found = sheet.entries()
    assert {entry["id"] for entry in found} == content.subjects().keys()
    for entry in found:
        assert entry["reply"].endswith(ADVICE)
        assert "{" not in entry["reply"]
    sheet.write_html(found, tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text()
    assert page.count("<section>") == len(found)
    assert "From our source article, medicine labels and public health pages." in page
    sheet.write_pdf(found, tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "sheet.pdf").stat().st_size > 50_000
