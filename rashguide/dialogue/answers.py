"""The answer to what a message asks for: its subject's, or why there is none."""

from __future__ import annotations

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide.content.names import Family, Intent, Response
from rashguide.dialogue import follow_ups
from rashguide.dialogue.opinions import opinion
from rashguide.dialogue.turns import Turn
from rashguide.settings import settings
from rashguide.understanding.bands import BOTH, OFFERS
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.questions import PARTS
from rashguide.understanding.scope import NOT_COVERED

# What only the clinic's card can answer.
OF_THE_CARD = {Response.CLINIC, Response.REMIND}
NO_SUBJECT = {Response.NOTHING_NEAR, Response.UNSURE, Response.OUT_OF_SCOPE}


def subject_answers(turn: Turn) -> list[str]:
    """The responses to what the message asks for, the visit note aside."""
    parsed, earlier = turn.parsed, turn.earlier
    if parsed.get(PARTS):
        return [content.response_to(part) for part in parsed[PARTS]]
    said_of_it = opinion(turn)
    if said_of_it:
        return [_to_opinion(said_of_it, earlier)]
    leaning = follow_ups.resolve(parsed, turn.intent, earlier)
    if leaning:
        return leaning
    if parsed.get(BOTH):
        return [content.response_to(subject) for subject in parsed[BOTH]]
    answer = _own_answer(turn)
    fits = follow_ups.fitting(turn.text) if answer == Response.REPORTED else None
    return [answer, fits] if fits else [answer]


def _to_opinion(opinion: str, earlier: list[str]) -> str:
    last = follow_ups.last_subject(earlier)
    if opinion == Intent.TOO_HARD:
        return follow_ups.simpler(last, earlier)
    if opinion == Intent.TOO_LITTLE:
        return follow_ups.more(last, earlier)
    return content.response_to(opinion)


def _own_answer(turn: Turn) -> str:
    """The answer to a message that stands by itself: in its writer's language, and for its kind of question."""
    parsed = turn.parsed
    if turn.intent == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        answer = Response.UNSURE if parsed.get(OFFERS) else Response.NOTHING_NEAR
    else:
        answer = content.response_to(turn.intent)
    if answer in NO_SUBJECT and parsed.get(LANGUAGE):
        answer = content.in_language(Response.OUT_OF_SCOPE, parsed[LANGUAGE])
    if answer == Response.SEND or answer in OF_THE_CARD and not settings().card():
        answer = Response.HUMAN  # sending is an action's, where it can be done at all
    specific = f"{Family.NOT_COVERED}{parsed.get(NOT_COVERED)}"
    if answer == Response.OUT_OF_SCOPE_MEDICAL and content.subject_of(specific):
        answer = specific
    return answer
