"""Answers one message, whatever happens: in time, with the advice, and with an alarm even where nothing can be kept."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from rashguide import content
from rashguide.content.names import EMERGENCIES, Response
from rashguide.dialogue import standing
from rashguide.dialogue.turns import mark
from rashguide.guard.advice import ADVICE, NO_ANSWER, TOO_MANY, advised, say
from rashguide.guard.intake import NotTaken, conversation, readable, take
from rashguide.operations import limits, metrics
from rashguide.settings import settings
from rashguide.stores.conversations import Moved, StoreUnavailable, store_of
from rashguide.stores.handovers import TooMany
from rashguide.understanding.keys import EDITS, Parsed, Ranked
from rashguide.workers.crew import Abandoned, AnyCrew, Crew
from rashguide.workers.tasks import Answer, LookForSigns, Understand
from rashguide.workers.zygote import Failed

logger = logging.getLogger(__name__)


def _task(conversation_id: str, channel: str, message: UserMessage) -> Answer:
    """The message as a worker takes it. Raises ``NotTaken``."""
    words, pressed = take(conversation_id, message.text)
    if not pressed:
        edits = (message.metadata or {}).get(EDITS, "")
        return Answer(conversation_id, channel, words, identifier=message.message_id, edits=edits)
    words = content.choices()[pressed.choice]
    intent: Ranked = {"name": pressed.choice, "confidence": 1.0}
    parsed: Parsed = {"text": words, "intent": intent, "intent_ranking": [intent], "entities": []}
    if pressed.shown:
        parsed["shown"] = pressed.shown
    return Answer(conversation_id, channel, words, parsed, message.message_id)


async def _kept(agent: Agent, crew: AnyCrew, task: Answer) -> list[dict[str, Any]]:
    """What is said to the message, once that is kept. Raises ``StoreUnavailable`` where it cannot be."""
    store = store_of(agent)
    async with agent.lock_store.lock(task.conversation):
        while True:
            recent = await store.read(task.conversation)
            if task.identifier and any(f'"{task.identifier}"' in event for event in recent.events):
                return await store.said_to(task.conversation, task.identifier)
            answered = await crew.do(replace(task, events=recent.events))
            with suppress(Moved):  # another server held it, too: the message is read beside what that one did
                await store.keep(task.conversation, answered.events, recent.last, limits.came_from.get())
                break
    metrics.came_to(answered.measured)
    if not answered.messages:
        metrics.failed("silence")
    return answered.messages


async def _emergency(crew: AnyCrew, task: Answer, error: BaseException) -> Parsed:
    """What the message is understood as by itself, as far as that can still be known.

    An answer that is not kept is not given, as what follows it would be understood without it. An alarm is.
    """
    if task.parsed:
        return task.parsed
    if isinstance(error, (Abandoned, Failed)):  # it could not be understood
        return await crew.do(LookForSigns(task.text))
    return await crew.do(Understand(task.text))


async def _reply(agent: Agent, crew: AnyCrew, task: Answer) -> list[dict[str, Any]]:
    """What is said to the message: its answer, or where none can be made or kept an emergency's own reply."""
    try:
        return await _kept(agent, crew, task)
    except TooMany:
        return [{"text": say(TOO_MANY)}]
    except (StoreUnavailable, Abandoned, Failed, SystemExit) as error:
        metrics.failed(type(error).__name__)
        logger.error("A turn failed with %s", type(error).__name__)
        parsed = await _emergency(crew, task, error)
    name = parsed["intent"]["name"]
    if name not in EMERGENCIES:
        return [{"text": say(NO_ANSWER)}]
    response = standing.alarm(parsed, name)
    metrics.said(content.original(response), parsed)
    return [{"text": say(content.spoken(response))}]


async def is_urgent(agent: Agent, text: str) -> bool:
    """Whether a message that has to wait tells of an emergency, by the list of signs. Not known is no."""
    crew: Optional[Crew] = getattr(agent, "crew", None)
    try:
        return bool(crew and (await crew.do(LookForSigns(readable(text))))["intent"]["name"])
    except (Abandoned, Failed):
        return False


async def _switched_off(crew: AnyCrew, conversation_id: str, message: UserMessage) -> list[dict[str, Any]]:
    """What a guide that is switched off says: whom to call; to an emergency in the list of signs its own reply.

    Nothing is asked of the model, and nothing is kept.
    """
    name, parsed = Response.SWITCHED_OFF, Parsed()
    try:
        words, pressed = take(conversation_id, message.text)
        chosen: Ranked = {"name": pressed.choice if pressed else "", "confidence": 1.0}
        parsed = {"intent": chosen} if pressed else await crew.do(LookForSigns(words))
        if parsed["intent"]["name"] in EMERGENCIES:
            name = standing.alarm(parsed, parsed["intent"]["name"])
    except (NotTaken, Abandoned, Failed):  # whom to call is right in any case
        pass
    metrics.said(content.original(name), parsed)
    return [{"text": say(content.spoken(name)), "utter_action": name}]


async def answer(agent: Agent, crew: AnyCrew, message: UserMessage) -> None:
    """Answers one message, whatever happens: the reply always reaches ``message.output_channel``, advice and all."""
    output = message.output_channel or CollectingOutputChannel()
    channel = message.input_channel or output.name()
    conversation_id = conversation(channel, message.sender_id)
    try:
        if settings().switched_off:
            reply = _switched_off(crew, conversation_id, message)
        else:
            reply = _reply(agent, crew, _task(conversation_id, channel, message))
        said = await asyncio.wait_for(reply, settings().reply_deadline)
    except NotTaken as reason:
        said = [{"text": say(str(reason))}]
    except Exception as error:  # whatever broke, the person gets a reply; the log gets no word of theirs
        metrics.failed(type(error).__name__)
        logger.error("A turn failed with %s", type(error).__name__)
        said = [{"text": say(NO_ANSWER)}]
    try:
        told = advised(said, conversation_id, mark(message.message_id or ""))
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
