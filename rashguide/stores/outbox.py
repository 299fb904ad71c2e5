"""Confirmed messages until they are delivered. Every method raises ``StoreUnavailable`` where the database is away."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any, Optional

import sqlalchemy as sa

from rashguide.stores import handovers
from rashguide.stores.conversations import ConversationStore
from rashguide.stores.tables import HANDOVERS, OUTBOX

LEASE = 300.0  # seconds for which a server has taken a message: longer than any delivery lasts


@dataclass(frozen=True)
class Waiting:
    """A message that this server has to deliver: its row's number, its key, whose it is, what it holds."""

    number: int
    key: str
    sender_id: str
    data: str
    asked: float
    attempts: int


class Outbox:
    """What waits, for all servers of a database: each message is with one of them at a time."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._server = secrets.token_hex(16)

    async def begin(self) -> None:
        """A server starts. Where it alone has the file, what was taken before it died is free at once."""
        if self._store.engine.dialect.name == "sqlite":
            await self._store.do(self._free)

    def _free(self) -> None:
        with self._store.session_scope() as session:
            session.execute(sa.update(OUTBOX).values(taken_until=0.0))
            session.commit()

    async def take(self) -> Optional[Waiting]:
        """The message that is due longest; None where none is due."""
        return await self._store.do(self._take)

    def _take(self) -> Optional[Waiting]:
        table, now = OUTBOX.c, time.time()
        free = sa.and_(table.due <= now, table.taken_until < now)
        first = sa.select(table.number).where(free).order_by(table.due, table.number).limit(1).scalar_subquery()
        mark = {"taken_by": f"{self._server}:{secrets.token_hex(4)}", "taken_until": now + LEASE}
        with self._store.session_scope() as session:
            # The condition once more: of two servers that see the same row, the second finds it taken.
            session.execute(sa.update(OUTBOX).where(table.number == first, free).values(**mark))
            row = session.execute(sa.select(OUTBOX).where(table.taken_by == mark["taken_by"])).first()
            session.commit()
        return Waiting(row.number, row.key, row.sender_id, row.data, row.timestamp, row.attempts) if row else None

    async def delivered(self, waiting: Waiting) -> None:
        """Forgets the message: the clinic has it."""
        await self._store.do_deleting(self._end, waiting, handovers.DELIVERED)

    async def failed(self, waiting: Waiting) -> None:
        """Forgets the message: nobody took it in all that time."""
        await self._store.do_deleting(self._end, waiting, handovers.FAILED)

    def _end(self, waiting: Waiting, outcome: str) -> None:
        ended = {"outcome": outcome, "ended": time.time(), "attempts": waiting.attempts + 1}
        with self._store.session_scope() as session:
            session.execute(sa.delete(OUTBOX).where(OUTBOX.c.number == waiting.number))
            session.execute(sa.update(HANDOVERS).where(HANDOVERS.c.key == waiting.key).values(**ended))
            handovers.settle(session, waiting.sender_id, waiting.key, outcome)
            self._store.commit_deletion(session)

    async def later(self, waiting: Waiting, seconds: float) -> None:
        """Tries the message again after so many seconds."""
        await self._store.do(self._later, waiting, time.time() + seconds)

    def _later(self, waiting: Waiting, due: float) -> None:
        tried = {"due": due, "attempts": waiting.attempts + 1, "taken_by": "", "taken_until": 0.0}
        with self._store.session_scope() as session:
            session.execute(sa.update(OUTBOX).where(OUTBOX.c.number == waiting.number).values(**tried))
            session.commit()

    async def waiting(self) -> tuple[int, float]:
        """How many messages wait, and for how many seconds the one that has waited longest."""
        return await self._store.do(self._waiting)

    def _waiting(self) -> tuple[int, float]:
        with self._store.session_scope() as session:
            count, oldest = session.execute(sa.select(sa.func.count(), sa.func.min(OUTBOX.c.timestamp))).one()
        return count, max(0.0, time.time() - oldest) if oldest else 0.0

    async def log(self) -> list[Any]:
        """The audit log, oldest first: rows with ``asked``, ``way``, ``outcome``, ``ended`` and ``attempts``."""
        return await self._store.do(self._log)

    def _log(self) -> list[Any]:
        with self._store.session_scope() as session:
            return list(session.execute(sa.select(HANDOVERS).order_by(HANDOVERS.c.asked)).all())
