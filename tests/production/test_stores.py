"""Conversations are kept, read back, capped and deleted alike in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

import pytest
import redis as redis_client
import sqlalchemy as sa
from rasa.core.brokers.file import FileEventBroker
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import ROOT, patches
from rashguide.content.names import Action, Response, Slot
from rashguide.settings import settings
from rashguide.stores import locks, retention, sessions, tables
from rashguide.stores.conversations import (
    DAY,
    RECENT_EVENTS,
    SESSION,
    ConversationStore,
    Moved,
    Recent,
    StoreUnavailable,
    written,
)
from rashguide.stores.locks import ConversationLocks
from tests.harness.server import free_port
from tests.harness.topology import Pooler, Postgres, Redis, until

patches.apply()

DOMAIN = Domain.load(str(ROOT / "domain.yml"))


def run(work):
    return asyncio.run(work)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, monkeypatch):
    if request.param == "postgresql":
        monkeypatch.setattr(settings(), "database_url", request.getfixturevalue("postgres").url)
    made = ConversationStore(DOMAIN, db=str(tmp_path / "kept.db"))
    yield made
    made.engine.dispose()


def turn(number: int, timestamp: float | None = None) -> list:
    return [
        UserUttered(f"question {number}", intent={"name": "greet"}, timestamp=timestamp),
        ActionExecuted("utter_greet", timestamp=timestamp),
        BotUttered(f"answer {number}", metadata={"utter_action": "utter_greet"}, timestamp=timestamp),
        ActionExecuted("action_listen", timestamp=timestamp),
    ]


def tracker(events: list, sender: str | None = None) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender or f"rest:{uuid.uuid4().hex}", events, DOMAIN.slots)


def test_what_is_saved_is_read_back_once(store):
    told = tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(told)
        for number in (2, 3):
            read = await store.retrieve(told.sender_id)
            for event in turn(number):
                read.update(event)
            await store.save(read)
            await store.save(read)  # nothing new: nothing is kept twice
        return await store.retrieve(told.sender_id), await store.keys()

    read, keys = run(work())
    assert [e.text for e in read.events if isinstance(e, UserUttered)] == ["question 1", "question 2", "question 3"]
    assert told.sender_id in keys
    assert run(store.retrieve("rest:nobody")) is None


def test_a_turn_reads_the_last_session_alone(store):
    told = tracker([SessionStarted(), *turn(1), SessionStarted(), *turn(2)])

    async def work():
        await store.save(told)
        return await store.retrieve(told.sender_id), await store.retrieve_full_tracker(told.sender_id)

    session, whole = run(work())
    assert [e.text for e in session.events if isinstance(e, UserUttered)] == ["question 2"]
    assert [e.text for e in whole.events if isinstance(e, UserUttered)] == ["question 1", "question 2"]


def test_the_thousandth_turn_reads_no_more_than_the_hundredth(store):
    events = [
        SessionStarted(),
        SlotSet(Slot.STEP, "early"),
        *(event for number in range(1000) for event in turn(number)),
    ]
    told = tracker(events)

    async def work():
        await store.save(told)
        return await store.retrieve(told.sender_id)

    read = run(work())
    assert len(read.events) <= RECENT_EVENTS + 1 < 100
    assert read.events[-3].text == "question 999"
    assert read.get_slot(Slot.STEP) == "early", "what was noted long ago still holds"


def test_a_clock_that_jumps_back_mixes_nothing_up(store):
    now = time.time()
    told = tracker([SessionStarted(timestamp=now), *turn(1, now)])

    async def work():
        await store.save(told)
        for number in (2, 3):  # a day "earlier"
            read = await store.retrieve(told.sender_id)
            for event in turn(number, now - DAY):
                read.update(event)
            await store.save(read)
        return await store.retrieve(told.sender_id)

    texts = [event.text for event in run(work()).events if isinstance(event, UserUttered)]
    assert texts == ["question 1", "question 2", "question 3"]


def test_deleting_leaves_other_peoples_tables_alone(store):
    """A PostgreSQL may be shared with other applications, whose tables may have columns of the same names."""
    mine, other = tracker([SessionStarted(), *turn(1)]), tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(mine)
        await store.save(other)
        with store.engine.begin() as connection:
            connection.execute(sa.text("create table if not exists letters (sender_id text, timestamp float)"))
            connection.execute(sa.text("insert into letters values (:id, 1.0)"), {"id": mine.sender_id})
        deleted = await store.forget(mine.sender_id)
        await store.forget_older_than(1)
        return deleted, await store.retrieve(mine.sender_id), await store.retrieve_full_tracker(other.sender_id)

    deleted, gone, left = run(work())
    assert deleted == 5
    assert gone is None
    assert len(left.events) == 5
    with store.engine.connect() as connection:
        assert connection.execute(
            sa.text("select timestamp from letters where sender_id = :id"), {"id": mine.sender_id}
        ).all() == [(1.0,)]


def test_deleting_reaches_every_table_of_ours_that_names_a_conversation(store):
    run(store.save(tracker([SessionStarted()])))
    ours = sa.inspect(store.engine)
    made = {*store.Base.metadata.tables, *tables.OURS.tables}
    naming = {table for table in made if "sender_id" in {column["name"] for column in ours.get_columns(table)}}
    # What was confirmed still goes to the clinic; the conversation's name is taken off it (tests/clinic/).
    assert naming == {*(table.name for table in tables.HOLDING), tables.OUTBOX.name}


@pytest.mark.parametrize(
    ("action", "events", "left"),
    [
        (Action.DELETE, [BotUttered("Done.", metadata={"utter_action": Response.DELETED})], False),
        (Action.DELETE, [], True),  # the action server was away: the person was told that it was not done
        (Response.DELETED, [BotUttered("Done.", metadata={"utter_action": Response.DELETED})], True),
    ],
)
def test_a_conversation_that_the_action_has_deleted_is(store, action, events, left):
    told = tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(told)
        read = await store.retrieve(told.sender_id)
        for event in [UserUttered("yes"), ActionExecuted(action), *events]:
            read.update(event)
        await store.save(read)
        return await store.retrieve(told.sender_id)

    assert (run(work()) is not None) == left


def test_an_opinion_is_counted_once_with_the_turn_that_it_was_given_in(store):
    told = tracker([SessionStarted(), *turn(1), SlotSet(Slot.OPINION, ["skin_care", "helpful_yes"])])

    async def work():
        before = dict((tuple(row[:2]), row[2]) for row in store.opinions())
        await store.save(told)
        read = await store.retrieve(told.sender_id)
        for event in [*turn(2), SlotSet(Slot.OPINION, None)]:
            read.update(event)
        await store.save(read)
        return before, dict((tuple(row[:2]), row[2]) for row in store.opinions())

    before, after = run(work())
    assert after[("skin_care", "helpful_yes")] == before.get(("skin_care", "helpful_yes"), 0) + 1


def test_what_an_action_said_is_read_back(store):
    said = BotUttered("Where?", metadata={"utter_action": "utter_visit_where"})
    told = tracker([SessionStarted(), *turn(1), UserUttered("visit note"), ActionExecuted(Action.NOTE), said])

    async def work():
        await store.save(told)
        return await store.retrieve(told.sender_id)

    spoken = [e.metadata["utter_action"] for e in run(work()).events if isinstance(e, BotUttered)]
    assert spoken == ["utter_visit_where"], "the response of turn 1 is known by its own event"


def test_what_is_older_than_the_retention_goes(store):
    old = tracker([SessionStarted(timestamp=1), *turn(1, time.time() - 40 * DAY)])
    new = tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(old)
        await store.save(new)
        deleted = await store.forget_older_than(30)
        return deleted, await store.retrieve(old.sender_id), await store.retrieve(new.sender_id)

    deleted, gone, left = run(work())
    assert deleted >= 5
    assert gone is None
    assert left


def test_deleted_words_are_not_left_in_the_file(tmp_path):
    made = ConversationStore(DOMAIN, db=str(tmp_path / "kept.db"))
    told = tracker([SessionStarted(), UserUttered("I am Zebedee Quixote"), *turn(1)])

    async def work():
        await made.save(told)
        made.engine.dispose()
        before = b"Zebedee" in (tmp_path / "kept.db").read_bytes()
        await made.forget(told.sender_id)
        return before

    assert run(work())
    assert b"Zebedee" not in (tmp_path / "kept.db").read_bytes()


def noted(now):
    """A session that holds a question, then a visit note."""

    def action(said, answers, at):
        return [
            ActionExecuted(Action.NOTE, timestamp=at),
            BotUttered(said, metadata={"utter_action": said}, timestamp=at),
            SlotSet(Slot.ANSWERS, answers, timestamp=at),
        ]

    note = [UserUttered("help me prepare", timestamp=now), *action(Response.NOTE, {}, now + 1)]
    answers = [UserUttered("my cheeks", timestamp=now + 2), *action("utter_visit_since", {"where": "cheeks"}, now + 3)]
    return [SessionStarted(timestamp=now - 2), *turn(1, now - 1), *note, *answers]


def words(events):
    return [event.text for event in events if isinstance(event, UserUttered)]


def test_a_visit_note_goes_when_its_session_is_over(store):
    now = time.time()
    over, going_on, followed = (tracker(noted(now - age)) for age in (SESSION + 60, SESSION - 60, SESSION - 60))
    for event in [SessionStarted(timestamp=now), *turn(2, now)]:
        followed.update(event)

    async def work():
        for told in (over, going_on, followed):
            await store.save(told)
        await store.forget_visit_notes()
        return [await store.retrieve_full_tracker(told.sender_id) for told in (over, going_on, followed)]

    assert [words(kept.events) for kept in run(work())] == [
        ["question 1"],
        ["question 1", "help me prepare", "my cheeks"],
        ["question 1", "question 2"],
    ]


def test_a_note_that_began_beside_a_safety_check_goes_too(store):
    """Nothing was said of it then."""
    past = time.time() - SESSION - 60
    told = tracker([e for e in noted(past) if not (isinstance(e, BotUttered) and e.text == Response.NOTE)])

    async def work():
        await store.save(told)
        await store.forget_visit_notes()
        return await store.retrieve_full_tracker(told.sender_id)

    assert words(run(work()).events) == ["question 1"]


def test_a_notes_answers_are_known_however_much_is_asked_meanwhile(store):
    mine = tracker(noted(time.time()))

    async def work():
        await store.save(mine)
        for number in range(2 * RECENT_EVENTS):
            await store.save(tracker([event for other in range(5) for event in turn(other)]))
            mine.update(UserUttered(f"aside {number}"))
            await store.save(mine)
        return await store.retrieve(mine.sender_id)

    read = run(work())
    assert read.get_slot(Slot.ANSWERS) == {"where": "cheeks"}
    assert words(read.events)[-1] == f"aside {2 * RECENT_EVENTS - 1}"


@pytest.mark.parametrize("kept", [True, False])
def test_the_server_deletes_visit_notes_unless_they_are_to_be_kept(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(settings(), "keep_visit_notes", kept)
    made = ConversationStore(DOMAIN, db=str(tmp_path / "kept.db"))
    told = tracker(noted(time.time() - SESSION - 60))

    async def work():
        await made.save(told)
        watching = asyncio.create_task(retention.watch(made))
        await asyncio.sleep(0.5)
        watching.cancel()
        return await made.retrieve(told.sender_id)

    assert ("my cheeks" in words(run(work()).events)) == kept


def test_two_servers_at_once_keep_a_turn_each_one_after_the_other(store):
    """Also where no lock keeps them off one conversation: what was read is old when the second one keeps."""
    mine = f"rest:{uuid.uuid4().hex}"

    async def work():
        first, second = await store.read(mine), await store.read(mine)
        await store.keep(mine, written(turn(1)), first.last)
        with pytest.raises(Moved):
            await store.keep(mine, written(turn(2)), second.last)
        again = await store.read(mine)
        await store.forget(mine)
        with pytest.raises(Moved):
            await store.keep(mine, written(turn(2)), again.last)
        return await store.read(mine)

    assert run(work()) == Recent([], 0)


def test_a_session_that_was_ended_is_ended_on_every_server(store):
    mine, other = uuid.uuid4().hex, uuid.uuid4().hex

    async def work():
        for _ in range(2):
            await sessions.end(store, mine)
        return await sessions.ended(store, mine), await sessions.ended(store, other)

    assert run(work()) == (True, False)


def test_a_database_that_is_not_there_is_an_error_not_a_loss(monkeypatch):
    monkeypatch.setattr(settings(), "database_url", "postgresql://guide@127.0.0.1:1/none")
    missing = ConversationStore(DOMAIN)
    told = tracker(turn(1))
    with pytest.raises(StoreUnavailable):
        run(missing.save(told))
    with pytest.raises(StoreUnavailable):
        run(missing.retrieve(told.sender_id))
    assert run(missing.reachable()) is False


def test_errors_of_the_database_name_no_words(postgres, monkeypatch, caplog):
    """psycopg2 puts the statement with its values into its errors; here an id that is longer than its column."""
    monkeypatch.setattr(settings(), "database_url", postgres.url)
    store = ConversationStore(DOMAIN)
    with pytest.raises(StoreUnavailable) as raised:
        run(store.save(tracker([UserUttered("I am Zebedee Quixote")], "rest:" + "x" * 300)))
    assert str(raised.value) == "DataError"
    assert "Zebedee" not in caplog.text
    assert "Zebedee" not in postgres.log, "docker-compose.yml's settings keep it out of there"
    assert "PostgreSQL's own log" not in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("log_min_error_statement", "error"), ("log_statement", "mod"), ("log_min_duration_statement", "1000")],
)
def test_a_postgresql_whose_own_log_would_show_words_is_told_of(postgres, monkeypatch, caplog, name, value):
    monkeypatch.setattr(settings(), "database_url", postgres.url)
    autocommit = postgres.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.exec_driver_sql(f"alter role guide set {name} = '{value}'")
        assert run(ConversationStore(DOMAIN).reachable())
        connection.exec_driver_sql(f"alter role guide reset {name}")
    assert f"Set there: {name} = " in caplog.text


def test_rasas_event_brokers_get_each_event_once(tmp_path):
    broker = FileEventBroker(str(tmp_path / "events.log"))
    made = ConversationStore(DOMAIN, broker, db=str(tmp_path / "kept.db"))
    told = tracker([SessionStarted(), *turn(1)])

    async def work():
        await made.save(told)
        read = await made.retrieve(told.sender_id)
        for event in turn(2):
            read.update(event)
        await made.save(read)

    run(work())
    streamed = [json.loads(line) for line in (tmp_path / "events.log").read_text().splitlines()]
    assert [event["text"] for event in streamed if event["event"] == "user"] == ["question 1", "question 2"]


def test_ten_thousand_stored_conversations_slow_nothing(store):
    with store.session_scope() as session:
        rows = [
            {
                "sender_id": f"rest:{number}",
                "type_name": "user",
                "timestamp": 1e9,
                "data": json.dumps({"event": "user"}),
            }
            for number in range(10_000)
        ]
        session.bulk_insert_mappings(ConversationStore.SQLEvent, rows)
        session.commit()
    told = tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(told)
        started = time.perf_counter()
        for _ in range(20):
            await store.retrieve(told.sender_id)
        return (time.perf_counter() - started) / 20

    assert run(work()) < 0.05


def test_servers_that_start_at_once_make_the_tables_once(monkeypatch):
    own = Postgres()
    try:
        monkeypatch.setattr(settings(), "database_url", own.url)

        async def work():
            servers = [ConversationStore(DOMAIN) for _ in range(4)]
            await asyncio.gather(*(server.keep("rest:me", []) for server in servers for _ in range(4)))

        run(work())
    finally:
        own.stop()


def test_a_kept_conversation_counts_as_just_written(store):
    old = time.time() - SESSION - 60
    told, other = tracker(turn(1, old)), tracker(turn(1, old))

    async def work():
        await store.save(told)
        await store.save(other)
        await store.keep_alive(told.sender_id)
        await store.keep_alive("web:nobody")
        return [await store.retrieve(each.sender_id) for each in (told, other)]

    renewed, left = (each.get_last_event_for(UserUttered) for each in run(work()))
    assert renewed.timestamp > time.time() - 60
    assert renewed.text == "question 1"
    assert left.timestamp == old


PASSWORD = "p@ss%word/x#y?"


@pytest.fixture
def pooler(postgres):
    running = Pooler(postgres, PASSWORD)
    until(running.listens, what="pgbouncer")
    yield running
    running.stop()


def test_a_pooler_may_stand_before_the_database_and_a_password_have_any_sign(pooler, postgres, monkeypatch):
    """pgbouncer refuses connections that set a timeout by their options, and gives each transaction another one."""
    monkeypatch.setattr(settings(), "database_url", pooler.url)
    monkeypatch.setattr(settings(), "database_password", PASSWORD)
    store, told = ConversationStore(DOMAIN), tracker([SessionStarted(), *turn(1)])

    async def work():
        await store.save(told)
        return await store.retrieve(told.sender_id)

    assert [e.text for e in run(work()).events if isinstance(e, UserUttered)] == ["question 1"]
    with postgres.engine.connect() as other, other.begin():
        other.execute(sa.text("lock table events in access exclusive mode"))
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            run(store.retrieve(told.sender_id))
        assert 4 < time.monotonic() - began < 8, "nobody waits longer for a database that is held up"
    store.engine.dispose()


def test_a_password_of_redis_may_have_any_sign(tmp_path, monkeypatch):
    redis = Redis(tmp_path, PASSWORD)
    try:
        monkeypatch.setattr(settings(), "redis_url", redis.url)
        for password, reached in ((PASSWORD, True), ("wrong", False)):
            monkeypatch.setattr(settings(), "redis_password", password)
            if reached:
                until(lambda: run(ConversationLocks().reachable()), what="Redis")
            else:
                assert not run(ConversationLocks().reachable())
    finally:
        redis.stop()


def test_a_redis_that_takes_no_changes_holds_nobody_up(tmp_path, monkeypatch):
    """As after a failover: a replica answers, but gives no lock. Once it is the primary its locks are used again."""
    monkeypatch.setattr(locks, "AWAY", 0.2)
    redis = Redis(tmp_path)
    client = redis_client.Redis(port=redis.port)
    try:
        monkeypatch.setattr(settings(), "redis_url", redis.url)
        until(lambda: run(ConversationLocks().reachable()), what="Redis")

        async def work() -> None:
            made = ConversationLocks()
            for primary, there in ((("127.0.0.1", free_port()), False), (("NO", "ONE"), True)):
                client.replicaof(*primary)
                began = time.monotonic()
                async with made.lock("rest:me"):
                    assert bool(client.keys("guide:turn:*")) == there
                assert time.monotonic() - began < 2
                await asyncio.sleep(0.3)

        run(work())
    finally:
        client.close()
        redis.stop()
