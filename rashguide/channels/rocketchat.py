"""Rocket.Chat, through an outgoing integration for direct messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from sanic.request import Request

from rashguide.channels.platform import Finding, Incoming, Platform, Rejected, Trial, json_object, same
from rashguide.channels.rendering import Limits, Part


class RocketChatInput(Platform):
    """At ``/webhooks/rocketchat/webhook``. Its buttons would post their payload: choices are numbered."""

    limits = Limits(text=5000)

    @classmethod
    def name(cls) -> str:
        """rocketchat."""
        return "rocketchat"

    def verify(self, request: Request) -> None:
        """Checks the integration's token in the body: Rocket.Chat signs nothing."""
        token = json_object(request).get("token")
        if not isinstance(token, str) or not same(token, self.settings.rocketchat_webhook_token):
            raise Rejected(403, "The token is wrong.")

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, an edited one or a file; None for bots, our own messages, and what others write to each other."""
        group = bool(event.get("channel_name"))  # rooms have names, direct messages have none
        if event.get("bot") or event["user_id"] == self.settings.rocketchat_user_id:
            return None
        # The integration fires for everybody's direct messages. A room for two is named by their two ids.
        meant = "@" in (event.get("text") or "") if group else self.settings.rocketchat_user_id in event["channel_id"]
        if not meant:
            return None
        # An edited message keeps its id.
        edited = event["text"] if event.get("isEdited") else ""
        return Incoming(
            id=f"{event['message_id']}:{edited}" if edited else event["message_id"],
            edits=event["message_id"] if edited else "",
            person=event["user_id"],
            chat=event["channel_id"],
            text=event.get("text") or "",
            media=not event.get("text"),
            group=group,
            extra={"tmid": event["tmid"]} if event.get("tmid") else {},
            sent=None if edited else datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")).timestamp(),
        )

    def _proved(self) -> dict[str, str]:
        return {"X-Auth-Token": self.settings.rocketchat_token, "X-User-Id": self.settings.rocketchat_user_id}

    def trial(self) -> Trial:
        """A message of the bot's own."""
        event = {"user_id": self.settings.rocketchat_user_id, "token": self.settings.rocketchat_webhook_token}
        return Trial.of(event, lambda _: {})

    async def account(self, webhook: str) -> list[Finding]:
        """The bot."""
        found = await self.api.once("GET", f"{self.settings.rocketchat_url}/api/v1/me", headers=self._proved())
        ours, bot = found["_id"] == self.settings.rocketchat_user_id, "bot" in found["roles"]
        return [
            Finding(ours, f"the token is {found['username']}'s"),
            Finding(bot, f"its roles are {', '.join(found['roles'])}" + ("" if bot else ": give it the role bot")),
            Finding(None, f"the outgoing integration must be enabled, for all_direct_messages, to {webhook}"),
        ]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, in the thread that was written in."""
        await self.api.call(
            "POST",
            f"{self.settings.rocketchat_url}/api/v1/chat.postMessage",
            json={"roomId": message.chat, "text": part.text, "parseUrls": False, **message.extra},
            headers=self._proved(),
        )
