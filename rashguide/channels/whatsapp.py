"""WhatsApp through Meta's Cloud API."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from sanic.request import Request

from rashguide.channels.meta import MetaPlatform
from rashguide.channels.platform import Incoming, json_object
from rashguide.channels.rendering import Limits, Part

MEDIA = {"image", "audio", "video", "document", "sticker", "location", "contacts", "unsupported", "order"}


class WhatsAppInput(MetaPlatform):
    """At ``/webhooks/whatsapp/webhook``. Choices are reply buttons."""

    limits = Limits(text=4096, buttons=3, title=20, text_with_buttons=1024)

    def __init__(self) -> None:
        super().__init__()
        self.app_secret = self.settings.whatsapp_app_secret
        self.verify_token = self.settings.whatsapp_verify_token
        self.token = self.settings.whatsapp_token

    @classmethod
    def name(cls) -> str:
        """whatsapp."""
        return "whatsapp"

    def events(self, request: Request) -> Iterator[dict[str, Any]]:
        """The messages to our number, and the failures of ours."""
        for entry in json_object(request)["entry"]:
            for change in entry["changes"]:
                value = change["value"]
                if change.get("field") != "messages":
                    continue
                if value["metadata"]["phone_number_id"] != self.settings.whatsapp_phone_number_id:
                    continue
                yield from value.get("messages", [])
                for status in value.get("statuses", []):
                    if status.get("status") == "failed":
                        self.lost([error.get("code") for error in status.get("errors", [])])

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, a pressed button or a file with or without a caption; None for reactions and notices."""
        kind = event["type"]
        text = payload = ""
        if kind == "text":
            text = event["text"]["body"]
        elif kind == "interactive":
            pressed = event["interactive"][event["interactive"]["type"]]
            text, payload = pressed.get("title", ""), pressed.get("id", "")
        elif kind == "button":
            text, payload = event["button"].get("text", ""), event["button"].get("payload", "")
        elif kind in MEDIA:
            content = event.get(kind)
            text = content.get("caption", "") if isinstance(content, dict) else ""
        else:
            return None
        return Incoming(
            id=event["id"],
            person=event["from"],
            chat=event["from"],
            text=text,
            payload=payload,
            media=kind in MEDIA,
            group="group_id" in event,
            sent=float(event["timestamp"]),
        )

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, with reply buttons where there are choices."""
        body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": message.chat}
        if part.buttons:
            buttons = [{"type": "reply", "reply": {"id": b.payload, "title": b.title}} for b in part.buttons]
            body |= {
                "type": "interactive",
                "interactive": {"type": "button", "body": {"text": part.text}, "action": {"buttons": buttons}},
            }
        else:
            body |= {"type": "text", "text": {"body": part.text, "preview_url": False}}
        await self.post(f"{self.settings.whatsapp_api}/{self.settings.whatsapp_phone_number_id}/messages", body)
