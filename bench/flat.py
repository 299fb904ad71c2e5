"""``make flat``: memory over ``MESSAGES`` messages full of new words, and what the first and the last turns of a
conversation of ``TURNS`` cost. Writes the table in faults.md. Ends with 1 where either grows."""

from __future__ import annotations

import os
import random
import string
import sys
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import tables
from tests.harness.server import Server
from tests.harness.work import cpu, memory

USERS = 8  # who write at a time
WORDS = 8  # new ones in each message
WARM = 2_000  # messages before the first measurement: workers have by then what each of them needs for itself
MOST_GROWN = 20.0  # MB
HUNDRED = 100  # turns that are compared
MOST_DEARER = 1.25  # times
TALK = ["what is dupixent?", "why is my face red?", "thanks", "tell me more", "is that permanent?", "can i use a cream"]
TALK += ["how common is it?", "who won the football", "should i stop", "ok"]


def new_words(chance: random.Random) -> str:
    """A message in which nearly every word was never seen before."""
    made = ("".join(chance.choices(string.ascii_lowercase, k=8)) for _ in range(WORDS))
    return "my rash " + " ".join(made)


def grown(server: Server, count: int) -> tuple[float, float, float]:
    """Megabytes after the first messages, at most, and at the end."""
    chance = random.Random(1)
    found: list[float] = []
    with ThreadPoolExecutor(USERS) as pool:
        for done in range(WARM, count + 2 * WARM, WARM):
            list(pool.map(server.ask, [new_words(chance) for _ in range(WARM)]))
            found.append(memory(server))
            print(f"{done:,} messages: {found[-1]:.0f} MB", flush=True)
    return found[0], max(found), found[-1]


def turns(server: Server, count: int) -> tuple[float, float]:
    """CPU milliseconds of one of the conversation's first hundred turns, and of one of its last."""
    sender, costs = uuid.uuid4().hex, []
    for begin in range(0, count, HUNDRED):
        before = cpu(server)
        for number in range(begin, begin + HUNDRED):
            server.ask(TALK[number % len(TALK)], sender)
        costs.append(10 * (cpu(server) - before))
        print(f"{begin + HUNDRED:,} turns: {costs[-1]:.1f} CPU ms a turn", flush=True)
    return costs[0], costs[-1]


def main() -> None:
    """Measures and writes the table."""
    count, length = int(os.environ.get("MESSAGES", "100000")), int(os.environ.get("TURNS", "1000"))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), PERSON_LIMIT="0", ADDRESS_LIMIT="0").wait()
        try:
            early, late = turns(server, length)
            first, most, last = grown(server, count)
        finally:
            server.stop()
    rows = [
        ["what", "first", "last", "most"],
        [f"memory over {count:,} messages of {WORDS} new words each, MB", f"{first:.0f}", f"{last:.0f}", f"{most:.0f}"],
        [f"a turn of a conversation of {length:,}, CPU ms", f"{early:.1f}", f"{late:.1f}", ""],
    ]
    tables.write("flat", rows)
    sys.exit(last - first > MOST_GROWN or late > MOST_DEARER * early)


if __name__ == "__main__":
    main()
