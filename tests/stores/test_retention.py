"""What is kept too long goes: by the server's watch, by command, and one conversation by its id."""

from __future__ import annotations

import asyncio
import sys
import time
from types import SimpleNamespace
from unittest.mock import MagicMock, call

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.channels import every_request
from rashguide.settings import settings
from rashguide.stores import retention
from rashguide.stores.conversations import DAY, ConversationStore

pytestmark = pytest.mark.unit

DOMAIN = Domain.empty()
DAYS = 30
EVERYBODY = {"rest:today", "rest:young", "rest:old"}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with a message of today, one of nearly thirty days ago, and one of a little more."""
    monkeypatch.setattr(settings(), "retention_days", DAYS)
    monkeypatch.setattr(settings(), "database_url", "")
    monkeypatch.setattr(retention, "ROOT", tmp_path)
    made = ConversationStore(DOMAIN, db=str(tmp_path / "conversations.db"))
    for name, age in (("today", 0), ("young", DAYS * DAY - 600), ("old", DAYS * DAY + 600)):
        at = time.time() - age
        events = [SessionStarted(timestamp=at), UserUttered(f"{name} words", timestamp=at)]
        asyncio.run(made.save(DialogueStateTracker.from_events(f"rest:{name}", events)))
    yield made
    made.engine.dispose()


def left(store):
    return set(asyncio.run(store.keys()))


def watched(store, monkeypatch, rounds=1):
    """What is left after the watch has looked so often."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == rounds:
            raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(retention, "asyncio", SimpleNamespace(sleep=pause))
        try:
            asyncio.run(retention.watch(store))
        except asyncio.CancelledError:
            assert pauses == [retention.PAUSE] * rounds
    return left(store)


def test_the_watch_deletes_what_is_older_than_the_days_and_nothing_younger(store, monkeypatch):
    assert watched(store, monkeypatch) == EVERYBODY - {"rest:old"}


def test_the_watch_goes_on_after_a_database_that_was_away(store, monkeypatch):
    deletes, away = store.forget_older_than, [True]

    async def forget_older_than(*when):
        if away.pop() if away else False:
            raise OSError("away")
        return await deletes(*when)

    monkeypatch.setattr(store, "forget_older_than", forget_older_than)
    assert watched(store, monkeypatch, rounds=2) == EVERYBODY - {"rest:old"}


def test_without_a_number_of_days_nothing_is_too_old(store, monkeypatch):
    monkeypatch.setattr(settings(), "retention_days", 0)
    assert watched(store, monkeypatch) == EVERYBODY
    monkeypatch.setattr(sys, "argv", ["retention"])
    with pytest.raises(SystemExit, match="nothing is too old"):
        retention.main()


def test_the_command_deletes_what_is_too_old_and_says_how_much(store, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["retention"])
    retention.main()
    assert capsys.readouterr().out == "Deleted 2 entries older than 30 days.\n"
    assert left(store) == EVERYBODY - {"rest:old"}


@pytest.mark.parametrize("wanted", ["rest:young", "young"])
def test_one_conversation_is_deleted_by_its_id(store, wanted, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["retention", wanted])
    with pytest.raises(SystemExit) as ended:
        retention.main()
    assert not ended.value.code
    assert "Deleted 2 entries" in capsys.readouterr().out
    assert left(store) == EVERYBODY - {"rest:young"}


def test_one_that_is_not_there_is_told(store, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["retention", "nobody"])
    with pytest.raises(SystemExit) as ended:
        retention.main()
    assert ended.value.code == 1
    assert left(store) == EVERYBODY


def test_every_server_with_our_channels_watches(store):
    """From the listener that the first channel brings along to the coroutine that the server then runs."""
    app = MagicMock(ctx=SimpleNamespace())
    every_request.install(app)
    assert call(every_request._begin, "after_server_start") in app.register_listener.mock_calls
    begun = []
    agent = SimpleNamespace(
        action_endpoint=None, is_ready=lambda: False, tracker_store=SimpleNamespace(_tracker_store=store)
    )
    server = SimpleNamespace(ctx=SimpleNamespace(agent=agent), add_task=begun.append)
    asyncio.run(every_request._begin(server, None))
    (watching,) = [task for task in begun if task.cr_code is retention.watch.__code__]
    assert watching.cr_frame.f_locals["store"] is store
    for task in begun:
        task.close()
