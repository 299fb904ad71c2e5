"""A sign-off holds for what it was given for, and no longer than a year; the sheet shows what patients see."""

from __future__ import annotations

import datetime
import re

import pytest
import yaml
from markupsafe import escape

from rashguide import content, release
from rashguide.content import sign_offs
from rashguide.guard.advice import ADVICE
from rashguide.settings import Settings, numbers
from review import case, items, sheet, sign

TODAY = datetime.date.today()
EVERY = items.every()


def signed(item: sign_offs.Item, days_ago: int = 0) -> sign_offs.SignOff:
    return sign_offs.SignOff("A. Test, dermatologist", TODAY - datetime.timedelta(days_ago), item.parts)


def test_every_recorded_sign_off_holds():
    gone = sign_offs.sign_offs().keys() - EVERY.keys()
    assert not gone, "sign-offs of items that are gone"
    assert not {name: sign_offs.fault(EVERY[name]) for name in sign_offs.sign_offs() if sign_offs.fault(EVERY[name])}


def test_the_guide_says_truthfully_how_far_it_was_checked():
    """None of it, some of it, or all of it."""
    reviewed = {sign_offs.review_state(name) != sign_offs.UNREVIEWED for name in content.subjects()}
    text = content.subjects()["bot_challenge"].text
    assert ("No clinician has checked them yet" in text) == (reviewed == {False})
    assert ("A clinician has checked some of them" in text) == (reviewed == {True, False})


def test_no_content_file_tells_its_review_state():
    """It is in review/sign-offs.yml alone."""
    assert not [s.id for s in content.subjects().values() if {"reviewed", "wording"} & s.metadata.keys()]


@pytest.fixture
def changed(monkeypatch):
    """The items as they are after a change of the raw content: ``changed(target, name, value)``."""

    def one(target, name, value):
        monkeypatch.setattr(target, name, value)
        sign_offs.items.cache_clear()
        return sign_offs.items()

    yield one
    monkeypatch.undo()
    sign_offs.items.cache_clear()


def _with(identifier, **replaced):
    """The subjects with one changed."""
    from dataclasses import replace

    known = dict(content.subjects())
    known[identifier] = replace(known[identifier], **replaced)
    return lambda: known


METADATA = content.subjects()["facial_redness"].metadata
CHANGES = {
    "reply": {"text": "{emergency_number} and something else."},
    "phrases": {"phrases": content.subjects()["facial_redness"].phrases[1:]},
    "buttons": {"buttons": [{"title": "Yes", "payload": "/emergency"}]},
    "sources": {"metadata": {**METADATA, "sources": ["this guide"]}},
    "facts": {"metadata": {**METADATA, "facts": "Something else."}},
    "caution": {"metadata": {**METADATA, "caution": "None."}},
    "links": {"metadata": {**METADATA, "related": ["what_to_do"]}},
    "kind of source": {"metadata": {**METADATA, "source_kind": "guide"}},
}
PART = {"reply": "reply", "phrases": "phrases", "buttons": "offers", "links": "offers"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_anything_voids_a_sign_off(change, changed):
    given = signed(sign_offs.items()["facial_redness"])
    after = changed(sign_offs, "subjects", _with("facial_redness", **CHANGES[change]))["facial_redness"]
    assert given.changed(after) == [PART.get(change, "basis")]
    assert "its sign-off is void" in sign_offs.fault(after, TODAY, given)


@pytest.mark.parametrize("kind", ["poison_line", "crisis_line", "emergency_number"])
def test_a_changed_number_voids_the_replies_that_name_it(kind, changed):
    before = sign_offs.items()
    table = {code: {**own, kind: {"say": "5", "confirmed": True}} for code, own in sign_offs._countries().items()}
    after = changed(sign_offs, "_countries", lambda: table)
    for subject in content.subjects().values():
        named = kind in sign_offs.kinds_of_numbers(subject.text)
        assert (signed(before[subject.id]).changed(after[subject.id]) == ["numbers"]) == named, subject.id
    assert signed(before["numbers/NZ"]).changed(after["numbers/NZ"]) == ["table"]


def test_a_piece_is_part_of_each_reply_that_holds_it():
    """So its change changes their text, which voids their sign-offs."""
    for name in ("emergency_allergy", "no_next_shot"):
        for subject in content.subjects().values():
            if f"{{{name}}}" in subject.written:
                assert content.composing.pieces()[name].split("{")[0].strip() in subject.text


def test_every_table_is_an_item():
    assert {"steps", "signs"} | {f"numbers/{code}" for code in numbers.countries()} <= EVERY.keys()
    assert {"states/emergency", "states/crisis", "states/urgent_today"} <= EVERY.keys()
    assert sum(name.startswith("shown/") for name in EVERY) >= 12
    assert content.subjects().keys() <= EVERY.keys()


@pytest.mark.parametrize("name", ["signs.yml", "steps.yml", "states.yml"])
def test_a_change_of_a_table_voids_its_sign_off(name, changed):
    before, read = sign_offs.items(), sign_offs._file

    def other(file):
        found = read(file)
        return {**found, next(iter(found)): "else"} if file.endswith(name) and name != "states.yml" else (
            {**found, "sure": 0.1} if file.endswith(name) else found
        )  # fmt: skip

    after = changed(sign_offs, "_file", other)
    of = "states/emergency" if name == "states.yml" else name.removesuffix(".yml")
    assert signed(before[of]).changed(after[of])


def test_a_sign_off_ends_after_a_year():
    item = EVERY["emergency"]
    assert sign_offs.fault(item, TODAY, signed(item, 365)) == ""
    assert "ended on" in sign_offs.fault(item, TODAY, signed(item, 366))


def test_a_text_checked_over_a_year_ago_is_told():
    assert not items.is_stale("2026-11-29", datetime.date(2027, 11, 29))
    assert items.is_stale("2026-11-29", datetime.date(2027, 11, 30))


def test_what_is_for_safety_is_so():
    safety = {item.id for item in sign_offs.safety_items("US")}
    assert {"emergency", "emergency_spanish", "crisis", "eased", "report_symptom", "signs", "states/crisis"} <= safety
    assert {"numbers/US"} == {name for name in safety if name.startswith("numbers/")}
    assert not {"greet", "how_common", "shown/note"} & safety


# --- the gate -----------------------------------------------------------------------------------


@pytest.fixture
def serving(monkeypatch):
    """Sets what the gate goes by: ``serving(production=True)``."""

    def chosen(**values):
        monkeypatch.setattr(release, "settings", lambda: Settings(_env_file=None, country="US", **values))

    return chosen


def test_production_is_refused_while_anything_for_safety_is_unsigned(serving):
    serving(production=True)
    with pytest.raises(release.NotSignedOff, match=r"not signed off by a clinician .* ALLOW_UNSIGNED"):
        release.check()


def test_somebody_may_answer_for_it_and_that_is_logged_and_told(serving, caplog):
    serving(production=True, allow_unsigned=True)
    release.check()
    assert "ALLOW_UNSIGNED is set" in caplog.text
    assert release.state()["unsigned_allowed"] is True
    assert release.state()["signed_off"] < release.state()["safety_items"]


def test_elsewhere_it_is_a_warning(serving, caplog):
    serving()
    release.check()
    assert "this guide is not for patients" in caplog.text
    assert release.state()["unsigned_allowed"] is False


@pytest.mark.parametrize("days_ago", [0, 366])
def test_production_starts_once_all_for_safety_is_signed_and_none_has_ended(serving, monkeypatch, days_ago):
    serving(production=True)
    given = {item.id: signed(item) for item in sign_offs.safety_items("US")}
    given["crisis"] = signed(EVERY["crisis"], days_ago)
    monkeypatch.setattr(sign_offs, "sign_offs", lambda: given)
    if days_ago:
        with pytest.raises(release.NotSignedOff, match="1 of .*crisis"):
            release.check()
    else:
        release.check()
        assert release.warning() == ""
        assert sign_offs.review_state("crisis") == "reviewed by A. Test, dermatologist"


# --- recording ----------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path):
    file = tmp_path / "sign-offs.yml"
    file.write_text("sign_offs: {}\n")

    def one(*named, by="A. Test, dermatologist", on=TODAY):
        sign.record(named, by, on, file)
        return sign_offs.read_file(file)

    return one


def test_a_sign_off_is_recorded_for_what_was_read(record):
    of = EVERY["emergency"]
    found = record(f"emergency@{of.version}", f"shown/note@{EVERY['shown/note'].version}")
    assert found.keys() == {"emergency", "shown/note"}
    assert sign_offs.fault(of, TODAY, found["emergency"]) == ""
    assert record(f"signs@{EVERY['signs'].version}").keys() == {"emergency", "shown/note", "signs"}


@pytest.mark.parametrize(
    ("named", "by", "says"),
    [
        ("emergency", "A. Test, nurse", "say which version"),
        ("emergency@000000000000", "A. Test, nurse", "read it again first"),
        ("nothing@0", "A. Test, nurse", "no item"),
        (f"emergency@{EVERY['emergency'].version}", "A. Test", "a name and a role"),
        (f"emergency@{EVERY['emergency'].version}", ", nurse", "a name and a role"),
    ],
)
def test_a_sign_off_of_nothing_that_was_read_is_refused(record, named, by, says):
    with pytest.raises(sign.Refused, match=says):
        record(named, by=by)


def test_a_sign_off_of_a_day_to_come_is_refused(record):
    with pytest.raises(sign.Refused, match="has not come yet"):
        record(f"emergency@{EVERY['emergency'].version}", on=TODAY + datetime.timedelta(1))


@pytest.mark.parametrize("entry", [{}, {"by": "A. Test, nurse"}, {"by": "A. Test", "on": TODAY, "covers": {}}, "yes"])
def test_a_sign_off_that_lacks_something_is_named(tmp_path, entry):
    file = tmp_path / "sign-offs.yml"
    file.write_text(yaml.safe_dump({"sign_offs": {"emergency": entry}}))
    with pytest.raises(ValueError, match="the sign-off of emergency lacks"):
        sign_offs.read_file(file)


# --- the sheet ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("sheet") / "sheet.html"
    sheet.write_html(file)
    return file.read_text()


def test_the_sheet_holds_every_item_with_its_version(page):
    for item in EVERY.values():
        assert f"<code>{item.id}@{item.version}</code>" in page


def test_the_sheet_shows_every_reply_as_it_is_sent():
    found = items.entries()
    assert {entry["id"] for entry in found} == content.subjects().keys()
    for entry in found:
        assert entry["reply"].endswith(ADVICE)
        assert "{" not in entry["reply"]


def test_the_sheet_shows_what_a_reply_rests_on(page):
    of = page[page.index('id="reply-facial_redness"') :].split("</section>")[0]
    subject = content.subjects()["facial_redness"]
    assert all(str(escape(phrase.text)) in of for phrase in subject.phrases)
    needed = ("Sometimes called dupilumab facial redness", escape('Never say "rare"'), "Article: Clinical Evidence")
    for each in (*needed, "What can a doctor add to calm a rash?", "emergency_number"):
        assert str(each) in of, each


def test_every_answer_has_its_facts_beside_it():
    assert not [s.id for s in content.subjects().values() if s.is_faq and not s.metadata.get("facts")]


def test_the_sheet_shows_every_countrys_numbers_with_source_and_date(page):
    for own in numbers._table()["countries"].values():
        for kind, entry in own.items():
            if kind != "name":
                row = "</td>\\s*<td>".join(re.escape(str(escape(entry[key]))) for key in ("say", "source", "checked"))
                assert re.search(row, page), entry


def test_the_sheet_shows_combinations_signs_and_states(page):
    assert "Somebody writes:</b> I have hives all over" in page
    assert "<td>breathing</td><td>emergency</td>" in page
    assert re.search(r"<td>crisis</td><td>crisis</td><td>kill myself", page)
    assert "then stands" in page
    assert "breathing: pen" in page


def test_a_combination_is_what_the_guide_would_say():
    _, exchanges = items.tables()["shown"]["urgent_question"]
    assert exchanges[0].replies[0].startswith("Talk to a doctor today")
    assert "Take no more Dupixent" in exchanges[2].replies[0]
    _, exchanges = items.tables()["shown"]["note_alarm"]
    assert exchanges[1].replies[0].startswith("Call {emergency_number} now.")
    for _, shown in items.tables()["shown"].values():
        assert all(each.replies[-1].endswith(ADVICE) for each in shown)


def test_both_are_written_for_print(tmp_path, monkeypatch):
    """With few replies: all take half a minute."""
    few = [entry for entry in items.entries() if entry["id"] in ("emergency", "facial_redness", "greet")]
    monkeypatch.setattr(items, "entries", lambda: few)
    sheet.write_pdf(tmp_path / "sheet.pdf")
    case.write_pdf(tmp_path / "case.pdf")
    for name, least in (("sheet.pdf", 60_000), ("case.pdf", 20_000)):
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")
        assert (tmp_path / name).stat().st_size > least
