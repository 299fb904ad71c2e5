"""What of a message is handed on, and what its writer is told where none of it is."""

from __future__ import annotations

import pytest

from rashguide.guard.advice import NO_TEXT, TOO_FAST, TOO_LONG
from rashguide.guard.buttons import sign
from rashguide.guard.intake import NotTaken, conversation, readable, take
from rashguide.operations import limits
from rashguide.settings import settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _nobody_wrote_before():
    limits.person.cache_clear()
    yield
    limits.person.cache_clear()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  what is it?\n", "what is it?"),
        ("/restart", "what can you do?"),
        (" //\t/ \u2003/restart", "restart"),
        ("/session_start", "session_start"),
        ("and/or", "and/or"),
        ("a\x00b\ud800c", "a b c"),
        ("no" + "!" * 40, "no" + "!" * 10),
        ("🤒", "🤒"),
    ],
)
def test_words_are_handed_on_as_no_command(text, words):
    assert take("rest:me", text) == (words, None)


def test_a_pressed_button_is_known():
    payload = sign("rest:me", "/deny")
    assert take("rest:me", payload) == (payload, ("deny", ""))
    assert take("rest:you", payload) == (payload.removeprefix("/"), None)


@pytest.mark.parametrize("text", ["", "   ", "?", "...", "/", "\u200b\u200b", None, 5, ["hi"]])
def test_without_words_its_writer_is_asked_for_some(text):
    with pytest.raises(NotTaken) as told:
        take("rest:me", text)
    assert str(told.value) == NO_TEXT


def test_what_is_longer_than_the_limit_is_not_taken():
    limit = settings().message_limit
    assert len(take("rest:me", "ab " * (limit // 3))[0]) <= limit
    with pytest.raises(NotTaken) as told:
        take("rest:me", "ab" * (limit // 2) + "c")
    assert str(told.value) == TOO_LONG


def test_one_person_may_write_so_often_and_others_go_on(monkeypatch):
    monkeypatch.setattr(settings(), "person_limit", 3)
    for _ in range(3):
        take("rest:me", "hi")
    with pytest.raises(NotTaken) as told:
        take("rest:me", "hi")
    assert str(told.value) == TOO_FAST
    assert take("rest:you", "hi") == ("hi", None)


@pytest.mark.parametrize("text", ["a\x07b", "\ud800", "\u202e\x00 hi"])
def test_what_is_readable_can_be_kept(text):
    readable(text).encode()
    assert not set(readable(text)) & {chr(code) for code in range(0x20)}


@pytest.mark.parametrize("sender", ["\ud800", "a" * 500, "", None, 5, "a\x00b", "a b", "ä"])
def test_an_odd_id_becomes_a_plain_one_of_the_same_channel(sender):
    named = conversation("rest", sender)
    assert named.startswith("rest:")
    assert named.isascii()
    assert len(named) <= 100
    assert named == conversation("rest", sender) != conversation("sms", sender)


def test_a_plain_id_stays():
    assert conversation("rest", "anna@example.org") == "rest:anna@example.org"
