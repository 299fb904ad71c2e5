"""Servers killed between a yes and the delivery of the message, over and over: what arrives, how often."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered

from rashguide.content.names import Action, Slot
from rashguide.handover import sender
from rashguide.stores.conversations import ConversationStore, Written, written
from rashguide.stores.outbox import Outbox


@dataclass
class Count:
    """What came of so many kills: messages that were kept with their yes, arrived, were lost, were filed twice.

    ``repeated`` counts copies that came again and that the receiver knew by their key.
    """

    kills: int
    kept: int
    arrived: int
    lost: int
    doubled: int
    repeated: int
    undelivered_when_killed: int


def confirmed(key: str) -> list[Written]:
    """The events of a turn that confirms a message."""
    message = {"key": key, "body": f"words of {key}", "name": "somebody", "contact": "555 010 0123"}
    return written(
        [
            UserUttered("yes", {"name": "affirm"}, parse_data={"intent": {"name": "affirm"}, "text": "yes"}),
            ActionExecuted(Action.HANDOVER),
            SlotSet(Slot.HANDOVER, {"stage": "sent", "key": key}),
            SlotSet(Slot.HANDED_OVER, message),
        ]
    )


async def _serve(database: Path, key: str, kept: int) -> None:
    """A server's life: it delivers what waits, and meanwhile keeps a yes and says so."""
    store = ConversationStore(db=str(database))
    sender.PAUSE = 0.005
    watching = asyncio.create_task(sender.watch(store))
    await store.keep(f"web:{key}", confirmed(key))
    os.write(kept, b"k")
    await watching


def _live_and_die(database: Path, key: str, seconds: float) -> bool:
    """One server that is killed after so many seconds, or less. True where it had said that the yes is kept."""
    told, kept = os.pipe()
    child = os.fork()
    if not child:
        os.close(told)
        try:
            asyncio.run(_serve(database, key, kept))
        finally:
            os._exit(1)
    os.close(kept)
    time.sleep(random.uniform(0.0, seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = os.read(told, 1) == b"k"
    os.close(told)
    return said


def loop(kills: int, folder: Path, filed: Callable[[], list[str]], came: Callable[[], int]) -> Count:
    """Kills so many servers, which deliver as set. ``filed``: the words that arrived; ``came``: how many copies."""
    database, waiting = folder / "kills.db", 0
    kept: set[str] = set()
    life = 1.0  # seconds from a server's start to its kill: some die before they kept the yes, some after the delivery
    for number in range(kills):
        key = f"{number:032d}"
        before = len(filed())
        said = _live_and_die(database, key, life)
        life = min(max(life * (0.9 if said else 1.2), 0.02), 5.0)
        if said:
            kept.add(f"words of {key}")
            waiting += len(filed()) == before
    store = ConversationStore(db=str(database))

    async def rest() -> set[str]:
        outbox = Outbox(store)
        await outbox.begin()
        while (await outbox.waiting())[0]:
            await sender.deliver_all(outbox)
        return {f"words of {conversation.partition(':')[2]}" for conversation in await store.keys()}

    kept |= asyncio.run(rest())  # a turn that is kept without its message would have lost it
    arrived = filed()
    return Count(
        kills=kills,
        kept=len(kept),
        arrived=len(arrived),
        lost=len(kept - set(arrived)),
        doubled=len(arrived) - len(set(arrived)),
        repeated=came() - len(arrived),
        undelivered_when_killed=waiting,
    )
