"""nginx as it ships, before assistants that misbehave: no client silences others, and its words have the advice."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.harness.server import ADVICE, free_port
from tests.harness.topology import HOSTS, Nginx, until

POST = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\n"


class Assistant(BaseHTTPRequestHandler):
    """Answers; at /drop it hangs up, at /slow it takes longer than nginx waits. Counts what it was handed."""

    protocol_version = "HTTP/1.1"
    handed: list[tuple[str, str]] = []
    answering: list[str] = []  # the address that each request came to

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.handed.append((self.path, self.headers["X-Request-Id"]))
        self.answering.append(self.server.server_address[0])
        if self.path == "/drop":
            self.close_connection = True
            return
        if self.path == "/slow":
            time.sleep(3)
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"[]")

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nothing."""


def standing(host: str, port: int) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer((host, port), Assistant)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    port = free_port()
    servers = [standing(host, port) for host in HOSTS]
    running = Nginx(tmp_path_factory.mktemp("nginx"), list(HOSTS), port, REQUESTS_A_SECOND=900, BURST=900)
    until(running.listens, what="nginx")
    running.assistants = port
    yield running
    running.stop()
    for server in servers:
        server.shutdown()


def raw(nginx, request: bytes, port: int | None = None) -> bytes:
    received = b""
    with socket.create_connection(("127.0.0.1", port or nginx.port), timeout=5) as plain:
        wrapped = plain
        if port is None:
            wrapped = ssl._create_unverified_context().wrap_socket(plain)
        wrapped.sendall(request)
        with contextlib.suppress(OSError):
            while part := wrapped.recv(4096):
                received += part
                if ADVICE.encode() in received:
                    break
    return received


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /\xff HTTP/1.1",
        b"GET /\xc3\xa9 HTTP/1.1",
        b"GET /\x01 HTTP/1.1",
        b"GET http://[ HTTP/1.1",
        b"CONNECT a:443 HTTP/1.1",
        b"get / HTTP/1.1",
        b"TRACE / HTTP/1.1",
        b"GET / HTTP/3.0",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip",
        b"POST /x HTTP/1.1\r\nContent-Length: -1",
        b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6",
    ],
    ids=lambda line: repr(line[:24]),
)
def test_what_nginx_refuses_is_a_4xx_with_the_advice(nginx, request_line):
    received = raw(nginx, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 4"), received[:300]
    assert received.count(ADVICE.encode()) == 1
    assert b"<html" not in received


def test_plain_http_on_the_tls_port_is_told_so_too(nginx):
    received = raw(nginx, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", port=nginx.port)
    assert received.startswith(b"HTTP/1.1 400")
    assert ADVICE.encode() in received


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "/metrics//", "//metrics", "/%6detrics/", "/health/ready", "/"]
)
def test_what_is_for_operators_is_hidden(nginx, path):
    before = len(Assistant.handed)
    answer = nginx.client().get(path)
    assert answer.status_code == 404
    assert ADVICE in answer.text
    assert len(Assistant.handed) == before


@pytest.mark.parametrize("attack", ["bytes", "drop", "busy"])
def test_one_clients_requests_silence_nobody(nginx, attack):
    """A hundred a second, among them such as make an assistant hang up on nginx."""
    over = threading.Event()
    sent = []

    def attacker() -> None:
        with nginx.client("127.0.6.66") as client:
            while not over.wait(0.04):
                with contextlib.suppress(Exception):
                    if attack == "bytes":
                        raw(nginx, b"GET /\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    else:
                        client.post(f"/{attack}", content=b"x")
                    sent.append(1)

    attackers = [threading.Thread(target=attacker) for _ in range(4)]
    for thread in attackers:
        thread.start()
    try:
        statuses = []
        with nginx.client() as client:
            for _ in range(40):
                statuses.append(client.post("/webhooks/rest/webhook", content=b"{}").status_code)
                time.sleep(0.05)
    finally:
        over.set()
        for thread in attackers:
            thread.join()
    assert statuses == [200] * 40
    assert len(sent) > 40


def test_a_message_is_handed_on_once_and_under_one_id_where_its_assistant_hangs_up(nginx):
    Assistant.handed.clear()
    assert nginx.client().post("/drop", content=b"x").status_code == 503
    identifiers = {identifier for _, identifier in Assistant.handed}
    assert len(Assistant.handed) == 2
    assert len(identifiers) == 1
    assert len(identifiers.pop()) == 32


def test_a_message_that_was_answered_with_an_error_is_not_handed_on(nginx):
    Assistant.handed.clear()
    nginx.client().post("/busy", content=b"x")
    assert len(Assistant.handed) == 1


def test_metas_batches_are_let_in_and_no_other_large_request(nginx):
    Assistant.handed.clear()
    client = nginx.client()
    for path, status in (("/webhooks/slack/webhook", 413), ("/x", 413), ("/webhooks/whatsapp/webhook", 200)):
        assert client.post(path, content=b"x" * 200_000).status_code == status, path
    assert client.post("/webhooks/messenger/webhook", content=b"x" * (3 * 2**20 + 1)).status_code == 413
    assert len(Assistant.handed) == 1


def test_an_address_is_handed_on_sign_by_sign(nginx):
    """Twilio signs it as it sends it: one that were put in order or encoded anew would no longer hold."""
    for query in ("z=1&a=two+words&b=%2F", "clinic=O'Brien", "clinic=O%27Brien&&x", "a=%c3%a9&A=%C3%A9"):
        path = f"/webhooks/sms/webhook?{query}"
        line = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        assert raw(nginx, line.encode()).startswith(b"HTTP/1.1 200")
        assert Assistant.handed[-1][0] == path


def test_its_logs_name_no_address_and_no_query(nginx):
    with nginx.client("127.0.3.3") as client:
        client.get("/nowhere?SECRET=1")
        client.post("/x", content=b"x" * 70_000)
        client.post("/drop?SECRET", content=b"x")
    raw(nginx, b"GET /SECRET\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    for log in (nginx.log, nginx.log.parent / "error.log"):
        told = log.read_text() if log.exists() else ""
        assert "127.0.3.3" not in told
        assert "?" not in told


def asked(nginx) -> int:
    return nginx.client().post("/webhooks/rest/webhook", content=b"{}").status_code


def test_assistants_that_come_back_elsewhere_are_found_again(nginx):
    """As after a restart of their containers: a new address under the old name, and nobody reloads nginx."""
    moved = standing("127.0.0.3", nginx.assistants)
    try:
        nginx.names.addresses = []
        until(lambda: asked(nginx) == 503, 15, "an answer without assistants")
        assert ADVICE in nginx.client().get("/chat/").text
        nginx.names.addresses = ["127.0.0.3"]
        until(lambda: asked(nginx) == 200, 15, "the way to the new address")
        assert Assistant.answering[-1] == "127.0.0.3"
    finally:
        nginx.names.addresses = list(HOSTS)
        moved.shutdown()
        moved.server_close()
    until(lambda: asked(nginx) == 200 and Assistant.answering[-1] in HOSTS, 15, "the way back")


def test_where_one_of_two_is_gone_the_other_one_answers(nginx):
    nginx.names.addresses = [HOSTS[0], "127.0.0.4"]  # nobody is at the second one
    try:
        time.sleep(7)
        assert {asked(nginx) for _ in range(20)} == {200}
        assert set(Assistant.answering[-20:]) == {HOSTS[0]}
    finally:
        nginx.names.addresses = list(HOSTS)


def test_a_hospital_behind_one_address_is_answered_and_a_flood_is_not(tmp_path, nginx):
    """With the limits that ship: a hundred people who each write every five seconds, and open the page before."""
    shipped = Nginx(tmp_path, list(HOSTS), nginx.assistants)
    try:
        until(shipped.listens, what="nginx")
        with shipped.client("127.0.7.7") as client:
            statuses = [client.get(f"/chat/{number}").status_code for number in range(200)]
            for _ in range(80):
                began = time.monotonic()
                statuses.append(client.post("/chat/message", content=b"{}").status_code)
                time.sleep(max(0.0, 1 / 20 - (time.monotonic() - began)))
            assert set(statuses) == {200}
        with shipped.client("127.0.7.8") as client:
            flood = {client.post("/chat/message", content=b"{}").status_code for _ in range(1200)}
        assert 429 in flood
    finally:
        shipped.stop()
