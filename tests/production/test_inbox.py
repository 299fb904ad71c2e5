"""What a platform's message goes through from its acknowledgement to its reply, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
import time

import pytest
from rasa.shared.core.domain import Domain

from rashguide.operations import clock
from rashguide.settings import settings
from rashguide.stores import inbox as inboxes
from rashguide.stores.conversations import ConversationStore, StoreUnavailable
from rashguide.stores.inbox import LEASE, WAITING, Inbox


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, monkeypatch):
    if request.param == "postgresql":
        monkeypatch.setattr(settings(), "database_url", request.getfixturevalue("postgres").url)
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "kept.db"))
    yield made
    asyncio.run(made.forget("sms:anna"))
    made.engine.dispose()


@pytest.fixture
def shared(store):
    """A store that several servers have."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("one server has the file")
    return store


def put(inbox, identifier, text="hi"):
    return inbox.put("sms", f"{identifier}", "sms:anna", {"text": text})


def test_a_message_is_taken_once_and_in_order(store):
    async def work():
        inbox = Inbox(store)
        assert [await put(inbox, each, each) for each in "aba"] == [True, True, None]
        first = await inbox.take("sms", "sms:anna")
        await inbox.done(first)
        second = await inbox.take("sms", "sms:anna")
        await inbox.done(second)
        assert await inbox.take("sms", "sms:anna") is None
        assert await put(inbox, "a") is None, "a redelivery of what was answered is known"
        return first.data, second.data

    assert asyncio.run(work()) == ({"text": "a"}, {"text": "b"})


def test_another_server_waits_and_takes_over_what_a_dead_one_had(shared, monkeypatch):
    async def work():
        one, other = Inbox(shared), Inbox(shared)
        await put(one, 1)
        await put(one, 2)
        taken = await one.take("sms", "sms:anna")
        await one.arrived(taken, 1)
        assert await other.take("sms", "sms:anna") is None, "a person's messages are answered one at a time"
        assert await other.forsaken("sms") == ["sms:anna"]  # the second one waits
        now = time.time()
        monkeypatch.setattr(inboxes, "now", lambda _: now + LEASE - 1)
        await one.renew()
        monkeypatch.setattr(inboxes, "now", lambda _: now + LEASE + 1)
        assert await other.take("sms", "sms:anna") is None, "it lives"
        monkeypatch.setattr(inboxes, "now", lambda _: now + 3 * LEASE)
        assert await one.hold(taken), "nobody else has it yet"
        monkeypatch.setattr(inboxes, "now", lambda _: now + 5 * LEASE)
        again = await other.take("sms", "sms:anna")
        assert (again.number, again.sent) == (taken.number, 1)
        assert not await one.hold(taken), "who stood still for long would send a second reply"
        await one.done(taken)
        assert await other.hold(again), "it is not done because of one that has lost it"

    asyncio.run(work())


def test_after_a_database_was_away_nobody_takes_what_another_may_have_answered(shared, monkeypatch):
    """It could neither renew what it had nor say that it was done."""

    async def work():
        one, other = Inbox(shared), Inbox(shared)
        await put(one, 1)
        taken = await one.take("sms", "sms:anna")
        at, steady = time.time(), clock.steady()
        monkeypatch.setattr(inboxes, "now", lambda _: at + 3 * LEASE)
        away = monkeypatch.context()
        with away as gone:
            gone.setattr(shared, "engine", None)
            gone.setattr(shared, "sessionmaker", None)
            with pytest.raises(StoreUnavailable):
                await other.forsaken("sms")
        assert await other.forsaken("sms") == []
        assert await other.take("sms", "sms:anna") is None
        monkeypatch.setattr(clock, "steady", lambda: steady + LEASE + 1)  # it died, too
        assert await other.forsaken("sms") == ["sms:anna"]
        assert (await other.take("sms", "sms:anna")).number == taken.number

    asyncio.run(work())


def test_a_server_whose_clock_is_wrong_takes_nothing_from_another(shared, monkeypatch):
    """Nor does it forget what was answered."""

    async def work():
        one, wrong = Inbox(shared), Inbox(shared)
        await put(one, 1)
        await one.take("sms", "sms:anna")
        real = time.time
        monkeypatch.setattr(clock, "now", lambda: real() + 40 * 86_400)
        assert await wrong.forsaken("sms") == []
        assert await wrong.take("sms", "sms:anna") is None
        await wrong.forget(86_400)
        assert await put(wrong, 1) is None

    asyncio.run(work())


def test_a_server_that_is_started_anew_goes_on_at_once(store):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("there the lease says")

    async def work():
        await put(Inbox(store), 1)
        before = await Inbox(store).take("sms", "sms:anna")
        again = Inbox(store)
        await again.begin("sms")
        assert await again.forsaken("sms") == ["sms:anna"]
        assert (await again.take("sms", "sms:anna")).number == before.number

    asyncio.run(work())


def test_it_is_bounded_and_an_emergency_goes_first(store):
    async def work():
        inbox = Inbox(store)
        found = [await put(inbox, number) for number in range(WAITING + 2)]
        assert found == [True] * WAITING + [False] * 2
        await inbox.hurry("sms", str(WAITING + 1), {"text": "I can't breathe"}, waiting=False)
        urgent = await inbox.take("sms", "sms:anna")
        assert urgent.data == {"text": "I can't breathe"}
        await inbox.hurry("sms", "5", {"text": "and swelling"}, waiting=True)
        await inbox.done(urgent)
        swelling = await inbox.take("sms", "sms:anna")
        assert swelling.data == {"text": "and swelling"}
        await inbox.done(swelling)
        await inbox.hurry("sms", "5", {"text": "and swelling"}, waiting=True)  # it has been answered meanwhile
        assert (await inbox.take("sms", "sms:anna")).data == {"text": "hi"}

    asyncio.run(work())


@pytest.mark.parametrize(
    ("waiting", "answered"),
    [
        (["picture"], ["picture"]),
        (["picture", "picture", "picture"], ["picture"]),
        (["picture", "what is it?"], ["what is it? and a picture"]),
        (["picture", "picture", "what is it?", "picture", "why?"], ["what is it? and a picture", "why?"]),
        (["look and a picture", "picture", "picture", "hello"], ["look and a picture", "hello"]),
    ],
    ids=" ".join,
)
def test_pictures_are_answered_with_what_is_sent_beside_them(store, waiting, answered):
    def data(told):
        return {"text": told.replace("picture", "").replace(" and a ", ""), "media": "picture" in told}

    async def work():
        inbox, found = Inbox(store), []
        for number, told in enumerate(waiting):
            await inbox.put("sms", str(number), "sms:anna", data(told))
        while taken := await inbox.take("sms", "sms:anna"):
            if taken.data["media"] and await inbox.gather(taken, wordless=not taken.data["text"]):
                continue
            found.append(taken.data)
            await inbox.done(taken)
        return found

    assert asyncio.run(work()) == [data(told) for told in answered]


def test_what_a_typed_number_means_is_every_servers(store):
    async def work():
        await Inbox(store).offer("sms:anna", [["Yes", "/affirm~0"]])
        assert await Inbox(store).offered("sms:anna") == [["Yes", "/affirm~0"]]
        await Inbox(store).offer("sms:anna", [])
        assert await Inbox(store).offered("sms:anna") == []

    asyncio.run(work())


def test_words_do_not_stay_and_known_ids_end(store):
    async def work():
        inbox = Inbox(store)
        await put(inbox, 1, "quixotic")
        await inbox.done(await inbox.take("sms", "sms:anna"))
        with store.engine.connect() as connection:
            rows = connection.exec_driver_sql("select * from inbox where sender_id = 'sms:anna'").fetchall()
        assert len(rows) == 1
        assert "quixotic" not in str(rows)
        await inbox.forget(-1)
        assert await put(inbox, 1) is True
        await store.forget("sms:anna")
        assert await inbox.take("sms", "sms:anna") is None

    asyncio.run(work())


def test_how_long_the_oldest_message_waits_is_told(store, monkeypatch):
    async def work():
        inbox = Inbox(store)
        assert await inboxes.oldest(store) == 0
        await put(inbox, 1)
        await put(inbox, 2)
        later = time.time() + 100
        monkeypatch.setattr(inboxes, "now", lambda _: later)
        assert 95 < await inboxes.oldest(store) < 105
        for _ in range(2):
            await inbox.done(await inbox.take("sms", "sms:anna"))
        assert await inboxes.oldest(store) == 0, "what is answered waits no more"

    asyncio.run(work())
