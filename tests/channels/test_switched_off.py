"""Switched off, on every channel: a real server with all platforms, started for patients by somebody's decision."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.server import ADVICE, ROOT, Server

OFF = "This guide is switched off for now and can't answer."


@pytest.fixture(scope="module")
def off(tmp_path_factory, fake):
    chosen = {"PRODUCTION": "True", "ALLOW_UNSIGNED": "True", "SWITCHED_OFF": "True"}
    server = Server(tmp_path_factory.mktemp("off"), **accounts.environment(fake.url), **chosen).wait()
    yield Clinic(server, fake)
    server.stop()


@pytest.mark.parametrize("name", DRIVERS)
def test_each_platform_gets_the_one_reply(off, name):
    driver, person = DRIVERS[name], off.someone()
    told = "\n".join(message.text for message in off.say(driver, person, "why is my face red?"))
    assert told.startswith(OFF)
    assert "Call 911 now" in told
    assert "Call 911 now." in off.say(driver, person, "my throat is closing and i can't breathe")[0].text


def test_the_chat_window_says_so_and_suggests_nothing(off):
    loader = off.server.client.get("/chat/widget.js").text
    guide = off.server.client.get(f"/chat/{re.search('guide-en.[0-9a-f]+.js', loader)[0]}").text
    assert OFF in guide
    assert "suggestions:[]" in guide
    reply = off.server.client.post("/chat/message", content=json.dumps({"message": "what is dupixent?"})).json()
    assert reply["messages"][0]["text"].startswith(OFF)
    alarm = off.server.client.post("/chat/message", content=json.dumps({"message": "I can't breathe"})).json()
    assert alarm["messages"][0]["alert"] == "emergency"


def test_rest_says_so_and_nothing_is_kept(off):
    (reply,) = off.server.ask("what is dupixent?", "nobody")
    assert reply["text"].startswith(OFF)
    assert reply["text"].endswith(ADVICE)
    assert off.server.said("nobody") == []


def test_health_and_the_log_tell_of_both_decisions(off):
    told = off.server.client.get("/health/").json()
    assert told["switched_off"] is True
    assert told["unsigned_allowed"] is True
    assert told["signed_off"] < told["safety_items"]
    assert "ALLOW_UNSIGNED is set" in off.server.log.read_text()


def test_without_that_decision_no_server_starts_for_patients():
    import os

    ended = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "rashguide"],
        cwd=ROOT,
        env={**os.environ, "COUNTRY": "US", "PRODUCTION": "True"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "The guide cannot start" in ended.stderr
    assert "not signed off by a clinician" in ended.stderr
