"""The promise that every reply carries the advice, kept in one place for every channel.

Every channel hands a person's message to ``Agent.handle_message``, and Rasa hands every reply to the message's output
channel. The guard stands round that one call: it holds back what a turn says, and when the turn ends, fails, hangs or
says nothing, it sends a reply with exactly one advice sentence in it. Nothing else in the project knows the advice.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import logging
import re
import unicodedata
from typing import Any, Awaitable, Callable, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted

from rashguide import content, two_questions
from rashguide.operations import limits, logs, metrics
from rashguide.settings import settings
from rashguide.stores import StoreUnavailable
from rashguide.understanding.safety import EMERGENCIES

logger = logging.getLogger(__name__)

ADVICE = "Contact your doctor about any new symptoms."

NO_ANSWER = "Sorry, I can't answer right now. Please try again in a minute. If it is urgent, call {emergency_number}."
TOO_LONG = (
    "That message is too long for me to read well. Please ask again in a few sentences. "
    "If anyone is very ill, call {emergency_number} now."
)
TOO_FAST = "You are writing faster than I can read. Please wait a minute. If it is urgent, call {emergency_number}."
NO_TEXT = (
    "I got no words that I can read. I can't look at pictures, listen to recordings or open files. "
    "Please type your question in words. If anyone is very ill, call {emergency_number} now."
)

_PLAIN_SENDER = re.compile(r"[A-Za-z0-9_.:+@=-]{1,100}")
_LEADING_SLASHES = re.compile(r"^[\s/]+")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def say(text: str) -> str:
    """A fixed sentence of the guard's own with the operator's telephone numbers in it."""
    return text.format(**settings().numbers())


def readable(text: Any) -> str:
    """The text without what no store can keep: lone surrogates and control characters. "" where it is no text."""
    return _NOT_TEXT.sub(" ", text).strip() if isinstance(text, str) else ""


def conversation(channel: str, sender: Any) -> str:
    """The conversation's id: one person on one channel. Ids that are not plain are replaced by their digest."""
    plain = f"{channel}:{sender}"
    if isinstance(sender, str) and _PLAIN_SENDER.fullmatch(plain):
        return plain
    return f"{channel}:{hashlib.sha256(repr(sender).encode('utf-8', 'backslashreplace')).hexdigest()}"


def _signature(conversation_id: str, identifier: str) -> str:
    key = settings().secret_key.encode()
    return hmac.new(key, f"{conversation_id}\n{identifier}".encode(), hashlib.sha256).hexdigest()[:16]


def sign(conversation_id: str, payload: str) -> str:
    """A button's payload as it leaves: good for this conversation only, 64 bytes at most."""
    identifier = payload.removeprefix("/")
    return f"/{identifier}~{_signature(conversation_id, identifier)}"


def chosen(conversation_id: str, text: str) -> Optional[str]:
    """What a pressed button stands for, one of ``content.choices``; None for anything that somebody typed or forged."""
    identifier, tilde, signature = text.strip().removeprefix("/").partition("~")
    if not (text.strip().startswith("/") and tilde and identifier in content.choices()):
        return None
    expected = _signature(conversation_id, identifier)
    return identifier if hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) else None


def advised(messages: list[dict], conversation_id: str) -> list[dict]:
    """A turn's messages as the person gets them: one advice sentence at the end, blank lines gone, buttons signed."""
    told = []
    for message in messages:
        message = {key: value for key, value in message.items() if value}
        if "text" in message:
            text = str(message["text"]).replace(ADVICE, "")
            message["text"] = re.sub(r"\s*\n\s*", "\n", text).strip()
        if "buttons" in message:
            message["buttons"] = [
                {**button, "payload": sign(conversation_id, button["payload"])} if "payload" in button else button
                for button in message["buttons"]
            ]
        if message.get("text") or "image" in message or "attachment" in message or "custom" in message:
            told.append(message)
    spoken = [message for message in told if message.get("text")]
    if not spoken:
        spoken = [{"text": say(NO_ANSWER)}]
        told += spoken
    spoken[-1]["text"] += f"\n{ADVICE}"
    return told


Handle = Callable[[Agent, UserMessage], Awaitable[Any]]


class _Held(OutputChannel):
    """Holds back what a turn says until the turn is over."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: list[dict] = []

    def name(self) -> str:  # type: ignore[override]
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(dict(message))


async def _revive(agent: Agent, conversation_id: str) -> None:
    """Lets a conversation go on after Rasa's circuit breaker: without a closing listen it stays mute for good."""
    if not agent.is_ready():
        return
    async with agent.lock_store.lock(conversation_id):
        tracker = await agent.tracker_store.retrieve(conversation_id)
        if tracker and tracker.latest_action_name != "action_listen":
            tracker.update(ActionExecuted("action_listen"), agent.domain)
            await agent.tracker_store.save(tracker)


async def _unkept(agent: Agent, message: UserMessage) -> str:
    """What is said where the conversation cannot be read or kept: an emergency's own reply, else that none can be made.

    An answer that is not kept is not given, as what follows it would be understood without it. An alarm is.
    """
    parsed = message.parse_data or await agent.parse_message(message.text)
    name = parsed["intent"]["name"]
    metrics.failed(StoreUnavailable.__name__)
    if name not in EMERGENCIES:
        return NO_ANSWER
    metrics.said(content.subjects()[name].response, parsed)
    return content.subjects()[name].text


async def _reply(agent: Agent, handle: Handle, message: UserMessage, held: _Held) -> None:
    """Lets Rasa answer the message into ``held``."""
    conversation_id = conversation(message.input_channel or held.name(), message.sender_id)
    if not limits.person().allows(conversation_id):
        held.messages.append({"text": say(TOO_FAST)})
        return
    text = readable(message.text)
    pressed = chosen(conversation_id, text)
    # A typed "/" would let anyone trigger an intent past the understanding, the emergency check included.
    text = text if pressed else _LEADING_SLASHES.sub("", text)
    if not any(sign.isalnum() or unicodedata.category(sign) == "So" for sign in text):  # So: emoji and their like
        held.messages.append({"text": say(NO_TEXT)})
        return
    if len(text) > settings().message_limit:
        held.messages.append({"text": say(TOO_LONG)})
        return
    inner = UserMessage(text, held, conversation_id, input_channel=message.input_channel)
    if pressed:
        intent = {"name": pressed, "confidence": 1.0}
        inner.text = content.choices()[pressed]
        inner.parse_data = {"text": inner.text, "intent": intent, "intent_ranking": [intent], "entities": []}
    try:
        if not pressed:
            inner.parse_data = await two_questions.understood(agent, text)
        await handle(agent, inner)
    except StoreUnavailable:
        held.messages[:] = [{"text": say(await _unkept(agent, inner))}]
    if not held.messages:
        metrics.failed("silence")
        await _revive(agent, conversation_id)


async def answer(agent: Agent, handle: Handle, message: UserMessage) -> None:
    """Answers one message, whatever happens: the reply always reaches ``message.output_channel``, advice and all."""
    output = message.output_channel or CollectingOutputChannel()
    held = _Held(output.name())

    async def turn() -> None:
        try:
            await _reply(agent, handle, message, held)
        except SystemExit as stop:  # a store's way to fail (rasa 3.6.21, core/tracker_store.py:1236) ends nothing here
            raise RuntimeError("a store tried to end the process") from stop

    try:
        await asyncio.wait_for(turn(), settings().reply_deadline)
    except Exception as error:  # whatever broke, the person gets a reply; the log gets no word of theirs
        metrics.failed(type(error).__name__)
        logger.error("A turn failed with %s", type(error).__name__)
        held.messages.append({"text": say(NO_ANSWER)})

    conversation_id = conversation(message.input_channel or held.name(), message.sender_id)
    try:
        told = advised(held.messages, conversation_id)
    except Exception as error:
        logger.error("A reply could not be read: %s", type(error).__name__)
        told = advised([{"text": say(NO_ANSWER)}], conversation_id)
    for position, part in enumerate(told, start=1):
        try:
            await output.send_response(message.sender_id, part)
        except Exception as error:  # one message that a platform refuses must not hold back the one with the advice
            metrics.UNDELIVERED.labels(output.name()).inc()
            logger.error("A message could not be sent: %s", type(error).__name__)
            if position == len(told):
                await output.send_response(message.sender_id, {"text": ADVICE})


def install() -> None:
    """Puts the guard round Rasa's one way in. Called by everything of ours that Rasa loads; once is enough.

    rasa 3.6.21 offers no hook there: core/channels/channel.py:89 calls ``Agent.handle_message`` for every channel,
    ``rasa shell``'s included.
    """
    logs.install()
    if hasattr(Agent.handle_message, "guarded"):
        return
    handle = Agent.handle_message

    @functools.wraps(handle)
    async def guarded(self: Agent, message: UserMessage) -> Optional[list[dict]]:
        output = message.output_channel
        channel = message.input_channel or (output.name() if output else "collector")
        with metrics.turn(channel, conversation(channel, message.sender_id)):
            await answer(self, handle, message)
        return output.messages if isinstance(output, CollectingOutputChannel) else None

    guarded.guarded = True  # type: ignore[attr-defined]
    Agent.handle_message = guarded  # type: ignore[method-assign]
