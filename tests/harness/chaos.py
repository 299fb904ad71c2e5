"""What goes wrong with servers while people write to them, and the count of what each of them got.

``FAULTS`` are the things that go wrong. ``during`` has people write by REST and on every platform before, while and
after one of them happens, and counts what came back and what was kept.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

import httpx
import psutil

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS, Driver
from tests.harness.platforms.fake import Fake
from tests.harness.server import ADVICE, MODEL, Server, advice_count
from tests.harness.topology import AWAY, Topology, until
from tests.harness.work import processes

DAY = 86_400  # seconds
EACH = 5  # messages of one conversation by REST
PATIENCE = 90.0  # seconds in which platforms' replies must have arrived; what a dead server had is free after 30
SHOWN = ("messages", "answered", "apologies", "silent", "lost", "doubled")
ON_PLATFORMS = ("on platforms", "lost there", "twice there")
WRONG = ("silent", "without the advice", "alarms missed", "lost", "doubled", "lost there", "twice there")


class Place:
    """Two assistants with all that they need, or one guide with a file (``alone``), and the platforms."""

    def __init__(self, folder: Path, fake: Fake, alone: bool = False, clocks: bool = False, **settings: str) -> None:
        self.folder, self.fake, self.alone = folder, fake, alone
        self.settings = {
            **accounts.environment(fake.url),
            "PERSON_LIMIT": "0",
            "ADDRESS_LIMIT": "0",
            "REPLY_DEADLINE": "15",
        }
        self.settings |= settings
        if alone:
            self.assistants = [Server(folder, **self.settings).wait()]
        else:
            self.topology = Topology(folder, {"REQUESTS_A_SECOND": 1000, "BURST": 1000}, clocks, **self.settings)
            self.assistants = self.topology.assistants

    @classmethod
    def of(cls, topology: Topology, fake: Fake) -> Place:
        """A topology that runs already, with its platforms on."""
        made = cls.__new__(cls)
        made.folder, made.fake, made.alone, made.topology = topology.folder, fake, False, topology
        made.assistants = topology.assistants
        return made

    def client(self, number: int) -> httpx.Client:
        """A client of its own address."""
        if self.alone:
            return httpx.Client(base_url=f"http://127.0.0.1:{self.assistants[0].port}", timeout=40)
        return self.topology.nginx.client(f"127.0.7.{number + 1}")

    def kept(self, sender: str) -> list[str]:
        """What is stored of a sender's messages."""
        if not self.alone:
            return self.topology.kept(sender)
        return [parsed["text"] for parsed in self.assistants[0].understood(sender)]

    def well(self) -> bool:
        """Whether every assistant answers."""
        with contextlib.suppress(httpx.TransportError, AssertionError, ValueError):
            return all("brand name" in each.ask("what is dupixent?")[0]["text"] for each in self.assistants)
        return False

    def stop(self) -> None:
        """Ends all of it."""
        for part in self.assistants if self.alone else [self.topology]:
            part.stop()


# --- what goes wrong: each begins, lasts while the block lasts, and ends ----------------------------------------------


@contextlib.contextmanager
def limited(found: list[psutil.Process], kind: int, most: int) -> Iterator[None]:
    """So much of something, and no more, for processes that are there; what they have already they keep."""
    limits = {process: process.rlimit(kind) for process in found}
    for process, (_, hard) in limits.items():
        process.rlimit(kind, (most, hard))
    try:
        yield
    finally:
        for process, usual in limits.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.rlimit(kind, usual)


@contextlib.contextmanager
def nothing(place: Place) -> Iterator[None]:
    """Nothing goes wrong."""
    yield


_turns = iter(range(10**9))


@contextlib.contextmanager
def killed(place: Place) -> Iterator[None]:
    """An assistant and all its processes, by the kernel; then it is started anew. Each time the other one."""
    turn = next(_turns)
    number = turn % len(place.assistants)
    gone = place.assistants[number]
    os.killpg(gone.process.pid, signal.SIGKILL)
    gone.process.wait(20)
    yield
    if place.alone:
        place.assistants[0] = Server(place.folder, port=gone.port, **place.settings).wait()
    else:
        place.assistants[number] = place.topology.assistant(10 + turn, MODEL, host=gone.host).wait()


@contextlib.contextmanager
def stopped(place: Place) -> Iterator[None]:
    """An assistant's processes get no time at all, as on a machine that stands still."""
    os.killpg(place.assistants[0].process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(place.assistants[0].process.pid, signal.SIGCONT)


@contextlib.contextmanager
def full_disk(place: Place) -> Iterator[None]:
    """No file of the database may grow."""
    if place.alone:
        with limited(processes(place.assistants[0])[:1], resource.RLIMIT_FSIZE, 4096):
            yield
        return
    postgres = place.topology.postgres
    postgres.fill()
    with postgres.files_of(postgres.SEGMENT):
        yield


@contextlib.contextmanager
def read_only(place: Place) -> Iterator[None]:
    """PostgreSQL takes no changes, as one that another has taken over from."""
    with place.topology.postgres.set("default_transaction_read_only", "on"):
        yield


@contextlib.contextmanager
def no_database(place: Place) -> Iterator[None]:
    """PostgreSQL is killed, and started anew."""
    place.topology.postgres.crash()
    yield
    place.topology.postgres.start()


@contextlib.contextmanager
def no_redis(place: Place) -> Iterator[None]:
    """Redis is killed, and started anew."""
    place.topology.redis.crash()
    yield
    place.topology.redis.start()


@contextlib.contextmanager
def no_descriptors(place: Place) -> Iterator[None]:
    """An assistant may open no more files and take no more connections."""
    with limited(processes(place.assistants[0])[:1], resource.RLIMIT_NOFILE, 16):
        yield


@contextlib.contextmanager
def no_memory(place: Place) -> Iterator[None]:
    """None of an assistant's processes gets any more memory than it has."""
    with limited(processes(place.assistants[0]), resource.RLIMIT_AS, 1 << 20):
        yield


@contextlib.contextmanager
def no_worker(place: Place) -> Iterator[None]:
    """An assistant's workers and their parent are killed, as the kernel does where memory is short."""
    for process in processes(place.assistants[0])[1:]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    yield


@contextlib.contextmanager
def file_deleted(place: Place) -> Iterator[None]:
    """The file of the conversations, and its log, are deleted."""
    for end in ("", "-wal", "-shm"):
        place.assistants[0].database.with_name(f"conversations.db{end}").unlink(missing_ok=True)
    yield


def clock(seconds: int) -> Callable[[Place], Any]:
    """An assistant's clock is set by so many seconds, and then right again. It must be one that can be set."""

    @contextlib.contextmanager
    def jumped(place: Place) -> Iterator[None]:
        """An assistant's clock is set, and then right again."""
        file = place.assistants[0].database.with_name("clock")
        file.write_text(f"{seconds:+d}")
        try:
            yield
        finally:
            file.write_text("+0")

    return jumped


# --- those who write -----------------------------------------------------------------------------------------------


class People:
    """Those who write while something goes wrong, and what they got."""

    def __init__(self, place: Place, pause: float) -> None:
        self.place, self.pause = place, pause
        self.clinic = Clinic(place.assistants[0], place.fake)
        DRIVERS["webex"].fake = DRIVERS["teams"].fake = place.fake
        self.counts: Counter[str] = Counter()
        self.told: list[tuple[str, str, float]] = []  # who was answered, to what, and when it was sent
        self.waiting: list[tuple[Driver, int]] = []
        self.since = 0.0  # what was answered before is not looked for
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, people: int, platforms: bool = True) -> None:
        """Lets so many people write by REST, and one after another on each platform."""
        self._threads = [threading.Thread(target=self._by_rest, args=(number,)) for number in range(people)]
        if platforms:
            self._threads.append(threading.Thread(target=self._on_platforms))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Waits for everybody's reply, and counts."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not all(self._replies().values()):
            time.sleep(0.5)
        time.sleep(1)  # for what comes twice
        replies = self._replies()
        self.counts["on platforms"] = len(self.waiting)
        self.counts["lost there"] = sum(not count for count in replies.values())
        self.counts["without the advice"] += sum((cut.platform, cut.chat) in replies for cut in self.clinic.cut_off())
        self.counts["twice there"] = sum(count > 1 for count in replies.values())
        kept = {sender: Counter(self.place.kept(sender)) for sender in {sender for sender, *_ in self.told}}
        self.counts["lost"] = sum(not kept[who][what] for who, what, at in self.told if at > self.since)
        self.counts["doubled"] = sum(kept[who][what] > 1 for who, what, _ in self.told)

    def _by_rest(self, number: int) -> None:
        chance = random.Random(number)
        self._over.wait(chance.uniform(0, self.pause))
        with self.place.client(number) as client:
            while not self._over.is_set():
                sender = uuid.uuid4().hex
                self._ask(client, uuid.uuid4().hex, "I can't breathe and my throat is closing")
                for turn in range(EACH):
                    if self._over.wait(chance.uniform(0.5, 1.5) * self.pause):
                        break
                    self._ask(client, sender, f"What kind of medicine is dupixent? {turn}")

    def _ask(self, client: httpx.Client, sender: str, message: str) -> None:
        sent = time.monotonic()
        self.counts["messages"] += 1
        try:
            answer = client.post("/webhooks/rest/webhook", json={"sender": sender, "message": message})
            reply = answer.json()
        except (httpx.TransportError, ValueError):
            self.counts["silent"] += 1
            return
        self.counts["silent"] += not reply
        self.counts["without the advice"] += advice_count(reply) != 1
        away = answer.status_code != 200 or AWAY in answer.text
        self.counts["apologies" if away else "answered"] += 1
        if message.startswith("I can't"):
            self.counts["alarms missed"] += "911" not in answer.text
        elif not away:
            self.told.append((sender, message, sent))

    def _on_platforms(self) -> None:
        with self.place.client(240) as client:
            while not self._over.wait(1):
                for driver in DRIVERS.values():
                    person = self.clinic.someone()
                    made = driver.text(person, "what is dupixent?")
                    with contextlib.suppress(httpx.TransportError):
                        answer = client.post(made.path, content=made.body, headers=made.headers)
                        if answer.status_code == 200:
                            self.waiting.append((driver, person))

    def _replies(self) -> dict[tuple[str, str], int]:
        """How many replies each of those on platforms has got."""
        got = Counter((sent.platform, sent.chat) for sent in list(self.place.fake.sent) if ADVICE in sent.text)
        chats = [(driver.name, driver.chat(person)) for driver, person in self.waiting]
        return {chat: got[chat] for chat in chats}


def during(
    place: Place,
    fault: Callable[[Place], Any],
    people: int = 10,
    pause: float = 1.0,
    lasts: float = 8.0,
    times: int = 1,
    platforms: bool = True,
    most: float = 3600.0,
) -> Counter[str]:
    """People write, something goes wrong so many times, in ``most`` seconds, and is right again. What came of it, how
    many times it was ("times"), and how many seconds after the last one every assistant answered ("well again after").
    """
    those = People(place, pause)
    those.begin(people, platforms)
    try:
        time.sleep(2)
        until_then = time.monotonic() + most
        while those.counts["times"] < times and time.monotonic() < until_then:
            those.counts["times"] += 1
            with fault(place):
                if fault is file_deleted:  # what was in it is gone
                    time.sleep(1)
                    those.since = time.monotonic()
                time.sleep(lasts)
            ended = time.monotonic()
            until(place.well, 120, "an answer of every assistant")
        those.counts["well again after"] = round(time.monotonic() - ended)
        time.sleep(2)
    finally:
        those.end()
    return those.counts
