"""Where conversations are kept, and how they are deleted: an SQLite file, or PostgreSQL for several servers."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar, cast

import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session, sessionmaker

from rashguide.content.names import Action, Response
from rashguide.content.names import Slot as Kept
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.stores import handovers
from rashguide.stores.tables import HOLDING, OPINIONS, OURS, OUTBOX, PULSE

logger = logging.getLogger(__name__)

# Events of a conversation that a turn reads: some twenty turns. Deciding looks back at one; slots and an active form
# are read from further back. Without an end to it each message would cost more than the one before.
RECENT_EVENTS = 60
SESSION = 30 * 60  # seconds after the last message; as domain.yml's session_expiration_time
# What a visit note leaves in a conversation from its first message on: that it began, and its answers so far.
NOTED = (Response.NOTE, Kept.ANSWERS)
# No turn looks back at these. What an action of ours said is known by such events alone: they bear the response's name.
UNREAD = (BotUttered.type_name, DefinePrevUserUtteredFeaturization.type_name)
LASTING = (SlotSet.type_name, ActiveLoop.type_name)
DAY = 86_400.0
# With which of its settings PostgreSQL's own log shows no statement: psycopg2 writes people's words into these.
DISCREET = {
    "log_min_error_statement": ("panic", "fatal", "log"),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
}
PREPARING = 20_260  # the lock, by a number of our own, of who makes the tables

_COUNT = sa.text(
    "insert into opinions values (:subject, :opinion, 1) "
    "on conflict (subject, opinion) do update set times = opinions.times + 1"
)

Result = TypeVar("Result")


Written = tuple[str, dict[str, Any]]  # an event's type, and the event as it is stored


class StoreUnavailable(Exception):
    """A conversation could not be read or kept."""


class Moved(Exception):
    """A conversation went on, or was deleted, since it was read: another server answered this person meanwhile."""


@dataclass(frozen=True)
class Recent:
    """What a turn reads of a conversation: its events as they are stored, and the last row that there was."""

    events: list[str]
    last: int


@contextmanager
def _telling() -> Iterator[None]:
    """Raises ``StoreUnavailable``, which names no words and no statement, for whatever goes wrong inside."""
    try:
        yield
    except (Moved, handovers.TooMany):  # nothing went wrong with the database
        raise
    except Exception as error:
        metrics.STORE_ERRORS.labels("conversations").inc()
        raise StoreUnavailable(type(error).__name__) from error


def tracker_of(sender_id: str, events: list[str], slots: Sequence[Slot]) -> Optional[DialogueStateTracker]:
    """The conversation that these stored events make; None where there are none."""
    if not events:
        return None
    tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(data) for data in events], slots)
    tracker.kept_events = len(tracker.events)  # type: ignore[attr-defined]
    return tracker


def written(events: Sequence[Event]) -> list[Written]:
    """Events as they are stored."""
    return [(event.type_name, event.as_dict()) for event in events]


def _limit_statements(connection: sa.engine.Connection) -> None:
    """For a transaction: pgbouncer refuses it among a connection's options, and lends that to others between two."""
    connection.exec_driver_sql("set local statement_timeout = 5000")


def _server(url: str) -> sa.engine.Engine:
    """The engine for a PostgreSQL, or for a pooler before it.

    Nobody waits long for a database that is gone, and a connection that it closed is noticed before it is used.
    """
    address = sa.engine.make_url(url)
    address = address.set(password=address.password or settings().database_password or None)
    waits = {"connect_timeout": 3, "tcp_user_timeout": 5000}
    engine = sa.create_engine(address, hide_parameters=True, pool_pre_ping=True, pool_size=10, connect_args=waits)
    sa.event.listen(engine, "begin", _limit_statements)
    return engine


def _engine(url: str) -> sa.engine.Engine:
    """The engine for a database. Its errors, which Rasa logs, name no statement's values: those are people's words."""
    if not url.startswith("sqlite"):
        return _server(url)
    # One connection, kept open, with a log of its own for what is written: opening the file anew and waiting for the
    # disk would cost as much as all that Rasa's dialogue does.
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")  # type: ignore[untyped-decorator]
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("pragma secure_delete = on")  # what is deleted is overwritten
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")

    return engine


def _made(events: Sequence[Written]) -> Iterator[tuple[str, dict[str, Any], Optional[str]]]:
    """Each event with the action that it came of; an action comes of itself."""
    by: Optional[str] = None
    for kind, data in events:
        by = data["name"] if kind == ActionExecuted.type_name else by
        yield kind, data, by


def _said_by_action(kind: str, data: dict[str, Any], by: Optional[str]) -> Optional[str]:
    """The response's name where an action of ours said it: no event of its own bears that name."""
    return data["metadata"].get("utter_action") if kind == BotUttered.type_name and by in Action.ALL else None


def _heard_by(kind: str, handing: bool) -> Optional[str]:
    """The handover's action where the message was typed for it: what bears its name is not kept for long."""
    return Action.HANDOVER if handing and kind == UserUttered.type_name else None


# What is asked at each message is put together once: that takes SQLAlchemy longer than the database takes to answer.
_ROW = SQLTrackerStore.SQLEvent.__table__.c
_OWN = _ROW.sender_id == sa.bindparam("sender_id")
_LAST = sa.select(sa.func.max(_ROW.id)).where(_OWN)
# What a turn looks back at.
_READ = sa.or_(
    _ROW.type_name.not_in(UNREAD), sa.and_(_ROW.type_name == BotUttered.type_name, _ROW.action_name.is_not(None))
)
_RECENT = sa.select(_ROW.id, _ROW.type_name, _ROW.data).where(_OWN, _READ).order_by(_ROW.id.desc()).limit(RECENT_EVENTS)
# What still counts of a long session's events before one: each slot's last.
_BEFORE = (_OWN, _ROW.id < sa.bindparam("until"))
_START = sa.select(sa.func.max(_ROW.id)).where(*_BEFORE, _ROW.type_name == SessionStarted.type_name)
_LAST_OF_EACH = (
    sa.select(sa.func.max(_ROW.id))
    .where(*_BEFORE, _ROW.type_name.in_(LASTING), _ROW.id > sa.bindparam("started"))
    .group_by(_ROW.type_name, _ROW.action_name)
)
_EARLIER = sa.select(_ROW.id, _ROW.data).where(_ROW.id.in_(_LAST_OF_EACH)).order_by(_ROW.id)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store and table, with what Rasa leaves open.

    The database is used in threads, so that a slow one holds up nobody else; a turn reads the last events alone, and by
    their order, not by the clock, which may jump; a database that is not there yet is no reason not to start; and
    conversations can be deleted.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        db: str = "conversations.db",
        **_: Any,
    ) -> None:
        TrackerStore.__init__(self, domain, event_broker)
        self.engine = _engine(settings().database_url or f"sqlite:///{db}")
        self.sessionmaker = sessionmaker(bind=self.engine)
        embedded = self.engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(1 if embedded else 10, thread_name_prefix="conversations")
        self._prepared = False
        kept = self.engine.url.database if embedded else None
        self._file = Path(kept).resolve() if kept and kept != ":memory:" else None
        self._known: tuple[Optional[int], ...] = ()
        self._uncleaned = False
        self._cleaning: Optional[asyncio.Task[None]] = None

    async def _run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def do(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Does work with the database in one of its threads. Raises ``StoreUnavailable``."""
        with _telling():
            return await self._run(work, *arguments)

    def _prepare(self) -> None:
        """Makes the tables, and the indexes that keep a long conversation as quick as a short one."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":  # "if not exists" is no help where two servers start at once
                connection.execute(sa.text(f"select pg_advisory_xact_lock({PREPARING})"))
                self._warn_of_words(connection)
            self.Base.metadata.create_all(connection)
            for columns in ("sender_id, id", "sender_id, type_name, id", "timestamp"):
                name = f"ix_events_{columns.replace(', ', '_')}"
                connection.execute(sa.text(f"create index if not exists {name} on events ({columns})"))
            noted = f"events (sender_id, id) where action_name in {NOTED}"
            connection.execute(sa.text(f"create index if not exists ix_events_noted on {noted}"))
            OURS.create_all(connection)
        self._known = self._inodes()
        self._prepared = True

    @staticmethod
    def _warn_of_words(connection: Any) -> None:
        """Says which of PostgreSQL's settings put statements, with people's words in them, into its own log."""
        names = ("log_min_error_statement", "log_statement", "log_min_duration_statement")
        found = dict(connection.execute(sa.text("select name, setting from pg_settings")).fetchall())
        wrong = [name for name in names if found.get(name) not in DISCREET[name]]
        if wrong:
            told = ", ".join(f"{name} = {DISCREET[name][0]}" for name in wrong)
            logger.warning("PostgreSQL's own log may show what people write. Set there: %s", told)

    def _inodes(self) -> tuple[Optional[int], ...]:
        """Which files an SQLite database is in, and its log. A connection would go on in files that are gone."""
        if self._file is None:
            return ()
        files = (self._file, self._file.with_name(f"{self._file.name}-wal"))
        return tuple(file.stat().st_ino if file.exists() else None for file in files)

    def _reopen(self) -> None:
        """Closes the one connection to an SQLite file, so that the next one finds what is there by then."""
        if self._file is not None:
            self.engine.dispose()
            self._prepared = False

    @contextmanager
    def session_scope(self) -> Iterator[Session]:
        """One transaction. Rasa's own ends the process on a ``ValueError`` (3.6.21, core/tracker_store.py:1236).

        After an error, or where its file is gone, an SQLite database is opened anew: a disk may be writable again.
        """
        if self._prepared and self._inodes() != self._known:
            logger.error("The conversations' file is not the same any more: it is opened anew")
            self._reopen()
        try:
            if not self._prepared:
                self._prepare()
            with self.sessionmaker() as session:
                yield session
        except sa.exc.DatabaseError:
            self._reopen()
            raise

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The conversation's last session, its last ``RECENT_EVENTS`` events; None where there is none."""
        return tracker_of(sender_id, (await self.read(sender_id)).events, self.domain.slots)

    async def read(self, sender_id: str) -> Recent:
        """The events that make what ``retrieve`` returns. Raises ``StoreUnavailable``."""
        return await self.do(self._recent, sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        """The whole conversation, all its sessions; None where there is none."""
        return tracker_of(conversation_id, await self._run(self._all, conversation_id), self.domain.slots)

    def _all(self, sender_id: str) -> list[str]:
        row = self.SQLEvent
        with self.session_scope() as session:
            return [data for (data,) in session.query(row.data).filter(row.sender_id == sender_id).order_by(row.id)]

    def _recent(self, sender_id: str) -> Recent:
        with self.session_scope() as session:
            last = self._last(session, sender_id)
            found = session.execute(_RECENT, {"sender_id": sender_id}).all()[::-1]
            starts = [place for place, event in enumerate(found) if event.type_name == SessionStarted.type_name]
            if starts:
                found = found[starts[-1] :]
            elif len(found) == RECENT_EVENTS:
                found = [*self._earlier(session, sender_id, found[0].id), *found]
            return Recent([event.data for event in found], last)

    def _last(self, session: Session, sender_id: str) -> int:
        """The conversation's last row; 0 where there is none."""
        return session.execute(_LAST, {"sender_id": sender_id}).scalar() or 0

    def _earlier(self, session: Session, sender_id: str, until: int) -> list[Any]:
        """What still counts of a long session's earlier events: each slot's last."""
        own = {"sender_id": sender_id, "until": until}
        started = session.execute(_START, own).scalar() or 0
        return list(session.execute(_EARLIER, {**own, "started": started}))

    async def said_to(self, sender_id: str, message_id: str) -> list[dict[str, Any]]:
        """What was said to a message that was answered already."""
        with _telling():
            events = [Event.from_parameters(json.loads(data)) for data in await self._run(self._all, sender_id)]
        since = dropwhile(lambda event: getattr(event, "message_id", None) != message_id, events)
        turn = takewhile(lambda event: not isinstance(event, UserUttered), islice(since, 1, None))
        return [event.message() for event in turn if isinstance(event, BotUttered)]

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps what is new in the conversation."""
        known = getattr(tracker, "kept_events", 0)
        new = list(tracker.events)[known:]
        await self.keep(tracker.sender_id, written(new))
        tracker.kept_events = known + len(new)  # type: ignore[attr-defined]

    async def keep(self, sender_id: str, events: list[Written], last: Optional[int] = None, address: str = "") -> None:
        """Keeps the conversation's next events; or deletes it, where the action that does so has spoken.

        ``last`` is the row up to which it was read before, ``address`` the network address that the message came from,
        where that is known. Raises ``Moved`` where that row is not the last any more; ``handovers.TooMany``, and then
        nothing of the turn is kept, where a message to the clinic is one too many; ``StoreUnavailable``.
        """
        with _telling():
            if any(kind == BotUttered.type_name and by == Action.DELETE for kind, _, by in _made(events)):
                await self.forget(sender_id)
                return
            if self.event_broker:
                for _, data in events:
                    self.event_broker.publish({"sender_id": sender_id, **data})
            await self._run(self._add, sender_id, events, last, address)
            await self._tidy()

    def _add(self, sender_id: str, events: list[Written], last: Optional[int], address: str) -> None:
        handing = any(kind == ActionExecuted.type_name and data["name"] == Action.HANDOVER for kind, data in events)
        rows = [
            {
                "sender_id": sender_id,
                "type_name": kind,
                "timestamp": data.get("timestamp"),
                "intent_name": (data.get("parse_data", {}).get("intent") or {}).get("name"),
                "action_name": data.get("name") or _said_by_action(kind, data, by) or _heard_by(kind, handing),
                "data": json.dumps(data),
            }
            for kind, data, by in _made(events)
            if (kind, data.get("name")) != (SlotSet.type_name, Kept.HANDED_OVER)
        ]
        told, confirmed, stages = (
            [data["value"] for kind, data in events if kind == SlotSet.type_name and data["name"] == slot]
            for slot in (Kept.OPINION, Kept.HANDED_OVER, Kept.HANDOVER)
        )
        with self.session_scope() as session:
            if last is not None:
                if self.engine.dialect.name == "postgresql":  # two servers never keep one person's turns at once
                    session.execute(sa.text("select pg_advisory_xact_lock(hashtext(:person))"), {"person": sender_id})
                if self._last(session, sender_id) != last:
                    raise Moved
            if rows:
                session.execute(sa.insert(self.SQLEvent.__table__), rows)
            for subject, opinion in filter(None, told):
                session.execute(_COUNT, {"subject": subject, "opinion": opinion})
            for message in filter(None, confirmed):
                handovers.put(session, sender_id, address, message)
            if stages:
                handovers.follow(session, sender_id, stages[-1])
                self.commit_deletion(session)
            session.commit()

    async def keep_alive(self, sender_id: str) -> None:
        """The conversation's last message counts as written now, so that its session, and a visit note, go on."""
        await self.do(self._keep_alive, sender_id)

    def _keep_alive(self, sender_id: str) -> None:
        row, now = self.SQLEvent, time.time()
        own = (row.sender_id == sender_id, row.type_name == UserUttered.type_name)
        with self.session_scope() as session:
            last = session.query(row).filter(*own).order_by(row.id.desc()).first()
            if last:
                last.timestamp, last.data = now, json.dumps({**json.loads(last.data), "timestamp": now})
                session.commit()

    def opinions(self) -> list[tuple[str, str, int]]:
        """What people said to "Was this answer helpful?": (subject, opinion, how many)."""
        with self.session_scope() as session:
            return [tuple(row) for row in session.execute(sa.select(OPINIONS))]

    async def keys(self) -> list[str]:
        """Every conversation's id."""
        return await self._run(self._sender_ids)

    def _sender_ids(self) -> list[str]:
        with self.session_scope() as session:
            return [sender_id for (sender_id,) in session.query(self.SQLEvent.sender_id).distinct()]

    async def reachable(self) -> bool:
        """True where the database keeps what is written."""
        try:
            await self._run(self._ask)
        except Exception as error:
            logger.warning("The conversations' database does not answer: %s", type(error).__name__)
            return False
        return True

    def _ask(self) -> None:
        """Raises where what is written cannot be read back."""
        written = secrets.token_hex(8)
        with self.session_scope() as session:
            session.execute(sa.delete(PULSE))
            session.execute(sa.insert(PULSE).values(written=written))
            session.commit()
        with self.session_scope() as session:
            if written not in session.execute(sa.select(PULSE.c.written)).scalars().all():
                raise StoreUnavailable("what was written is not there")

    async def forget(self, conversation_id: str) -> int:
        """Deletes all that is kept of a conversation. Returns the rows deleted."""
        return await self._deleted(self._delete, "sender_id", lambda column: column == conversation_id)

    async def newest(self) -> Optional[float]:
        """When the last of all events was, in seconds since 1970; None where there is none."""
        return await self.do(self._newest)

    def _newest(self) -> Optional[float]:
        with self.session_scope() as session:
            found: Optional[float] = session.execute(
                sa.select(sa.func.max(self.SQLEvent.__table__.c.timestamp))
            ).scalar()
            return found

    async def forget_older_than(self, days: int, now: Optional[float] = None) -> int:
        """Deletes whatever was kept of conversations more than so many days ago. Returns the rows deleted."""
        before = (now or time.time()) - days * DAY
        return await self._deleted(self._delete, "timestamp", lambda column: column < before)

    async def forget_visit_notes(self, now: Optional[float] = None) -> int:
        """Deletes the turns of each visit note, from its beginning to the end of its session, once that is over.

        Returns the rows deleted.
        """
        return await self._deleted(self._delete_notes, (now or time.time()) - SESSION)

    async def forget_handovers(self, now: Optional[float] = None) -> int:
        """Takes out of conversations what was typed for a message to the clinic that was left unfinished, once the
        session is over; and the pseudonyms by which a day's messages were counted. Returns how many were left."""
        return await self._deleted(self._forget_handovers, (now or time.time()) - SESSION)

    def _forget_handovers(self, before: float) -> int:
        with self.session_scope() as session:
            left = handovers.forget(session, before)
            self.commit_deletion(session)
        return left

    async def _deleted(self, work: Callable[..., int], *arguments: Any) -> int:
        """Deletes, and goes on until SQLite's log has nothing of it: another process may be reading from that."""
        deleted = await self._run(work, *arguments)
        await self._tidy()
        return deleted

    async def do_deleting(self, work: Callable[..., None], *arguments: Any) -> None:
        """As ``do``, for work that deletes something. Raises ``StoreUnavailable``."""
        await self.do(work, *arguments)
        with _telling():
            await self._tidy()

    async def _tidy(self) -> None:
        if self._uncleaned:
            await self._run(self._truncate_log)
        if self._uncleaned and (self._cleaning is None or self._cleaning.done()):
            self._cleaning = asyncio.get_running_loop().create_task(self._clean())

    async def _clean(self) -> None:
        while self._uncleaned:
            await asyncio.sleep(1)
            with suppress(Exception):  # a database that is away is asked again
                await self._run(self._truncate_log)

    def _truncate_log(self) -> None:
        with self.session_scope() as session:
            session.execute(sa.text("pragma busy_timeout = 0"))  # who reads is not waited for, nor kept waiting
            self._uncleaned = bool(session.execute(sa.text("pragma wal_checkpoint(truncate)")).scalar())
            session.execute(sa.text("pragma busy_timeout = 5000"))

    def _delete_notes(self, before: float) -> int:
        row, deleted = self.SQLEvent, 0
        over: dict[str, int] = {}  # by conversation, the event before which all is looked through
        with self.session_scope() as session:
            noted = session.query(row.id, row.sender_id).filter(row.action_name.in_(NOTED)).order_by(row.id).all()
            for identifier, sender_id in noted:
                if identifier < over.get(sender_id, 0):
                    continue
                own = session.query(row).filter(row.sender_id == sender_id)
                asked = own.filter(row.type_name == UserUttered.type_name, row.id < identifier)
                first = asked.with_entities(sa.func.max(row.id)).scalar() or identifier
                later = own.filter(row.type_name == SessionStarted.type_name, row.id > identifier)
                end = later.with_entities(sa.func.min(row.id)).scalar()
                over[sender_id] = end or sys.maxsize
                note = own.filter(row.id >= first, *([row.id < end] if end else []))
                last = note.with_entities(sa.func.max(row.timestamp)).scalar()
                if end or (last or 0.0) < before:
                    deleted += note.delete(synchronize_session=False)
            if deleted:
                self.commit_deletion(session)
        return deleted

    def _delete(self, column: str, condition: Callable[[sa.Column], Any]) -> int:
        """From the tables of ours that hold something of conversations, by name: others' may share the database."""
        deleted = 0
        with self.session_scope() as session:
            if self.engine.dialect.name == "postgresql":
                session.execute(sa.text("set local statement_timeout = 0"))
            for table in HOLDING:
                deleted += session.execute(sa.delete(table).where(condition(table.c[column]))).rowcount
            if column == "sender_id":  # what was confirmed still goes to the clinic, and names no conversation any more
                session.execute(sa.update(OUTBOX).where(condition(OUTBOX.c.sender_id)).values(sender_id=""))
            self.commit_deletion(session)
        return deleted

    def commit_deletion(self, session: Session) -> None:
        """Commits, and remembers that something was deleted."""
        session.commit()
        self._uncleaned = self._file is not None  # SQLite's log still has what was deleted


def store_of(agent: Agent) -> ConversationStore:
    """The store that endpoints.yml names, from within Rasa's wrappers."""
    return cast(ConversationStore, agent.tracker_store._tracker_store)  # type: ignore[attr-defined]


async def forget(agent: Agent, conversation_id: str) -> None:
    """Deletes one conversation, after a turn of it that is still going on. Raises where the database is away."""
    async with agent.lock_store.lock(conversation_id):
        await store_of(agent).forget(conversation_id)


async def keep_alive(agent: Agent, conversation_id: str) -> None:
    """Renews one conversation's session, after a turn of it that is still going on. Raises ``StoreUnavailable``."""
    async with agent.lock_store.lock(conversation_id):
        await store_of(agent).keep_alive(conversation_id)
