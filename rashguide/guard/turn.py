"""Answers one message, whatever happens: in time, with the advice, and with an alarm even where nothing can be kept."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Awaitable, Callable

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted

from rashguide import content
from rashguide.content.names import EMERGENCIES
from rashguide.dialogue import standing
from rashguide.guard.advice import ADVICE, NO_ANSWER, advised, say
from rashguide.guard.intake import NotTaken, conversation, take
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.stores.conversations import StoreUnavailable

logger = logging.getLogger(__name__)

Handle = Callable[[Agent, UserMessage], Awaitable[Any]]


class Held(OutputChannel):
    """Holds back what a turn says until the turn is over."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: list[dict[str, Any]] = []

    def name(self) -> str:  # type: ignore[override]
        """The channel's name."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keeps the message for when the turn is over."""
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
    response = standing.alarm(parsed, name)
    metrics.said(response, parsed)
    return content.spoken(response)


async def _reply(agent: Agent, handle: Handle, message: UserMessage, held: Held) -> None:
    """Lets Rasa answer the message into ``held``."""
    conversation_id = conversation(message.input_channel or held.name(), message.sender_id)
    try:
        text, pressed = take(conversation_id, message.text)
    except NotTaken as reason:
        held.messages.append({"text": say(str(reason))})
        return
    inner = UserMessage(text, held, conversation_id, input_channel=message.input_channel)
    if pressed:
        intent = {"name": pressed, "confidence": 1.0}
        inner.text = content.choices()[pressed]
        inner.parse_data = {"text": inner.text, "intent": intent, "intent_ranking": [intent], "entities": []}
    try:
        await handle(agent, inner)
    except StoreUnavailable:
        held.messages[:] = [{"text": say(await _unkept(agent, inner))}]
    if not held.messages:
        metrics.failed("silence")
        await _revive(agent, conversation_id)


async def answer(agent: Agent, handle: Handle, message: UserMessage) -> None:
    """Answers one message, whatever happens: the reply always reaches ``message.output_channel``, advice and all."""
    output = message.output_channel or CollectingOutputChannel()
    held = Held(output.name())

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
