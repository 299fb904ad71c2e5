"""Several short messages that make one, "I have" / "trouble" / "breathing": for safety they are read together."""

from __future__ import annotations

import time
from typing import Any, Optional

from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.understanding.safety import ALARM, CHECK, CLEAR, SAFETY, TODAY
from rashguide.understanding.sequels import SEQUEL

WITHIN = 10.0  # seconds from one message to the next
SHORT = 6  # words of a message that may be a part of one
MOST = 3  # messages before this one
_RANK = {outcome: rank for rank, outcome in enumerate((CLEAR, CHECK, TODAY, ALARM))}


def _may_be_part(text: str, parsed: dict[str, Any]) -> bool:
    """True for a few typed words that ask for no help by themselves."""
    outcome = parsed.get(SAFETY, {}).get("outcome")
    return outcome in (CLEAR, CHECK) and len(text.split()) <= SHORT


def joined(tracker: Optional[DialogueStateTracker], text: str, parsed: dict[str, Any]) -> Optional[str]:
    """The message with those that came just before it, as one text; None where it stands alone."""
    if not tracker or not _may_be_part(text, parsed):
        return None
    parts, until = [text], time.time()
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted) or len(parts) > MOST:
            break
        if isinstance(event, UserUttered):
            if until - event.timestamp > WITHIN or not _may_be_part(event.text or "", event.parse_data or {}):
                break
            parts, until = [event.text, *parts], event.timestamp
    return " ".join(parts) if len(parts) > 1 else None


def graver(alone: dict[str, Any], together: dict[str, Any]) -> dict[str, Any]:
    """What was understood of all parts together where that calls for more help, else of the message alone."""
    outcome = together[SAFETY]["outcome"]
    if outcome not in (TODAY, ALARM) or _RANK[outcome] <= _RANK[alone[SAFETY]["outcome"]]:
        return alone
    return {**together, "text": alone["text"], SEQUEL: alone.get(SEQUEL)}
