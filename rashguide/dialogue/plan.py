"""What is said to a message, and in which order: the first voice that has something to say speaks.

Each voice is a function of the turn alone.
"""

from __future__ import annotations

from typing import Optional

from rashguide import content
from rashguide.content.names import CHECKS, EMERGENCIES, Action, Intent, Response, Steer
from rashguide.dialogue import handover, standing, visit_note
from rashguide.dialogue.answers import subject_answers
from rashguide.dialogue.handover import Wish as Handing
from rashguide.dialogue.opinions import asks_opinion, opinion
from rashguide.dialogue.turns import Turn
from rashguide.dialogue.visit_note import Wish
from rashguide.understanding.keys import ALARM, CHECK, SAFETY, TODAY


def question(turn: Turn) -> Optional[list[str]]:
    """What settles a question of the last turn: alone, or with the visit note's question again."""
    settles = standing.question(turn)
    if not settles:
        return None
    alone = standing.began(settles) or settles in (Response.DELETED, Response.DELETE, *CHECKS)
    return [settles] if alone else [settles, *_again(turn)]


def stands(turn: Turn) -> Optional[list[str]]:
    """What a message gets while an alarm or a call to a doctor stands."""
    if not turn.stands.state or _of_an_action(turn):
        return None
    foreign = standing.foreign(turn)
    if foreign:
        return [foreign]
    met = standing.step(turn)
    if standing.alarms_anew(turn, met):
        return [standing.alarm(turn.parsed, turn.intent, turn.stands)]
    unsure = met == standing.table().states[turn.stands.state].step(None, turn.stands.group)
    if turn.stands.state == Intent.URGENT and unsure:
        check = _check(turn)
        if turn.outcome == TODAY:
            return [content.response_to(Intent.URGENT)]
        if check:
            return [check]
    return [*standing.beside(turn, met, subject_answers(turn)), *_again(turn)]


def alarm(turn: Turn) -> Optional[list[str]]:
    """An emergency's own reply, alone."""
    return [standing.alarm(turn.parsed, turn.intent)] if turn.is_alarm and not handover.is_told(turn) else None


def hand_over(turn: Turn) -> Optional[list[str]]:
    """The handover's action, after what must be said first."""
    wanted = handover.wish(turn)
    if wanted is None:
        return None
    if turn.intent == Intent.URGENT and not handover.is_told(turn):
        return [content.response_to(Intent.URGENT), Action.HANDOVER]
    check = _check(turn)
    if check:  # beside it the action keeps an answer and is silent, until it is settled
        return [check, Action.HANDOVER]
    return [*(subject_answers(turn) if wanted == Handing.ASIDE else []), Action.HANDOVER]


def note(turn: Turn) -> Optional[list[str]]:
    """The visit note's action, after what must be said first: it asks, writes and ends."""
    wish = visit_note.wish(turn)
    if wish in _NOT_FOR_IT:
        return None
    if turn.intent == Intent.URGENT:
        return [content.response_to(Intent.URGENT), Action.NOTE]
    safety = turn.parsed.get(SAFETY)
    steers = wish in (*Steer.ALL, Wish.WHICH) and not (safety and safety["signs"])
    # The regression does not know words that steer a note. Beside a check the note is silent, until it is settled.
    check = None if steers else _check(turn)
    return [check, Action.NOTE] if check else [Action.NOTE]


def answers(turn: Turn) -> list[str]:
    """The answer to the message, a check before it, and after it what is to be asked."""
    again = _again(turn)
    said = subject_answers(turn) + again
    if not again and Response.REPORTED not in said and asks_opinion(said, turn.earlier):
        said.append(Response.HELPFUL)
    check = _check(turn)
    if check == Response.CHECK_CRISIS or check and again:
        return [check]  # nothing else beside despair; the note goes on once it is settled
    if check and check != said[0]:
        return [check, *said]
    return [Action.COUNT, *said] if opinion(turn) else said


VOICES = (question, stands, alarm, hand_over, note, answers)
# What is not said but by the action that does it.
SAID_BY = {Response.DELETED: Action.DELETE}
_NOT_FOR_IT = (None, Steer.ASIDE, Wish.SHOW)


def plan(turn: Turn) -> list[str]:
    """What the turn needs said and done, in order. A safety check stands in it once, first."""
    said = next(filter(None, (voice(turn) for voice in VOICES)))
    return [SAID_BY.get(name, name) for name in said]


def _of_an_action(turn: Turn) -> bool:
    """True where a message is the handover's or the visit note's, which go on while a call to a doctor stands."""
    if turn.stands.state in EMERGENCIES or turn.is_alarm and not handover.is_told(turn):
        return False
    return handover.wish(turn) not in (None, Handing.ASIDE) or visit_note.wish(turn) not in _NOT_FOR_IT


def _again(turn: Turn) -> list[str]:
    """What is open: the handover's or the visit note's question; the note, where a check came before it."""
    if handover.wish(turn):
        return [Action.HANDOVER]
    if turn.step:
        return [visit_note.question(turn.step)]
    return [Action.NOTE] if visit_note.wish(turn) == Wish.SHOW else []


def _check(turn: Turn) -> Optional[str]:
    """The safety check that the message calls for, if any. A name calls for it where it looks like an alarm."""
    safety = turn.parsed.get(SAFETY)
    calls = CHECK if not handover.is_told(turn) else ALARM if handover.is_name(turn) else None
    if not safety or safety["outcome"] != calls:
        return None
    return Response.CHECK_CRISIS if safety["tier"] == Intent.CRISIS else Response.CHECK
