"""What all messaging platforms share. A platform's own file says only how it signs, sends and is sent to.

A request is verified and read, its messages are written down (``stores/inbox.py``), and it is acknowledged. A person's
messages are answered one after another: each goes through the guard and Rasa, and the reply is fitted to the platform
and sent, tried again while that can help. What a server had not answered when it died, it or another answers.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any, Awaitable, Callable, Iterable, Iterator, NamedTuple, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide.channels.delivery import Api, Refused, judge
from rashguide.channels.every_request import Channel
from rashguide.channels.queues import Queues
from rashguide.channels.rendering import Choice, Limits, Part, picked, render
from rashguide.channels.unkept import Unkept
from rashguide.guard.advice import TOO_FAST, advised, say
from rashguide.guard.buttons import chosen
from rashguide.guard.intake import conversation as conversation_of
from rashguide.guard.intake import readable
from rashguide.guard.turn import is_urgent
from rashguide.operations import clock, limits, metrics
from rashguide.settings import settings
from rashguide.stores.conversations import StoreUnavailable, store_of
from rashguide.stores.inbox import WAITING, Inbox, Taken, digest
from rashguide.understanding.keys import EDITS
from rashguide.workers.held import Held

logger = logging.getLogger(__name__)

NO_PICTURES = "I can't look at pictures, listen to recordings or open files. I go by your words alone."
PRIVATE = (
    "I only talk about health in private. Please send me a direct message. "
    "If anyone is very ill, call {emergency_number} now."
)
AT_ONCE = 8  # turns that are worked on at once; the rest wait, so that none runs into its deadline while it waits
TOGETHER = 2.0  # seconds that a picture waits for others, or for words
LAST_MINUTE = 10.0  # seconds that a stopping server gives to replies under way
# Meta redelivers for days, others for hours. What is older than STALE is not answered, so nothing need be remembered
# for longer than that.
STALE = 24 * 3600.0
REMEMBERED = STALE + 3600.0
LATEST = 1e11  # seconds since 1970: what is later is no time
TENDED = 5.0  # seconds after which is looked whether something waits that no server answers
READ_ERRORS = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)


class Rejected(Exception):
    """A request is not the platform's, or not readable: answered with its status and nothing else."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Incoming:
    """One message of one person, told the same way for all platforms.

    ``id`` is the platform's: a redelivery has it again. ``edits`` is the id of the message that it is a new wording of.
    ``person`` names the conversation, ``chat`` where the reply
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
    edits: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises one of ``READ_ERRORS`` where a platform's field is something else."""
        for value in (self.id, self.person, self.chat, self.text, self.payload, self.edits):
            if not isinstance(value, str):
                raise TypeError(type(value).__name__)
        if not 0 <= (self.sent or 0.0) < LATEST:
            raise ValueError("no time")


class Finding(NamedTuple):
    """One thing that ``make channels-check`` found: good, wrong (False), or for a person to look at (None)."""

    good: Optional[bool]
    told: str


@dataclass(frozen=True)
class Trial:
    """A request that the platform might send, with an event that needs no reply: its body, and what proves it.

    ``forged`` is a body that proves nothing together with wrong ``headers``.
    """

    body: bytes
    headers: dict[str, str]
    forged: bytes = b"{}"

    @staticmethod
    def kind(body: bytes) -> dict[str, str]:
        """The header that says what a body is: JSON, or a form."""
        form = not body.startswith(b"{")
        return {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}

    @classmethod
    def of(cls, event: dict[str, Any], sign: Callable[[bytes], dict[str, str]]) -> Trial:
        """A JSON event, signed."""
        body = json.dumps(event).encode()
        return cls(body, sign(body))


def same(given: Optional[str], expected: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), expected.encode())


def words(text: Any) -> str:
    """What somebody wrote, "" for nothing. Raises ``TypeError`` where it is no text."""
    if not isinstance(text, (str, type(None))):
        raise TypeError(type(text).__name__)
    return readable(text)


def apart(read: Callable[[Any], Iterable[Any]], part: Any) -> Iterator[Any]:
    """The events in one part of a batch; None, which is no event, where the part is malformed: others are not lost."""
    try:
        yield from read(part)
    except READ_ERRORS:
        yield None


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
    fetches = False  # whether a message's words must be fetched
    ports: tuple[int, ...] = ()  # the only ones that the platform calls, if it is choosy
    judge = staticmethod(judge)
    inbox: Inbox
    _at_once: Optional[asyncio.Semaphore] = None

    def __init__(self) -> None:
        self.settings = settings()
        self.api = Api(self.judge)
        self.queues = Queues(self._next)
        self.unkept = Unkept(WAITING)
        self._answered: dict[int, Taken] = {}  # what could not be written down yet
        self._told_to_wait = limits.Limit(1)

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

    # --- what it says to who sets it up (check.py) ------------------------------------------------------

    @property
    def page(self) -> str:
        """Its page in docs/platforms/."""
        return self.name()

    @property
    def greeting(self) -> dict[str, str]:
        """What the platform's GET asks for, which ``handshake`` answers."""
        return {}

    def public_address(self) -> str:
        """The address at which the platform calls, where a setting names it."""
        return ""

    def trial(self) -> Optional[Trial]:
        """A signed request that needs no reply; None where nobody but the platform can sign."""
        raise NotImplementedError

    async def account(self, webhook: str) -> list[Finding]:
        """What the platform says of the account, and whether it calls ``webhook``. Raises ``Refused``, ``TryAgain``."""
        raise NotImplementedError

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

        async def begin(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            self.inbox = Inbox(store_of(app.ctx.agent))
            app.add_task(self._tend())

        async def finish(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.queues.drain(LAST_MINUTE)
            await self.api.close()

        for counter in (metrics.UNDELIVERED, metrics.UNREADABLE):  # at nought, so that an alert sees the first one
            counter.labels(self.name())
        Sanic.get_app().register_listener(begin, "after_server_start")
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
            metrics.UNREADABLE.labels(self.name()).inc(malformed)
            logger.warning("%d events from %s could not be read", malformed, self.name())
        for message in messages:
            await self._queue(message, request.app.ctx.agent)
        return self.acknowledgement(request)

    async def _queue(self, message: Incoming, agent: Agent) -> None:
        """Writes a message down. One that tells of an emergency goes before the person's others."""
        if message.sent is not None and clock.now() - message.sent > STALE:
            logger.warning("A message from %s came more than a day late and is not answered", self.name())
            return
        person = conversation_of(self.name(), message.person)
        try:
            fits = await self.inbox.put(self.name(), message.id, person, asdict(message))
            if fits is None:  # it is known
                return
            if self.queues.busy(person) or not fits:
                overtaking = self._overtake(message, person, fits, agent)
                if self.fetches:  # which may take long
                    Sanic.get_app().add_task(overtaking)
                else:
                    await overtaking
        except StoreUnavailable:
            self.unkept.put(person, message.id, message)
        self.queues.wake(person)

    async def _overtake(self, message: Incoming, person: str, fits: bool, agent: Agent) -> None:
        """Puts a message that tells of an emergency before the person's others; one too many is told to wait."""
        with suppress(Refused, StoreUnavailable):  # a message that could not be fetched is, in its turn
            message = await self.complete(message) or message if self.fetches else message
            if await is_urgent(agent, message.text):
                await self.inbox.hurry(self.name(), message.id, asdict(message), waiting=fits)
                self.queues.wake(person)
            elif not fits and self._told_to_wait.allows(person):
                told = advised([{"text": say(TOO_FAST)}], person)
                Sanic.get_app().add_task(self._deliver(message, render(told, self.limits).parts))

    async def _tend(self) -> None:
        """Keeps what is being answered here from other servers, and answers what none answers."""
        tended = 0
        with suppress(StoreUnavailable):
            await self.inbox.begin(self.name())
        while True:
            with suppress(StoreUnavailable):
                await self._note()
                await self.inbox.renew()
                for person in await self.inbox.forsaken(self.name()):
                    self.queues.wake(person)
                if tended % 100 == 0:
                    await self.inbox.forget(REMEMBERED)
            tended += 1
            await asyncio.sleep(TENDED)

    async def _next(self, person: str) -> bool:
        """Answers the person's next message; False where none waits, or where another server is at it."""
        message = self.unkept.take(person)
        if message:
            await self._answer(message)
            return True
        try:
            taken = await self.inbox.take(self.name(), person)
        except StoreUnavailable:  # it is looked for again
            return False
        if taken is None:
            return False
        if taken.number not in self._answered:
            message = Incoming(**taken.data)
            if await self._gathered(message, taken):
                return True
            await self._answer(message, taken)
        self._answered[taken.number] = taken
        return await self._note()

    async def _gathered(self, message: Incoming, taken: Taken) -> bool:
        """Whether a picture is answered with what comes beside it, for which it waits a moment."""
        if not message.media:
            return False
        await asyncio.sleep(min(TOGETHER, max(0.0, taken.since + TOGETHER - clock.now())))
        with suppress(StoreUnavailable):
            return await self.inbox.gather(taken, wordless=not message.text)
        return False

    async def _note(self) -> bool:
        """Writes down what was answered. True where that is done; else it is known here, and tried again."""
        answered = list(self._answered.values())
        if not answered:
            return True
        with suppress(StoreUnavailable):
            await self.inbox.done(*answered)
            for taken in answered:
                self._answered.pop(taken.number, None)
            return True
        return False

    async def _answer(self, message: Incoming, taken: Optional[Taken] = None) -> None:
        try:
            complete = await self.complete(message)
            if complete is not None and not await self._unchanged(complete):
                await self._reply(complete, taken)
        except Refused as refused:
            self.lost([refused.args[0]])
        except Exception as error:  # the next message is still answered
            self.lost([type(error).__name__])

    async def _unchanged(self, message: Incoming) -> bool:
        """Whether an edit left the words as they were: some platforms tell of previews and the like so."""
        if not message.edits:
            return False
        edited, conversation = self._identifier(message.edits), conversation_of(self.name(), message.person)
        with suppress(StoreUnavailable):
            for event in map(
                json.loads, reversed((await store_of(Sanic.get_app().ctx.agent).read(conversation)).events)
            ):
                if edited in (event.get("message_id"), event.get("metadata", {}).get(EDITS)):
                    return bool(event.get("text") == readable(message.text))
        return False

    def _identifier(self, message: str) -> str:
        """What a message of the platform's is called in its conversation."""
        return digest(f"{self.name()}:{message}")

    async def _reply(self, message: Incoming, taken: Optional[Taken]) -> None:
        conversation = conversation_of(self.name(), message.person)
        if message.group:
            told = advised([{"text": say(PRIVATE)}], conversation)
        else:
            told = await self._turn(message, conversation)
        reply = render(told, self.limits)
        with suppress(StoreUnavailable):
            await self.inbox.offer(conversation, [[*astuple(choice)] for choice in reply.offered])
        await self._deliver(message, reply.parts, taken)

    async def _turn(self, message: Incoming, conversation: str) -> list[dict[str, Any]]:
        """What the guard says to the message."""
        # A button of a server with another key, or a forged one, is worth no more than its title.
        words = message.payload if chosen(conversation, message.payload) else readable(message.text)
        choice = None if message.edits else picked(words, await self._offered(conversation))
        turn = Held(self.name())
        if Platform._at_once is None:
            Platform._at_once = asyncio.Semaphore(AT_ONCE)
        async with Platform._at_once:
            await self._on_new_message(
                UserMessage(
                    choice.payload if choice else words,
                    turn,
                    message.person,
                    input_channel=self.name(),
                    message_id=self._identifier(message.id),
                    metadata={EDITS: self._identifier(message.edits)} if message.edits else None,
                )
            )
        looked = [{"text": NO_PICTURES}] if message.media and words else []
        return looked + turn.messages

    async def _offered(self, conversation: str) -> list[Choice]:
        """What a typed number stands for."""
        with suppress(StoreUnavailable):
            return [Choice(*choice) for choice in await self.inbox.offered(conversation)]
        return []

    async def _deliver(self, message: Incoming, parts: list[Part], taken: Optional[Taken] = None) -> None:
        """Sends a turn's messages in order. What cannot be delivered is counted and logged without its text."""
        failures: list[object] = []
        for position, part in enumerate(parts, start=1):
            if taken and position <= taken.sent:
                continue
            if taken and not await self._holds(taken):
                return
            try:
                await self._send(message, part)
            except Refused as refused:  # the rest goes on: the advice is in the last one
                failures.append(refused.args[0])
            if taken and position < len(parts):
                with suppress(StoreUnavailable):
                    await self.inbox.arrived(taken, position)
        if failures:
            self.lost(failures)

    async def _holds(self, taken: Taken) -> bool:
        with suppress(StoreUnavailable):
            return await self.inbox.hold(taken)
        return True

    async def _send(self, message: Incoming, part: Part) -> None:
        try:
            await self.send(message, part)
        except Refused:
            if not part.buttons:
                raise
            await self.send(message, replace(part, buttons=()))  # the words matter more than the buttons

    def lost(self, reasons: list[object]) -> None:
        """Counts and logs a reply of which something did not arrive."""
        metrics.UNDELIVERED.labels(self.name()).inc()
        told = ", ".join(sorted({str(reason) for reason in reasons}))
        logger.error("A reply on %s could not be delivered (%s)", self.name(), told)
