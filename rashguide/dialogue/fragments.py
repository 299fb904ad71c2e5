"""Several short messages that make one, "I have" / "trouble" / "breathing": for safety they are read together."""

from __future__ import annotations

import time
from typing import Any, Optional

from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.understanding.keys import NOTE, SEQUEL
from rashguide.understanding.safety import ALARM, CHECK, CLEAR, SAFETY, TODAY

WITHIN = 10.0  # seconds from one message to the next
SHORT = 6  # words of a message that may be a part of one
SURE = 0.95  # from which probability on an alarm of several messages together needs no listed sign
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
    """What was understood of all parts together where that surely calls for more help, else of the message alone.

    Messages that are no parts of one may sound alarming in a row, a visit note's answers above all.
    """
    safety = together[SAFETY]
    if safety["outcome"] != ALARM or _RANK[ALARM] <= _RANK[alone[SAFETY]["outcome"]]:
        return alone
    answers_note = (alone.get(SEQUEL) or {}).get("kind") == NOTE
    if not safety["signs"] and (answers_note or safety["probability"] < SURE):
        return alone
    return {**together, "text": alone["text"], SEQUEL: alone.get(SEQUEL)}
