"""The clinic that the tests' replies name."""

from __future__ import annotations

import pytest

from rashguide.settings import settings
from tests.harness.clinic import CARD, TO_A_WEBHOOK


@pytest.fixture
def set_up(monkeypatch, tmp_path):
    """Sets the guide up anew by what is set for it, in capitals as in ``.env``; nothing else of a card is set."""

    def set_up(**values: str) -> None:
        for name in (*CARD, *TO_A_WEBHOOK):
            monkeypatch.setenv(name, "")
        for name, value in {"COUNTRY": "US", **values}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield set_up
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def card(set_up):
    """A clinic in New York with all that can be set."""
    set_up(**CARD)
    return CARD


@pytest.fixture
def handing_over(set_up):
    """The same clinic, which takes messages."""
    set_up(**CARD, **TO_A_WEBHOOK)
