"""A short list of unmistakable phrases, matched by spaCy, with the words that cancel a sign scoped to that sign.

The list is ``data/safety/signs.yml``: it can be read and signed off line by line, and works without any training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Iterable

import yaml
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span, Token

from rashguide import content
from rashguide.understanding.phrases import patterns
from rashguide.understanding.reader import english

FILE = content.DATA / "safety" / "signs.yml"
CLAUSE_ENDS = {"but", "however", "though", "although", "yet", "except", ".", ";", "!", "?", ",", "and", "now"}
NEGATION_REACH = 5  # tokens before the sign
OF_ITS_OWN = {"can", "not", "will"}  # with which a phrase begins that is itself about what does not work
CRISIS = "crisis"  # said in the past or as a figure of speech, it is asked about all the same


@dataclass(frozen=True)
class Sign:
    """A phrase of the list found in a message, and why it may not count ("" where it counts)."""

    name: str
    text: str
    cancelled: str


@lru_cache(maxsize=1)
def load() -> tuple[Matcher, dict[str, frozenset[str]]]:
    """The list as spaCy's matcher, and its cues by kind."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    matcher = Matcher(english().vocab)
    for name, phrases in document["signs"].items():
        matcher.add(name, [pattern for phrase in phrases for pattern in patterns(phrase)])
    return matcher, {kind: frozenset(words) for kind, words in document["cues"].items()}


def _clause(span: Span) -> tuple[list[Token], list[Token]]:
    """The tokens before the sign and after it in its clause, nearest first."""

    def until_end(tokens: Iterable[Token]) -> list[Token]:
        return list(takewhile(lambda token: token.lower_ not in CLAUSE_ENDS, tokens))

    sentence = span.sent
    return (
        until_end(reversed(span.doc[sentence.start : span.start])),
        until_end(span.doc[span.end : sentence.end]),
    )


def _cancelled(name: str, span: Span, cues: dict[str, frozenset[str]]) -> str:
    before, after = _clause(span)
    own = name == CRISIS or span[0].lemma_ in OF_ITS_OWN
    within = [] if own else list(span[1:])  # "my tongue is not swollen"
    if any(_negates(token, name, cues) for token in before[:NEGATION_REACH] + within):
        return "negated"
    if any(token.lower_ in cues["supposed"] for token in before):
        return "supposed"
    around = {token.lower_ for token in before + after}
    if name != CRISIS and cues["past"] & around:
        return "past"
    if name != CRISIS and cues["figurative"] & around:
        return "figurative"
    return ""


def _negates(token: Token, name: str, cues: dict[str, frozenset[str]]) -> bool:
    """Whether a word says that the sign is not there. "No, I can't breathe" answers; "never so suicidal" heightens."""
    if name == CRISIS:
        return token.lemma_ == "not"
    answers = token.lower_ == "no" and token.nbor().lower_ in cues["answered"]
    return token.lemma_ in cues["negated"] and not answers


def find(doc: Doc) -> list[Sign]:
    """Every sign of the list in the message, longest match first, cancelled ones included."""
    matcher, cues = load()
    found = [(doc.vocab.strings[key], doc[start:end]) for key, start, end in matcher(doc)]
    found.sort(key=lambda item: item[1].start - item[1].end)
    return [Sign(name, span.text, _cancelled(name, span, cues)) for name, span in found]


def denied(doc: Doc, found: list[Sign]) -> bool:
    """Whether the message is one clause that says of each sign that it names that it is not there."""
    one_clause = not any(token.lower_ in CLAUSE_ENDS for token in doc[:-1])
    return bool(found) and one_clause and all(sign.cancelled == "negated" for sign in found)


def present(found: list[Sign]) -> list[str]:
    """The names of those signs that nothing near them cancels."""
    return sorted({sign.name for sign in found if not sign.cancelled})
