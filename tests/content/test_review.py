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


def test_the_guide_says_that_nobody_has_signed_it_off_while_that_is_so():
    unreviewed = all(s.metadata["reviewed"] == sheet.UNREVIEWED for s in content.subjects().values())
    assert ("No clinician has checked" in content.subjects()["bot_challenge"].text) == unreviewed


def test_the_sheet_holds_every_reply_as_it_is_sent(tmp_path):
    found = sheet.entries()
    assert {entry["id"] for entry in found} == content.subjects().keys()
    for entry in found:
        assert entry["reply"].endswith(ADVICE)
        assert "{" not in entry["reply"]
    sheet.write_html(found, tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text()
    assert page.count("<section>") == len(found)
    assert "From our source article." in page
    sheet.write_pdf(found, tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "sheet.pdf").stat().st_size > 50_000
