"""Webex."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from typing import Any, Optional
from urllib.parse import quote

from sanic.request import Request

from rashguide.channels.platform import Finding, Incoming, Platform, Rejected, Trial, same
from rashguide.channels.rendering import Limits, Part, utf8

SIGNATURE = "X-Spark-Signature"
EVENTS = ("created", "updated")


class WebexInput(Platform):
    """At ``/webhooks/webex/webhook``. A webhook only names the message, which is fetched. Choices are numbered."""

    limits = Limits(text=7439, size=utf8)
    fetches = True

    def __init__(self) -> None:
        super().__init__()
        self._me = ""

    @classmethod
    def name(cls) -> str:
        """webex."""
        return "webex"

    def _sign(self, body: bytes) -> dict[str, str]:
        return {SIGNATURE: hmac.new(self.settings.webex_webhook_secret.encode(), body, hashlib.sha1).hexdigest()}

    def verify(self, request: Request) -> None:
        """Checks the SHA-1 signature of the raw body."""
        if not same(request.headers.get(SIGNATURE), self._sign(request.body)[SIGNATURE]):
            raise Rejected(403, "The signature is wrong.")

    def read(self, event: Any) -> Optional[Incoming]:
        """A message that was written or edited; None for deletions and for rooms' events."""
        if event["resource"] != "messages" or event["event"] not in EVENTS:
            return None
        data = event["data"]
        changed = data.get("updated", "")
        return Incoming(
            id=f"{data['id']}:{changed}",
            edits=f"{data['id']}:" if changed else "",
            person=data["personId"],
            chat=data["roomId"],
            group=data.get("roomType") != "direct",
            sent=datetime.fromisoformat((changed or data["created"]).replace("Z", "+00:00")).timestamp(),
            extra={"message": data["id"]},
        )

    async def _fetch(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.settings.webex_bot_token}"}
        return await self.api.call("GET", f"{self.settings.webex_api}/{path}", headers=headers)

    async def complete(self, message: Incoming) -> Optional[Incoming]:
        """The message with its words; None for our own, of which Webex tells us, too."""
        if not message.extra:  # it has them
            return message
        if not self._me:
            self._me = (await self._fetch("people/me"))["id"]
        if message.person == self._me:
            return None
        found = await self._fetch(f"messages/{quote(message.extra['message'], safe='')}")
        return replace(message, text=found.get("text") or "", media=bool(found.get("files")), extra={})

    def trial(self) -> Trial:
        """An event of a room's."""
        return Trial.of({"resource": "memberships", "event": "created", "data": {}}, self._sign)

    async def account(self, webhook: str) -> list[Finding]:
        """The bot, and the webhooks that it registered."""
        headers = {"Authorization": f"Bearer {self.settings.webex_bot_token}"}
        bot = await self.api.once("GET", f"{self.settings.webex_api}/people/me", headers=headers)
        known = (await self.api.once("GET", f"{self.settings.webex_api}/webhooks", headers=headers))["items"]
        ours = [each for each in known if each["resource"] == "messages" and each["targetUrl"] == webhook]
        active = {each["event"] for each in ours if each["status"] == "active"}
        told = ", ".join(f"{each['event']} {each['status']}" for each in ours) or "none"
        return [
            Finding(bot["type"] == "bot", f"the token is of the {bot['type']} {bot['displayName']}"),
            Finding(active >= {*EVENTS}, f"webhooks for messages to {webhook}: {told}"),
        ]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, as plain text."""
        await self.api.call(
            "POST",
            f"{self.settings.webex_api}/messages",
            json={"roomId": message.chat, "text": part.text},
            headers={"Authorization": f"Bearer {self.settings.webex_bot_token}"},
        )
