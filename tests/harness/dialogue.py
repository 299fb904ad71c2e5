"""A conversation without a server: the plan says what to do, the actions do it, and all of it becomes events."""

from __future__ import annotations

import asyncio
import importlib
import time
from typing import Any, Optional

from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from rashguide import content
from rashguide.content.names import Action, Slot
from rashguide.dialogue import turns
from rashguide.understanding.keys import EDITS, Parsed, Ranked, Safety, Sequel

# An answer to each question of the visit note, as people give them.
NOTE_ANSWERS = {
    "where": "cheeks and nose",
    "since": "about two weeks ago",
    "shots": "ten days after the third one",
    "looks": "red and hot, no flakes",
    "tried": "cold cloths, got a bit better",
    "skin": "my mum has rosacea, I never did",
    "ask": "will it stay? can I wear makeup?",
}

EXECUTOR = ActionExecutor()
EXECUTOR.register_package("actions")


def heard(
    text: str,
    intent: str = "nlu_fallback",
    confidence: float = 0.99,
    outcome: str = "clear",
    sequel: Optional[Sequel] = None,
    **safety: Any,
) -> Parsed:
    """A message as the understanding leaves it; ``safety`` is what differs of that from a calm message's."""
    ranking: list[Ranked] = [{"name": intent, "confidence": confidence}]
    calm: Safety = {
        "outcome": outcome,
        "tier": "emergency",
        "group": None,
        "degrees": {"none": 1.0},
        "probability": 0.0,
        "signs": [],
    }
    return {
        "text": text,
        "intent": ranking[0],
        "intent_ranking": ranking,
        "safety": {**calm, **safety},
        "offers": [],
        "sequel": sequel,
    }


def pressed(name: str, shown: str = "") -> Parsed:
    """A button, as the guard hands it on. ``shown``: the id of the message whose reply it stood in."""
    parsed: Parsed = {"text": content.choices()[name], "intent": {"name": name, "confidence": 1.0}}
    return {**parsed, "shown": turns.mark(shown)} if shown else parsed


def steering(step: str, name: str, confidence: float = 0.9) -> Sequel:
    """What a message means to a question of the visit note, as the understanding leaves it."""
    return {"after": f"visit_{step}", "kind": "note", "ranking": [{"name": name, "confidence": confidence}]}


def act(name: str, events: list[Event]) -> list[Event]:
    """The events that an action of ours makes of a conversation, as Rasa keeps them."""
    dispatcher = CollectingDispatcher()
    state = [event.as_dict() for event in events]
    slots = {event.key: event.value for event in events if isinstance(event, SlotSet)}
    tracker = Tracker("rest:somebody", slots, state[-1], state, False, None, {}, name)
    made = asyncio.run(EXECUTOR.actions[name](dispatcher, tracker, {}))
    said = [
        BotUttered(message["text"], metadata={"utter_action": message["response"]}) for message in dispatcher.messages
    ]
    return [*said, *deserialise_events(made)]


class Conversation:
    """One person's, from its beginning. ``served``: whether the action server is there."""

    def __init__(self, served: bool = True) -> None:
        self.served = served
        self.events: list[Event] = [SessionStarted(timestamp=time.time())]

    def hear(self, parsed: Parsed, identifier: Optional[str] = None, edits: str = "") -> list[str]:
        """What is said to a message, by the responses' names. ``edits``: the id of the message that it edits."""
        # The plan brings the understanding along, which tests of the actions alone can do without.
        policy = importlib.import_module("rashguide.dialogue.policy")
        data = {key: value for key, value in parsed.items() if key != "text"}
        said = {"parse_data": data, "message_id": identifier, "metadata": {EDITS: edits} if edits else None}
        self.events.append(UserUttered(parsed["text"], parsed["intent"], **said))
        turn = turns.read(self.events)
        turn.planned = policy.plan(turn)
        turn.left = policy.standing.leaves(turn, turn.planned)
        self.events += policy.kept(turn)
        for name in turn.planned:
            self.events.append(ActionExecuted(name))
            if name not in Action.ALL:
                self.events.append(BotUttered(content.spoken(name), metadata={"utter_action": name}))
            elif self.served:
                self.events += act(name, self.events)
            else:
                self.events.append(ActionExecuted("utter_not_now"))
        self.events.append(ActionExecuted("action_listen"))
        return turns.read(self.events).said

    @property
    def step(self) -> Optional[str]:
        """The visit note's question that is open."""
        return self._slot(Slot.STEP)

    @property
    def answers(self) -> dict[str, str]:
        """The visit note's answers so far."""
        return self._slot(Slot.ANSWERS) or {}

    def _slot(self, name: str) -> Any:
        values = [event.value for event in self.events if isinstance(event, SlotSet) and event.key == name]
        return values[-1] if values else None

    def texts(self) -> list[str]:
        """The texts that were said, in order."""
        return [event.text for event in self.events if isinstance(event, BotUttered)]
