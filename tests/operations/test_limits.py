"""How often one person, and one address, may write."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from rashguide.channels import every_request
from rashguide.operations import limits
from rashguide.operations.limits import Limit
from rashguide.settings import settings

pytestmark = pytest.mark.unit


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    return now


def test_a_limit_lets_through_so_many_a_minute_and_then_at_that_pace(clock):
    limit = Limit(60)
    assert [limit.allows("me") for _ in range(62)] == [True] * 60 + [False] * 2
    assert limit.allows("somebody else")
    clock[0] += 1.01
    assert [limit.allows("me") for _ in range(2)] == [True, False]
    clock[0] += 3600
    assert [limit.allows("me") for _ in range(62)] == [True] * 60 + [False] * 2  # an hour of silence saves nothing up
    assert all(Limit(0).allows("me") for _ in range(1000))


def test_a_limit_forgets_the_quiet(clock):
    limit = Limit(60)
    for number in range(limits.MOST_KEYS + 1):
        limit.allows(str(number))
    clock[0] += 120
    limit.allows("me")
    assert len(limit._paid_until) < 10


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(settings(), "address_limit", 2)
    limits.address.cache_clear()
    yield
    limits.address.cache_clear()


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/webhooks/rest/webhook", True),
        ("/chat/message", True),
        ("/chat/forget", True),
        ("/webhooks/slack/webhook", False),  # a platform sends everybody's from a few addresses
        ("/health/live", False),
    ],
)
def test_an_address_may_send_so_often_where_people_write_themselves(few, path, refused):
    request = SimpleNamespace(path=path, remote_addr="", ip="192.0.2.1", body=b"")
    answers = [asyncio.run(every_request._limit(request)) for _ in range(3)]
    assert answers[:2] == [None, None]
    assert (answers[2] is not None) == refused
    if refused:
        assert answers[2].status == 429
        other = SimpleNamespace(path=path, remote_addr="192.0.2.2", ip="192.0.2.1", body=b"")
        assert asyncio.run(every_request._limit(other)) is None
