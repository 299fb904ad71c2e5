"""``make fuzz``: ``COUNT`` odd requests (``tests/harness/fuzz.py``). Ends with 1 if one is not answered rightly."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench import tables
from tests.harness.fuzz import WORD, WRONG, fuzz
from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.server import Server

SHOWN = ("sent", "2xx", "4xx", *WRONG)


def main() -> None:
    """Starts a guide with every platform on, sends, and writes the table."""
    count, seed = int(os.environ.get("COUNT", "100000")), int(os.environ.get("SEED", "1"))
    fake = Fake()
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = fake
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), **accounts.environment(fake.url), PERSON_LIMIT="0", ADDRESS_LIMIT="0").wait()
        try:
            found = fuzz(Clinic(server, fake), seed, count)
            log = server.log.read_text()
        finally:
            server.stop()
            fake.stop()
    rows = [[kind, *(f"{told[name]:,}" for name in SHOWN)] for kind, told in sorted(found.items())]
    total = ["all", *(f"{sum(told[name] for told in found.values()):,}" for name in SHOWN)]
    tables.write("fuzz", [["requests", *SHOWN], *rows, total])
    print(f"seed {seed}; tracebacks in the log: {log.count('Traceback')}, words of people: {log.count(WORD)}")
    wrong = any(told[name] for told in found.values() for name in WRONG)
    sys.exit(1 if wrong or "Traceback" in log or WORD in log else 0)


if __name__ == "__main__":
    main()
