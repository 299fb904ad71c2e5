"""One word put into everything that a server takes: it must come out again in no log, whoever started the server."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from typing import Callable

import httpx

from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS, Request


class Canary:
    """The word, the ids that it was sent under, and all the ways in."""

    def __init__(self, clinic: Clinic, raw: Callable[[bytes], bytes]) -> None:
        """``raw`` sends bytes to the server, or to what stands before it, and returns the answer's."""
        self.clinic, self.raw = clinic, raw
        self.word = f"quixotic{uuid.uuid4().hex[:8]}"
        self.ids = [self.word]

    def everywhere(self, client: httpx.Client) -> int:
        """Puts it into every way in. Returns how many requests that were."""
        ways = (self._messages, self._widget, self._http, self._bytes, self._platforms)
        return sum(way(client) for way in ways)

    def found(self, *logs: str) -> list[str]:
        """The lines of logs in which it stands, or an id of those who sent it."""
        lines = "\n".join(logs).splitlines()
        return [line[:300] for line in lines if any(each.lower() in line.lower() for each in self.ids)]

    def _said(self) -> list[str]:
        word = self.word
        plain = [word, f"my {word} rash", f"I can't breathe {word}", f"I want to die {word}", f"is {word} a cancer?"]
        plain += [f"double dose of {word}", f"mi cara {word} está roja y no puedo respirar", f"{word}! " * 120]
        plain += [
            "help me prepare for a visit",
            f"on my {word}",
            f"since {word}",
            f"{word} cream",
            f"worse {word}",
            word,
        ]
        plain += ["thanks", f"/restart {word}", f"/{word}~0", f"/stand_down~{word}", "delete this chat", f"yes {word}"]
        return [*plain, f"\ud800{word}\x00", f"{{{word}}}", f"<{word}>", f"%({word})s %s"]

    def _messages(self, client: httpx.Client) -> int:
        said = self._said()
        for text in said:
            client.post("/webhooks/rest/webhook", content=json.dumps({"sender": f"me-{self.word}", "message": text}))
        return len(said)

    def _widget(self, client: httpx.Client) -> int:
        session = ""
        said = self._said()
        for text in said:
            body = json.dumps({"session": session, "message": text, "choice": None})
            session = client.post("/chat/message", content=body).json().get("session", session)
        self.ids.append(session.partition(".")[0])
        client.post("/chat/message", json={"session": session, "choice": self.word})
        client.post("/chat/message", json={"session": f"{self.word}.1.{self.word}", "message": "hi"})
        client.post("/chat/message", json={"session": session, "message": "hi", "id": self.word})
        client.post("/chat/keep", json={"session": session, self.word: self.word})
        client.post("/chat/forget", json={"sessions": [session, self.word]})
        client.post("/chat/forget", json={"sessions": [session]})
        return len(said) + 6

    def _http(self, client: httpx.Client) -> int:
        word = self.word
        headers = ["X-Other", "Cookie", "User-Agent", "Referer", "Authorization", "Accept", "X-Request-Id", "Origin"]
        requests = [("POST", "/webhooks/rest/webhook", {name: word}) for name in [*headers, "X-Forwarded-For", "Host"]]
        requests += [(method, f"/{word}", {}) for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")]
        requests += [("GET", f"{path}?{word}={word}", {}) for path in ("/", "/chat/demo", "/health/live", "/webhooks/")]
        requests += [("POST", f"/chat/{word}", {}), ("POST", f"/webhooks/{word}/webhook", {})]
        for method, path, more in requests:
            body = json.dumps({"sender": word, "message": word, "metadata": {word: word}, word: word})
            with contextlib.suppress(httpx.TransportError):
                client.request(method, path, content=body, headers=more)
        wrong = [f'{{"sender": "{word}"', f'"{word}"', f'["{word}"]', word, f'{{"sender": {{"{word}": 1}}}}']
        wrong += [f'{{"sender": "{word} {word}", "message": "hi"}}', f'{{"message": {{"{word}": 1}}}}', word * 6000]
        for body in wrong:
            for path in ("/webhooks/rest/webhook", "/chat/message", "/chat/keep", "/chat/forget"):
                client.post(path, content=body, headers={"Content-Type": "text/plain"})
        return len(requests) + 4 * len(wrong)

    def _bytes(self, _: httpx.Client) -> int:
        word = self.word.encode()
        post = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\n"
        lines = [word, b"GET http://[" + word + b" HTTP/1.1", word + b" / HTTP/1.1", b"GET / " + word]
        lines += [b"GET /" + word + b"\xff HTTP/1.1", b"GET / HTTP/1.1\r\n" + word, b"CONNECT " + word + b":1 HTTP/1.1"]
        lines += [post + b"Content-Length: " + word, post + b"Transfer-Encoding: " + word, post + b"Expect: " + word]
        lines += [
            post + b"Transfer-Encoding: chunked\r\n\r\n" + word,
            post + b"Upgrade: " + word,
            post + b"\x00" + word,
        ]
        for line in lines:
            self.raw(line + b"\r\n\r\n")
        return len(lines)

    def _platforms(self, client: httpx.Client) -> int:
        word, sent = self.word, 0
        for driver in DRIVERS.values():
            person = self.clinic.someone()
            self.ids.append(driver.chat(person))
            requests = [driver.text(person, text) for text in (word, f"I can't breathe {word}", f"1 {word}")]
            requests += [driver.press(person, word, f"/stand_down~{word}")] if driver.native_buttons else []
            requests += [driver.media(person, kind, word if driver.captions else "") for kind in driver.kinds]
            requests += [driver.group(person, word), driver.edit(person, word, f"{word} again")]
            requests += [driver.request({word: word}), Request(driver.path, word.encode(), driver.sign(word.encode()))]
            requests += [Request(driver.path, word.encode(), {getattr(driver, "signature", "X"): word})]
            for request in filter(None, requests):
                client.post(request.path, content=request.body, headers=request.headers)
                sent += 1
            client.get(driver.path, params={"hub.mode": word, "hub.verify_token": word, "hub.challenge": word})
            sent += 1
        time.sleep(3)
        return sent
