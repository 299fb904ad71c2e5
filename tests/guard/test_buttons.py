"""What a button's signature is good for: one conversation, one choice, one key."""

from __future__ import annotations

import pytest

from rashguide import content
from rashguide.guard.buttons import chosen, sign
from rashguide.settings import guide, settings

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("identifier", sorted(content.choices()))
def test_each_choice_comes_back_and_fits_the_shortest_payload_of_a_platform(identifier):
    payload = sign("rest:me", f"/{identifier}")
    assert chosen("rest:me", payload) == (identifier, "")
    assert len(payload.encode()) <= 64


@pytest.mark.parametrize(
    ("conversation", "payload"),
    [
        ("rest:you", sign("rest:me", "/deny")),
        ("sms:me", sign("rest:me", "/deny")),
        ("rest:me", sign("rest:me", "/deny")[:-1]),
        ("rest:me", sign("rest:me", "/deny").replace("deny", "affirm")),
        ("rest:me", "/deny~"),
        ("rest:me", "/deny"),
        ("rest:me", "deny"),
        ("rest:me", ""),
        ("rest:me", sign("rest:me", "/restart")),
    ],
)
def test_anything_else_is_no_choice(conversation, payload):
    assert chosen(conversation, payload) is None


def test_another_key_makes_another_signature(monkeypatch):
    payload = sign("rest:me", "/deny")
    monkeypatch.setattr(settings(), "secret_key", "another key of the tests")
    assert chosen("rest:me", payload) is None


def test_without_a_key_each_start_makes_its_own(monkeypatch):
    """One that could be guessed would let anybody forge buttons and sessions."""
    read = guide.Settings
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(guide, "Settings", lambda: read(_env_file=None))
    first, second = (guide.settings.__wrapped__().secret_key for _ in range(2))
    assert first != second
    assert min(len(first), len(second)) >= 64
