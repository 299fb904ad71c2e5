"""One person's messages one after another, different people's side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Awaitable, Callable

WAITING = 20  # messages of one person; more at once is no conversation


class Queues:
    """Hands each item to ``handle``, which must not raise, a person's items in the order in which they came."""

    def __init__(self, handle: Callable[[Any], Awaitable[None]]) -> None:
        self._handle = handle
        self._waiting: dict[str, deque[Any]] = {}
        self._working: set[asyncio.Task[None]] = set()

    def put(self, person: str, item: Any) -> bool:
        """Queues the item; False where the person has too many waiting."""
        if person in self._waiting:
            if len(self._waiting[person]) >= WAITING:
                return False
            self._waiting[person].append(item)
            return True
        self._waiting[person] = deque([item])
        task = asyncio.get_running_loop().create_task(self._work(person))
        self._working.add(task)  # the loop itself keeps no strong reference to a task
        task.add_done_callback(self._working.discard)
        return True

    async def _work(self, person: str) -> None:
        waiting = self._waiting[person]
        while waiting:
            await self._handle(waiting.popleft())
        del self._waiting[person]

    async def drain(self, seconds: float) -> None:
        """Waits until all is handled, ``seconds`` at most."""
        if self._working:
            await asyncio.wait(set(self._working), timeout=seconds)
