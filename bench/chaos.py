"""``make chaos``: ``KILLS`` kills of one of two assistants while people write by REST and on every platform.

Each message is to be answered: once, and by the one that is left or comes back. Ends with 1 if one was lost.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

from bench import tables
from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.server import ADVICE, MODEL, advice_count
from tests.harness.topology import AWAY, Topology

EACH = 5  # messages of one conversation by REST
PEOPLE = 20  # who write by REST at a time
PATIENCE = 60.0  # seconds after the last kill in which platforms' replies must have arrived


class Chaos:
    """The topology, those who write to it, and the count of what came back."""

    def __init__(self, folder: Path, fake: Fake) -> None:
        settings = accounts.environment(fake.url) | {"PERSON_LIMIT": "0", "ADDRESS_LIMIT": "0", "LOG_LEVEL": "INFO"}
        self.topology = Topology(folder, nginx={"REQUESTS_A_SECOND": 1000, "BURST": 1000}, **settings)
        self.clinic = Clinic(self.topology.assistants[0], fake)
        self.counts: Counter[str] = Counter()
        self.waiting: list[tuple] = []
        self.over = threading.Event()

    def rest(self, number: int) -> None:
        """One person after another, five messages each, by REST."""
        with self.topology.nginx.client(f"127.0.7.{number + 1}") as client:
            while not self.over.is_set():
                sender = uuid.uuid4().hex
                for _ in range(EACH):
                    reply = client.post(
                        "/webhooks/rest/webhook", json={"sender": sender, "message": "what is dupixent?"}
                    )
                    told = reply.json()
                    self.counts["rest"] += 1
                    self.counts["silent"] += not told
                    self.counts["without the advice"] += advice_count(told) != 1
                    self.counts["apologies"] += AWAY in reply.text
                self.counts["conversations"] += 1
                self.counts["doubled"] += len(self.topology.kept(sender)) > EACH

    def platforms(self) -> None:
        """One new person after another on every platform."""
        with self.topology.nginx.client("127.0.8.1") as client:
            while not self.over.is_set():
                for driver in DRIVERS.values():
                    person = self.clinic.someone()
                    made = driver.text(person, "what is dupixent?")
                    taken = client.post(made.path, content=made.body, headers=made.headers).status_code == 200
                    self.counts["platform messages acknowledged"] += taken
                    if taken:
                        self.waiting.append((driver, person))
                time.sleep(0.2)

    def kill(self, number: int) -> None:
        """Kills one assistant and starts it anew."""
        killed = self.topology.assistants[number % 2]
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.process.wait(20)
        time.sleep(1)
        self.topology.assistants[number % 2] = self.topology.assistant(10 + number, MODEL, port=killed.port).wait()

    def run(self, kills: int) -> None:
        """All of it."""
        writers = [threading.Thread(target=self.rest, args=(number,)) for number in range(PEOPLE)]
        writers.append(threading.Thread(target=self.platforms))
        for writer in writers:
            writer.start()
        for number in range(kills):
            time.sleep(2)
            self.kill(number)
        self.over.set()
        for writer in writers:
            writer.join()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not all(map(self.replies, self.waiting)):
            time.sleep(0.5)
        found = [self.replies(each) for each in self.waiting]
        self.counts["platform messages lost"] = found.count(0)
        self.counts["platform messages answered twice"] = sum(count > 1 for count in found)

    def replies(self, each: tuple) -> int:
        """How many replies somebody on a platform has got."""
        return sum(ADVICE in sent.text for sent in self.clinic.sent(*each))


def main() -> None:
    """Runs it and writes the table."""
    kills = int(os.environ.get("KILLS", "20"))
    fake = Fake()
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = fake
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), fake)
        try:
            chaos.run(kills)
        finally:
            chaos.over.set()
            chaos.topology.stop()
            fake.stop()
    names = ("conversations", "rest", "silent", "without the advice", "apologies", "doubled")
    names += ("platform messages acknowledged", "platform messages lost", "platform messages answered twice")
    tables.write("chaos", [["kills", kills], *([name, chaos.counts[name]] for name in names)])
    sys.exit(1 if any(chaos.counts[name] for name in ("silent", "doubled", "platform messages lost")) else 0)


if __name__ == "__main__":
    main()
