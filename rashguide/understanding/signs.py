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
UNABLE = {"can", "could"}
OF_ITS_OWN = {"can", "not", "will"}  # with which a phrase begins that is itself about what does not work
CRISIS = "crisis"  # said in the past or as a figure of speech, it is asked about all the same


@dataclass(frozen=True)
class Sign:
    """A phrase of the list found in a message, why it may not count ("" where it counts), and the token after it."""

    name: str
    text: str
    cancelled: str
    end: int


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
    # What stands before whom it is about is of another clause: "no I can't breathe", "not joking my throat ..."
    near = list(takewhile(lambda token: token.lower_ not in cues["subjects"], before))[:NEGATION_REACH]
    answers = own and near[:1] and near[0].lower_ == "no"  # "no can't breathe"
    if any(token.lemma_ in cues["negated"] for token in (near[1:] if answers else near) + within):
        return "negated"
    if any(token.lower_ in cues["supposed"] for token in before):
        return "supposed"
    around = {token.lower_ for token in before + after}
    if name != CRISIS and cues["past"] & around:
        return "past"
    if name != CRISIS and cues["figurative"] & around:
        return "figurative"
    return ""


def find(doc: Doc) -> list[Sign]:
    """Every sign of the list in the message, longest match first, cancelled ones included."""
    matcher, cues = load()
    found = [(doc.vocab.strings[key], doc[start:end]) for key, start, end in matcher(doc)]
    found.sort(key=lambda item: item[1].start - item[1].end)
    return [Sign(name, span.text, _cancelled(name, span, cues), span.end) for name, span in found]


def denied(doc: Doc, found: list[Sign]) -> bool:
    """Whether the message is one clause that says of each sign that it names that it is not there.

    Of despair only a plain "not" says so: "never so suicidal" and "can't stop wanting to die" say the contrary.
    """
    _, cues = load()
    rest = doc[max((sign.end for sign in found), default=0) :]
    one_clause = not any(token.lower_ in CLAUSE_ENDS for token in doc[:-1])
    said = [token for token in doc if token.lemma_ in cues["negated"]]
    plain_not = len(said) == 1 and said[0].lemma_ == "not" and doc[max(said[0].i - 1, 0)].lemma_ not in UNABLE
    return (
        bool(found)
        and one_clause
        and not any(token.lower_ in cues["subjects"] for token in rest)
        and all(sign.cancelled == "negated" and (plain_not or sign.name != CRISIS) for sign in found)
    )


def present(found: list[Sign]) -> list[str]:
    """The names of those signs that nothing near them cancels."""
    return sorted({sign.name for sign in found if not sign.cancelled})
