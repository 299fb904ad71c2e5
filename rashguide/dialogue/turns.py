"""A turn: a message as it was understood, what was said to it, and the turns before. Read from the tracker once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, cast

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered

from rashguide import content
from rashguide.content.names import EMERGENCIES, STANDING, STANDING_GROUP, Action, Response, Slot
from rashguide.understanding.keys import ALARM, EDITS, SAFETY, Parsed

if TYPE_CHECKING:  # the actions read turns too, and do without what this brings along
    from rasa.shared.core.trackers import DialogueStateTracker

BEYOND_DOUBT = 0.95
NOTE_SLOTS = (Slot.STEP, Slot.ANSWERS)


class Stands(NamedTuple):
    """What stands until it is settled, one of ``names.STATES``, and the kind of emergency; None where none does."""

    state: Optional[str] = None
    group: Optional[str] = None


NOTHING = Stands()


@dataclass
class Turn:
    """One message as it was understood, the responses that were said to it, and the turn before.

    ``done`` has the actions behind what was said. ``slots`` is what was kept when the message came, ``kept`` what is
    kept after it; ``stands`` and ``left`` are what of it stands. ``planned`` is worked out once, by ``policy.py``. What
    was said in another language counts as the English response, so that what it began stands the same.

    ``identifier`` is the message's own, ``edits`` that of the message which it is a new wording of. ``to`` is the turn
    that the message goes back to: the one whose reply its button stood in, or whose message it edits; ``late`` says
    that it does, and not to what was said last. ``restored`` has the slots that an edit sets back.
    """

    parsed: Parsed
    intent: Optional[str]
    said: list[str] = field(default_factory=list)
    previous: Optional[Turn] = field(default=None, repr=False, compare=False)
    done: list[str] = field(default_factory=list, repr=False, compare=False)
    slots: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    stands: Stands = NOTHING
    left: Stands = NOTHING
    planned: Optional[list[str]] = field(default=None, repr=False, compare=False)
    clinic_named: bool = field(default=False, repr=False, compare=False)  # whether a response of it has said so
    identifier: str = ""
    edits: str = ""
    to: Optional[Turn] = field(default=None, repr=False, compare=False)
    late: bool = False
    restored: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The person's words, or the words on the button that they pressed."""
        return self.parsed.get("text") or ""

    @property
    def pressed(self) -> bool:
        """True for a button, which goes past the understanding."""
        return not self.parsed.get(SAFETY)

    @property
    def sure(self) -> bool:
        """True where the intent is beyond doubt."""
        return bool(self.parsed.get("intent", {}).get("confidence", 0.0) >= BEYOND_DOUBT)

    @property
    def outcome(self) -> Optional[str]:
        """What the message deserves, of ``understanding/keys.py``; None for a button."""
        safety = self.parsed.get(SAFETY)
        return safety["outcome"] if safety else None

    @property
    def is_alarm(self) -> bool:
        """True where the message tells of an emergency, or its button says so."""
        return self.outcome == ALARM or self.intent in EMERGENCIES

    @property
    def step(self) -> Optional[str]:
        """The visit note's question that the message follows; None where none is open."""
        return self.slots.get(Slot.STEP)

    @property
    def answers(self) -> dict[str, str]:
        """The visit note's answers before the message, by step."""
        return self.slots.get(Slot.ANSWERS) or {}

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


def mark(identifier: str) -> str:
    """The four signs by which a button tells whose message's reply it stood in."""
    return hashlib.sha256(identifier.encode("utf-8", "backslashreplace")).hexdigest()[:4]


def find(last: Optional[Turn], wanted: Callable[[Turn], bool]) -> Optional[Turn]:
    """The latest turn of a conversation that is wanted; None where none is."""
    while last and not wanted(last):
        last = last.previous
    return last


def without(last: Optional[Turn], edits: str) -> tuple[Optional[Turn], Optional[Turn]]:
    """The last turn as an edit of the message with that id finds it, and the message's turn where that is an older one.

    An edit never counts twice: it takes the last turn's place, as if that had not been. What stands is never undone so,
    nor what was said for the clinic.
    """
    while True:
        edited = find(last, lambda turn: bool(edits) and edits in (turn.identifier, turn.edits))
        if edited is None or edited is not last or edited.stands != edited.left or _handed_on(edited):
            return last, edited
        last = edited.previous


def _handed_on(turn: Turn) -> bool:
    return bool(turn.slots.get(Slot.HANDOVER) != turn.kept.get(Slot.HANDOVER))


def _standing(slots: dict[str, Any]) -> Stands:
    return Stands(slots.get(STANDING), slots.get(STANDING_GROUP))


@dataclass
class Reading:
    """A session as far as it was read: its last turn, those before it behind it, and what is kept in slots."""

    turn: Optional[Turn] = None
    slots: dict[str, Any] = field(default_factory=dict)

    def on(self, events: Iterable[Event]) -> Reading:
        """Reads on. By Rasa's own events nothing is ever taken back, which its ``applied_events`` would look for."""
        for event in events:
            self._add(event)
        return self

    def _add(self, event: Event) -> None:
        if isinstance(event, SessionStarted):
            self.turn, self.slots = None, {}
        elif isinstance(event, SlotSet):
            self.slots = {**self.slots, event.key: event.value}
            if self.turn:
                self.turn.kept, self.turn.left = self.slots, _standing(self.slots)
        elif isinstance(event, UserUttered):
            self.turn = self._begun(event)
        elif self.turn:
            _add(self.turn, event)

    def _begun(self, event: UserUttered) -> Turn:
        turn = _heard(self.turn, self.slots, event)
        self.slots = turn.slots
        return turn


def read(events: Iterable[Event]) -> Optional[Turn]:
    """The last turn of the session, those before it behind it; None where nobody has written yet."""
    return Reading().on(events).turn


def _heard(last: Optional[Turn], slots: dict[str, Any], event: UserUttered) -> Turn:
    """The turn that a message begins."""
    parsed = cast(Parsed, {**(event.parse_data or {}), "text": event.text})
    edits, shown = event.metadata.get(EDITS) or "", parsed.get("shown")
    before, to = without(last, edits)
    restored: dict[str, Any] = {}
    first = find(last, lambda turn: turn.previous is before) if before is not last else None
    if first:
        then = first.slots
        restored = {name: then.get(name) for name in NOTE_SLOTS if then.get(name) != slots.get(name)}
        slots = {**slots, **restored}
    if shown:
        to = find(before, lambda turn: mark(turn.identifier) == shown)
    late = bool(edits and to) or bool(shown and to is not before)
    stands = _standing(slots)
    return Turn(
        parsed,
        event.intent.get("name"),
        previous=before,
        slots=slots,
        kept=slots,
        stands=stands,
        left=stands,
        identifier=event.message_id or "",
        edits=edits,
        to=to,
        late=late,
        restored=restored,
    )


def _add(turn: Turn, event: Event) -> None:
    """Adds what was done or said. An action of ours says by events of its own; a response's name is what it says."""
    if isinstance(event, ActionExecuted) and event.action_name and event.action_name != ACTION_LISTEN_NAME:
        turn.done.append(event.action_name)
        if event.action_name.startswith(content.UTTER):
            turn.said.append(content.original(event.action_name))
    elif isinstance(event, BotUttered) and turn.done and not turn.done[-1].startswith(content.UTTER):
        turn.said.append(content.original(event.metadata.get("utter_action") or ""))


def so_far(tracker: DialogueStateTracker) -> Optional[Turn]:
    """As ``read``, before a message. The last event keeps what was read of all, for ``under_way`` to go on from."""
    reading = Reading().on(tracker.events)
    if tracker.events:
        tracker.events[-1].reading = reading  # type: ignore[attr-defined]
    return reading.turn


def under_way(tracker: DialogueStateTracker) -> Optional[Turn]:
    """The turn of the message that is being answered, with what was before it; None where nobody has written yet.

    Each event is read once a message, though Rasa asks for each response of a turn, and says it, with copies of one
    tracker: they share the events. The message's own keeps the turn. Neither is stored.
    """
    message = tracker.latest_message
    turn: Optional[Turn] = getattr(message, "turn_under_way", None)
    if turn is None:
        turn = _read_on(tracker.events)
        if message and turn:
            message.turn_under_way = turn  # type: ignore[attr-defined]
    return turn


def _read_on(events: Sequence[Event]) -> Optional[Turn]:
    """As ``read``, from where the reading has come to that one of the events keeps."""
    new = list(takewhile(lambda event: not hasattr(event, "reading"), reversed(events)))[::-1]
    kept = events[len(events) - len(new) - 1].reading if len(new) < len(events) else Reading()  # type: ignore[attr-defined]
    return replace(kept).on(new).turn


def done_since(tracker: DialogueStateTracker) -> list[str]:
    """The actions since the last message: of the plan, so that what stands in for one does not count."""
    since = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    done = [event.action_name for event in since if isinstance(event, ActionExecuted) and event.action_name]
    return [name for name in done[::-1] if name != Response.NOT_NOW]


def unserved(tracker: DialogueStateTracker) -> bool:
    """True where the last thing done was an action of ours and nothing came of it: its server is away."""
    last = tracker.events[-1] if tracker.events else None
    return isinstance(last, ActionExecuted) and last.action_name in Action.ALL
