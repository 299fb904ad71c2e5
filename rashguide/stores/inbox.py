"""The platforms' messages from their acknowledgement to their reply: kept with the conversations, answered once.

A message is written down before it is acknowledged. Whichever server is there answers it, one of a person's at a time,
urgent ones first; what a server that died had taken is free again after ``LEASE``. What was answered stays known
without its words, so that a redelivery is not answered again. So do the choices that a typed number stands for.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Callable, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from rashguide.operations import clock
from rashguide.stores.conversations import ConversationStore, Result, StoreUnavailable
from rashguide.stores.tables import INBOX, OFFERS

WAITING = 20  # messages of one person; more at once is no conversation
LEASE = 30.0  # seconds for which a server has taken a message; it renews them while it lives


@dataclass(frozen=True)
class Taken:
    """A message that this server has to answer: its row's number, itself, since when, how much of its reply arrived."""

    number: int
    data: dict[str, Any]
    sent: int
    since: float


def digest(message: str) -> str:
    """The name under which a message, of a platform and an id, is known."""
    return hashlib.sha256(message.encode("utf-8", "backslashreplace")).hexdigest()


def now(session: Session) -> float:
    """Seconds since 1970 by the one clock that all servers share: PostgreSQL's, or this server's own beside a file."""
    if session.get_bind().dialect.name == "postgresql":
        return float(session.execute(sa.text("select extract(epoch from clock_timestamp())")).scalar())
    return clock.now()


async def oldest(store: ConversationStore) -> float:
    """Seconds for which the message that waits longest has waited, 0 where none does. Raises ``StoreUnavailable``."""
    return await store.do(_oldest, store)


def _oldest(store: ConversationStore) -> float:
    waiting = sa.select(sa.func.min(INBOX.c.timestamp)).where(INBOX.c.data.is_not(None))
    with store.session_scope() as session:
        since = session.execute(waiting).scalar()
        return max(0.0, now(session) - since) if since else 0.0


class Inbox:
    """The messages of all platforms. Every method raises ``StoreUnavailable`` where the database is away."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._server = secrets.token_hex(16)
        self._missed = -LEASE  # when the database was last away

    async def _do(self, work: Callable[..., Result], *arguments: Any) -> Result:
        try:
            return await self._store.do(work, *arguments)
        except StoreUnavailable:
            self._missed = clock.steady()
            raise

    async def begin(self, channel: str) -> None:
        """A server starts. Where it alone has the file, what was taken before it died is free at once."""
        if self._store.engine.dialect.name == "sqlite":
            await self._do(self._free, channel)

    def _free(self, channel: str) -> None:
        with self._store.session_scope() as session:
            session.execute(sa.update(INBOX).where(INBOX.c.channel == channel).values(taken_by="", taken_until=0.0))
            session.commit()

    async def put(self, channel: str, identifier: str, sender_id: str, data: dict[str, Any]) -> Optional[bool]:
        """Writes a message down. True where it will be answered, False where too many wait, None where it is known."""
        return await self._do(self._put, channel, digest(f"{channel}:{identifier}"), sender_id, json.dumps(data))

    def _put(self, channel: str, message: str, sender_id: str, data: str) -> Optional[bool]:
        table = INBOX.c
        waiting = sa.select(sa.func.count()).where(table.sender_id == sender_id, table.data.is_not(None))
        with self._store.session_scope() as session:
            fits = session.execute(waiting).scalar() < WAITING
            row = {"message": message, "channel": channel, "sender_id": sender_id, "timestamp": now(session)}
            row |= {"data": data if fits else None, "urgent": 0, "sent": 0, "taken_by": "", "taken_until": 0.0}
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            insert = f"insert into inbox ({columns}) values ({values}) on conflict (message) do nothing"
            new = session.execute(sa.text(insert), row).rowcount
            session.commit()
        return fits if new else None

    async def hurry(self, channel: str, identifier: str, data: dict[str, Any], waiting: bool) -> None:
        """Puts a message before the others of its person, also one for which there was no room.

        ``waiting``: there was, so that it may be answered by now.
        """
        return await self._do(self._hurry, digest(f"{channel}:{identifier}"), json.dumps(data), waiting)

    def _hurry(self, message: str, data: str, waiting: bool) -> None:
        table = INBOX.c
        still = sa.and_(table.message == message, table.data.is_not(None) if waiting else sa.true())
        with self._store.session_scope() as session:
            session.execute(sa.update(INBOX).where(still).values(urgent=1, data=data))
            session.commit()

    async def gather(self, taken: Taken, wordless: bool) -> bool:
        """Has a picture and what its person sent beside it answered at once: other pictures without words are dropped.

        True where this one has none either and something with words waits, which is then answered for both.
        """
        return await self._do(self._gather, taken.number, wordless)

    def _gather(self, number: int, wordless: bool) -> bool:
        table = INBOX.c
        own = sa.select(table.sender_id).where(table.number == number).scalar_subquery()
        others = sa.and_(table.sender_id == own, table.data.is_not(None), table.number != number)
        with self._store.session_scope() as session:
            rows = session.execute(sa.select(INBOX).where(others).order_by(table.urgent.desc(), table.number)).all()
            waiting = {row.number: json.loads(row.data) for row in rows}
            pictures = [each for each, data in waiting.items() if data["media"] and not data["text"]]
            told = next((each for each in waiting if each not in pictures), None) if wordless else None
            if told is not None:
                data = json.dumps({**waiting[told], "media": True})
                session.execute(sa.update(INBOX).where(table.number == told).values(data=data))
                pictures.append(number)
            session.execute(sa.update(INBOX).where(table.number.in_(pictures)).values(data=None, taken_until=0.0))
            session.commit()
        return told is not None

    async def take(self, channel: str, sender_id: str) -> Optional[Taken]:
        """The person's next message; None where none waits, or where another server is answering one."""
        return await self._do(self._take, channel, sender_id)

    def _take(self, channel: str, sender_id: str) -> Optional[Taken]:
        table = INBOX.c
        own = sa.and_(table.sender_id == sender_id, table.channel == channel, table.data.is_not(None))
        with self._store.session_scope() as session:
            if self._store.engine.dialect.name == "postgresql":  # two servers never look at one person at once
                session.execute(sa.text("select pg_advisory_xact_lock(hashtext(:person))"), {"person": sender_id})
            at = now(session)
            if session.execute(sa.select(table.number).where(own, self._anothers(at))).first():
                return None
            first = session.execute(sa.select(INBOX).where(own).order_by(table.urgent.desc(), table.number)).first()
            if first:
                taken = {"taken_by": self._server, "taken_until": at + LEASE}
                session.execute(sa.update(INBOX).where(table.number == first.number).values(**taken))
            session.commit()
        return Taken(first.number, json.loads(first.data), first.sent, first.timestamp) if first else None

    def _anothers(self, at: float) -> Any:
        """What another server is answering. Who had no database cannot have said so: it is given the time to."""
        by_another = INBOX.c.taken_by.not_in(("", self._server))
        if clock.steady() - self._missed < LEASE:
            return by_another
        return sa.and_(by_another, INBOX.c.taken_until > at)

    async def hold(self, taken: Taken) -> bool:
        """Whether the message is still this server's: one that stood still for long may have lost it to another."""
        return await self._do(self._set, [taken.number], {}) == 1

    async def arrived(self, taken: Taken, sent: int) -> None:
        """Notes how many messages of the reply have arrived."""
        await self._do(self._set, [taken.number], {"sent": sent})

    async def done(self, *taken: Taken) -> None:
        """Forgets the messages' words: they are answered. One statement for all, as they wait for it together."""
        await self._do(self._set, [each.number for each in taken], {"data": None, "taken_until": 0.0})

    def _set(self, numbers: list[int], values: dict[str, Any]) -> int:
        mine = sa.and_(INBOX.c.number.in_(numbers), INBOX.c.taken_by == self._server, INBOX.c.data.is_not(None))
        with self._store.session_scope() as session:
            held = {"taken_until": now(session) + LEASE}
            changed: int = session.execute(sa.update(INBOX).where(mine).values(**(held | values))).rowcount
            session.commit()
        return changed

    async def renew(self) -> None:
        """Keeps what this server has taken."""
        await self._do(self._renew)

    def _renew(self) -> None:
        mine = sa.and_(INBOX.c.taken_by == self._server, INBOX.c.data.is_not(None))
        with self._store.session_scope() as session:
            session.execute(sa.update(INBOX).where(mine).values(taken_until=now(session) + LEASE))
            session.commit()

    async def forsaken(self, channel: str) -> list[str]:
        """Each person on a channel whose message waits and is no server's."""
        return await self._do(self._forsaken, channel)

    def _forsaken(self, channel: str) -> list[str]:
        table = INBOX.c
        with self._store.session_scope() as session:
            at = now(session)
            free = sa.and_(table.channel == channel, table.data.is_not(None), table.taken_until < at)
            return list(
                session.execute(
                    sa.select(table.sender_id).where(free, sa.not_(self._anothers(at))).distinct()
                ).scalars()
            )

    async def forget(self, seconds: float) -> None:
        """Forgets which messages were answered longer ago."""
        await self._do(self._forget, seconds)

    def _forget(self, seconds: float) -> None:
        with self._store.session_scope() as session:
            before = now(session) - seconds
            session.execute(sa.delete(INBOX).where(INBOX.c.data.is_(None), INBOX.c.timestamp < before))
            session.execute(sa.delete(OFFERS).where(OFFERS.c.timestamp < before))
            session.commit()

    async def offer(self, sender_id: str, numbered: list[list[str]]) -> None:
        """Replaces the choices that a typed number stands for in the conversation."""
        await self._do(self._offer, sender_id, json.dumps(numbered))

    def _offer(self, sender_id: str, data: str) -> None:
        with self._store.session_scope() as session:
            session.execute(sa.delete(OFFERS).where(OFFERS.c.sender_id == sender_id))
            if data != "[]":
                session.execute(sa.insert(OFFERS).values(sender_id=sender_id, timestamp=now(session), data=data))
            session.commit()

    async def offered(self, sender_id: str) -> list[list[str]]:
        """The conversation's choices of the last reply."""
        return await self._do(self._offered, sender_id)

    def _offered(self, sender_id: str) -> list[list[str]]:
        with self._store.session_scope() as session:
            data = session.execute(sa.select(OFFERS.c.data).where(OFFERS.c.sender_id == sender_id)).scalar()
        numbered: list[list[str]] = json.loads(data or "[]")
        return numbered
