"""One server with its conversations in a file: a full disk, limits, logs, a fuzz of its surface."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
import uuid
from contextlib import closing

import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rashguide.operations import logs
from tests.harness.server import ADVICE, ROOT, Server, advice_count
from tests.harness.topology import AWAY

WORD = "quixotically"
SURFACE = schemathesis.openapi.from_path(ROOT / "docs/production/openapi.yml")


def me() -> str:
    return uuid.uuid4().hex


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    running = Server(
        tmp_path_factory.mktemp("embedded"), LOG_LEVEL="DEBUG", ADDRESS_LIMIT="5000", PERSON_LIMIT="60"
    ).wait()
    running.began = time.time()
    running.ask(f"what is dupixent? {WORD}", f"patient-{WORD}")
    yield running
    running.stop()


def test_a_full_disk(embedded):
    """No file may grow any more, the log included; then there is room again."""
    sender = me()
    assert "brand name" in embedded.ask("what is dupixent?", sender)[0]["text"]
    before = len(embedded.understood(sender))
    process = psutil.Process(embedded.process.pid)
    _, hard = process.rlimit(resource.RLIMIT_FSIZE)
    process.rlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        for _ in range(3):
            reply = embedded.ask("what is dupixent?", sender)
            assert AWAY in reply[0]["text"]
            assert advice_count(reply) == 1
        assert "Call 911 now" in embedded.ask("I can't breathe and my throat is closing", sender)[0]["text"]
        assert embedded.client.get("/health/live").status_code == 200
    finally:
        process.rlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert "brand name" in embedded.ask("what is dupixent?", sender)[0]["text"]
    assert len(embedded.understood(sender)) == before + 1, "what was not answered is not kept, what was answered is"


def test_a_file_that_another_program_holds(embedded):
    """As a backup does, or a network drive that does not let go of a lock."""
    with closing(sqlite3.connect(embedded.database, isolation_level=None)) as other:
        other.execute("begin exclusive")
        reply = embedded.ask("what is dupixent?", me())
        assert AWAY in reply[0]["text"]
        assert advice_count(reply) == 1
        alarm = embedded.ask("I can't breathe and my throat is closing", me())
        assert "Call 911 now" in alarm[0]["text"]
        assert advice_count(alarm) == 1
    assert "brand name" in embedded.ask("what is dupixent?", me())[0]["text"]


def test_a_person_who_floods_is_asked_to_wait(embedded):
    sender = me()
    replies = [embedded.ask("hello", sender) for _ in range(65)]
    assert all(advice_count(reply) == 1 for reply in replies)
    assert "faster than I can read" not in replies[0][0]["text"]
    assert "faster than I can read" in replies[-1][0]["text"]
    assert "faster than I can read" not in embedded.ask("hello", me())[0]["text"]


@SURFACE.parametrize()
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_http_surface_is_as_described(embedded, case):
    checks = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
    response = case.call(base_url=f"http://127.0.0.1:{embedded.port}")
    case.validate_response(response, checks=checks)
    if case.method == "POST" or response.status_code >= 400:
        assert response.text.count(ADVICE) >= 1


def test_nothing_is_written_into_the_project(embedded):
    """So that it can run on a file system that it cannot write to."""
    kept = {".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", "results"}
    written = [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not kept & set(path.parts) and path.stat().st_mtime > embedded.began
    ]
    assert not [path for path in written if path.suffix in (".db", ".log", ".npz", ".json", ".tmp")], written


def test_the_log_holds_no_words_and_no_ids_at_debug_level(embedded):
    logged = embedded.log.read_text()
    assert "DEBUG" in logged
    assert WORD not in logged
    assert logs.pseudonym("rest:x") != logs.pseudonym("rest:y")


def test_one_conversation_is_deleted_by_command(embedded):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{embedded.database}"}
    sender = me()
    embedded.ask("what is dupixent?", sender)

    def forget(identifier: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["make", "--no-print-directory", "-o", ".venv/ready", "forget", f"ID={identifier}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

    ended = forget(f"rest:{sender}")
    assert ended.returncode == 0, ended.stderr
    assert "Deleted" in ended.stdout
    assert not embedded.understood(sender)
    assert forget(f"rest:{sender}").returncode != 0


@pytest.mark.parametrize("channel", ["rest", "whatsapp", "sms", "telegram", "slack", "teams"])
def test_an_id_is_a_pseudonym_in_the_log_before_its_first_reply_too(channel):
    assert "15551234567" not in logs._without_ids(f"lock for '{channel}:15551234567' was released")
