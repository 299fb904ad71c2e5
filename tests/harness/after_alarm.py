"""What people write after an alarm, through the trained model: each message planned, right or not, harmful or not."""

from __future__ import annotations

import re
from typing import Any, Callable

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content.names import STANDING, STANDING_GROUP
from rashguide.dialogue import standing
from rashguide.dialogue.plan import plan
from rashguide.dialogue.turns import NOTHING, Stands, Turn
from tests.harness.never import NEVER, SETTLES
from tests.harness.server import ROOT, lines
from tests.harness.talk import as_read

ROWS = lines(ROOT / "tests/conversations/after_alarm.jsonl")
# Right besides the table's own line: an alarm again is no wrong answer to what goes on or gets worse.
ALARM_IS_RIGHT = {"after_yes", "after_worse", "after_scared", "after_taken", "after_goodbye", "after_cause"}


def planned(row: dict[str, Any], processor: MessageProcessor, wait: Callable) -> Turn:
    """A row's message beside what stands, as the guide would meet it. ``wait`` runs a coroutine to its end."""
    stands = Stands(row["state"], row.get("group"))
    slots = [SlotSet(STANDING, stands.state), SlotSet(STANDING_GROUP, stands.group)]
    said = [UserUttered("x", {"name": "x"}), ActionExecuted("utter_still_careful"), ActionExecuted("action_listen")]
    tracker = DialogueStateTracker.from_events("rest:x", [*slots, *said])
    parsed = wait(processor.parse_message(UserMessage(row["text"]), tracker))
    turn = Turn({**parsed, "text": row["text"]}, parsed["intent"]["name"], stands=stands, left=stands)
    turn.planned = plan(turn)
    turn.left = standing.leaves(turn, turn.planned)
    return turn


def is_right(row: dict[str, Any], turn: Turn) -> bool:
    """True where the table's own line was said, or an alarm again to what goes on."""
    wanted = standing.table().states[row["state"]].step(row["act"], row.get("group")).say
    alarmed = turn.planned[0].startswith(("utter_emergency", "utter_crisis")) and row["act"] in ALARM_IS_RIGHT
    return turn.planned[0] == wanted or alarmed


def is_harmful(row: dict[str, Any], turn: Turn) -> bool:
    """True where it was settled by what must not, or something was said that never may while it stands."""
    read = " ".join(as_read(content.spoken(response)) for response in turn.planned)
    settled = turn.left == NOTHING
    if settled and (row["state"], row["act"]) not in SETTLES or settled and row.get("group") == "overdose":
        return True
    return not settled and bool(re.search(NEVER[row["state"]], read, re.I))
