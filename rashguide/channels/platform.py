"""What all messaging platforms share. A platform's own file says only how it signs, sends and is sent to.

A request is verified, read and acknowledged at once. Its messages then wait in their person's queue; each goes through
the guard and Rasa, and the reply is fitted to the platform and sent, tried again while that can help.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from dataclasses import dataclass, field, replace
from typing import Any, Awaitable, Callable, Iterable, Optional

from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide.channels.delivery import Api, Refused, judge
from rashguide.channels.every_request import Channel
from rashguide.channels.memory import STALE, Memory, ProcessMemory
from rashguide.channels.queues import Queues
from rashguide.channels.rendering import Limits, Part, picked, render
from rashguide.guard.advice import advised, say
from rashguide.guard.buttons import chosen
from rashguide.guard.intake import conversation as conversation_of
from rashguide.guard.intake import readable
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.workers.held import Held

logger = logging.getLogger(__name__)

NO_PICTURES = "I can't look at pictures, listen to recordings or open files. I go by your words alone."
PRIVATE = (
    "I only talk about health in private. Please send me a direct message. "
    "If anyone is very ill, call {emergency_number} now."
)
AT_ONCE = 8  # turns that are worked on at once; the rest wait, so that none runs into its deadline while it waits
LAST_MINUTE = 10.0  # seconds that a stopping server gives to replies under way
READ_ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Rejected(Exception):
    """A request is not the platform's, or not readable: answered with its status and nothing else."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Incoming:
    """One message of one person, told the same way for all platforms.

    ``id`` is the platform's: a redelivery has it again. ``person`` names the conversation, ``chat`` where the reply
    goes. ``text`` holds the words, or a pressed button's title, ``payload`` what the button carries. ``media`` says
    that there is a picture, recording, sticker, place or file, ``group`` that others read along. ``sent`` is in seconds
    since 1970. ``extra`` is for the platform's own file alone.
    """

    id: str
    person: str
    chat: str
    text: str = ""
    payload: str = ""
    media: bool = False
    group: bool = False
    sent: Optional[float] = None
    extra: dict[str, Any] = field(default_factory=dict)


def same(given: Optional[str], expected: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), expected.encode())


def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises ``Rejected`` where it is none."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Rejected(400, "This is no JSON object.")
    return body


class Platform(Channel):
    """The way in from one platform, and back. ``credentials.yml`` names it; its settings in ``.env`` switch it on."""

    limits: Limits
    judge = staticmethod(judge)
    memory: Memory = ProcessMemory()
    _at_once: Optional[asyncio.Semaphore] = None

    def __init__(self) -> None:
        self.settings = settings()
        self.api = Api(self.judge)
        self.queues = Queues(self._answer)

    # --- what a platform's own file says ------------------------------------------------------------

    def verify(self, request: Request) -> Any:
        """Raises ``Rejected`` unless the request is the platform's own. May be a coroutine."""
        raise NotImplementedError

    def events(self, request: Request) -> Iterable[Any]:
        """The events in a verified request."""
        return [json_object(request)]

    def read(self, event: Any) -> Optional[Incoming]:
        """The message in an event; None for what needs no reply. Raises one of ``READ_ERRORS`` if malformed."""
        raise NotImplementedError

    async def complete(self, message: Incoming) -> Optional[Incoming]:
        """The message with what must be fetched before it is answered; None where it then needs no reply."""
        return message

    async def send(self, message: Incoming, part: Part) -> None:
        """Sends one message of a reply. Raises ``delivery.Refused``."""
        raise NotImplementedError

    def handshake(self, request: Request) -> HTTPResponse:
        """The answer to a GET, with which some platforms ask whether the address is the right one."""
        return response.text("This address takes POST requests.", status=405)

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """What the platform gets at once."""
        return response.text("")

    # --- the rest is the same for all ---------------------------------------------------------------

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> Platform:
        """The channel as ``.env`` sets it up; ``credentials.yml`` only names it."""
        return cls()

    def is_on(self) -> bool:
        """Whether all its settings are there. That they are partly there stops the start."""
        return self.settings.is_on(self.name())

    def routes(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The platform's address, ``/webhooks/<name>/webhook``; nothing where it is off."""
        webhook = Blueprint(f"platform_{self.name()}")
        if not self.is_on():
            return webhook
        self._on_new_message = on_new_message

        @webhook.get("/webhook")
        async def greet(request: Request) -> HTTPResponse:
            return self.handshake(request)

        @webhook.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            try:
                return await self.receive(request)
            except Rejected as rejected:
                return response.text(str(rejected), status=rejected.status)

        async def finish(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.queues.drain(LAST_MINUTE)
            await self.api.close()

        Sanic.get_app().register_listener(finish, "before_server_stop")
        return webhook

    async def receive(self, request: Request) -> HTTPResponse:
        """Checks a request and queues its messages. Raises ``Rejected``."""
        try:
            checked = self.verify(request)
            if asyncio.iscoroutine(checked):
                await checked
            events = list(self.events(request))
        except READ_ERRORS:
            raise Rejected(400, "This request is malformed.") from None
        malformed = 0
        messages: list[Incoming] = []
        for event in events:
            try:
                message = self.read(event)
            except READ_ERRORS:
                malformed += 1
                continue
            if message is not None:
                messages.append(message)
        if malformed and not messages:
            raise Rejected(400, "This request is malformed.")
        if malformed:  # one that cannot be read must not keep others from being answered
            logger.warning("%d events from %s could not be read", malformed, self.name())
        for message in messages:
            await self._queue(message)
        return self.acknowledgement(request)

    async def _queue(self, message: Incoming) -> None:
        if message.sent is not None and time.time() - message.sent > STALE:
            logger.warning("A message from %s came more than a day late and is not answered", self.name())
        elif await self.memory.first_time(f"{self.name()}:{message.id}") and not self.queues.put(
            message.person, message
        ):
            logger.error("Somebody on %s has too many messages waiting; one is not answered", self.name())

    async def _answer(self, message: Incoming) -> None:
        try:
            complete = await self.complete(message)
            if complete is not None:
                await self._reply(complete)
        except Refused as refused:
            self.lost([refused.args[0]])
        except Exception as error:  # the next message is still answered
            self.lost([type(error).__name__])

    async def _reply(self, message: Incoming) -> None:
        conversation = conversation_of(self.name(), message.person)
        if message.group:
            told = advised([{"text": say(PRIVATE)}], conversation)
        else:
            told = await self._turn(message, conversation)
        await self._deliver(message, told, conversation)

    async def _turn(self, message: Incoming, conversation: str) -> list[dict[str, Any]]:
        """What the guard says to the message."""
        # A button of a server with another key, or a forged one, is worth no more than its title.
        words = message.payload if chosen(conversation, message.payload) else readable(message.text)
        choice = picked(words, await self.memory.offered(conversation))
        turn = Held(self.name())
        if Platform._at_once is None:
            Platform._at_once = asyncio.Semaphore(AT_ONCE)
        async with Platform._at_once:
            await self._on_new_message(
                UserMessage(choice.payload if choice else words, turn, message.person, input_channel=self.name())
            )
        looked = [{"text": NO_PICTURES}] if message.media and words else []
        return looked + turn.messages

    async def _deliver(self, message: Incoming, told: list[dict[str, Any]], conversation: str) -> None:
        """Sends a turn's messages in order. What cannot be delivered is counted and logged without its text."""
        reply = render(told, self.limits)
        await self.memory.offer(conversation, reply.numbered)
        failures: list[object] = []
        for part in reply.parts:
            try:
                try:
                    await self.send(message, part)
                except Refused:
                    if not part.buttons:
                        raise
                    await self.send(message, replace(part, buttons=()))  # the words matter more than the buttons
            except Refused as refused:  # the rest goes on: the advice is in the last one
                failures.append(refused.args[0])
        if failures:
            self.lost(failures)

    def lost(self, reasons: list[object]) -> None:
        """Counts and logs a reply of which something did not arrive."""
        metrics.UNDELIVERED.labels(self.name()).inc()
        told = ", ".join(sorted({str(reason) for reason in reasons}))
        logger.error("A reply on %s could not be delivered (%s)", self.name(), told)
