"""When people are asked "Was this answer helpful?", and what they say to it.

``actions/opinion.py`` hands it on, and the store keeps a count by subject, without a word of theirs or who it was.
"""

from __future__ import annotations

from typing import Optional

from rashguide import content
from rashguide.content.names import OPINIONS, Intent, Response
from rashguide.dialogue.turns import Turn

FIRST_ASKED, ASKED_EVERY = 3, 8  # answers until a person is first, and then again, asked whether one helped


def opinion(turn: Turn) -> Optional[str]:
    """What the message says to "Was this answer helpful?"; None where it says nothing to it."""
    if turn.late:  # its subject is not the last one any more
        return None
    if turn.intent in OPINIONS:
        return turn.intent
    if Response.HELPFUL in turn.before and turn.intent in (Intent.AFFIRM, Intent.DENY):
        return Intent.HELPFUL_YES if turn.intent == Intent.AFFIRM else Intent.HELPFUL_NO
    return None


def asks_opinion(answers: list[str], earlier: list[str]) -> bool:
    """True for the third answer of a conversation, and the eighth one since it was last asked."""
    if not answers[-1].startswith(content.FAQ):
        return False
    asked = max((place for place, response in enumerate(earlier, 1) if response == Response.HELPFUL), default=0)
    since = sum(response.startswith(content.FAQ) for response in [*earlier[asked:], *answers])
    return since >= (ASKED_EVERY if asked else FIRST_ASKED)
