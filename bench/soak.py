"""``make soak``: eight people write to all platforms for ``MINUTES`` minutes while the platforms fail now and then.

Every message must get exactly one reply, in order, with the advice once and at its end. Ends with 1 if one did not.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

warnings.filterwarnings("ignore", category=DeprecationWarning)

import psutil

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS, Driver, fresh
from tests.harness.platforms.fake import Fake
from tests.harness.server import ADVICE, Server

SENDERS = 8
FAULTS = ["429", "500", "503", "drop", "hang"]
FAULTY = 0.15  # of all messages meet a fault on the way back
REDELIVERED = 0.15  # of all messages come twice or three times
PAUSE = (0.3, 2.0)  # seconds between a reply and the next message
WITHIN = 60.0  # seconds that a reply may take, faults and all

MESSAGES = [
    ("what is dupixent?", "dupilumab"),
    ("my throat is closing up and i can't breathe", "911"),
    ("how common is a rash with dupixent?", ""),
    ("why is my face red?", ""),
    ("can i take a double dose", ""),
    ("thanks", ""),
    ("/restart", ""),
    ("🤒", ""),
    ("what's the weather like tomorrow", ""),
    ("ok", ""),
]


class Sender(threading.Thread):
    """One person, who moves from platform to platform and waits for each reply."""

    def __init__(self, clinic: Clinic, number: int, end: float) -> None:
        super().__init__(daemon=True)
        self.clinic, self.number, self.end = clinic, number, end
        self.random = random.Random(number)
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.waits: list[float] = []

    def run(self) -> None:
        """Writes until the end."""
        while time.monotonic() < self.end:
            try:
                self.exchange(self.random.choice(list(DRIVERS.values())))
            except Exception as error:  # told at the end, with all others
                self.wrong.append(f"{type(error).__name__}: {str(error)[:300]}")
            time.sleep(self.random.uniform(*PAUSE))

    def exchange(self, driver: Driver) -> None:
        """One message, now and then with faults, and its reply."""
        person = self.number
        chat = driver.chat(person)
        before = len(self.clinic.fake.to(driver.name, chat))
        faulty = self.random.random() < FAULTY
        if faulty:
            self.clinic.fake.faults[f"{driver.name}:{chat}"].append(self.random.choice(FAULTS))
        requests, expected = self.requests(driver, person)
        started = time.monotonic()
        for request in requests:
            status = self.clinic.post(request).status_code
            if status != 200:
                self.wrong.append(f"{driver.name}: acknowledged with {status}")
        messages = len({request.body for request in requests}) if not self._same else 1
        reply = self.clinic.replies(driver, chat, before, replies=messages, within=WITHIN)
        self.waits.append(time.monotonic() - started)
        time.sleep(0.3)  # whatever would come too much
        reply = self.clinic.fake.to(driver.name, chat)[before:]
        whole = "\n".join(message.text for message in reply)
        self.counts["messages"] += messages
        self.counts["requests"] += len(requests)
        self.counts["redelivered"] += len(requests) - messages
        self.counts["with a fault"] += faulty
        self.counts[driver.name] += messages
        if whole.count(ADVICE) != messages or not reply[-1].text.endswith(ADVICE) or expected not in whole.lower():
            self.wrong.append(f"{driver.name}: {messages} replies expected: {whole[:300]}")

    def requests(self, driver: Driver, person: int) -> tuple[list, str]:
        """What is posted, and what the reply must hold: a text once or redelivered, two texts at once, or a picture."""
        self._same = True
        if self.random.random() < 0.1:
            return [driver.media(person, driver.kinds[0])], "pictures"
        text, expected = self.random.choice(MESSAGES)
        identifier = fresh()
        if self.random.random() < REDELIVERED:
            return [driver.text(person, text, identifier) for _ in range(self.random.randint(2, 3))], expected
        requests = [driver.text(person, text, identifier)]
        if self.random.random() < 0.1:
            self._same = False
            requests.append(driver.text(person, "what is dupixent?", fresh()))
        return requests, expected


def main() -> None:
    """Starts server and platforms, and lets everybody write."""
    minutes = float(os.environ.get("MINUTES", "30"))
    fake = Fake()
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = fake
    with tempfile.TemporaryDirectory() as folder:
        environment = {**accounts.environment(fake.url), **accounts.IMPATIENT, "DELIVERY_DEADLINE": "60"}
        server = Server(Path(folder), **environment).wait()
        try:
            process = psutil.Process(server.process.pid)
            clinic = Clinic(server, fake)
            memory_before = process.memory_info().rss
            end = time.monotonic() + 60 * minutes
            senders = [Sender(clinic, number, end) for number in range(1, SENDERS + 1)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            report(senders, fake, server, minutes, memory_before, process.memory_info().rss)
        finally:
            server.stop()
            fake.stop()


def report(senders: list[Sender], fake: Fake, server: Server, minutes: float, before: int, after: int) -> None:
    """Prints what came of it; ends with 1 where anything was wrong."""
    counts = sum((sender.counts for sender in senders), Counter())
    wrong = [line for sender in senders for line in sender.wrong]
    replies = sum(message.text.count(ADVICE) for message in fake.sent)
    if replies != counts["messages"]:
        wrong.append(f"{replies} replies in all to {counts['messages']} messages")
    waits = sorted(wait for sender in senders for wait in sender.waits)
    log = server.log.read_text()
    print(f"{minutes:g} minutes, {SENDERS} senders, {len(DRIVERS)} platforms: {counts['messages']} messages")
    print("by platform:", ", ".join(f"{name} {counts[name]}" for name in DRIVERS))
    print(f"redelivered requests: {counts['redelivered']}; injected faults that struck: {len(fake.faulted)}")
    print("faults:", dict(Counter(fault.split()[1] for fault in fake.faulted)))
    half, most = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    print(f"reply after (median, 95th percentile, longest): {half:.2f}, {most:.2f}, {waits[-1]:.2f} s")
    print(f"memory of the server: {before / 2**20:.0f} MB before, {after / 2**20:.0f} MB after")
    print(f"rules of a platform broken: {len(fake.broken)}; undelivered: {log.count('could not be delivered')}")
    print(f"messages without exactly one reply with the advice: {len(wrong)}")
    for line in [*fake.broken[:10], *wrong[:20]]:
        print("  ", line)
    if wrong or fake.broken or "Traceback" in log:
        sys.exit(1)


if __name__ == "__main__":
    main()
