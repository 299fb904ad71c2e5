"""Rasa's REST channel at ``/webhooks/rest/webhook``: the same requests and replies, checked on the way in.

A request is a JSON object ``{"sender": str, "message": str}``. A reply is a list of Rasa's message objects
``{"recipient_id", "text", "buttons", ...}``, also where the status says that the request was at fault.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Awaitable, Callable, Optional

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput as RasaRestInput
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import linear
from rashguide.channels.every_request import Channel, identifier, refusal, surely

JSON = "application/json"
SENDER = linear.compile(r"[A-Za-z0-9_.:+@=-]{1,80}")

NOT_JSON = 'Send a JSON object such as {"sender": "an id of your own", "message": "your question"}.'
BAD_SENDER = "The sender must be 1 to 80 letters, digits or any of _ . : + @ = -"
BAD_MESSAGE = "The message must be text."
BAD_TYPE = "Send JSON, with the header Content-Type: application/json."


class RestInput(Channel, RasaRestInput):
    """Takes the place of Rasa's own ``rest`` channel, under its name and address."""

    def get_metadata(self, request: Request) -> dict[str, Any]:
        """The request's id alone: what a client adds to its message is neither used nor stored."""
        return {"id": identifier(request)}

    def routes(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes, with each request checked before Rasa's handler sees it."""

        async def hand_on(message: UserMessage) -> None:
            message.message_id = (message.metadata or {}).get("id") or message.message_id
            await surely(on_new_message, message)

        webhook = RasaRestInput.blueprint(self, hand_on)

        @webhook.middleware("request")  # type: ignore[untyped-decorator]
        async def check(request: Request) -> Optional[HTTPResponse]:
            if request.method != "POST":
                return None
            # Any page may have a browser send other types here, without asking this server first.
            kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
            if kind != JSON:
                return refusal(BAD_TYPE, 415)
            try:
                body = json.loads(request.body)
            except (ValueError, RecursionError):
                return refusal(NOT_JSON, 400)
            if not isinstance(body, dict):
                return refusal(NOT_JSON, 400)
            # Without a sender Rasa would put everybody into one conversation named "default".
            sender = body.get("sender") or f"anonymous-{secrets.token_urlsafe(16)}"
            if not isinstance(sender, str) or not (sender.isascii() and SENDER.fullmatch(sender)):
                return refusal(BAD_SENDER, 400)
            if not isinstance(body.get("message", ""), str):
                return refusal(BAD_MESSAGE, 400, sender)
            # Only these two go on: the channel's name and metadata are not for a client to choose.
            request.parsed_json = {"sender": sender, "message": body.get("message", "")}  # type: ignore[assignment]
            return None

        return webhook
