"""The action server: a child on the loopback interface that is watched, started anew, and gone with its parent."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid

import httpx
import psutil
import pytest

from rashguide.action_server import LOOPBACK, ActionServer
from rashguide.content.names import Action
from rashguide.settings import settings
from tests.harness.server import ROOT, Server, free_port
from tests.harness.talk import turn
from tests.harness.topology import until


@pytest.fixture(scope="module")
def child():
    server = ActionServer()
    server.start()
    until(server.answers)
    yield server
    server.stop()


def test_it_serves_the_actions(child):
    listed = httpx.get(child.url.replace("webhook", "actions")).json()
    assert {action["name"] for action in listed} == set(Action.ALL)


def test_only_this_machine_reaches_it(child):
    listening = [c for c in psutil.Process(child._process.pid).connections() if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {LOOPBACK}


def test_it_is_small(child):
    assert psutil.Process(child._process.pid).memory_info().rss < 150 * 2**20


def test_a_fault_in_it_ends_nothing(child):
    assert httpx.post(child.url, content="no JSON").status_code >= 400
    assert httpx.post(child.url, json={"next_action": "action_unknown"}).status_code == 404
    assert child.answers()


def test_it_is_started_anew(child):
    first = child._process.pid
    child._process.kill()
    until(lambda: child._process.pid != first and child.answers())


def test_stopped_it_stays_away():
    server = ActionServer()
    server.start()
    until(server.answers)
    process = server._process
    server.stop()
    assert process.poll() is not None
    time.sleep(2.5)
    assert server._process is process


def test_it_ends_with_its_parent_however_that_ends():
    code = (
        "import time; from rashguide.action_server import ActionServer; server = ActionServer(); server.start(); "
        "print(server._process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    until(child.connections)
    parent.kill()
    parent.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 10)


def test_one_that_runs_already_is_used(monkeypatch):
    monkeypatch.setattr(settings(), "actions_port", 5055)
    server = ActionServer()
    server.start()
    assert server._process is None
    assert server.url == "http://127.0.0.1:5055/webhook"
    server.stop()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A guide whose action server is not there."""
    running = Server(tmp_path_factory.mktemp("alone"), ACTIONS_PORT=str(free_port())).wait()
    running.ask("hello")  # makes the tables
    yield running
    running.stop()


def test_without_it_the_guide_answers_and_says_what_it_cannot_do(alone):
    sender = uuid.uuid4().hex
    assert turn(alone, sender, "What is Dupixent?")[1] == ["utter_faq/what_is_dupixent"]
    assert turn(alone, sender, "help me prepare for my appointment")[1] == ["utter_not_now"]
    turn(alone, sender, "delete this chat")
    assert turn(alone, sender, "yes")[1] == ["utter_not_now"]
    assert len(alone.understood(sender)) == 4, "what was not deleted is there"
    assert turn(alone, sender, "my throat is closing up and I can't breathe")[1][0].startswith("utter_emergency")
    assert alone.client.get("/health/ready").json()["actions"] is False
    assert alone.client.get("/health/ready").status_code == 200


def test_killed_in_the_middle_of_a_note_it_comes_back_and_the_note_goes_on(server):
    sender = uuid.uuid4().hex
    server.ask("hello")  # makes the tables
    turn(server, sender, "help me prepare for my appointment")
    children = psutil.Process(server.process.pid).children()
    (child,) = [each for each in children if "rashguide.action_server" in each.cmdline()]
    child.kill()
    assert turn(server, sender, "cheeks and nose")[1] == ["utter_not_now"]
    until(lambda: server.client.get("/health/ready").json()["actions"], 60)
    assert turn(server, sender, "cheeks and nose")[1] == ["utter_visit_since"]


def test_rasas_own_command_listens_on_this_machine_alone():
    code = "import actions, os; print(os.environ['SANIC_HOST'])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == LOOPBACK
