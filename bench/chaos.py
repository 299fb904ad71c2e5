"""``make chaos``: everything goes wrong, one thing after the other, while people write by REST and on every platform.

Two assistants with PostgreSQL, Redis and nginx, and a guide with a file. Writes a table by fault, then one of ``KILLS``
kills, in ``MINUTES`` at most, amid ``PEOPLE`` conversations; ``PARTS`` is "faults", "kills" or both. Ends with 1 if one
message was silent, lost or answered twice, but for those to a guide that is alone and killed, until it is back.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

from bench import tables
from tests.harness import chaos
from tests.harness.chaos import DAY, ON_PLATFORMS, SHOWN, WRONG, Place, during
from tests.harness.platforms.fake import Fake

TOGETHER: dict[str, tuple[Callable[[Place], Any], float]] = {
    "nothing": (chaos.nothing, 8),
    "an assistant is killed": (chaos.killed, 2),
    "an assistant stands still for 5 s": (chaos.stopped, 5),
    "an assistant stands still for 45 s": (chaos.stopped, 45),
    "an assistant's workers are killed": (chaos.no_worker, 5),
    "an assistant gets no more memory": (chaos.no_memory, 10),
    "an assistant gets no more descriptors": (chaos.no_descriptors, 10),
    "an assistant's clock is 40 days ahead": (chaos.clock(40 * DAY), 15),
    "an assistant's clock is 2 days behind": (chaos.clock(-2 * DAY), 15),
    "PostgreSQL is killed": (chaos.no_database, 8),
    "PostgreSQL's disk is full": (chaos.full_disk, 8),
    "PostgreSQL is read-only": (chaos.read_only, 8),
    "Redis is killed": (chaos.no_redis, 8),
}
KILLED_ALONE = "a guide with a file is killed"
ALONE: dict[str, tuple[Callable[[Place], Any], float]] = {
    "a guide's own disk is full": (chaos.full_disk, 8),
    "a guide's file is deleted": (chaos.file_deleted, 8),
    KILLED_ALONE: (chaos.killed, 1),
}
NOBODY_THERE = (KILLED_ALONE, "silent")  # is as it must be


@contextlib.contextmanager
def place(fake: Fake, **settings: Any) -> Iterator[Place]:
    """A place for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        made = Place(Path(folder), fake, **settings)
        try:
            yield made
        finally:
            made.stop()


def kills(fake: Fake, times: int, people: int, minutes: float) -> Counter[str]:
    """One of two assistants is killed, again and again, while so many people write."""
    with place(fake) as two:
        return during(two, chaos.killed, people, pause=people / 10, lasts=1, times=times, most=60 * minutes)


def main() -> None:
    """Runs it and writes the tables."""
    parts = os.environ.get("PARTS", "faults kills").split()
    times, people = int(os.environ.get("KILLS", "20")), int(os.environ.get("PEOPLE", "200"))
    fake = Fake()
    found: dict[str, Counter[str]] = {}
    try:
        if "faults" in parts:
            for wrong, settings in ((TOGETHER, {"clocks": True}), (ALONE, {"alone": True})):
                with place(fake, **settings) as there:
                    for name, (fault, lasts) in wrong.items():
                        found[name] = during(there, fault, lasts=lasts)
                        print(name, dict(found[name]), flush=True)
            columns = (*SHOWN, *ON_PLATFORMS, "well again after")
            rows = [[name, *(f"{told[column]:,}" for column in columns)] for name, told in found.items()]
            tables.write("chaos", [["what goes wrong", *columns], *rows])
        if "kills" in parts:
            found["kills"] = kills(fake, times, people, float(os.environ.get("MINUTES", "60")))
            shown = ("times", *SHOWN, "without the advice", "alarms missed", *ON_PLATFORMS)
            rows = [[name, f"{found['kills'][name]:,}"] for name in shown]
            tables.write("kills", [["people who write at a time", people], *rows])
    finally:
        fake.stop()
    failed = {
        name: {each: told[each] for each in WRONG if told[each] and (name, each) != NOBODY_THERE}
        for name, told in found.items()
    }
    print({name: told for name, told in failed.items() if told} or "nothing silent, lost or answered twice")
    sys.exit(any(failed.values()))


if __name__ == "__main__":
    main()
