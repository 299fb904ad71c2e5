"""The server that runs ``actions/``: a child of the guide's own, on a free port of the loopback interface.

Whatever starts a server with our channels (``python -m rashguide``, ``rasa run``) starts it, watches it, starts it anew
where it ends, and ends it. ``python -m rashguide.action_server`` is the child: Rasa's own action server, nothing else.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Optional

from rashguide import ROOT
from rashguide.operations import logs
from rashguide.settings import settings

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PAUSE = 1.0  # seconds before it is started anew; twice as many each time, up to
LONGEST_PAUSE = 30.0
STEADY = 60.0  # seconds after which it counts as well started


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class ActionServer:
    """The child, or with ACTIONS_PORT the one that somebody else runs on this machine."""

    def __init__(self) -> None:
        self.port = settings().actions_port or _free_port()
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        """Where Rasa calls it."""
        return f"http://{LOOPBACK}:{self.port}/webhook"

    def start(self) -> None:
        """Starts it and looks after it, in a thread: a slow start holds up no answer."""
        if not settings().actions_port:
            self._launch()
            threading.Thread(target=self._watch, name="actions", daemon=True).start()

    def stop(self) -> None:
        """Ends it for good."""
        self._ended.set()
        if self._process:
            self._process.kill()
            self._process.wait()

    def answers(self) -> bool:
        """True where something listens on its port."""
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def _launch(self) -> None:
        # Nothing is ever written to the pipe. The child ends when it closes, however this process ended; a session of
        # its own keeps a terminal's Ctrl+C from ending it first, which would look like a fault.
        command = [sys.executable, "-W", "ignore", "-m", __name__, str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)

    def _watch(self) -> None:
        pause = PAUSE
        while self._process:
            started = time.monotonic()
            self._process.wait()
            if self._ended.is_set():
                return
            pause = PAUSE if time.monotonic() - started > STEADY else min(2 * pause, LONGEST_PAUSE)
            logger.error("The action server ended with %s; it is started anew", self._process.returncode)
            if self._ended.wait(pause):
                return
            self._launch()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Runs Rasa's action server until the parent is gone. Only this machine reaches it."""
    os.environ["SANIC_HOST"] = LOOPBACK
    from rasa_sdk.endpoint import run

    logs.install()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run("actions", int(sys.argv[1]), cors_origins=None)


if __name__ == "__main__":
    main()
