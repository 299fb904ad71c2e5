"""``make handover-kills``: KILLS=1000 servers are killed between a yes and the delivery. Prints what came of it."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.harness.clinic import TO_A_WEBHOOK
from tests.harness.receivers import Hook


def main() -> None:
    """Ends with 1 where a message was lost or filed twice."""
    hook = Hook()
    os.environ.update(TO_A_WEBHOOK | {"HANDOVER_URL": hook.url, "COUNTRY": "US"})
    from tests.harness import kills  # reads the settings

    hook.pause = 0.005
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        count = kills.loop(
            int(os.environ.get("KILLS", "1000")),
            Path(folder),
            lambda: [filed["body"] for filed in hook.filed.values()],
            lambda: len(hook.requests),
        )
    for name, value in asdict(count).items():
        print(f"{name.replace('_', ' ')}: {value}")
    print(f"seconds: {time.monotonic() - started:.0f}")
    raise SystemExit(bool(count.lost or count.doubled or not count.undelivered_when_killed))


if __name__ == "__main__":
    main()
