"""The table of telephone numbers: complete, sourced, and nothing unconfirmed in use."""

from __future__ import annotations

import datetime
import re

import pytest

from rashguide import content
from rashguide.settings import numbers
from tests.harness.talk import as_read

TABLE = numbers._table()
COUNTRIES = TABLE["countries"]
ENTRIES = [(code, kind, entry) for code, own in COUNTRIES.items() for kind, entry in own.items() if kind != "name"]
EUROPEAN_UNION = {"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT"}
EUROPEAN_UNION |= {"LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"}


def test_the_countries_are_all_there():
    assert {"INT", "EU", "US", "CA", "GB", "GB-NIR", "AU", "NZ", "IN", "ZA"} | EUROPEAN_UNION == set(COUNTRIES)
    assert TABLE["anywhere"].keys() == set(numbers.KINDS)


@pytest.mark.parametrize(("code", "kind", "entry"), ENTRIES, ids=lambda v: v if isinstance(v, str) else "")
def test_each_number_is_sourced_dated_and_each_alone(code, kind, entry):
    assert kind in numbers.KINDS
    assert entry["source"]
    assert isinstance(entry["confirmed"], bool)
    assert datetime.date.fromisoformat(entry["checked"]) <= datetime.date.today()
    for number in entry.get("call", []):
        assert number in entry["say"]
        assert re.fullmatch(r"\+?[\d \-]+", number)
    if kind in ("emergency_number", "crisis_line", "poison_line"):
        digits = re.findall(r"\d", entry["say"].replace("from 8 am to 10 pm", ""))
        assert digits == re.findall(r"\d", "".join(entry.get("call", [])))
    if kind in ("crisis_text", "emergency_text"):
        assert re.match(r"(text|chat|use|write|call|reach)\b", entry["say"])


@pytest.mark.parametrize("code", COUNTRIES)
def test_nothing_unconfirmed_is_used(code):
    used = numbers.of(code)
    assert used.keys() == set(numbers.KINDS)
    for kind, entry in COUNTRIES[code].items():
        if kind != "name":
            assert (used[kind].say == entry["say"]) == entry["confirmed"]
    assert all(line.say for line in used.values())
    if code != numbers.NOWHERE:
        assert COUNTRIES[code]["emergency_number"]["confirmed"]
        assert used["emergency_number"].call
        assert len(used["emergency_number"].say) <= 12


@pytest.mark.parametrize("code", sorted(EUROPEAN_UNION | {"EU"}))
def test_112_reaches_help_in_the_whole_european_union(code):
    assert "112" in numbers.of(code)["emergency_number"].call


def test_northern_ireland_is_not_sent_to_111():
    assert not any("111" in line.call for line in numbers.of("GB-NIR").values())
    assert numbers.of("GB")["health_line"].say == "NHS 111"


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_reply_can_be_said_in_every_country(code):
    for subject in content.subjects().values():
        said = as_read(subject.text, code)
        assert "{" not in said
        assert "  " not in said
        assert ".." not in said.replace("...", "")


def test_a_country_says_no_other_countrys_numbers():
    for code in set(COUNTRIES) - {"INT"}:
        said = " ".join(line.say for line in numbers.of(code).values())
        assert not (code != "US" and "MedWatch" in said)
        assert not (code not in ("US", "CA") and re.search(r"\b(911|988)\b", said))
        assert not (code not in ("GB", "GB-NIR", "IE") and re.search(r"\b999\b", said))
