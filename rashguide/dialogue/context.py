"""What the next message is read beside: an alarm that stands, the visit note's question, or the last answer."""

from __future__ import annotations

from typing import Optional

from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content.names import EMERGENCIES
from rashguide.dialogue import follow_ups, turns, visit_note


def after(tracker: DialogueStateTracker) -> Optional[str]:
    """The id of the subject whose reply the next message follows; None where it stands by itself."""
    turn = turns.read(tracker)
    if turn is None:
        return None
    if turn.left.state in EMERGENCIES:
        return turn.left.state
    step = visit_note.note_of(turn)[0].step
    if step:  # goes on while a call to a doctor stands
        return f"visit_{step}"
    if turn.left.state:
        return turn.left.state
    last = follow_ups.last_subject([*turn.earlier, *turn.said])
    return last if content.is_faq(last) else None
