"""A word that is put into everything that the guide takes appears in no log, no measure and no error, as it ships."""

from __future__ import annotations

import contextlib
import json
import socket

import pytest
import sqlalchemy as sa

from tests.harness.canary import Canary
from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.server import Server


def answered(raw: socket.socket, request: bytes) -> bytes:
    with raw, contextlib.suppress(OSError):
        raw.settimeout(2)
        raw.sendall(request)
        return raw.recv(4096)
    return b""


def test_of_two_assistants_with_nginx_and_postgresql(topology, clinic):
    """At debug level, with statements that fail among the rest."""
    canary = Canary(clinic, lambda request: answered(topology.nginx.raw(), request))
    assert canary.everywhere(topology.client) > 200
    with topology.postgres.engine.connect() as blocker:  # a statement with the word in it runs into its deadline
        blocking = blocker.begin()
        blocker.execute(sa.text("lock table events in share mode"))
        for path in ("/webhooks/rest/webhook", "/chat/message"):
            body = {"sender": f"me-{canary.word}", "message": f"my {canary.word} rash"}
            topology.client.post(path, content=json.dumps(body))
        blocking.rollback()
    assert "canceling statement" in topology.postgres.log, "nothing failed: it shows nothing"
    logs = [each.log.read_text() for each in topology.assistants]
    logs += [each.client.get("/metrics").text for each in topology.assistants]
    logs += [file.read_text() for file in (topology.nginx.log, topology.nginx.log.with_name("error.log"))]
    assert canary.found(*logs, topology.postgres.log) == []
    assert '"event": "answered"' in logs[0]


@pytest.fixture(scope="module")
def rasas_own(tmp_path_factory, platforms):
    folder = tmp_path_factory.mktemp("rasas-own")
    running = Server(folder, rasas_own=True, LOG_LEVEL="DEBUG", **accounts.environment(platforms.url)).wait()
    yield running
    running.stop()


def test_of_rasas_own_command(rasas_own, platforms):
    """`rasa run --debug`, without anything before it."""
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = platforms

    def raw(request: bytes) -> bytes:
        return answered(socket.create_connection(("127.0.0.1", rasas_own.port)), request)

    canary = Canary(Clinic(rasas_own, platforms), raw)
    assert canary.everywhere(rasas_own.client) > 200
    log = rasas_own.log.read_text()
    assert "DEBUG" in log
    assert canary.found(log, rasas_own.client.get("/metrics").text) == []
