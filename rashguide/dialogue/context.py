"""What the next message is read beside: an alarm that stands, the visit note's question, or the last answer."""

from __future__ import annotations

from typing import Optional

from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content.names import CHECKS, EMERGENCIES, Slot
from rashguide.dialogue import follow_ups, turns


def after(tracker: DialogueStateTracker, edits: str = "") -> Optional[str]:
    """The id of the subject whose reply the next message follows; None where it stands by itself.

    ``edits``: the id of the message that it is a new wording of, which takes that one's place.
    """
    turn, edited = turns.without(turns.so_far(tracker), edits)
    if turn is None:
        return None
    if turn.left.state in EMERGENCIES:
        return turn.left.state
    step = edited.step if edited and edited.step else turn.kept.get(Slot.STEP)
    if step:  # goes on while a call to a doctor stands, and waits for the answer to a check
        return None if CHECKS & set(turn.said) else f"visit_{step}"
    if turn.left.state:
        return turn.left.state
    last = follow_ups.last_subject([*turn.earlier, *turn.said])
    return last if content.is_faq(last) else None
