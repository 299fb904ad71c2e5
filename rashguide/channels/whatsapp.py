"""WhatsApp through Meta's Cloud API."""

from __future__ import annotations

from itertools import chain
from typing import Any, Iterator, Optional

from sanic.request import Request

from rashguide.channels.meta import MetaPlatform
from rashguide.channels.platform import Finding, Incoming, Trial, apart, json_object
from rashguide.channels.rendering import Limits, Part

# Notices, which nobody wrote. What is of another type that is not known counts as something that cannot be read.
NOTICES = {"reaction", "system", "request_welcome"}


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

    def events(self, request: Request) -> Iterator[Any]:
        """The messages to our number, and the failures of ours."""
        for entry in json_object(request)["entry"]:
            yield from apart(self._changes, entry)

    def _changes(self, entry: Any) -> Iterator[Any]:
        return chain.from_iterable(apart(self._messages, change) for change in entry["changes"])

    def _messages(self, change: Any) -> Iterator[Any]:
        value = change["value"]
        if change.get("field") != "messages":
            return
        if value["metadata"]["phone_number_id"] != self.settings.whatsapp_phone_number_id:
            return
        yield from value.get("messages", [])
        for status in value.get("statuses", []):
            if status.get("status") == "failed":
                self.lost([error.get("code") for error in status.get("errors", [])])

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, a pressed button or anything else with or without a caption; None for reactions and notices."""
        kind = event["type"]
        text = payload = ""
        media = False
        if kind in NOTICES:
            return None
        if kind == "text":
            text = event["text"]["body"]
        elif kind == "interactive":
            pressed = event["interactive"][event["interactive"]["type"]]
            text, payload = pressed.get("title", ""), pressed.get("id", "")
        elif kind == "button":
            text, payload = event["button"].get("text", ""), event["button"].get("payload", "")
        else:
            content = event.get(kind)
            text = content.get("caption", "") if isinstance(content, dict) else ""
            media = True
        # Who has a user name may have no number here, and is known by an id that is good for this business alone.
        number, user = event.get("from"), event.get("from_user_id")
        return Incoming(
            id=event["id"],
            person=user or number,
            chat=number or user,
            text=text,
            payload=payload,
            media=media,
            group="group_id" in event,
            sent=float(event["timestamp"]),
        )

    def trial(self) -> Trial:
        """A receipt for no message."""
        number = {"display_phone_number": "", "phone_number_id": self.settings.whatsapp_phone_number_id}
        value = {"messaging_product": "whatsapp", "metadata": number, "statuses": []}
        entry = [{"id": "0", "changes": [{"field": "messages", "value": value}]}]
        return Trial.of({"object": "whatsapp_business_account", "entry": entry}, self.sign)

    async def account(self, webhook: str) -> list[Finding]:
        """The number, and the address that Meta calls for it."""
        number = f"{self.settings.whatsapp_api}/{self.settings.whatsapp_phone_number_id}"
        found = await self.get(number, "verified_name", "display_phone_number", "webhook_configuration")
        called = found.get("webhook_configuration", {})
        address = called.get("phone_number") or called.get("whatsapp_business_account") or called.get("application")
        return [
            Finding(True, f"the number is {found['display_phone_number']}, {found['verified_name']}"),
            Finding(address == webhook, f"Meta calls {address or 'no address'}"),
            Finding(None, "under WhatsApp > Configuration the field messages must be subscribed"),
        ]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, with reply buttons where there are choices."""
        # A user id in "to" would be taken, and nothing would arrive.
        address = "to" if message.chat.isdigit() else "recipient"
        body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", address: message.chat}
        if part.buttons:
            buttons = [{"type": "reply", "reply": {"id": b.payload, "title": b.title}} for b in part.buttons]
            body |= {
                "type": "interactive",
                "interactive": {"type": "button", "body": {"text": part.text}, "action": {"buttons": buttons}},
            }
        else:
            body |= {"type": "text", "text": {"body": part.text, "preview_url": False}}
        await self.post(f"{self.settings.whatsapp_api}/{self.settings.whatsapp_phone_number_id}/messages", body)
