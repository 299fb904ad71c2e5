"""Finds many patterns of words in a text at once, in time that grows with the text alone (Aho and Corasick, 1975).

A pattern is a line of words: ``a|b`` is either, ``_`` in it a space, ``*`` after a piece's last word any ending;
``...`` skips a few words, ``...5`` up to five. Its pieces between the dots are looked for together with those of all
other patterns, and joined as they turn up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import Generic, Iterable, Iterator, TypeVar

import ahocorasick

from rashguide.understanding.spelling import Words

Label = TypeVar("Label")
GAP = re.compile(r"\.\.\.(\d*)")


@dataclass(frozen=True)
class Run(Generic[Label]):
    """A pattern found: whose, and the places of its first and last word."""

    label: Label
    first: int
    last: int


def _pieces(pattern: str, gap: int) -> tuple[list[list[str]], list[int]]:
    """A pattern's pieces, each as every line that it stands for, and how many words lie before each at most."""
    parts = GAP.split(pattern)
    pieces, gaps = [], [0, *(int(size or gap) for size in parts[1::2])]
    for piece in parts[::2]:
        choices = [[choice.replace("_", " ") for choice in slot.split("|")] for slot in piece.split()]
        pieces.append([" ".join(line) for line in product(*choices)])
    return pieces, gaps


class Patterns(Generic[Label]):
    """Patterns ready to be looked for."""

    def __init__(self, patterns: Iterable[tuple[str, Label, int]]) -> None:
        """Each with what it is found as, and how many words ``...`` may skip. Spelt as the texts will be."""
        self._labels: list[Label] = []
        self._gaps: list[list[int]] = []  # words that may be skipped before each piece
        uses: dict[str, tuple[int, list[tuple[int, int]]]] = {}
        for pattern, label, gap in patterns:
            pieces, gaps = _pieces(pattern, gap)
            self._labels.append(label)
            self._gaps.append(gaps)
            for place, lines in enumerate(pieces):
                for line in set(lines):
                    key = f" {line[:-1]}" if line.endswith("*") else f" {line} "
                    uses.setdefault(key, (len(line.split()), []))[1].append((len(self._labels) - 1, place))
        self._automaton = ahocorasick.Automaton()
        for key, (count, used) in uses.items():
            self._automaton.add_word(key, (len(key), count, used))
        if uses:
            self._automaton.make_automaton()

    def find(self, text: Words) -> Iterator[Run[Label]]:
        """Every pattern in the text, by where its last word ends."""
        spoken, starts, position = text.text, {}, 0
        for place, word in enumerate(text.words):
            starts[position] = place
            position += len(word) + 1
        begun: dict[tuple[int, int], tuple[int, int]] = {}
        for end, (length, count, used) in self._automaton.iter(spoken) if len(self._automaton) else ():
            first = starts[end - length + 1]
            last = first + count - 1
            for pattern, place in used:
                gaps = self._gaps[pattern]
                start = first
                if place:
                    start, before = begun.get((pattern, place), (0, -1))
                    if before < 0 or not 0 < first - before <= gaps[place] + 1:
                        continue
                if place + 1 == len(gaps):
                    yield Run(self._labels[pattern], start, last)
                else:
                    begun[pattern, place + 1] = (start, last)
