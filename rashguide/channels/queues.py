"""One person's messages one after another, different people's side by side."""

from __future__ import annotations

import asyncio
from typing import Awaitable, Callable


class Queues:
    """Does ``work``, which must not raise, for a person again and again until it returns False: nothing is left."""

    def __init__(self, work: Callable[[str], Awaitable[bool]]) -> None:
        self._work = work
        self._again: dict[str, bool] = {}  # those who are worked for; True where more came meanwhile
        self._tasks: set[asyncio.Task[None]] = set()

    def busy(self, person: str) -> bool:
        """Whether something of the person's is being worked on."""
        return person in self._again

    def wake(self, person: str) -> None:
        """There is something to do for the person."""
        if person in self._again:
            self._again[person] = True
            return
        self._again[person] = False
        task = asyncio.get_running_loop().create_task(self._until_done(person))
        self._tasks.add(task)  # the loop itself keeps no strong reference to a task
        task.add_done_callback(self._tasks.discard)

    async def _until_done(self, person: str) -> None:
        while await self._work(person) or self._again[person]:
            self._again[person] = False
        del self._again[person]

    async def drain(self, seconds: float) -> None:
        """Waits until all is done, ``seconds`` at most."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
