"""What a question or an alarm that stands makes of the next message."""

from __future__ import annotations

from typing import Optional

from rashguide import content
from rashguide.content.names import ALARMS, Intent, Response
from rashguide.dialogue.turns import Turn
from rashguide.understanding import signs

# What was said in the last turn, and what it makes of a yes, of an all-clear, and of anything else. The alarms
# themselves ask nothing, so that a yes to them could mean anything: it is met with the question that follows them.
AFTER = {
    Response.EMERGENCY: (Response.STILL_CAREFUL, Response.STAND_DOWN, Response.STILL_CAREFUL),
    Response.STILL_CAREFUL: (Response.EMERGENCY, Response.STAND_DOWN, Response.STILL_CAREFUL),
    Response.CRISIS: (Response.STILL_HERE, Response.STILL_HERE, Response.STILL_HERE),
    Response.STILL_HERE: (Response.CRISIS, Response.SAFE_FOR_NOW, Response.STILL_HERE),
    Response.CHECK: (Response.EMERGENCY, Response.CHECK_NO, None),
    Response.CHECK_CRISIS: (Response.CRISIS, Response.SAFE_FOR_NOW, None),
    Response.DELETE: (Response.DELETED, Response.NOT_DELETED, None),
}


def standing_after(before: list[str]) -> Optional[tuple[str, str, Optional[str]]]:
    """What the last turn's question or alarm makes of the next message, as in ``AFTER``; None where none stands."""
    return next((AFTER[name] for name in before if name in AFTER), None)


def settled(turn: Turn) -> Optional[str]:
    """The response to what a message says to a safety check, an alarm or another question that stands; else None."""
    standing = standing_after(turn.before)
    if not standing:
        return None
    answer = content.response_to(turn.intent)
    asked_again = standing == AFTER[Response.DELETE] and answer == Response.DELETE
    if turn.intent == Intent.AFFIRM or asked_again:
        return standing[0]
    alarmed = bool(ALARMS & set(turn.before))
    if turn.intent == Intent.DENY:
        # To an alarm, which asks nothing, "no" may mean "no, I haven't called": only an all-clear stands it down. To
        # the question after it a plain "no" does, but nothing that was merely taken for one.
        sure = signs.all_clear(turn.text) or (signs.refuses(turn.text) and not alarmed)
        return standing[1] if sure else standing[2] or standing[1]
    if answer == standing[1] and not alarmed:  # the question's own button
        return standing[1]
    if turn.intent == Intent.CHECK_NO and standing[2]:  # the button of an older check
        return standing[2]
    return None
