"""How often one person, and one address, may write. Kept in this process: nginx holds the line before several."""

from __future__ import annotations

import time
from contextvars import ContextVar
from functools import lru_cache

from rashguide.settings import settings

MINUTE = 60.0
# The network address of the request that is being answered; "" where a platform brought the message.
came_from: ContextVar[str] = ContextVar("came_from", default="")
MOST_KEYS = 10_000  # beyond that, those who have been quiet are forgotten


class Limit:
    """Lets each key through so many times a minute, all at once if it likes; then at that pace.

    The generic cell rate algorithm (ITU-T I.371): for each key only the time is kept at which it will have used up
    what it took. 0 a minute means no limit.
    """

    def __init__(self, per_minute: int) -> None:
        self._pace = MINUTE / per_minute if per_minute else 0.0
        self._paid_until: dict[str, float] = {}

    def allows(self, key: str) -> bool:
        """True where the key may go on; that uses up one of its times."""
        if not self._pace:
            return True
        now = time.monotonic()
        if len(self._paid_until) > MOST_KEYS:
            self._paid_until = {known: until for known, until in self._paid_until.items() if until > now}
        until = max(now, self._paid_until.get(key, now)) + self._pace
        if until - now > MINUTE:
            return False
        self._paid_until[key] = until
        return True


@lru_cache(maxsize=1)
def person() -> Limit:
    """The limit for one person on one channel."""
    return Limit(settings().person_limit)


@lru_cache(maxsize=1)
def address() -> Limit:
    """The limit for one network address."""
    return Limit(settings().address_limit)
