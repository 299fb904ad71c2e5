"""A turn: a message as it was understood, what was said to it, and the turns before. Read from the tracker once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple, Optional

from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content.names import EMERGENCIES, STANDING, STANDING_GROUP
from rashguide.understanding.safety import ALARM, SAFETY

BEYOND_DOUBT = 0.95


class Stands(NamedTuple):
    """What stands until it is settled, one of ``names.STATES``, and the kind of emergency; None where none does."""

    state: Optional[str] = None
    group: Optional[str] = None


NOTHING = Stands()


@dataclass
class Turn:
    """One message as it was understood, the responses that were said to it, and the turn before.

    ``stands`` is what stood when the message came, ``left`` what stands after it. ``planned`` and ``noted`` are worked
    out once, by ``policy.py`` and by ``visit_note.py``, and kept here. What was said in another language counts as the
    English response, so that what it began stands the same.
    """

    parsed: dict[str, Any]
    intent: Optional[str]
    said: list[str] = field(default_factory=list)
    previous: Optional[Turn] = field(default=None, repr=False, compare=False)
    stands: Stands = NOTHING
    left: Stands = NOTHING
    planned: Optional[list[str]] = field(default=None, repr=False, compare=False)
    noted: Any = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The person's words, or the words on the button that they pressed."""
        return self.parsed.get("text") or ""

    @property
    def sure(self) -> bool:
        """True where the intent is beyond doubt."""
        return self.parsed.get("intent", {}).get("confidence", 0.0) >= BEYOND_DOUBT

    @property
    def is_alarm(self) -> bool:
        """True where the message tells of an emergency, or its button says so."""
        return self.parsed.get(SAFETY, {}).get("outcome") == ALARM or self.intent in EMERGENCIES

    @property
    def before(self) -> list[str]:
        """What was said in the turn before."""
        return self.previous.said if self.previous else []

    @property
    def earlier(self) -> list[str]:
        """Every response before this message, in order."""
        return [response for turn in self.conversation()[:-1] for response in turn.said]

    def conversation(self) -> list[Turn]:
        """The turns up to this one, in order."""
        found = [self]
        while found[-1].previous:
            found.append(found[-1].previous)
        return found[::-1]


def _uttered(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and (event.action_name or "").startswith(content.UTTER)


def _standing(slots: dict[str, Optional[str]]) -> Stands:
    return Stands(slots.get(STANDING), slots.get(STANDING_GROUP))


def read(tracker: DialogueStateTracker) -> Optional[Turn]:
    """The last turn of the session, those before it behind it; None where nobody has written yet."""
    turn: Optional[Turn] = None
    slots: dict[str, Optional[str]] = {}
    for event in tracker.events:  # nothing is ever taken back, which Rasa's applied_events would look for
        if isinstance(event, SessionStarted):
            turn, slots = None, {}
        elif isinstance(event, SlotSet):
            slots[event.key] = event.value
            if turn:
                turn.left = _standing(slots)
        elif isinstance(event, UserUttered):
            parsed = {**(event.parse_data or {}), "text": event.text}
            stands = _standing(slots)
            turn = Turn(parsed, event.intent.get("name"), previous=turn, stands=stands, left=stands)
        elif turn and _uttered(event):
            turn.said.append(content.original(event.action_name))
    return turn


def under_way(tracker: DialogueStateTracker) -> Optional[Turn]:
    """As ``read``, once a message: Rasa asks for each response of a turn, and says it, with copies of one tracker.

    The message's event, which all of them share, keeps the turn. It is not stored with it.
    """
    message = tracker.latest_message
    turn = getattr(message, "turn_under_way", None)
    if turn is None:
        turn = read(tracker)
        if message and turn:
            message.turn_under_way = turn
    return turn


def said_since(tracker: DialogueStateTracker) -> list[str]:
    """The responses to the last message so far."""
    since = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    return [event.action_name for event in since if _uttered(event)][::-1]
