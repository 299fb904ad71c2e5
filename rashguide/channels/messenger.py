"""Facebook Messenger."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from sanic.request import Request

from rashguide.channels.meta import MetaPlatform
from rashguide.channels.platform import Incoming, json_object
from rashguide.channels.rendering import Limits, Part

GET_STARTED = "GET_STARTED"


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

    def events(self, request: Request) -> Iterator[dict[str, Any]]:
        """The events of our page; not those of another app's turn ("standby")."""
        body = json_object(request)
        for entry in body["entry"] if body.get("object") == "page" else []:
            if entry["id"] == self.settings.messenger_page_id:
                yield from entry.get("messaging", [])

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
            return Incoming(id=f"{edit['mid']}:{edit.get('num_edit', 0)}", text=edit["text"], **told)
        if message.get("is_echo") or message.get("is_deleted"):
            return None
        return Incoming(
            id=message["mid"],
            text=message.get("text", ""),
            payload=message.get("quick_reply", {}).get("payload", ""),
            media=bool(message.get("attachments")) or "text" not in message,
            **told,
        )

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
