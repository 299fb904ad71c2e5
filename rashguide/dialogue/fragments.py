"""Several short messages that make one, "I have" / "trouble" / "breathing": for safety they are read together."""

from __future__ import annotations

import time
from typing import Optional, cast

from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.understanding.keys import ALARM, CHECK, CLEAR, NOTE, SAFETY, SEQUEL, TODAY, Parsed

WITHIN = 10.0  # seconds from one message to the next
SHORT = 6  # words of a message that may be a part of one
SURE = 0.95  # from which probability on an alarm of several messages together needs no listed sign
MOST = 3  # messages before this one
_RANK = {outcome: rank for rank, outcome in enumerate((CLEAR, CHECK, TODAY, ALARM))}


def _may_be_part(text: str, parsed: Parsed) -> bool:
    """True for a few typed words that ask for no help by themselves."""
    safety = parsed.get(SAFETY)
    return safety is not None and safety["outcome"] in (CLEAR, CHECK) and len(text.split()) <= SHORT


def joined(tracker: Optional[DialogueStateTracker], text: str, parsed: Parsed) -> Optional[str]:
    """The message with those that came just before it, as one text; None where it stands alone."""
    if not tracker or not _may_be_part(text, parsed):
        return None
    parts, until = [text], time.time()
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted) or len(parts) > MOST:
            break
        if isinstance(event, UserUttered):
            said, known = event.text or "", cast(Parsed, event.parse_data or {})
            if until - event.timestamp > WITHIN or not _may_be_part(said, known):
                break
            parts, until = [said, *parts], event.timestamp
    return " ".join(parts) if len(parts) > 1 else None


def graver(alone: Parsed, together: Parsed) -> Parsed:
    """What was understood of all parts together where that surely calls for more help, else of the message alone.

    Messages that are no parts of one may sound alarming in a row, a visit note's answers above all.
    """
    safety = together[SAFETY]
    if safety["outcome"] != ALARM or _RANK[ALARM] <= _RANK[alone[SAFETY]["outcome"]]:
        return alone
    sequel = alone.get(SEQUEL)
    answers_note = sequel is not None and sequel["kind"] == NOTE
    if not safety["signs"] and (answers_note or safety["probability"] < SURE):
        return alone
    return {**together, "text": alone["text"], SEQUEL: sequel}
