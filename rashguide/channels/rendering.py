"""Fits a turn into what a platform can show: how long a message may be, and how choices are offered.

The guard has put the advice at the end of the turn's last text. It is taken apart first, and stays whole and last
however a text is cut.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional

from rashguide import linear
from rashguide.content.names import Family
from rashguide.guard.advice import apart

CHOOSE, CHOOSE_LETTER = "Type a number to choose:", "Type a letter to choose:"
LETTERS = "ABCDEFGH"
JOINER = "\u200d"
SKIN_TONES, REGIONAL = (frozenset(map(chr, span)) for span in (range(0x1F3FB, 0x1F400), range(0x1F1E6, 0x1F200)))
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

_SENTENCE_END = linear.compile(r"([.!?。])\s+")
_SAID_AROUND_A_NUMBER = linear.compile(r"^(?:(?:number|option|choice|answer)\s+)?[(#]*([\pL\pN_]{1,10})[).:!]*$")
_KEYCAP = dict.fromkeys((0xFE0F, 0x20E3))


@dataclass(frozen=True)
class Limits:
    """What one message on a platform can hold, as ``size`` measures it.

    ``text`` and ``text_with_buttons`` are the longest text without and with buttons, ``buttons`` the number of native
    buttons (0: none), ``title`` the longest title of one.
    """

    text: int
    buttons: int = 0
    title: int = 0
    text_with_buttons: int = 0
    size: Callable[[str], int] = len


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what the person reads, the signed payload that comes back, and its number or letter."""

    title: str
    payload: str
    label: str = ""


@dataclass(frozen=True)
class Part:
    """One message as it goes to the platform."""

    text: str
    buttons: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """A turn's messages in order, and the choices that a typed number or letter stands for."""

    parts: list[Part]
    offered: list[Choice]


def utf16(text: str) -> int:
    """The text's length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def utf8(text: str) -> int:
    """The text's length in bytes of UTF-8."""
    return len(text.encode())


def _longest_start(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many characters of the text fit: at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    whole = low
    while 0 < whole < len(text) and _belongs(text[whole - 1], text[whole]):
        whole -= 1
    return whole or low


def _belongs(before: str, sign: str) -> bool:
    """True where two signs are seen as one: an emoji of several parts, a flag, a letter and its marks."""
    if JOINER in (before, sign) or unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me"):
        return True
    return sign in SKIN_TONES or (before in REGIONAL and sign in REGIONAL)


def _pieces(text: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """A text too long for one message in several: cut between lines, else sentences, else words, else anywhere."""
    if size(text) <= limit:
        return [text]
    sentences = _SENTENCE_END.sub(r"\1\n", text).split("\n")
    for parts, joint in ((text.split("\n"), "\n"), (sentences, " "), (text.split(" "), " ")):
        if len(parts) > 1:
            found: list[str] = []
            for part in parts:
                if found and size(found[-1] + joint + part) <= limit:
                    found[-1] += joint + part
                else:
                    found += _pieces(part, limit, size)
            return found
    cut = _longest_start(text, limit, size)
    return [text[:cut], *_pieces(text[cut:], limit, size)]


def split(text: str, limit: int, size: Callable[[str], int] = len, advice: str = "") -> list[str]:
    """A text in as many messages as it needs, the advice whole at the end of the last one."""
    found = _pieces(text, limit, size) if text else []
    if advice and found and size(f"{found[-1]}\n{advice}") <= limit:
        found[-1] += f"\n{advice}"
    elif advice:
        found.append(advice)
    return found


def render(messages: list[dict[str, Any]], limits: Limits) -> Rendered:
    """A turn's messages, as the guard hands them out, as the platform takes them.

    Choices become buttons. Where a title is too long for one, the choices are numbered lines and the buttons bear the
    numbers; where there are no buttons, or too few, the lines alone. To a question of the visit note a number may be an
    answer ("3" weeks): its choices have letters.
    """
    parts: list[Part] = []
    offered: list[Choice] = []
    spoken, advice = apart([message for message in messages if message.get("text")])  # the guide sends no pictures
    for message in spoken:
        text, choices = message["text"], [Choice(each["title"], each["payload"]) for each in message.get("buttons", [])]
        native = 0 < len(choices) <= limits.buttons
        if choices and not (native and all(limits.size(choice.title) <= limits.title for choice in choices)):
            lettered = (message.get("utter_action") or "").startswith(Family.NOTE)
            numbers = map(str, itertools.count(1 + sum(choice.label.isdecimal() for choice in offered)))
            choices = [replace(choice, label=label) for label, choice in zip(LETTERS if lettered else numbers, choices)]
            offered += choices
            lines = [CHOOSE_LETTER if lettered else CHOOSE, *(f"{choice.label}. {choice.title}" for choice in choices)]
            text = "\n".join([*filter(None, [text]), *lines])
            choices = [replace(choice, title=choice.label) for choice in choices]
        limit = limits.text_with_buttons if native else limits.text
        pieces = split(text, limit, limits.size, advice if message is spoken[-1] else "")
        parts += [Part(piece) for piece in pieces[:-1]]
        parts.append(Part(pieces[-1], tuple(choices) if native else ()))
    return Rendered(parts, offered)


def _plain(text: str) -> str:
    kept = text.replace("'", "").replace("’", "").casefold()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in kept).split())


def picked(text: str, offered: list[Choice]) -> Optional[Choice]:
    """The choice that somebody typed: its number, also in letters, its letter or its words. None for anything else."""
    said = _SAID_AROUND_A_NUMBER.match(text.translate(_KEYCAP).strip().casefold())
    if said:
        word = said.group(1)
        label = str(int(word)) if word.isdecimal() else str(WORDS.index(word) + 1) if word in WORDS else word.upper()
        labelled = next((choice for choice in offered if choice.label == label), None)
        if labelled:
            return labelled
    return next((choice for choice in offered if _plain(choice.title) == _plain(text) != ""), None)
