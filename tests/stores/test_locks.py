"""One turn at a time in each conversation, in the order in which the messages came."""

from __future__ import annotations

import asyncio

import pytest

from rashguide.settings import settings
from rashguide.stores.locks import ConversationLocks

pytestmark = pytest.mark.unit


@pytest.fixture
def locks(monkeypatch):
    monkeypatch.setattr(settings(), "redis_url", "")
    return ConversationLocks()


def test_turns_of_one_conversation_follow_each_other_and_others_go_on(locks):
    done = []

    async def turn(conversation, number, pauses):
        async with locks.lock(conversation):
            done.append((conversation, number, "begins"))
            for _ in range(pauses):
                await asyncio.sleep(0)
            done.append((conversation, number, "ends"))

    async def all_at_once():
        await asyncio.gather(turn("anna", 1, 9), turn("anna", 2, 0), turn("ben", 1, 0))

    asyncio.run(all_at_once())
    annas = [(number, what) for conversation, number, what in done if conversation == "anna"]
    assert annas == [(1, "begins"), (1, "ends"), (2, "begins"), (2, "ends")]
    assert done.index(("ben", 1, "ends")) < done.index(("anna", 1, "ends"))


def test_a_turn_that_fails_lets_the_next_one_in(locks):
    async def turns():
        with pytest.raises(ValueError, match="broken"):
            async with locks.lock("anna"):
                raise ValueError("broken")
        async with locks.lock("anna"):
            return True

    assert asyncio.run(turns())


def test_conversations_that_are_over_take_no_room(locks):
    async def turns():
        for number in range(100):
            async with locks.lock(str(number)):
                pass
        return len(locks._here)

    assert asyncio.run(turns()) <= 1
