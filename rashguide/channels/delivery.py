"""Brings a call to a platform's API through: tried again with growing pauses while trying again can help."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any, Awaitable, Callable, Mapping, Optional

import aiohttp

from rashguide.settings import settings

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
PASSING = {408, 425, 429}  # statuses below 500 after which trying again can help


class Refused(Exception):
    """The platform refuses the call for good. ``args[0]`` is its status or code, never anybody's words."""


class TryAgain(Exception):
    """The call may work later, ``after`` so many seconds if the platform says so."""

    def __init__(self, reason: object, after: Optional[float] = None) -> None:
        super().__init__(reason)
        self.after = after


def seconds(value: Any) -> Optional[float]:
    """The seconds that a Retry-After names; None where it names none."""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None


def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
    """Raises ``TryAgain`` or ``Refused`` unless the status says that the call worked.

    Platforms that say more in the body have a judge of their own.
    """
    if status in PASSING or status >= 500:
        raise TryAgain(status, seconds(headers.get("Retry-After")))
    if not 200 <= status < 300:
        raise Refused(status)


Judge = Callable[[int, Mapping[str, str], Any], None]


class Api:
    """A platform's HTTP API. One connection pool a platform, so that a slow one holds up no other."""

    def __init__(self, judge: Judge = judge) -> None:
        self._judge = judge
        self._session: Optional[aiohttp.ClientSession] = None

    async def once(self, method: str, url: str, **request: Any) -> Any:
        """One call; its JSON, or None where it is none. Raises ``TryAgain`` or ``Refused``."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=settings().platform_timeout)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            # No redirects: what carries a token goes to the host that was set and to no other.
            async with self._session.request(method, url, allow_redirects=False, **request) as answer:
                raw = await answer.read()
                try:
                    body = json.loads(raw)
                except ValueError:
                    body = None
                self._judge(answer.status, answer.headers, body)
                return body
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise TryAgain(type(error).__name__) from None

    async def call(self, method: str, url: str, **request: Any) -> Any:
        """A call, tried again for ``DELIVERY_DEADLINE`` seconds. Raises ``Refused`` where it never worked."""
        return await persist(lambda: self.once(method, url, **request))

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


async def persist(call: Callable[[], Awaitable[Any]]) -> Any:
    """Calls until it works, with pauses that double, or of the length that the platform asks for.

    Raises ``Refused`` where the platform refuses or where ``DELIVERY_DEADLINE`` would pass.
    """
    end = time.monotonic() + settings().delivery_deadline
    pause = FIRST_PAUSE
    while True:
        try:
            return await call()
        except TryAgain as failure:
            # A little longer each by chance, so that many waiting calls do not come back all at once.
            wait = failure.after if failure.after is not None else pause
            wait += random.uniform(0, pause / 2)
            if time.monotonic() + wait > end:
                raise Refused(failure.args[0]) from None
            await asyncio.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)
