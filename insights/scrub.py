"""Takes out of a message what could tell who wrote it, and leaves what was asked.

Nothing can find every name. So it goes the other way about: a word stays only where it is a common one, which is to say
that several of the training phrases use it, in small letters; whatever else was typed is replaced.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from rashguide import content
from rashguide.understanding.scope import OURS

COMMON = 3  # phrases that must use a word
ADDRESS, DATE, NUMBER, NAME, WORD = "[address]", "[date]", "[number]", "[name]", "[word]"

_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|co|uk|gov|edu|nhs)(?:[./]\S*)?", re.I)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY, _YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:,? \d{2,4})?"
_DATE = re.compile(
    r"\b\d{1,4}\s*[./-]\s*\d{1,2}(?:\s*[./-]\s*\d{2,4})?\b"
    rf"|\b{_DAY}(?: of)? {_MONTH}{_YEAR}\b|\b{_MONTH} {_DAY}{_YEAR}\b|\b{_MONTH} \d{{4}}\b",
    re.I,
)
_NUMBER = re.compile(r"\+?\(?\w*\d[\w()]*(?:[ .-]?\(?\w*\d[\w()]*)*")
_INTRODUCED = re.compile(
    r"\b((?:my|his|her|their|our) (?:full |first |last |sur)?name(?:'s| is| was)?|(?:i'm|i am|is|are|was) called"
    r"|name:|signed|regards,?)\s+[^\W\d]+(?:\s+(?-i:[A-Z])[^\W\d]+)*",
    re.I,
)
_TOKEN = re.compile(r"\[[a-z]+\]|[^\W\d_]+(?:['’][^\W\d_]+)*")


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """The words that stay."""
    uses = Counter(word for text, _ in content.phrases() for word in set(_TOKEN.findall(text)) if word.islower())
    return frozenset(word for word, count in uses.items() if count >= COMMON) | {"i", "i'm", "i've", "i'd", "i'll"}


def scrub(text: str) -> str:
    """The message without addresses, dates, numbers, names and rare words, each replaced by what it was."""
    text = _ADDRESS.sub(ADDRESS, text)
    text = _DATE.sub(DATE, text)
    text = _NUMBER.sub(NUMBER, text)
    if text.isupper():
        text = text.lower()
    text = _INTRODUCED.sub(lambda found: f"{found[1]} {NAME}", text)

    def kept(found: re.Match[str]) -> str:
        token = found[0]
        plain = token.lower().replace("’", "'")
        if token.startswith("[") or OURS.match(plain):
            return token
        starts = not text[: found.start()].strip() or re.search(r"[.?!:;\n]\s*[\"'(]*$", text[: found.start()])
        if plain not in common_words():
            return NAME if token[0].isupper() and not starts else WORD
        # "Rose", "Mark" or "Will" in the middle of a sentence is somebody.
        return token if token[0].islower() or starts or plain.startswith("i'") or plain == "i" else NAME

    return _TOKEN.sub(kept, text)
