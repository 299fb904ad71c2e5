"""Facebook Messenger."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from sanic.request import Request

from rashguide.channels.meta import MetaPlatform
from rashguide.channels.platform import Finding, Incoming, Trial, apart, json_object
from rashguide.channels.rendering import Limits, Part

GET_STARTED = "GET_STARTED"
SHARED_LINK = "fallback"
SUBSCRIBED = {"messages", "messaging_postbacks", "message_edits"}


class MessengerInput(MetaPlatform):
    """At ``/webhooks/messenger/webhook``. Choices are a button template: quick replies do not last."""

    limits = Limits(text=2000, buttons=3, title=20, text_with_buttons=640)

    def __init__(self) -> None:
        super().__init__()
        self.app_secret = self.settings.messenger_app_secret
        self.verify_token = self.settings.messenger_verify_token
        self.token = self.settings.messenger_page_token

    @classmethod
    def name(cls) -> str:
        """messenger."""
        return "messenger"

    def events(self, request: Request) -> Iterator[Any]:
        """The events of our page; not those of another app's turn ("standby")."""
        body = json_object(request)
        for entry in body["entry"] if body.get("object") == "page" else []:
            yield from apart(self._events, entry)

    def _events(self, entry: Any) -> Iterator[Any]:
        return iter(entry.get("messaging", []) if entry["id"] == self.settings.messenger_page_id else [])

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, an edit of one, a pressed button or a file; None for echoes, deletions, reactions and receipts."""
        message, edit, pressed = event.get("message"), event.get("message_edit"), event.get("postback")
        if not (message or edit or pressed):
            return None
        sender, at = event["sender"]["id"], event["timestamp"]
        told: dict[str, Any] = {"person": sender, "chat": sender, "sent": at / 1000}
        if pressed:
            identifier, payload = pressed.get("mid") or f"{sender}:{at}", pressed.get("payload", "")
            if payload == GET_STARTED:
                return Incoming(id=identifier, text="hello", **told)
            return Incoming(id=identifier, text=pressed.get("title", ""), payload=payload, **told)
        if edit:
            known = edit["mid"]
            return Incoming(id=f"{known}:{edit.get('num_edit', 0)}", edits=known, text=edit["text"], **told)
        if message.get("is_echo") or message.get("is_deleted"):
            return None
        # A shared link comes as an attachment beside its text: there is nothing more to look at.
        attached = [each for each in message.get("attachments", []) if each.get("type") != SHARED_LINK]
        return Incoming(
            id=message["mid"],
            text=message.get("text", ""),
            payload=message.get("quick_reply", {}).get("payload", ""),
            media=bool(attached) or "text" not in message,
            **told,
        )

    def trial(self) -> Trial:
        """A receipt for no message."""
        event = {"sender": {"id": "0"}, "recipient": {"id": self.settings.messenger_page_id}, "timestamp": 0}
        entry = {"id": self.settings.messenger_page_id, "time": 0, "messaging": [{**event, "delivery": {"mids": []}}]}
        return Trial.of({"object": "page", "entry": [entry]}, self.sign)

    async def account(self, webhook: str) -> list[Finding]:
        """The page, and what of it the app is told."""
        api, page = self.settings.messenger_api, self.settings.messenger_page_id
        found = await self.get(f"{api}/me", "id", "name")
        apps = (await self.get(f"{api}/{page}/subscribed_apps"))["data"]
        lacking = SUBSCRIBED - {field for app in apps for field in app.get("subscribed_fields", [])}
        told = f"not subscribed: {', '.join(sorted(lacking))}" if lacking else "the page's messages are subscribed"
        return [
            Finding(found["id"] == page, f"the token is for the page {found['name']} ({found['id']})"),
            Finding(not lacking, told),
            Finding(None, f"under Messenger > API settings the callback must be {webhook}"),
        ]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, with a button template where there are choices."""
        content: dict[str, Any] = {"text": part.text}
        if part.buttons:
            buttons = [{"type": "postback", "title": b.title, "payload": b.payload} for b in part.buttons]
            template = {"template_type": "button", "text": part.text, "buttons": buttons}
            content = {"attachment": {"type": "template", "payload": template}}
        await self.post(
            f"{self.settings.messenger_api}/{self.settings.messenger_page_id}/messages",
            {"recipient": {"id": message.chat}, "messaging_type": "RESPONSE", "message": content},
        )
