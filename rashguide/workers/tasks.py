"""What a worker is asked to do. Each task goes to it, and its result comes back, as plain data."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Optional, cast

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.operations import metrics
from rashguide.stores.conversations import Written, tracker_of, written
from rashguide.understanding import signs, tongues
from rashguide.understanding.keys import EDITS, Parsed
from rashguide.understanding.reader import read
from rashguide.understanding.safety import tier
from rashguide.workers.held import Held


class _Given(TrackerStore):
    """The one conversation of the message at hand, as it was read before; what is new in it, to be kept after."""

    def __init__(self, domain: Domain, events: list[str]) -> None:
        super().__init__(domain)
        self._events = events
        self._known = 0
        self.new: list[Written] = []

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The conversation; None where it begins."""
        tracker = tracker_of(sender_id, self._events, self.domain.slots)
        self._known = len(tracker.events) if tracker else 0
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Notes what is new. A turn that Rasa's circuit breaker ended would leave the conversation mute for good."""
        if tracker.latest_action_name not in (None, ACTION_LISTEN_NAME):
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
        self.new = written(list(tracker.events)[self._known :])


@dataclass(frozen=True)
class Answered:
    """What was said to a message, what is to be kept of the turn, and what it came to."""

    messages: list[dict[str, Any]]
    events: list[Written]
    measured: metrics.Measurement


@dataclass(frozen=True)
class Answer:
    """Answers a message of a conversation, its stored events at hand. ``parsed``: what a pressed button stands for.

    ``identifier`` is the message's own: one that was answered is not answered again. ``edits`` is that of the message
    which it is a new wording of.
    """

    conversation: str
    channel: str
    text: str
    parsed: Optional[Parsed] = None
    identifier: Optional[str] = None
    events: list[str] = field(default_factory=list)
    edits: str = ""

    async def run(self, agent: Agent) -> Answered:
        """Rasa's own turn, with nothing but this conversation."""
        held = Held(self.channel)
        if agent.processor is None:
            raise ValueError("no model is loaded")
        processor = copy.copy(agent.processor)
        given = processor.tracker_store = _Given(processor.domain, self.events)
        message = UserMessage(
            self.text,
            held,
            self.conversation,
            parse_data=cast(dict[str, Any], self.parsed),
            input_channel=self.channel,
            message_id=self.identifier,
            metadata={EDITS: self.edits} if self.edits else None,
        )
        with metrics.measuring() as measured:
            await processor.handle_message(message)
        return Answered(held.messages, given.new, measured)


@dataclass(frozen=True)
class Understand:
    """Understands a message by itself."""

    text: str

    async def run(self, agent: Agent) -> Parsed:
        """What it was understood as."""
        return cast(Parsed, await agent.parse_message(self.text))


@dataclass(frozen=True)
class LookForSigns:
    """Looks for an emergency by the lists of signs alone, in English and other languages, which need no model."""

    text: str

    async def run(self, agent: Agent) -> Parsed:
        """Which emergency the message tells of, as its intent; "" where no sign of the lists stands in it."""
        found, foreign = signs.present(signs.find(read(self.text))), tongues.find(self.text)
        if not found and foreign and foreign.kind in tongues.TIERS:
            language = foreign.language if foreign.language != tongues.ENGLISH else None
            return {"intent": {"name": foreign.kind, "confidence": 1.0}, "language": language}
        return {"intent": {"name": tier({}, found) if found else "", "confidence": 1.0}}
