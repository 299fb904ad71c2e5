"""An assistant that dies in the middle of a turn, and new content that goes live without anybody noticing, and back."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import tarfile
import time
import uuid
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from tests.harness.server import MODEL, Server, advice_count
from tests.harness.topology import Talker, until


def me() -> str:
    return uuid.uuid4().hex


def patched(folder: Path) -> Path:
    """The model with another answer in it: what an editor's change and `make train` make of it."""
    new = folder / "changed.tar.gz"
    with tarfile.open(MODEL) as old:
        old.extractall(folder / "model", filter="data")
    metadata = folder / "model" / "metadata.json"
    told = json.loads(metadata.read_text())
    (answer,) = told["domain"]["responses"]["utter_faq/what_is_dupixent"]
    answer["text"] = "Dupixent is the medicine that the new answer is about."
    metadata.write_text(json.dumps(told))
    with tarfile.open(new, "w:gz") as made:
        made.add(folder / "model", "/")
    return new


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Path:
    return patched(tmp_path_factory.mktemp("model"))


def test_an_assistant_killed_in_mid_turn_and_a_new_model_that_goes_live_and_back(topology, changed):
    """The killed assistant comes back with new content; then the other one is taken out as an upgrade does it."""
    first, second = topology.assistants
    sender = me()
    topology.ask("hello", sender)

    # A turn is held up in the database, and the assistant that holds it is killed.
    with topology.postgres.engine.connect() as blocker, concurrent.futures.ThreadPoolExecutor(1) as pool:
        blocking = blocker.begin()
        blocker.execute(sa.text("lock table events in access exclusive mode"))
        waiting = pool.submit(topology.ask, "why is my face red?", sender, topology.nginx.client())
        waits = "select client_port from pg_stat_activity where wait_event_type = 'Lock' and client_port is not null"
        until(lambda: topology.postgres.rows(waits), what="a turn in the middle")
        (port,) = topology.postgres.rows(waits)[0]
        killed = next(
            assistant
            for assistant in (first, second)
            if port in {c.laddr.port for c in psutil.Process(assistant.process.pid).net_connections()}
        )
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.process.wait(20)
        blocking.rollback()
        reply = waiting.result(40)
    assert "red face" in reply[0]["text"], "the other assistant did not take over"
    assert advice_count(reply) == 1
    assert topology.kept(sender)[-1] == "why is my face red?"

    # Nobody notices that one is missing, nor that it comes back with new content while the other goes.
    other = second if killed is first else first
    with Talker(topology, pause=1.1) as talker:
        fresh = topology.assistant(3, changed, host=killed.host).wait()
        topology.assistants = [fresh, other]
        time.sleep(2)  # until nginx tries the one that was away again
        other.process.terminate()
        other.process.wait(30)
        until(lambda: "the new answer" in talker.replies[-1][2][0]["text"], what="the new answer")
        seen = len(talker.replies)
        until(lambda: len(talker.replies) > seen + 5)
        # And back: the old model is started in the place of the one that went, and the new one goes.
        back = topology.assistant(4, MODEL, host=other.host).wait()
        topology.assistants = [fresh, back]
        time.sleep(2)
        fresh.process.terminate()
        fresh.process.wait(30)
        until(lambda: "brand name" in talker.replies[-1][2][0]["text"], what="the old answer")
    talker.was_not_let_down()
    noticed = [reply for message, *reply in talker.replies if message not in talker.answered()]
    assert not noticed, "an upgrade was noticed"
    assert topology.kept(talker.sender) == [message for message, _, _ in talker.replies], "a conversation was dropped"


def test_when_no_assistant_is_there_nginx_says_so_with_the_advice(topology):
    """The last test of this topology: it takes away all that is left of it."""
    for part in topology.started:
        if isinstance(part, Server):
            part.stop()
    response = topology.client.post("/webhooks/rest/webhook", content=b'{"sender": "me", "message": "hi"}')
    assert response.status_code == 503
    assert "call 911" in response.text
    assert advice_count(response.json()) == 1
