"""A message's words as they are compared with lists in other languages, whatever keyboard they were typed on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc\u02b9`\u00b4"))
_JOINERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\ufeff\u0640"))
_GONE = _APOSTROPHES | _JOINERS
# Accents of Latin and Cyrillic letters, but for those that make another letter: й and ї.
_ACCENTS = re.compile("(?<!и)\u0306|(?<!і)\u0308|[\u0300-\u0305\u0307\u0309-\u036f]")
# Letters that different keyboards, or different writers, use for one; vowel marks that few type in Arabic script; the
# two signs of a nasal vowel in Hindi and its dot below, Bengali's sign of a nasal vowel. No other mark of theirs goes.
_SAME = str.maketrans(
    {
        **dict(zip("ıłđøœæ", ["i", "l", "d", "o", "oe", "ae"])),
        "ß": "ss",
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        **dict.fromkeys("ةہۃھ", "ه"),
        "ک": "ك",
        "ؤ": "و",
        **dict.fromkeys(map(chr, range(0x064B, 0x0656)), None),
        "\u0670": None,
        "\u0901": "\u0902",
        "\u093c": None,
        "\u0981": None,
    }
)
_CRIES = re.compile("[\U0001f198\U0001f691][\U0001f198\U0001f691\ufe0f\\s]*")  # the signs for SOS and for an ambulance
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
# Signs that are written without spaces stand each for itself, so that a list may be met anywhere in a sentence.
_SIGN = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u1100-\u11ff\u3130-\u318f"
_WORD = re.compile(rf"[{_SIGN}]|(?:(?![{_SIGN}])[^\W_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0963\u0966-\u0dff])+")
_PAUSE = re.compile(r"[,.;:!?\u2026\u060c\u061b\u061f\u06d4\u0964\u3001\u3002\n]")


@dataclass(frozen=True)
class Words:
    """The words of a message in order, and the places of those that follow a pause, such as a comma."""

    words: list[str]
    pauses: frozenset[int]

    @property
    def text(self) -> str:
        """The words with one space around each."""
        return f" {' '.join(self.words)} "


def spelled(text: str) -> str:
    """The text in small letters, wide and composed forms unified, apostrophes gone, drawn-out letters once."""
    plain = unicodedata.normalize("NFKC", _CRIES.sub(" sos ", text)).translate(_GONE).lower()
    return _DRAWN_OUT.sub(r"\1", plain)


def folded(text: str) -> str:
    """As ``spelled``, without accents. Never for Vietnamese, where they tell "suicide" from "slowly"."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", spelled(text)))
    return unicodedata.normalize("NFC", bare).translate(_SAME)


def words(spelt: str) -> Words:
    """What ``spelled`` or ``folded`` made, cut into words; a sign of Chinese, Japanese or Korean is one by itself."""
    found: list[str] = []
    pauses: list[int] = []
    end = 0
    for match in _WORD.finditer(spelt):
        if _PAUSE.search(spelt, end, match.start()):
            pauses.append(len(found))
        found.append(match.group())
        end = match.end()
    return Words(found, frozenset(pauses))
