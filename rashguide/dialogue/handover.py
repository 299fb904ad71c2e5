"""What a message wants of the handover: a message of the person's own to the clinic, sent only after their yes.

It goes: their words (or the visit note), their name, how to call them back, all of it shown, yes. What is done is
``actions/handover.py``'s, which asks here too; how far it is stands in one slot, ``stage`` first of all.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Optional

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide import linear as re
from rashguide.content.names import CHECKS, Intent, Response, Slot
from rashguide.dialogue.turns import Turn
from rashguide.settings import settings
from rashguide.understanding.keys import SAFETY

LONGEST = 4000  # characters of a message to the clinic
LONGEST_NAME = 80
NAME_WORDS = 4  # of a person's name at most, where it has to be told from other things
SHORT = 6  # words of a message that says yes, no or what is wrong, and nothing else
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # of a telephone number (ITU-T E.164)

_NAME = re.compile(r"[\pL\pM .,'’-]+")
_PHONE = re.compile(r"\+?[\d() ./-]+")
_E_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE_INSIDE = re.compile(r"\+?\d[\d() ./-]{5,}\d")
# A dot that would make a link of what stands round it; the CJK full stop is one in addresses too.
_LINKING = re.compile(r"([\pL\pN_-])[.。](\pL\pL)")


class Stage:
    """What is asked for, or what came of it."""

    WORDS, NAME, CONTACT, CONFIRM = "words", "name", "contact", "confirm"
    OPEN = (WORDS, NAME, CONTACT, CONFIRM)
    SENT, DELIVERED, FAILED = "sent", "delivered", "failed"  # the last two: as the store has them, too


class Wish:
    """What a message may want of the handover."""

    START, ANSWER, YES, STOP, CHANGE = "start", "answer", "yes", "stop", "change"
    AGAIN = "again"  # what was asked is put once more
    ASIDE = "aside"  # another question is answered first
    STATUS, NOTHING = "status", "nothing"  # nothing: a button of a handover that is over


def state(turn: Turn) -> dict[str, Any]:
    """How far the handover is, before the message."""
    return turn.slots.get(Slot.HANDOVER) or {}


def stage(turn: Turn) -> Optional[str]:
    """The open stage that the message follows; None where none is open."""
    found = state(turn).get("stage")
    return found if found in Stage.OPEN else None


def is_name(turn: Turn) -> bool:
    """True for what may be the name that was asked for: a few words as names have, no sign of the list (``signs.py``).

    The understanding knows no names, and takes one in seven for an emergency, a sign or a question.
    """
    safety = turn.parsed.get(SAFETY)
    if stage(turn) != Stage.NAME or turn.late or safety is None or safety["signs"]:
        return False
    if len(turn.text.split()) > NAME_WORDS or not _NAME.fullmatch(turn.text.strip()):
        return False
    return set(_listed(Response.HANDOVER_NAME, "no_name")).isdisjoint(_words(turn.text))


def is_told(turn: Turn) -> bool:
    """True for the name or the number that was asked for, whatever it looks like to the understanding."""
    return is_name(turn) or stage(turn) == Stage.CONTACT and not turn.late and contact(turn.text) is not None


def wish(turn: Turn) -> Optional[str]:
    """What the message wants of the handover; None where it is no matter of it."""
    if turn.pressed and turn.intent in _PRESSED:
        return _pressed(turn)
    if not settings().handover:
        return None
    return _inside(turn) if stage(turn) else _outside(turn)


_PRESSED = {"handover_yes": Wish.YES, "handover_no": Wish.STOP, "handover_change": Wish.CHANGE}


def _pressed(turn: Turn) -> str:
    if not stage(turn):
        return Wish.STATUS if state(turn) else Wish.NOTHING
    wanted = _PRESSED[turn.intent or ""]
    return wanted if wanted == Wish.STOP or _asked(turn) else Wish.AGAIN


def _asked(turn: Turn) -> bool:
    """True where the message answers "Shall I send it?", shown with all that would be sent, in the turn before."""
    return stage(turn) == Stage.CONFIRM and Response.HANDOVER_CONFIRM in turn.before and not turn.late


def _asks_after_it(turn: Turn) -> bool:
    """True for a short question after a message that was confirmed: right behind that, whatever it looks like."""
    if not state(turn) or turn.pressed or turn.step or not _holds(turn.text, _listed(Response.HANDOVER_WAITS)):
        return False
    known = turn.sure and turn.intent != DEFAULT_NLU_FALLBACK_INTENT_NAME
    return not known or not _CAME_OF_IT.isdisjoint(turn.before)


_CAME_OF_IT = {Response.HANDOVER_SENT, Response.HANDOVER_WAITS, Response.HANDOVER_DELIVERED, Response.HANDOVER_FAILED}


def _outside(turn: Turn) -> Optional[str]:
    if _asks_after_it(turn):
        return Wish.STATUS
    if turn.intent != Intent.SEND or turn.step and not (turn.pressed or turn.sure):
        return None  # beside a question of the note, what is not sure is an answer to that
    return Wish.STATUS if state(turn) and not turn.pressed else Wish.START


def _inside(turn: Turn) -> Optional[str]:
    if turn.intent == Intent.DELETE:
        return None
    if turn.late and (not turn.pressed or turn.intent not in content.subjects()):
        return Wish.AGAIN  # what goes back to an earlier message is no answer to this question
    if turn.pressed:
        return Wish.AGAIN if turn.intent == Intent.SEND else Wish.ASIDE
    if CHECKS & set(turn.before):
        return Wish.AGAIN
    if _only(turn.text, Response.HANDOVER_STOPPED) or turn.intent == Intent.GOODBYE and turn.sure:
        return Wish.STOP
    if stage(turn) == Stage.WORDS:
        to_the_guide = turn.sure and turn.intent in _ASIDES and len(_words(turn.text)) <= SHORT
        return Wish.ASIDE if to_the_guide else Wish.ANSWER
    if turn.sure and (content.is_faq(turn.intent) or turn.intent in _ASIDES) and not is_told(turn):
        return Wish.ASIDE
    if stage(turn) == Stage.CONFIRM:
        return _at_the_end(turn)
    return Wish.AGAIN if turn.sure and turn.intent in (Intent.AFFIRM, Intent.THANKS, Intent.GREET) else Wish.ANSWER


_ASIDES = {Intent.PRIVACY, Intent.HUMAN, Intent.BOT, Intent.CAPABILITIES, Intent.CLINIC, Intent.REMIND}


def _at_the_end(turn: Turn) -> str:
    if contact_in(turn.text) or part_named(turn.text):
        return Wish.CHANGE
    yes = _only(turn.text, Response.HANDOVER_SENT) and "?" not in turn.text
    if yes and turn.intent != Intent.DENY and _asked(turn):
        return Wish.YES
    return Wish.CHANGE if _holds(turn.text, _listed(Response.HANDOVER_WHICH)) else Wish.AGAIN


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def _listed(response: str, kind: str = "named") -> list[str]:
    """The words that stand beside a response in data/."""
    subject = content.subject_of(response)
    return subject.metadata[kind] if subject else []


def _holds(text: str, listed: list[str]) -> bool:
    whole = f" {' '.join(_words(text))} "
    return len(_words(text)) <= SHORT and any(f" {' '.join(_words(word))} " in whole for word in listed)


def _only(text: str, response: str) -> bool:
    """True for a short message of nothing but such words, at least one of which counts by itself."""
    said = _words(text)
    known = {*_listed(response), *_listed(response, "fillers")}
    return 0 < len(said) <= SHORT and set(said) <= known and bool(set(said) & {*_listed(response)})


def part_named(text: str) -> Optional[str]:
    """The part that a short message says is wrong: its stage; None where it names none."""
    parts = {
        Stage.NAME: Response.HANDOVER_NAME,
        Stage.CONTACT: Response.HANDOVER_CONTACT,
        Stage.WORDS: Response.HANDOVER_WORDS,
    }
    return next((part for part, response in parts.items() if _holds(text, _listed(response))), None)


def plain(text: str, lines: bool = False) -> str:
    """A person's words as they may be sent: without signs that are not seen, on one line, links made inert."""
    text = unicodedata.normalize("NFKC", text)
    kept = "".join(sign if sign == "\n" or not unicodedata.category(sign).startswith("C") else " " for sign in text)
    split = kept.split("\n") if lines else [kept]
    told = "\n".join(filter(None, (" ".join(line.split()) for line in split)))
    told = told.replace("://", ": //")
    for _ in range(2):  # each find takes the letters behind the dot, with which the next one begins
        told = _LINKING.sub(r"\1. \2", told)
    return told


def contact(text: str) -> Optional[str]:
    """The telephone number or e-mail address that a message is; None where it is neither."""
    said = " ".join(text.split()).strip(" .,;")
    digits = sum(sign.isdigit() for sign in said)
    if said.isascii() and _PHONE.fullmatch(said) and FEWEST_DIGITS <= digits <= MOST_DIGITS:
        return said
    return said if len(said) <= 100 and _E_MAIL.fullmatch(said) else None


def contact_in(text: str) -> Optional[str]:
    """The one telephone number or e-mail address in a message; None where there is none, or more than one."""
    whole = contact(text)
    if whole:
        return whole
    found = {*_PHONE_INSIDE.findall(text), *_E_MAIL.findall(text)}
    return contact(found.pop()) if len(found) == 1 else None


def preview(waiting: dict[str, Any]) -> str:
    """All that would be sent, and the question whether it shall be."""
    to, name, reached = _listed(Response.HANDOVER_CONFIRM, "shown")
    lines = [to.format(**settings().numbers()), waiting["body"]]
    lines += [f"{name} {waiting['name']}", f"{reached} {waiting['contact']}"]
    return "\n".join([*lines, content.spoken(Response.HANDOVER_CONFIRM)])
