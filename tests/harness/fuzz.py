"""Odd requests, the same for the same seed: raw bytes, every described address, REST, the widget, and each platform's
webhook, mostly signed."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import time
from collections import Counter
from functools import lru_cache
from typing import Any, Iterator
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import yaml

from rashguide import ROOT
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS, Driver, Request
from tests.harness.platforms.fake import Sent
from tests.harness.server import ADVICE

WORD = "quixotically"  # stands in every kind of input, and must stand in no log
ODD: list[Any] = [None, True, -1, 0, 5, 1e308, 10**400, [], {}, [[]], {"": {}}, ["x"], {"text": 5}]
ODD += ["", " ", "\ud800", "\x00", "x" * 3000, "!" * 2500, "why do that " * 60, "😭" * 900]
ODD += ["/restart", "/stand_down~0", "../../x", "{emergency_number}", WORD]
SAID = [
    "what is dupixent?",
    "hi",
    "I can't breathe",
    f"my {WORD} rash",
    "delete this chat",
    "help me prepare for a visit",
]
METHODS = ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "\x00"]
LINES = [b"Content-Length: 2", b"Content-Length: -5", b"Transfer-Encoding: x", b"X", b"X: \xff"]
LINES += [b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Upgrade: websocket", b"Cookie: " + WORD.encode()]
ENDS = [b"{}\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}", b"ffffffff\r\n", WORD.encode() + b"\r\n"]
SILENT = 20.0  # seconds after which a request counts as unanswered
WRONG = ("5xx", "no answer", "no advice")


@lru_cache(maxsize=1)
def addresses() -> list[str]:
    """Every address that is described, the widget's and the platforms'."""
    described = yaml.safe_load((ROOT / "docs" / "production" / "openapi.yml").read_text(encoding="utf-8"))["paths"]
    widget = ["", "demo", "message", "keep", "forget", "widget.js", "guide-en.0123456789abcdef.js"]
    return [*described, "/", *(f"/chat/{name}" for name in widget), *(d.path for d in DRIVERS.values())]


def _mutated(value: Any, chance: random.Random) -> Any:
    """The same JSON with one of its values replaced, removed or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        rest = {key: each for key, each in value.items() if key != name}
        return rest if chance.random() < 0.2 else {**value, name: _mutated(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        return [_mutated(value[0], chance), *value[chance.randint(0, 1) :]]
    return chance.choice(ODD)


def _webhook(chance: random.Random, driver: Driver, clinic: Clinic) -> Request:
    made = driver.text(clinic.someone(), chance.choice(SAID))
    if chance.random() < 0.1:
        return Request(made.path, made.body, {"Content-Type": made.headers["Content-Type"]})
    if made.body[:1] == b"{":
        odd = _mutated(json.loads(made.body), chance)
        return driver.request([odd] if isinstance(odd, str) else odd)  # text alone is taken for a form
    form = dict(parse_qsl(made.body.decode(), keep_blank_values=True))
    name = chance.choice(sorted(form))
    return driver.request(urlencode({**form, name: str(chance.choice(ODD)).encode("utf-8", "replace")}))


def _talk(chance: random.Random, path: str) -> Request:
    name = f"{chance.randrange(50):032x}"  # of a conversation, a chat or a message
    body = {"sender": name, "message": chance.choice(SAID), "session": "", "choice": None, "id": None}
    if path == "/chat/forget":
        body = {"sessions": [name]}
    raw = json.dumps(_mutated(body, chance) if chance.random() < 0.8 else body).encode()
    if chance.random() < 0.2:
        place = chance.randint(0, len(raw))
        raw = raw[:place] + bytes(chance.choices(range(256), k=chance.randint(1, 9))) + raw[place:]
    headers = {"Content-Type": chance.choice(["application/json", "text/plain", "x"])}
    if chance.random() < 0.1:
        headers["Origin"] = chance.choice(["http://[::1", "null", "https://x.example", "http://["])
    return Request(path, raw, headers)


def _address(chance: random.Random) -> tuple[str, str]:
    """Method and address; none that a described POST would answer with an answer."""
    path = chance.choice(addresses())
    if chance.random() < 0.3:
        path += quote(str(chance.choice(ODD)).encode("utf-8", "replace"))[:4000]
    if chance.random() < 0.5:
        names = ["hub.mode", "hub.challenge", "hub.verify_token", "stream", "token", WORD]
        path += "?" + urlencode({chance.choice(names): str(chance.choice(ODD)).encode("utf-8", "replace")[:2000]})
    return chance.choice(["GET", "GET", "PUT", "DELETE", "PATCH", "OPTIONS"]), path


def _bytes(chance: random.Random) -> bytes:
    heads = [f"{chance.choice(METHODS)} /{WORD} HTTP/1.1", "POST /webhooks/rest/webhook HTTP/1.1", "x"]
    head = chance.choice(heads).encode()
    lines = [head, b"Host: x", b"Connection: close", chance.choice(LINES)]
    raw = bytearray(b"\r\n".join(lines) + b"\r\n\r\n" + chance.choice(ENDS))
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
        kind = chance.choices(["webhook", "talk", "raw bytes", "addresses"], [4, 3, 2, 1])[0]
        if kind == "webhook":
            driver = chance.choice(list(DRIVERS.values()))
            yield driver.name, _webhook(chance, driver, clinic)
        elif kind == "talk":
            path = chance.choice(["/webhooks/rest/webhook", "/chat/message", "/chat/keep", "/chat/forget"])
            yield path, _talk(chance, path)
        else:
            yield kind, _bytes(chance) if kind == "raw bytes" else _address(chance)


def _answered(clinic: Clinic, kind: str, request: Any) -> tuple[int, str]:
    """Status and text of the answer; 0 for none."""
    if kind == "raw bytes":
        return _sent(clinic.server.port, request), ""
    client = clinic.server.client
    try:
        if kind == "addresses":
            answer = client.request(*request, timeout=SILENT)
        else:
            answer = client.post(request.path, content=request.body, headers=request.headers, timeout=SILENT)
    except httpx.TransportError:
        return 0, ""
    return answer.status_code, answer.text


def fuzz(clinic: Clinic, seed: int, count: int) -> dict[str, Counter[str]]:
    """Sends them all. By kind: statuses, and what should not be ("no answer", "5xx", "no advice").

    Every answer to REST and the widget must have the advice once, and every reply that reached a platform at its end.
    """
    found: dict[str, Counter[str]] = {}
    before = len(clinic.fake.sent)
    for kind, request in requests(clinic, seed, count):
        told = found.setdefault(kind, Counter())
        told["sent"] += 1
        status, text = _answered(clinic, kind, request)
        told[f"{status // 100}xx" if status else "no answer"] += 1
        talks = kind.startswith("/") and not (kind in ("/chat/forget", "/chat/keep") and status == 200)
        told["no advice"] += bool(status and talks and text.count(ADVICE) != 1)
    for cut in _cut_off(clinic, before):
        found.setdefault(cut.platform, Counter())["no advice"] += 1
        print("without the advice at its end:", cut)
    return found


def _cut_off(clinic: Clinic, before: int) -> list[Sent]:
    """``Clinic.cut_off``, once that is settled: replies of several parts may still be under way."""
    end, seen = time.monotonic() + SILENT, -1
    while True:
        sent, cut = len(clinic.fake.sent), clinic.cut_off(before)
        if time.monotonic() > end or (not cut and sent == seen):
            return cut
        seen = sent
        time.sleep(2)
