"""Rasa's REST channel at ``/webhooks/rest/webhook``: the same requests and replies, checked on the way in.

A request is a JSON object ``{"sender": str, "message": str}``. A reply is a list of Rasa's message objects
``{"recipient_id", "text", "buttons", ...}``, also where the status says that the request was at fault.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from typing import Any, Awaitable, Callable, Optional

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput as RasaRestInput
from sanic import Blueprint, Sanic, response
from sanic.exceptions import InvalidUsage, MethodNotSupported, NotFound, PayloadTooLarge, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import guard
from rashguide.settings import settings

logger = logging.getLogger(__name__)

SENDER = re.compile(r"[A-Za-z0-9_.:+@=-]{1,80}")

NOT_JSON = 'Send a JSON object such as {"sender": "an id of your own", "message": "your question"}.'
BAD_SENDER = "The sender must be 1 to 80 letters, digits or any of _ . : + @ = -"
BAD_MESSAGE = "The message must be text."
TOO_LARGE = "That request is too large."
WRONG = "That request could not be handled."


def refusal(reason: str, status: int, sender: str = "") -> HTTPResponse:
    """What is wrong with a request, in the shape of a reply, with the advice."""
    return response.json([{"recipient_id": sender, "text": f"{reason}\n{guard.ADVICE}"}], status=status)


def failed(_: Request, error: Exception) -> HTTPResponse:
    """Whatever else went wrong: named in the log without anybody's words."""
    logger.error("A request failed with %s", type(error).__name__)
    return refusal(guard.say(guard.NO_ANSWER), 500)


class RestInput(RasaRestInput):
    """Takes the place of Rasa's own ``rest`` channel, under its name and address."""

    def get_metadata(self, request: Request) -> Optional[dict[str, Any]]:
        """None: what a client adds to its message is neither used nor stored."""
        return None

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes, with each request checked before Rasa's handler sees it."""
        app = Sanic.get_app()
        app.config.REQUEST_MAX_SIZE = settings().body_limit
        app.error_handler.add(PayloadTooLarge, lambda _, __: refusal(TOO_LARGE, 413))
        app.error_handler.add(NotFound, lambda _, __: refusal("There is nothing at this address.", 404))
        app.error_handler.add(MethodNotSupported, lambda _, __: refusal("This address takes POST requests.", 405))
        app.error_handler.add(SanicException, lambda _, error: refusal(WRONG, error.status_code))
        app.error_handler.add(Exception, failed)

        @app.signal("http.lifecycle.request")
        async def plain_length(request: Request, **_: Any) -> None:
            # sanic 21.12 (http.py:249) takes a negative length for a body that never ends, and hangs the server.
            length = request.headers.get("content-length", "0")
            if not (length.isascii() and length.isdigit()):
                raise InvalidUsage("bad content-length")

        async def quietly(message: UserMessage) -> None:
            # Rasa's handler would log the person's words with any error, and with a client that hangs up.
            try:
                await on_new_message(message)
            except (Exception, asyncio.CancelledError) as error:
                logger.error("A request ended with %s", type(error).__name__)

        webhook = super().blueprint(quietly)

        @webhook.middleware("request")
        async def check(request: Request) -> Optional[HTTPResponse]:
            if request.method != "POST":
                return None
            try:
                body = json.loads(request.body)
            except (ValueError, RecursionError):
                return refusal(NOT_JSON, 400)
            if not isinstance(body, dict):
                return refusal(NOT_JSON, 400)
            # Without a sender Rasa would put everybody into one conversation named "default".
            sender = body.get("sender") or f"anonymous-{secrets.token_urlsafe(16)}"
            if not isinstance(sender, str) or not SENDER.fullmatch(sender):
                return refusal(BAD_SENDER, 400)
            if not isinstance(body.get("message", ""), str):
                return refusal(BAD_MESSAGE, 400, sender)
            # Only these two go on: the channel's name and metadata are not for a client to choose.
            request.parsed_json = {"sender": sender, "message": body.get("message", "")}
            return None

        return webhook
