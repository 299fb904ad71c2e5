"""What is said to a message, and in which order: the first voice that has something to say speaks.

Each voice is a function of the turn alone.
"""

from __future__ import annotations

from typing import Optional

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide.content.names import FOLLOW_UPS, Intent, Response
from rashguide.dialogue import visit_note
from rashguide.dialogue.answers import subject_answers
from rashguide.dialogue.opinions import asks_opinion
from rashguide.dialogue.standing import AFTER, settled, standing_after
from rashguide.dialogue.turns import Turn
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.safety import CHECK, SAFETY

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
    """An emergency's own reply, alone, in the message's language where it is there in that."""
    if not turn.is_alarm:
        return None
    return [content.in_language(content.response_to(turn.intent), turn.parsed.get(LANGUAGE))]


def standing(turn: Turn) -> Optional[list[str]]:
    """What settles a safety check, an alarm or another question: alone, or with the visit note's question again."""
    settles = settled(turn)
    if not settles:
        return None
    asks_itself = settles in AFTER or settles == Response.DELETED
    return [settles] if asks_itself else [settles, *_question_again(turn)]


def note(turn: Turn) -> Optional[list[str]]:
    """The visit note's next question, or what else is said of it."""
    of_note = visit_note.note_of(turn)[1]
    if of_note is None:
        return None
    if _standing_question(turn):
        return list(dict.fromkeys([_standing_question(turn), *of_note]))
    steers = visit_note.is_command(turn.text) and not turn.parsed.get(SAFETY, {}).get("signs")
    check = None if steers else _check(turn)  # the regression does not know words that steer the note
    return [check] if check else of_note  # the note goes on once it is settled


def answers(turn: Turn) -> list[str]:
    """The answer to the message, what stands or a check before it, and after it what is to be asked."""
    again = _question_again(turn)
    said = subject_answers(turn) + again
    if not again and asks_opinion(said, turn.earlier):
        said.append(Response.HELPFUL)
    asked = _standing_question(turn)
    if asked:
        return [asked] if turn.intent in TALK else list(dict.fromkeys([asked, *said]))
    check = _check(turn)
    if check and again:
        return [check]  # the note goes on once it is settled
    return [check, *said] if check and check != said[0] else said


VOICES = (alarm, standing, note, answers)


def plan(turn: Turn) -> list[str]:
    """The responses that the turn needs, in order. A safety check or what follows an alarm stands in it once, first."""
    return next(filter(None, (voice(turn) for voice in VOICES)))


def _question_again(turn: Turn) -> list[str]:
    """The visit note's question, where one is open."""
    step = visit_note.note_of(turn)[0].step
    return [visit_note.question(step)] if step else []


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
