"""Whose telephone numbers are said: settings, the table, and what the chat window can tap, from one source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from rashguide import ROOT
from rashguide.channels import assets
from rashguide.settings import Settings, numbers

pytestmark = pytest.mark.unit


def chosen(**values: str) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize("production", ["True", "1"])
@pytest.mark.parametrize("country", [{}, {"country": "INT"}, {"country": "int"}])
def test_production_does_not_start_without_a_country(production, country):
    with pytest.raises(ValidationError, match="COUNTRY must be set where PRODUCTION is on"):
        chosen(production=production, **country)


def test_production_starts_with_one():
    assert chosen(production="True", country="gb-nir").country == "GB-NIR"


@pytest.mark.parametrize("key", ["a", " ", "            a"])
def test_a_key_that_can_be_guessed_stops_the_start(key):
    with pytest.raises(ValidationError, match="SECRET_KEY must have at least"):
        chosen(secret_key=key)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_database_is_named_as_other_programs_name_it(scheme):
    assert chosen(database_url=f"{scheme}://u:p%40ss@h/db").database_url == "postgresql://u:p%40ss@h/db"


@pytest.mark.parametrize("password", ["p@ss", "p%ss", "p/ss", "p#ss", "p?ss"])
@pytest.mark.parametrize(("setting", "rest"), [("DATABASE", "postgresql://u:{}@h/db"), ("REDIS", "redis://:{}@h")])
def test_an_address_that_can_be_read_in_two_ways_stops_the_start(setting, rest, password):
    with pytest.raises(ValidationError, match=f"{setting}_URL cannot be read.*{setting}_PASSWORD"):
        chosen(**{f"{setting.lower()}_url": rest.format(password)})


def test_an_unknown_country_is_named():
    with pytest.raises(ValidationError, match="COUNTRY must be one of .*GB-NIR.*, not 'ATLANTIS'"):
        chosen(country="Atlantis")


@pytest.mark.parametrize("kind", numbers.KINDS)
def test_each_kind_can_be_overridden(kind):
    said = chosen(country="US", **{kind: " the desk on 555 0100 "})
    assert said.numbers()[kind] == "the desk on 555 0100"
    assert said.lines()[kind].call == ("555 0100",)
    others = set(numbers.KINDS) - {kind}
    assert {other: said.numbers()[other] for other in others} == {
        other: numbers.of("US")[other].say for other in others
    }


def test_an_empty_override_is_none():
    assert chosen(country="GB", emergency_number="  ").numbers()["emergency_number"] == "999"


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ("911 or 112", ["911", "112"]),
        ("911/112", ["911", "112"]),
        ("112, or 10 177", ["112", "10 177"]),
        ("988, the Suicide and Crisis Lifeline", ["988"]),
        ("the ward on +44 20 7946 0000", ["+44 20 7946 0000"]),
        ("your nurse", []),
    ],
)
def test_two_numbers_are_never_dialled_as_one(said, called):
    assert list(chosen(emergency_number=said).lines()["emergency_number"].call) == called


def test_digits_for_other_languages_hold_no_english():
    assert chosen(country="IE").numbers()["emergency_digits"] == "112 / 999"
    assert chosen(country="INT").numbers()["emergency_digits"] == "911 / 999 / 112"
    assert chosen(country="IT").numbers()["crisis_digits"] == "112"
    assert chosen(country="FR").numbers()["crisis_digits"] == "3114"


@pytest.mark.parametrize("country", numbers.countries())
def test_the_chat_window_taps_what_the_reply_says(country, monkeypatch):
    monkeypatch.setattr(assets, "settings", lambda: chosen(country=country))
    for key, kind in (("emergency", "emergency_number"), ("crisis", "crisis_line")):
        shown = assets.page_settings()[key]
        assert shown["said"] == chosen(country=country).numbers()[kind]
        for call in shown["calls"]:
            assert call["label"] in shown["said"]
            assert call["href"] == "tel:" + "".join(c for c in call["label"] if c.isdigit() or c == "+")


def test_the_page_that_carries_the_window_cannot_set_another_number():
    scripts = list((ROOT / "widget").glob("*.js"))
    assert scripts
    for script in scripts:
        assert "wanted.emergency" not in script.read_text(encoding="utf-8")
