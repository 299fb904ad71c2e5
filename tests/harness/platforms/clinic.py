"""One real Rasa server with every platform on, and the fake platforms that it talks to."""

from __future__ import annotations

import itertools
import time
from urllib.parse import parse_qsl

import httpx

from tests.harness.platforms.drivers import Driver, Request
from tests.harness.platforms.fake import Fake, Sent
from tests.harness.server import ADVICE, Server

_people = itertools.count(1)


class Clinic:
    """The server, the platforms and the people who write."""

    def __init__(self, server: Server, fake: Fake) -> None:
        self.server = server
        self.fake = fake

    @staticmethod
    def someone() -> int:
        return next(_people)

    def post(self, request: Request) -> httpx.Response:
        if request.path.startswith("/webhooks/sms/"):
            self.fake.carrier(dict(parse_qsl(request.body.decode(errors="replace"))))
        return self.server.client.post(request.path, content=request.body, headers=request.headers)

    def sent(self, driver: Driver, person: int) -> list[Sent]:
        return self.fake.to(driver.name, driver.chat(person))

    def cut_off(self, before: int = 0) -> list[Sent]:
        """Each chat's last message that does not end with the advice, of all after the first ``before``."""
        last = {(sent.platform, sent.chat): sent for sent in self.fake.sent[before:]}
        return [sent for sent in last.values() if not sent.text.endswith(ADVICE)]

    def replies(self, driver: Driver, chat: str, before: int, replies: int = 1, within: float = 20) -> list[Sent]:
        """What has been sent to the chat since it held ``before`` messages, once so many replies are complete."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            new = self.fake.to(driver.name, chat)[before:]
            if sum(ADVICE in message.text for message in new) >= replies:
                return new
            time.sleep(0.03)
        raise AssertionError(
            f"{driver.name}: {replies} replies expected, got {new}\n{self.server.log.read_text()[-2000:]}"
        )

    def told(self, driver: Driver, person: int, request: Request, chat: str | None = None) -> list[Sent]:
        """Posts a request and returns the reply: one, with the advice once and at its end."""
        chat = chat or driver.chat(person)
        before = len(self.fake.to(driver.name, chat))
        response = self.post(request)
        assert response.status_code == 200, response.text
        reply = self.replies(driver, chat, before)
        assert sum(message.text.count(ADVICE) for message in reply) == 1
        assert reply[-1].text.endswith(ADVICE)
        assert not any("/" in message.text and "~" in message.text for message in reply), "a payload shows"
        return reply

    def say(self, driver: Driver, person: int, text: str) -> list[Sent]:
        return self.told(driver, person, driver.text(person, text))
