"""Odd requests, the same for the same seed: raw bytes, REST, the widget, and each platform's signed webhook."""

from __future__ import annotations

import contextlib
import json
import random
import socket
from collections import Counter
from typing import Any, Iterator
from urllib.parse import parse_qsl, urlencode

import httpx

from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS, Request
from tests.harness.server import ADVICE

ODD: list[Any] = [None, True, -1, 0, 5, 1e308, 10**400, [], {}, [[]], {"": {}}, ["x"], {"text": 5}]
ODD += ["", " ", "\ud800", "\x00", "x" * 3000, "!" * 2500, "why do that " * 60, "😭" * 900]
ODD += ["/restart", "/stand_down~0", "../../x", "{emergency_number}"]
METHODS = ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "\x00"]
SILENT = 10.0  # seconds after which a request counts as unanswered


def _mutated(value: Any, chance: random.Random) -> Any:
    """The same JSON with one of its values replaced, removed or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        rest = {key: each for key, each in value.items() if key != name}
        return rest if chance.random() < 0.2 else {**value, name: _mutated(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        return [_mutated(value[0], chance), *value[chance.randint(0, 1) :]]
    return chance.choice(ODD)


def _webhook(chance: random.Random, clinic: Clinic) -> Request:
    driver = chance.choice(list(DRIVERS.values()))
    made = driver.text(clinic.someone(), chance.choice(["what is dupixent?", "hi", "I can't breathe"]))
    if made.body[:1] == b"{":
        odd = _mutated(json.loads(made.body), chance)
        return driver.request([odd] if isinstance(odd, str) else odd)  # text alone is taken for a form
    form = dict(parse_qsl(made.body.decode(), keep_blank_values=True))
    name = chance.choice(sorted(form))
    return driver.request(urlencode({**form, name: str(chance.choice(ODD)).encode("utf-8", "replace")}))


def _rest(chance: random.Random) -> Request:
    body = {"sender": f"fuzz-{chance.randint(1, 50)}", "message": "what is dupixent?", "session": "", "choice": None}
    raw = json.dumps(_mutated(body, chance) if chance.random() < 0.8 else body).encode()
    if chance.random() < 0.2:
        place = chance.randint(0, len(raw))
        raw = raw[:place] + bytes(chance.choices(range(256), k=chance.randint(1, 9))) + raw[place:]
    headers = {"Content-Type": chance.choice(["application/json", "text/plain", "x"])}
    if chance.random() < 0.1:
        headers["Origin"] = chance.choice(["http://[::1", "null", "https://x.example", "http://["])
    return Request(chance.choice(["/webhooks/rest/webhook", "/chat/message", "/chat/forget"]), raw, headers)


def _bytes(chance: random.Random) -> bytes:
    heads = [f"{chance.choice(METHODS)} /x HTTP/1.1", "POST /webhooks/rest/webhook HTTP/1.1", "x"]
    head = chance.choice(heads).encode()
    bodies = [b"Content-Length: 2", b"Content-Length: -5", b"Transfer-Encoding: x", b"X", b"X: \xff"]
    lines = [head, b"Host: x", b"Connection: close", chance.choice(bodies)]
    raw = bytearray(b"\r\n".join(lines) + b"\r\n\r\n{}")
    for _ in range(chance.randint(0, 3)):
        raw[chance.randrange(len(head))] = chance.randrange(256)
    return bytes(raw)


def _sent(server_port: int, raw: bytes) -> int:
    """The status that raw bytes are answered with; 0 for none."""
    with socket.create_connection(("127.0.0.1", server_port), timeout=SILENT) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR) if b"\r\n\r\n" not in raw else None
        with contextlib.suppress(OSError):
            received = connection.recv(200)
            return int(received[9:12]) if received.startswith(b"HTTP/1") else 0
    return 0


def requests(clinic: Clinic, seed: int, count: int) -> Iterator[tuple[str, Any]]:
    """So many inputs, each with its kind."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.choices(["webhook", "talk", "bytes"], [4, 4, 2])[0]
        if kind == "bytes":
            yield kind, _bytes(chance)
        else:
            yield kind, _webhook(chance, clinic) if kind == "webhook" else _rest(chance)


def fuzz(clinic: Clinic, seed: int, count: int) -> dict[str, Counter[str]]:
    """Sends them all. By kind: statuses, and what should not be ("no answer", "5xx", "no advice")."""
    found: dict[str, Counter[str]] = {}
    for kind, request in requests(clinic, seed, count):
        told = found.setdefault(kind, Counter())
        told["sent"] += 1
        if kind == "bytes":
            status, text = _sent(clinic.server.port, request), None
        else:
            try:
                answer = clinic.server.client.post(
                    request.path, content=request.body, headers=request.headers, timeout=SILENT
                )
                status, text = answer.status_code, answer.text
            except httpx.TransportError:
                status, text = 0, None
        told[f"{status // 100}xx" if status else "no answer"] += 1
        if kind == "talk" and not request.path.endswith("forget") and (text or "").count(ADVICE) != 1:
            told["no advice"] += 1
    return found
