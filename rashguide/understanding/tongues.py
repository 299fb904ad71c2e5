"""Unmistakable emergencies, crises and small talk in other languages, by the lists in ``data/safety/tongues``.

The lists can be read and signed off line by line by those who speak the language, and work without any training. A
``*.yml`` there has: ``name``; ``gap``, the words that ``...`` may skip; ``emergency`` and ``crisis``, patterns met
anywhere (how they are written: ``runs.py``); ``alone``, what is an emergency where it is the whole message, ``check``,
what is to be asked about there; ``cancels``, patterns that make what they overlap harmless; ``negators`` and
``negators_after``, words that do so right before and right behind; ``small``, small talk. ``exact: true``: accents
count. ``joined``: what may be written joined to a first word. ``foreign``: words of another language, beside which
nothing of this one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Iterable, Optional

import yaml

from rashguide import content
from rashguide.content.names import Intent
from rashguide.understanding.runs import GAP, Patterns, Run
from rashguide.understanding.spelling import Words, folded, spelled, words

FOLDER = content.DATA / "safety" / "tongues"
ENGLISH = "english"
ALONE, CHECK, CANCELS, SMALL = "alone", "check", "cancels", "small"
# Whose pattern it is, what it is a sign of, and the words in it.
Mark = tuple["Tongue", str, frozenset[str]]
TIERS = (Intent.EMERGENCY, Intent.CRISIS)
WHOLE = (ALONE, CHECK)


@dataclass(frozen=True)
class Finding:
    """What a message is by a list: ``kind`` is one of ``TIERS``, ``CHECK`` or ``SMALL``."""

    language: str
    kind: str


@dataclass(frozen=True)
class Tongue:
    """One language's words that make a phrase harmless."""

    name: str
    before: frozenset[str]
    after: frozenset[str]
    foreign: frozenset[str]


@dataclass
class _Book:
    """All languages whose words are spelt alike: with their accents, or without."""

    entries: list[tuple[str, Mark, int]] = field(default_factory=list)
    small: dict[str, str] = field(default_factory=dict)

    @property
    def patterns(self) -> Patterns[Mark]:
        """The patterns, ready to be looked for."""
        return Patterns(self.entries)


@lru_cache(maxsize=1)
def _documents() -> dict[str, dict[str, Any]]:
    """The lists by their languages' codes."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {file.stem: yaml.load(file.read_text(encoding="utf-8"), loader) for file in sorted(FOLDER.glob("*.yml"))}


def languages() -> dict[str, str]:
    """The names of the languages that there are lists in, by code, English among them."""
    return {code: document["name"] for code, document in _documents().items()}


def _spelt(word: str, exact: bool) -> str:
    """A word, or a sign, of a pattern as messages are spelt."""
    return "_".join(words((spelled if exact else folded)(word.replace("_", " "))).words)


def _pattern(line: str, exact: bool, joined: Iterable[str] = ()) -> str:
    """A pattern as messages are spelt, also with what may be joined to its first word."""
    slots = []
    for slot in str(line).split():
        if GAP.fullmatch(slot):
            slots.append(slot)
            continue
        choices = [_spelt(choice, exact) + "*" * choice.endswith("*") for choice in slot.split("|")]
        if not slots:
            choices += [joint + choice for joint in joined for choice in choices]
        slots.append("|".join(dict.fromkeys(choices)))
    return " ".join(slots)


def _read(document: dict[str, Any], book: _Book) -> None:
    exact = document.get("exact", False)

    def spelt(key: str) -> frozenset[str]:
        return frozenset(_spelt(str(word), exact) for word in document.get(key, []))

    tongue = Tongue(document["name"], spelt("negators"), spelt("negators_after"), spelt("foreign"))
    joined = [_spelt(joint, exact) for joint in document.get("joined", [])]
    for kind in (*TIERS, CANCELS, *WHOLE):
        for line in document.get(kind, []):
            pattern = _pattern(line, exact, joined if kind in TIERS else ())
            own = frozenset(pattern.replace("|", " ").replace("_", " ").split())
            book.entries.append((pattern, (tongue, kind, own), document.get("gap", 0)))
    for phrase in (phrase for phrases in document.get(SMALL, {}).values() for phrase in phrases):
        book.small.setdefault(_pattern(phrase, exact).replace("_", " "), tongue.name)


@lru_cache(maxsize=1)
def load() -> list[tuple[bool, Patterns[Mark], dict[str, str]]]:
    """The lists of all languages: whether accents count, their patterns, and small talk with its language."""
    books = {True: _Book(), False: _Book()}
    for document in _documents().values():
        _read(document, books[document.get("exact", False)])
    return [(exact, book.patterns, book.small) for exact, book in books.items()]


def _overlap(run: Run[Mark], other: Run[Mark]) -> bool:
    """True where two patterns of one language share words."""
    return run.first <= other.last and other.first <= run.last and run.label[0] is other.label[0]


def _counts(run: Run[Mark], cancels: list[Run[Mark]], text: Words) -> bool:
    """True where nothing makes a found pattern harmless."""
    tongue, kind, own = run.label
    if kind in WHOLE:
        return (run.first, run.last) == (0, len(text.words) - 1)
    if not tongue.foreign.isdisjoint(text.words):
        return False
    if any(_overlap(run, other) for other in cancels):
        return False
    first = text.words[run.first]
    if first in tongue.before:
        return run.first + 1 not in text.pauses  # "no, puedo respirar": that breath is there
    before, after = run.first - 1, run.last + 1
    denies_itself = not tongue.before.isdisjoint(text.words[run.first : after])  # "ne respire plus"
    if before >= 0 and run.first not in text.pauses and text.words[before] in tongue.before and not denies_itself:
        return False
    behind = text.words[after] if after < len(text.words) and after not in text.pauses else ""
    return behind not in tongue.after or behind in own


def _paused(run: Run[Mark], text: Words) -> bool:
    return any(place in text.pauses for place in range(run.first + 1, run.last + 1))


def _alarm(text: Words, patterns: Patterns[Mark]) -> list[tuple[int, str, str]]:
    """What counts in a text: how many words it takes, its language and its kind."""
    runs = list(patterns.find(text))
    cancels = [run for run in runs if run.label[1] == CANCELS and not _paused(run, text)]
    counting = [run for run in runs if run.label[1] != CANCELS and _counts(run, cancels, text)]
    despair = [run for run in counting if run.label[1] == Intent.CRISIS]
    # "Took pills to die" is despair, whose reply names both numbers; "can't breathe, I want to die" is an emergency.
    return [
        (run.last - run.first + 1, run.label[0].name, Intent.EMERGENCY if run.label[1] == ALONE else run.label[1])
        for run in counting
        if run.label[1] == Intent.CRISIS or not any(_overlap(run, other) for other in despair)
    ]


def find(text: str) -> Optional[Finding]:
    """What the message is by the lists, the gravest first; the language whose phrases take most of it."""
    found, small = [], None
    for exact, patterns, talk in load():
        read = words((spelled if exact else folded)(text))
        found += _alarm(read, patterns)
        small = small or talk.get(read.text.strip())
    if found:
        taken: dict[str, int] = {}
        for size, language, _ in found:
            taken[language] = taken.get(language, 0) + size
        language = max(taken, key=taken.__getitem__)
        kinds = {kind for _, own, kind in found if own == language}
        return Finding(language, next(kind for kind in (*TIERS, CHECK) if kind in kinds))
    return Finding(small, SMALL) if small else None
