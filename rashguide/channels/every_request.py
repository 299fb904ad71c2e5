"""What holds for every request, and what every server does, whatever channels are on.

How long a request may be and take, what its length may say, how many one address may send; the headers of every answer,
and the advice on every error page. The server also deletes what is too old (``stores/retention.py``),
delivers messages to the clinic (``handover/sender.py``) and has its actions served (``action_server.py``).
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any, Awaitable, Callable, Optional

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.exceptions import MethodNotSupported, NotFound, PayloadTooLarge, SanicException
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from rashguide.action_server import ActionServer
from rashguide.channels import wire
from rashguide.guard.advice import ADVICE, NO_ANSWER, say
from rashguide.handover import sender
from rashguide.operations import limits
from rashguide.settings import settings
from rashguide.stores import retention
from rashguide.stores.conversations import store_of
from rashguide.workers.crew import Crew

logger = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# Platforms send everybody's messages from a few addresses of their own, so that only the person's limit holds there.
BY_ADDRESS = ("/webhooks/rest/", "/chat/message", "/chat/keep", "/chat/forget")
# Meta packs what has waited into one request, of up to 3 MB by its webhooks' documentation.
BATCHED, BATCH_LIMIT = ("/webhooks/whatsapp/", "/webhooks/messenger/"), 3 * 2**20

TOO_MANY = "There were too many requests from your network. Please wait a minute."
TOO_LARGE = "That request is too large."
WRONG = "That request could not be handled."
NOTHING_HERE = "There is nothing at this address."
ONLY_POST = "This address takes POST requests."


class Heard(OutputChannel):
    """Hands on what is said, and knows whether anything was."""

    def __init__(self, output: OutputChannel) -> None:
        self._output = output
        self.heard = False

    def name(self) -> str:  # type: ignore[override]
        """The channel's name."""
        return self._output.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Hands it on."""
        await self._output.send_response(recipient_id, message)
        self.heard = True


async def surely(on_new_message: Callable[[UserMessage], Awaitable[Any]], message: UserMessage) -> None:
    """Hands the message on. Something is said whatever happens, also to who waited until the request was cancelled.

    Rasa's own handlers would log the person's words with any error, and with a client that hangs up.
    """
    output = Heard(message.output_channel)
    message.output_channel = output
    try:
        await on_new_message(message)
    except (Exception, asyncio.CancelledError) as error:
        logger.error("A request ended with %s", type(error).__name__)
    if not output.heard:
        await output.send_response(message.sender_id, {"text": f"{say(NO_ANSWER)}\n{ADVICE}"})


def identifier(request: Request) -> Optional[str]:
    """The id that nginx gave the request, the same where it hands it to a second assistant; None where it has none."""
    given = request.headers.get("x-request-id", "")
    return given if given.isascii() and given.isalnum() and len(given) == 32 else None


def refusal(reason: str, status: int, sender: str = "", **headers: str) -> HTTPResponse:
    """What is wrong with a request, in the shape of a reply, with the advice."""
    told = [{"recipient_id": sender, "text": f"{reason}\n{ADVICE}"}]
    return response.json(told, status=status, headers=headers or None)


class Channel(InputChannel):
    """What all our ways in have in common: with the first of them, every request is held to the above."""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The channel's routes, and what holds for every request."""
        install(Sanic.get_app())
        return self.routes(on_new_message)

    def routes(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The channel's own addresses."""
        raise NotImplementedError


def install(app: Sanic) -> None:
    """Holds every request of a server to the above. Once is enough."""
    if getattr(app.ctx, "every_request", False):
        return
    app.ctx.every_request = True
    app.config.REQUEST_MAX_SIZE = max(settings().body_limit, BATCH_LIMIT)
    wire.install(app)
    app.config.RESPONSE_TIMEOUT = math.ceil(settings().reply_deadline) + 10
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = settings().reply_deadline + 1  # no turn takes longer
    app.config.PROXIES_COUNT = settings().proxies or None
    app.register_middleware(_limit, "request")
    app.register_middleware(_headers, "response")
    app.error_handler.add(PayloadTooLarge, lambda _, __: refusal(TOO_LARGE, 413))
    app.error_handler.add(NotFound, lambda _, __: refusal(NOTHING_HERE, 404))
    app.error_handler.add(MethodNotSupported, lambda _, __: refusal(ONLY_POST, 405))
    app.error_handler.add(SanicException, lambda _, error: refusal(WRONG, error.status_code))
    app.error_handler.add(Exception, _failed)
    app.register_listener(_serve_actions, "before_server_start")
    app.register_listener(_begin, "after_server_start")
    app.register_listener(_end, "before_server_stop")


async def _limit(request: Request) -> Optional[HTTPResponse]:
    if len(request.body) > settings().body_limit and not request.path.startswith(BATCHED):
        return refusal(TOO_LARGE, 413)
    if not request.path.startswith(BY_ADDRESS):
        return None
    limits.came_from.set(request.remote_addr or request.ip)
    if not limits.address().allows(limits.came_from.get()):
        return refusal(TOO_MANY, 429, **{"Retry-After": "60"})
    return None


async def _headers(request: Request, answer: BaseHTTPResponse) -> None:
    if request.stream is not None and request.stream.exception is not None:  # its time was up: nothing more is read
        request.stream.keep_alive = False
    if answer is not None:  # sanic hands on what a failed handler returned
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)


def _failed(_: Request, error: Exception) -> HTTPResponse:
    """Whatever else went wrong: named in the log without anybody's words."""
    logger.error("A request failed with %s", type(error).__name__)
    return refusal(say(NO_ANSWER), 500)


async def _serve_actions(app: Sanic, _: Any) -> None:
    """Starts what runs the actions before the model loads, so that it is there when that is."""
    app.ctx.actions = ActionServer()
    app.ctx.actions.start()


async def _end(app: Sanic, _: Any) -> None:
    app.ctx.actions.stop()


async def _begin(app: Sanic, _: Any) -> None:
    """Takes on the workers, which know where the actions are, before anybody is answered; deletes what is too old."""
    if app.ctx.agent.action_endpoint:  # one object for all that loads or reloads the model
        app.ctx.agent.action_endpoint.url = app.ctx.actions.url
    if app.ctx.agent.is_ready():
        app.ctx.agent.crew = Crew(app.ctx.agent)
    app.add_task(retention.watch(store_of(app.ctx.agent)))
    app.add_task(sender.watch(store_of(app.ctx.agent)))
