"""A real guide over HTTP, and what is looked for in its replies."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import uuid
from pathlib import Path
from typing import Sequence, TypeVar

import httpx

from rashguide import ROOT

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
MODEL = ROOT / "models" / "guide.tar.gz"
This = TypeVar("This", bound="Started")
ADVICE = "Contact your doctor about any new symptoms."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def advice_count(reply: list[dict]) -> int:
    """How many sentences of a whole reply name both "your doctor" and "new symptoms"."""
    sentences = re.split(r"(?<=[.!?])\s+|\n", "\n".join(message.get("text", "") for message in reply))
    return sum("your doctor" in sentence and "new symptoms" in sentence for sentence in sentences)


def launched(command: Sequence[object], log: Path, folder: Path = ROOT, **environment: str) -> subprocess.Popen:
    """A server's process, in a session of its own so that all of it can be ended; what it says goes into ``log``."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | environment,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class Started:
    """A guide that has been started, over HTTP."""

    def __init__(self, process: subprocess.Popen, log: Path, port: int, host: str = "127.0.0.1") -> None:
        self.process, self.log, self.port, self.host = process, log, port, host
        self.client = httpx.Client(base_url=f"http://{host}:{port}", timeout=60)

    def wait(self: This, seconds: float = 400) -> This:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
            try:
                if self.client.get("/").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.3)
        raise TimeoutError(self.log.read_text()[-3000:])

    def post(self, **body: object) -> httpx.Response:
        return self.client.post("/webhooks/rest/webhook", content=json.dumps(body))

    def ask(self, message: str, sender: str | None = None) -> list[dict]:
        response = self.post(sender=sender or uuid.uuid4().hex, message=message)
        assert response.status_code == 200, response.text
        return response.json()

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


class Server(Started):
    """A guide of its own, started by the command that ships, with a conversation store of its own.

    ``rasas_own``: started by ``rasa run --debug`` instead.
    """

    def __init__(
        self,
        folder: Path,
        endpoints: str | None = None,
        model: Path = MODEL,
        credentials: str = "credentials.yml",
        port: int | None = None,
        host: str = "127.0.0.1",
        rasas_own: bool = False,
        **environment: str,
    ) -> None:
        port = port or free_port()
        self.database = folder / "conversations.db"
        log = folder / "server.log"
        endpoints_file = folder / "endpoints.yml"
        text = endpoints or (ROOT / "endpoints.yml").read_text()
        endpoints_file.write_text(text.replace("conversations.db", str(self.database)))
        command: list[object] = [ROOT / ".venv/bin/python", "-m", "rashguide"]
        if rasas_own:
            command = [ROOT / ".venv/bin/rasa", "run", "--debug", "--interface", host, "--port", str(port)]
        command += ["--model", model, "--endpoints", endpoints_file, "--credentials", credentials]
        own = {"PORT": str(port), "INTERFACE": host, "COUNTRY": "US", "TF_CPP_MIN_LOG_LEVEL": "3"}
        process = launched(command, log, **{**own, "SECRET_KEY": "a test's own", **environment})
        super().__init__(process, log, port, host)

    def said(self, sender: str) -> list[str]:
        """The names of the responses in this sender's conversation so far, as Rasa stored them."""
        return [json.loads(data)["metadata"].get("utter_action", "") for data in self._stored("data", sender, "bot")]

    def done(self, sender: str) -> list[str]:
        """The names of what was said and done in this sender's conversation so far: responses and actions of ours."""
        names = self._stored("action_name", sender, "action")
        return [name for name in names if name not in ("action_listen", "action_session_start")]

    def understood(self, sender: str) -> list[dict]:
        """What was understood of this sender's messages so far, as Rasa stored it."""
        return [json.loads(data)["parse_data"] for data in self._stored("data", sender, "user")]

    def _stored(self, column: str, sender: str, kind: str) -> list[str]:
        """A column of this sender's events of a kind, in order; none before the first message made the tables."""
        with sqlite3.connect(self.database) as store:
            if not store.execute("select 1 from sqlite_master where name = 'events'").fetchone():
                return []
            rows = store.execute(
                f"select {column} from events where sender_id = ? and type_name = ? order by id",
                (f"rest:{sender}", kind),
            )
            return [value for (value,) in rows.fetchall()]


def lines(file: Path) -> list[dict]:
    """The objects of a file with one JSON object a line."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
