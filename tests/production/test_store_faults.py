"""An SQLite file that is taken away, replaced, read-only or read by others: readiness tells, and it mends by itself."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest
from rasa.shared.core.domain import Domain

from rashguide.stores.conversations import ConversationStore, StoreUnavailable

WORD = "quixotic"


@pytest.fixture
def store(tmp_path):
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "kept.db"))
    made.file = tmp_path / "kept.db"
    yield made
    made.engine.dispose()


def said(number: int = 0) -> list:
    return [("user", {"event": "user", "text": f"{WORD} {number}", "timestamp": 1e9 + number, "parse_data": {}})]


def run(work):
    return asyncio.run(work)


@pytest.mark.parametrize("gone", ["kept.db", "kept.db-wal", "all"])
def test_a_file_that_is_gone_is_made_anew_at_the_next_message(store, gone):
    async def work():
        await store.keep("rest:me", said(1))
        for name in ("kept.db", "kept.db-wal", "kept.db-shm"):
            if gone in (name, "all"):
                (store.file.parent / name).unlink()
        await store.keep("rest:me", said(2))
        assert await store.reachable()

    run(work())
    store.engine.dispose()
    with sqlite3.connect(store.file) as kept:
        texts = [row[0] for row in kept.execute("select data from events order by id")]
    assert f"{WORD} 2" in texts[-1]
    assert gone != "kept.db-wal" or len(texts) == 2, "the log's last words were not saved"


def test_a_folder_that_was_read_only_is_written_to_again(tmp_path):
    folder = tmp_path / "locked"
    store = ConversationStore(Domain.empty(), db=str(folder / "kept.db"))

    async def work():
        assert not await store.reachable()
        with pytest.raises(StoreUnavailable):
            await store.keep("rest:me", said())
        folder.mkdir()
        await store.keep("rest:me", said())
        assert await store.reachable()

    run(work())


def test_a_file_that_another_program_holds_is_used_once_it_is_free(tmp_path):
    """Held at the start, too, when the log beside it is switched on."""
    file = tmp_path / "kept.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin exclusive")
        store = ConversationStore(Domain.empty(), db=str(file))
        with pytest.raises(StoreUnavailable):
            run(store.keep("rest:me", said(1)))
    run(store.keep("rest:me", said(2)))
    assert run(store.reachable())
    (kept,) = store.engine.execute("select data from events").fetchall()
    assert f"{WORD} 2" in kept[0]
    assert store.engine.execute("pragma journal_mode").scalar() == "wal"
    store.engine.dispose()


def test_what_cannot_be_written_is_not_ready(store):
    async def work():
        assert await store.reachable()
        with store.engine.connect() as connection:
            connection.exec_driver_sql("pragma query_only = on")
        assert not await store.reachable()  # which opens it anew
        assert await store.reachable()

    run(work())


def held(store, what: str) -> int:
    files = [store.file.with_name(store.file.name + end) for end in ("", "-wal")]
    return sum(file.read_bytes().count(what.encode()) for file in files if file.exists())


def test_deleted_words_leave_the_log_once_nobody_reads_it(store):
    async def work():
        await store.keep("rest:me", said())
        reader = sqlite3.connect(store.file, isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from events").fetchone()
        await store.forget("rest:me")
        assert held(store, WORD) > 0, "the reader keeps it there"
        reader.close()
        for _ in range(40):
            await asyncio.sleep(0.1)
            if not held(store, WORD):
                return True
        return False

    assert run(work())


def test_deleted_words_are_gone_at_once_where_nobody_reads(store):
    async def work():
        await store.keep("rest:me", said())
        await store.forget("rest:me")

    run(work())
    assert held(store, WORD) == 0
    assert os.stat(store.file).st_size > 0
