"""What is old is judged by a clock that may be wrong: a jump deletes nothing, and stops nothing for good."""

from __future__ import annotations

import asyncio
import time

import pytest
from rasa.shared.core.domain import Domain

from rashguide.operations import clock, metrics
from rashguide.settings import settings
from rashguide.stores import retention
from rashguide.stores.conversations import DAY, ConversationStore
from rashguide.stores.retention import JUMP, Calendar

HOUR = 3600.0


class Machine:
    """A machine's two clocks: the one that is set, and the one that goes on."""

    def __init__(self, monkeypatch) -> None:
        self.wall, self.steady = 1.8e9, 5e5
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(clock, "steady", lambda: self.steady)

    def goes_on(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def doubted() -> bool:
    return bool(metrics.DOUBTED._value.get())


@pytest.mark.parametrize("days", [40, -3])
def test_a_clock_that_is_set_anew_is_believed_after_a_day(machine, days, caplog):
    calendar = Calendar(machine.wall)
    right = machine.wall
    machine.wall += days * DAY
    for _ in range(23):
        machine.goes_on(HOUR)
        right += HOUR
        assert calendar.now() == pytest.approx(right)
        assert doubted()
    assert caplog.text.count("clock has jumped") == 1
    machine.goes_on(3 * HOUR)
    assert calendar.now() == pytest.approx(machine.wall)
    assert not doubted()


def test_a_clock_that_is_set_right_again_was_never_believed(machine):
    calendar = Calendar(machine.wall)
    machine.wall += 40 * DAY
    calendar.now()
    machine.wall -= 40 * DAY
    machine.goes_on(HOUR)
    assert calendar.now() == pytest.approx(machine.wall)
    assert not doubted()


def test_a_clock_that_drifts_is_followed(machine):
    calendar = Calendar(None)
    for _ in range(100):
        machine.goes_on(HOUR)
        machine.wall += JUMP / 10
        assert calendar.now() == pytest.approx(machine.wall)
    assert not doubted()


def test_a_start_with_the_clock_far_ahead_of_all_that_is_kept_deletes_nothing_for_a_day(machine):
    newest = machine.wall - 40 * DAY
    calendar = Calendar(newest)
    assert calendar.now() == pytest.approx(newest)
    assert doubted()
    machine.goes_on(DAY + HOUR)
    calendar.now()
    assert calendar.now() == pytest.approx(machine.wall)


def test_what_is_kept_outlives_a_start_in_the_future_and_goes_when_it_is_the_present(tmp_path, monkeypatch):
    """The watch itself, with the store."""
    monkeypatch.setattr(settings(), "retention_days", 30)
    store = ConversationStore(Domain.empty(), db=str(tmp_path / "kept.db"))
    real, left = time.time, []

    async def work():
        await store.keep("rest:me", [("user", {"event": "user", "text": "hi", "timestamp": real(), "parse_data": {}})])
        monkeypatch.setattr(time, "time", lambda: real() + 40 * DAY)
        begun = clock.steady()
        hours = iter([1.0, 20.0, 26.0])

        async def later(_: float) -> None:
            left.append(len((await store.read("rest:me")).events))
            hour = next(hours)
            monkeypatch.setattr(clock, "steady", lambda: begun + hour * HOUR)

        monkeypatch.setattr(retention.asyncio, "sleep", later)
        with pytest.raises((StopIteration, RuntimeError)):
            await retention.watch(store)

    asyncio.run(work())
    assert left == [1, 1, 1, 0]


def test_a_clock_that_nobody_sets(monkeypatch):
    before = clock.now()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 40 * DAY)
    assert clock.now() - before < 5
