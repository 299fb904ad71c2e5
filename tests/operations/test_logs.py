"""Logs carry nobody's words and nobody's id, whoever logs."""

from __future__ import annotations

import logging
import sys

import pytest

from rashguide.operations import logs

pytestmark = pytest.mark.unit

WORDS = "my face is red"


def record(message, *arguments, name="rasa.core.processor", error=None):
    return logs._discreet(name, logging.INFO, __file__, 1, message, arguments, error)


def failed():
    """An error whose text holds words."""
    try:
        raise ValueError(WORDS)
    except ValueError:
        return sys.exc_info()


def test_rasas_structured_events_lose_what_may_be_words():
    event = {"event": "processor.message.parse", "parse_data_text": WORDS, "level": "debug", "sender": "rest:anna"}
    assert logs._without_words(None, "debug", event) == {"event": "processor.message.parse", "level": "debug"}


@pytest.mark.parametrize("channel", sorted(logs._CHANNELS))
def test_a_conversations_id_becomes_a_pseudonym(channel):
    told = record("Received message for %s now", f"{channel}:15551234567").getMessage()
    assert "15551234567" not in told
    assert logs.pseudonym(f"{channel}:15551234567") in told


def test_of_an_error_only_its_kind_and_place_are_left():
    made = record("A turn failed", error=failed())
    assert made.exc_info is None
    assert WORDS not in made.exc_text
    assert "ValueError" in made.exc_text


def test_what_sanic_says_of_a_request_is_not_told():
    assert WORDS not in record(WORDS, name="sanic.error").getMessage()


def test_a_pseudonym_is_good_under_one_key(monkeypatch):
    before = logs.pseudonym("rest:anna")
    monkeypatch.setattr(logs.settings(), "secret_key", "another key of the tests")
    assert logs.pseudonym("rest:anna") != before
