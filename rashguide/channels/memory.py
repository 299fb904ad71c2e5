"""What a server remembers of the platforms' messages for a while: which it has seen, and what a typed number means.

It is kept in this process. Several processes need one ``Memory`` in a store that they share, and that each person's
messages go to the same process (docs/platforms/README.md).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Protocol

from rashguide.channels.rendering import Choice

# Meta redelivers for days, others for hours. What is older than STALE is not answered, so nothing need be remembered
# for longer than that.
STALE = 24 * 3600.0
REMEMBERED = STALE + 3600.0
ROOM = 200_000


class Memory(Protocol):
    """What several processes would share."""

    async def first_time(self, message: str) -> bool:
        """Whether the message, named by platform and id, is new; from now on it is not."""

    async def offer(self, conversation: str, numbered: list[Choice]) -> None:
        """Replaces the choices that a typed number stands for in the conversation."""

    async def offered(self, conversation: str) -> list[Choice]:
        """The conversation's choices of the last reply."""


class ProcessMemory:
    """A ``Memory`` in this process: ``ROOM`` messages and conversations at most, the oldest forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._offers: OrderedDict[str, tuple[float, list[Choice]]] = OrderedDict()

    async def first_time(self, message: str) -> bool:
        """See ``Memory``."""
        now = time.monotonic()
        while self._seen and (len(self._seen) > ROOM or next(iter(self._seen.values())) < now - REMEMBERED):
            self._seen.popitem(last=False)
        if message in self._seen:
            return False
        self._seen[message] = now
        return True

    async def offer(self, conversation: str, numbered: list[Choice]) -> None:
        """See ``Memory``."""
        self._offers.pop(conversation, None)
        now = time.monotonic()
        while self._offers and (len(self._offers) > ROOM or next(iter(self._offers.values()))[0] < now - REMEMBERED):
            self._offers.popitem(last=False)
        if numbered:
            self._offers[conversation] = (now, numbered)

    async def offered(self, conversation: str) -> list[Choice]:
        """See ``Memory``."""
        return self._offers.get(conversation, (0.0, []))[1]
