"""What no browser sends gets a 4xx with the advice, or is cut; nobody else notices."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from rashguide.channels.wire import _more
from tests.harness.server import ADVICE

HOST = b"Host: x\r\n"
POST = b"POST /webhooks/rest/webhook HTTP/1.1\r\n" + HOST


def answer(server, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(raw)
        received = b""
        with contextlib.suppress(TimeoutError):
            while part := connection.recv(4096):
                received += part
                if ADVICE.encode() in received:
                    break
        return received


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /\xff HTTP/1.1\r\n" + HOST,
        b"GET /\xc3\xa9?\xff HTTP/1.1\r\n" + HOST,
        b"GET http://[ HTTP/1.1\r\n" + HOST,
        b"GET http://[SECRET HTTP/1.1\r\n" + HOST,
        b"CONNECT a:443 HTTP/1.1\r\n" + HOST,
        b"GET  HTTP/1.1\r\n" + HOST,
        b"GET /\x01 HTTP/1.1\r\n" + HOST,
        b"get / HTTP/9.9\r\n" + HOST,
        b"nonsense\r\n" + HOST,
        b"\xff\xfe\xfd SECRET\r\n",
        POST + b"Content-Length: " + b"9" * 5000 + b"\r\n",
        POST + b"Content-Length: -1\r\n",
        POST + b"Transfer-Encoding: Chunked\r\n",
        POST + b"Transfer-Encoding: gzip, chunked\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        POST + b"Upgrade: websocket\r\nContent-Length: 9\r\n",
        POST + b"no colon\r\n",
        b"POST /chat/message HTTP/1.1\r\nOrigin: http://[::1\r\nContent-Length: 2\r\n" + HOST + b"\r\n{}",
        b"POST /chat/forget HTTP/1.1\r\nOrigin: http://[\r\nContent-Length: 2\r\n" + HOST + b"\r\n{}",
    ],
)
def test_malformed_requests_get_a_4xx_with_the_advice(server, raw):
    received = answer(server, raw if b"\r\n\r\n" in raw else raw + b"\r\n")
    assert received.startswith(b"HTTP/1.1 4"), received[:200]
    assert received.count(ADVICE.encode()) == 1
    log = server.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") :][:2000]
    assert "SECRET" not in log


def test_a_chunk_that_is_none_is_refused_and_not_logged(server):
    received = answer(server, POST + b"Transfer-Encoding: chunked\r\n\r\nSECRET\r\nabc\r\n")
    assert received.startswith(b"HTTP/1.1 4"), received[:200]
    assert "SECRET" not in server.log.read_text()


@pytest.fixture(scope="module")
def slow(server):
    """Clients that would never end: one byte a second in the header, the body and a chunk."""
    starts = {
        "header": b"POST /webhooks/rest/webhook HTTP/1.1\r\nX-",
        "body": POST + b"Content-Length: 500\r\n\r\n",
        "chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n100\r\n",
    }
    ended: dict[str, float] = {}

    def drip(name: str, start: bytes) -> None:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(start)
            connection.settimeout(1)
            with contextlib.suppress(OSError):
                while time.monotonic() - began < 60:
                    connection.sendall(b"x")
                    with contextlib.suppress(TimeoutError):
                        if not connection.recv(4096):
                            break
        ended[name] = time.monotonic() - began

    threads = [threading.Thread(target=drip, args=item) for item in starts.items()]
    for thread in threads:
        thread.start()
    yield ended
    for thread in threads:
        thread.join()


def test_slow_clients_are_cut(server, slow):
    end = time.monotonic() + 58
    while len(slow) < 3 and time.monotonic() < end:
        time.sleep(0.2)
    assert set(slow) == {"header", "body", "chunk"}
    assert max(slow.values()) < 45, slow


def test_who_pipelines_and_reads_nothing_lets_others_pass(server):
    clients = []
    for _ in range(20):
        raw = socket.create_connection(("127.0.0.1", server.port))
        raw.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            raw.send(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" * 20_000)
        clients.append(raw)
    time.sleep(1)  # until they are at it
    for _ in range(3):
        started = time.monotonic()
        assert "brand name" in server.ask("what is dupixent?")[0]["text"]
        assert time.monotonic() - started < 5
    for raw in clients:
        raw.close()


@pytest.mark.parametrize(
    ("body", "length", "chunked", "more"),
    [
        (b"", 0, False, False),
        (b"{}", 2, False, False),
        (b"{", 2, False, False),
        (b"{}GET", 2, False, True),
        (b"GET / HTTP/1.1", 0, False, True),
        (b"2\r\n{}\r\n", 0, True, False),
        (b"2\r\n{}\r\n0\r\n\r\n", 0, True, False),
        (b"2\r\n{}\r\n0\r\n\r\nGET", 0, True, True),
    ],
)
def test_what_stands_behind_a_request_is_seen(body, length, chunked, more):
    head = b"POST / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert _more(bytearray(head + body), len(head), length, chunked) is more
