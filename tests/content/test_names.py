"""What code names is in data/; what is not there is told before anything starts."""

from __future__ import annotations

import pytest

from rashguide.content import names
from tests.harness.server import MODEL


def test_every_name_is_in_data():
    names.check()


@pytest.mark.parametrize(
    ("kind", "name", "unknown"),
    [
        (names.Response, "UNSURE", "utter_unsur"),
        (names.Intent, "EMERGENCY", "emergencies"),
        (names.Family, "WORD", "utter_vocabulary_"),
    ],
)
def test_a_name_that_data_does_not_have_is_named_in_the_error(monkeypatch, kind, name, unknown):
    monkeypatch.setattr(kind, name, unknown)
    with pytest.raises(names.UnknownName, match=unknown):
        names.check()


def test_the_start_ends_with_a_sentence(monkeypatch):
    from rashguide.__main__ import check_start

    monkeypatch.setattr(names.Response, "DELETED", "utter_gone")
    with pytest.raises(SystemExit, match="The guide cannot start: rashguide/content/names.py names utter_gone"):
        check_start(MODEL)
