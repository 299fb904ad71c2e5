"""The workers as the server sees them: who is free, who takes too long, and who takes the place of one that is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import socket
import struct
import time
from contextlib import suppress
from typing import Optional, Protocol, TypeVar, Union

from rasa.core.agent import Agent

from rashguide.settings import settings
from rashguide.workers import zygote
from rashguide.workers.zygote import Failed

logger = logging.getLogger(__name__)

SOON = 0.5  # seconds within which a worker that is gone is not blamed on its message
SLOW = 0.4  # seconds after which nobody waits for a worker any longer: another is taken on beside it
MOST_SLOW = 6  # workers beside the usual ones
SHARE = 0.6  # of the reply's deadline that a task gets; in what remains the signs are looked for


Result = TypeVar("Result", covariant=True)
Given = TypeVar("Given")


class Abandoned(Exception):
    """A worker took too long, or died: nobody knows what to make of the message."""


class Task(Protocol[Result]):
    """One of ``tasks.py``."""

    async def run(self, agent: Agent) -> Result:
        """Does it in the process that it is in."""


class Here:
    """Does tasks in this very process: for ``rasa shell`` and scripts, where nobody else waits."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def do(self, task: Task[Given]) -> Given:
        """The task's result."""
        return await task.run(self._agent)


class Worker:
    """One worker's connection, its messages framed as by ``multiprocessing.connection``: four bytes of length first."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._streams: Optional[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = None

    async def do(self, task: Task[Given]) -> tuple[Union[Given, Failed], bool]:
        """The task's result, and whether it was this worker's last. Raises ``Abandoned``."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(sock=self._connection)
            reader, writer = self._streams
            data = pickle.dumps(task)
            writer.write(struct.pack("!i", len(data)) + data)
            (length,) = struct.unpack("!i", await reader.readexactly(4))
            result: tuple[Union[Given, Failed], bool] = pickle.loads(await reader.readexactly(length))
            return result
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Abandoned from error

    def close(self) -> None:
        """Lets it go. One that is idle ends at once, one that is not when its time is over."""
        if self._streams:
            self._streams[1].close()
        else:
            self._connection.close()


class Crew:
    """As many workers as there are cores, and more for a while where some are stuck."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._control = zygote.start(agent)
        self._usual = settings().workers or max(2, os.cpu_count() or 2)
        self._there = 0
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._fill()

    def _fill(self) -> None:
        """Takes on as many as are usual, or as can be had: there may be no room for another process just now."""
        with suppress(OSError):
            while self._there < self._usual:
                self._take_on()

    def _take_on(self) -> None:
        try:
            connection = zygote.hire(self._control)
        except ConnectionError:  # it was killed: by hand, or because memory was short
            logger.error("The workers' parent is gone and is started anew")
            gone, self._control = self._control, zygote.start(self._agent)
            gone.close()
            connection = zygote.hire(self._control)
        self._there += 1
        self._free.put_nowait(Worker(connection))

    def _let_go(self, worker: Worker) -> None:
        worker.close()
        self._there -= 1
        self._fill()

    def _beside(self) -> None:
        if self._free.empty() and self._there < self._usual + MOST_SLOW:
            with suppress(OSError):
                self._take_on()

    async def do(self, task: Task[Given]) -> Given:
        """A worker's result. Raises ``Abandoned`` where it comes to none, ``Failed`` where the task failed."""
        begun = time.monotonic()
        try:
            return await self._try(task)
        except Abandoned:
            if time.monotonic() - begun > SOON:
                raise
        return await self._try(task)  # the worker was killed while it was idle

    async def _try(self, task: Task[Given]) -> Given:
        self._fill()
        if not self._there:
            raise Abandoned
        worker = await self._free.get()
        slow = asyncio.get_running_loop().call_later(SLOW, self._beside)
        last = True
        try:
            result, last = await asyncio.wait_for(worker.do(task), settings().reply_deadline * SHARE)
        except asyncio.TimeoutError:
            raise Abandoned from None
        finally:
            slow.cancel()
            if last or self._there > self._usual:
                self._let_go(worker)
            else:
                self._free.put_nowait(worker)
        if isinstance(result, Failed):
            raise result
        return result


AnyCrew = Union[Crew, Here]
