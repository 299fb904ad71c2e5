"""One turn at a time in each conversation: within this process, and by Redis where several servers share them."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Optional
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockError, LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import LockError as NotHeld
from redis.exceptions import RedisError

from rashguide.operations import metrics
from rashguide.operations.logs import pseudonym
from rashguide.settings import settings

logger = logging.getLogger(__name__)

AWAY = 5.0  # seconds for which a Redis that did not answer is not asked again
PATIENCE = 1.0  # seconds that Redis is given to answer
UNREACHABLE = (RedisError, OSError, asyncio.TimeoutError)


class ConversationLocks(LockStore):
    """Rasa's lock store, made of two libraries' locks.

    Rasa 3.6.21 keeps tickets in Redis by reading and then writing them (core/lock_store.py:150), so that two servers
    can draw the same, waits a second between attempts, and answers nobody while Redis is away. Here, while Redis is
    away, each server keeps order for itself: the worst of it is that two messages, sent by one person at once, are
    answered at once.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._away_until = 0.0
        self._redis: Optional[Redis] = None
        if settings().redis_url:
            self._redis = Redis.from_url(
                settings().redis_url,
                password=settings().redis_password or None,  # one in the address goes before it
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 1),
                retry_on_error=[Disconnected],
            )

    @property
    def lifetime(self) -> float:
        """Seconds after which the lock of a server that died is free: before the next message's own deadline."""
        return settings().reply_deadline * 2 / 3

    @asynccontextmanager
    async def lock(  # type: ignore[override]  # nobody uses what Rasa's yields
        self, conversation_id: str, *_: Any, **__: Any
    ) -> AsyncIterator[None]:
        """Holds the conversation. Raises ``LockError`` where another server holds it past the reply deadline."""
        here = self._here.setdefault(conversation_id, asyncio.Lock())
        async with here:
            held = await self._acquire(conversation_id)
            try:
                yield
            finally:
                await self._release(held)

    async def _acquire(self, conversation_id: str) -> Optional[Lock]:
        if not self._redis or time.monotonic() < self._away_until:
            return None
        lock = self._redis.lock(
            f"guide:turn:{pseudonym(conversation_id)}",
            timeout=self.lifetime,
            sleep=0.05,
            blocking_timeout=settings().reply_deadline,
        )
        try:
            if await lock.acquire():
                return lock
        except UNREACHABLE as error:
            self._missed(error)
            return None
        raise LockError("another server is still answering this person")

    async def _release(self, lock: Optional[Lock]) -> None:
        if not lock:
            return
        try:
            await lock.release()
        except NotHeld:
            logger.warning("A turn outlasted its lock")
        except UNREACHABLE as error:
            self._missed(error)

    def _missed(self, error: BaseException) -> None:
        self._away_until = time.monotonic() + AWAY
        metrics.STORE_ERRORS.labels("locks").inc()
        logger.warning("Redis does not answer (%s): this server keeps order for itself", type(error).__name__)

    async def reachable(self) -> bool:
        """True where Redis answers, or none is needed."""
        if not self._redis:
            return True
        try:
            await self._redis.ping()
        except UNREACHABLE:
            return False
        return True
