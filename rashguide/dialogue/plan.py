"""What is said to a message, and in which order: the first voice that has something to say speaks.

Each voice is a function of the turn alone.
"""

from __future__ import annotations

from typing import Optional

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide.content.names import FOLLOW_UPS, Action, Intent, Response, Steer
from rashguide.dialogue import visit_note
from rashguide.dialogue.answers import subject_answers
from rashguide.dialogue.opinions import asks_opinion, opinion
from rashguide.dialogue.standing import AFTER, settled, standing_after
from rashguide.dialogue.turns import Turn
from rashguide.dialogue.visit_note import Wish
from rashguide.understanding.keys import CHECK, SAFETY

TALK = {
    Intent.GREET,
    Intent.THANKS,
    Intent.GOODBYE,
    Intent.AFFIRM,
    Intent.DENY,
    *FOLLOW_UPS,
    DEFAULT_NLU_FALLBACK_INTENT_NAME,
}


def alarm(turn: Turn) -> Optional[list[str]]:
    """An emergency's own reply, alone."""
    return [content.response_to(turn.intent)] if turn.is_alarm else None


def standing(turn: Turn) -> Optional[list[str]]:
    """What settles a safety check, an alarm or another question: alone, or with the visit note's question again."""
    settles = settled(turn)
    if not settles:
        return None
    asks_itself = settles in AFTER or settles == Response.DELETED
    return [settles] if asks_itself else [settles, *_note_again(turn)]


def note(turn: Turn) -> Optional[list[str]]:
    """The visit note's action, after what must be said first: it asks, writes and ends."""
    wish = visit_note.wish(turn)
    if wish in (None, Steer.ASIDE, Wish.SHOW):
        return None
    if _standing_question(turn):
        return [_standing_question(turn), Action.NOTE]
    if turn.intent == Intent.URGENT:
        return [content.response_to(Intent.URGENT), Action.NOTE]
    steers = wish in (*Steer.ALL, Wish.WHICH) and not turn.parsed.get(SAFETY, {}).get("signs")
    # The regression does not know words that steer a note. Beside a check the note is silent, until it is settled.
    check = None if steers else _check(turn)
    return [check, Action.NOTE] if check else [Action.NOTE]


def answers(turn: Turn) -> list[str]:
    """The answer to the message, what stands or a check before it, and after it what is to be asked."""
    again = _note_again(turn)
    said = subject_answers(turn) + again
    if not again and asks_opinion(said, turn.earlier):
        said.append(Response.HELPFUL)
    asked = _standing_question(turn)
    if asked:
        return [asked] if turn.intent in TALK else list(dict.fromkeys([asked, *said]))
    check = _check(turn)
    if check and again:
        return [check]  # the note goes on once it is settled
    if check and check != said[0]:
        return [check, *said]
    return [Action.COUNT, *said] if opinion(turn) else said


VOICES = (alarm, standing, note, answers)
# What is not said but by the action that does it.
SAID_BY = {Response.DELETED: Action.DELETE}


def plan(turn: Turn) -> list[str]:
    """What the turn needs said and done, in order. A safety check or what follows an alarm stands in it once, first."""
    said = next(filter(None, (voice(turn) for voice in VOICES)))
    return [SAID_BY.get(name, name) for name in said]


def _note_again(turn: Turn) -> list[str]:
    """The visit note's question, where one is open; the note, where a check came between the last answer and it."""
    if turn.step:
        return [visit_note.question(turn.step)]
    return [Action.NOTE] if visit_note.wish(turn) == Wish.SHOW else []


def _standing_question(turn: Turn) -> Optional[str]:
    """What is said first to anything that does not settle an alarm; None where none stands."""
    stands = standing_after(turn.before)
    return stands[2] if stands else None


def _check(turn: Turn) -> Optional[str]:
    """The safety check that the message calls for, if any."""
    safety = turn.parsed.get(SAFETY, {})
    if safety.get("outcome") != CHECK:
        return None
    return Response.CHECK_CRISIS if safety["tier"] == Intent.CRISIS else Response.CHECK
