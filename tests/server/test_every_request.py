"""What holds for every request holds whatever channels are on: here the widget's and the operator's, without REST."""

from __future__ import annotations

import json
import socket

import pytest

from rashguide.channels.every_request import Channel
from tests.harness.server import ADVICE, ROOT, Server


@pytest.fixture(scope="module", params=["web", "operator and web"])
def bare(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    lines = ["rashguide.channels.web.WebInput:"]
    if "operator" in request.param:
        lines.append("rashguide.channels.operator.OperatorInput:")
    (folder / "credentials.yml").write_text("\n".join(lines) + "\n")
    running = Server(folder, credentials=str(folder / "credentials.yml"), BODY_LIMIT="5000", ADDRESS_LIMIT="60").wait()
    yield running
    running.stop()


def raw(server, head: str) -> str:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        return connection.recv(4096).decode()


@pytest.mark.parametrize("length", ["-1", "+5", "five"])
def test_a_length_that_is_none_is_refused_and_hangs_nothing(bare, length):
    answer = raw(bare, f"POST /chat/message HTTP/1.1\nHost: x\nContent-Length: {length}\n\n")
    assert " 400 " in answer.splitlines()[0]
    assert bare.client.get("/chat/demo", timeout=5).status_code == 200


def test_what_is_too_large_is_refused(bare):
    answer = bare.client.post("/chat/message", content=json.dumps({"message": "x" * 6000}))
    assert answer.status_code == 413
    assert answer.json()[0]["text"].endswith(ADVICE)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/chat/message", 405)])
def test_error_pages_carry_the_advice_and_the_headers(bare, method, path, status):
    answer = bare.client.request(method, path)
    assert answer.status_code == status
    assert answer.json()[0]["text"].endswith(ADVICE)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_address_may_not_send_without_end(bare):
    found = [bare.client.post("/chat/message", content=b"[]").status_code for _ in range(70)]
    assert 429 in found


def test_every_channel_that_is_named_brings_it_along():
    from rasa.shared.utils.common import class_from_module_path

    named = [line.rstrip(":") for line in (ROOT / "credentials.yml").read_text().splitlines() if line[:1].isalpha()]
    assert len(named) == 12
    for path in named:
        channel = class_from_module_path(path)
        assert issubclass(channel, Channel), path
        assert channel.blueprint is Channel.blueprint, f"{path} has a blueprint of its own: define routes"
