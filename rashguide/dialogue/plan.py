"""What is said to a message, and in which order: the first voice that has something to say speaks.

Each voice is a function of the turn alone.
"""

from __future__ import annotations

from typing import Optional

from rashguide import content
from rashguide.content.names import EMERGENCIES, Intent, Response
from rashguide.dialogue import standing, visit_note
from rashguide.dialogue.answers import subject_answers
from rashguide.dialogue.opinions import asks_opinion
from rashguide.dialogue.turns import Turn
from rashguide.understanding.safety import CHECK, SAFETY, TODAY


def question(turn: Turn) -> Optional[list[str]]:
    """What settles a question of the last turn: alone, or with the visit note's question again."""
    settles = standing.question(turn)
    if not settles:
        return None
    alone = standing.began(settles) or settles == Response.DELETED
    return [settles] if alone else [settles, *_question_again(turn)]


def stands(turn: Turn) -> Optional[list[str]]:
    """What a message gets while an alarm or a call to a doctor stands."""
    if not turn.stands.state or _of_note(turn):
        return None
    met = standing.step(turn)
    if standing.alarms_anew(turn, met):
        return [standing.alarm(turn.parsed, turn.intent, turn.stands)]
    unsure = met == standing.table().states[turn.stands.state].step(None, turn.stands.group)
    if turn.stands.state == Intent.URGENT and unsure:
        if turn.parsed.get(SAFETY, {}).get("outcome") == TODAY:
            return [content.response_to(Intent.URGENT)]
        if _check(turn):
            return [_check(turn)]
    return standing.beside(turn, met, subject_answers(turn))


def alarm(turn: Turn) -> Optional[list[str]]:
    """An emergency's own reply, alone."""
    return [standing.alarm(turn.parsed, turn.intent)] if turn.is_alarm else None


def note(turn: Turn) -> Optional[list[str]]:
    """The visit note's next question, or what else is said of it."""
    of_note = visit_note.note_of(turn)[1]
    if of_note is None:
        return None
    steers = visit_note.is_command(turn.text) and not turn.parsed.get(SAFETY, {}).get("signs")
    check = None if steers else _check(turn)  # the regression does not know words that steer the note
    return [check] if check else of_note  # the note goes on once it is settled


def answers(turn: Turn) -> list[str]:
    """The answer to the message, a check before it, and after it what is to be asked."""
    again = _question_again(turn)
    said = subject_answers(turn) + again
    if not again and asks_opinion(said, turn.earlier):
        said.append(Response.HELPFUL)
    check = _check(turn)
    if check == Response.CHECK_CRISIS or check and again:
        return [check]  # nothing else beside despair; the note goes on once it is settled
    return [check, *said] if check and check != said[0] else said


VOICES = (question, stands, alarm, note, answers)


def plan(turn: Turn) -> list[str]:
    """The responses that the turn needs, in order. A safety check stands in it once, first."""
    return next(filter(None, (voice(turn) for voice in VOICES)))


def _of_note(turn: Turn) -> bool:
    """True where a message is the visit note's, which goes on while a call to a doctor stands."""
    return turn.stands.state not in EMERGENCIES and not turn.is_alarm and visit_note.note_of(turn)[1] is not None


def _question_again(turn: Turn) -> list[str]:
    """The visit note's question, where one is open."""
    step = visit_note.note_of(turn)[0].step
    return [visit_note.question(step)] if step else []


def _check(turn: Turn) -> Optional[str]:
    """The safety check that the message calls for, if any."""
    safety = turn.parsed.get(SAFETY, {})
    if safety.get("outcome") != CHECK:
        return None
    return Response.CHECK_CRISIS if safety["tier"] == Intent.CRISIS else Response.CHECK
