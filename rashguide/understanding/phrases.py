"""The language of the phrase lists in ``data/``, and what spaCy's matcher makes of it.

Words match in any of their forms. ``a|b`` is either; ``...`` skips up to three words; ``*`` after a word allows one
wrong letter.
"""

from __future__ import annotations

from typing import Any

from rashguide.understanding.reader import read

Token = dict[str, Any]  # what spaCy's matcher asks of one token


def _forms(word: str) -> list[Token]:
    """One word of the list as alternatives for spaCy: by lemma, or with one letter wrong."""
    forms = word.split("|")
    lemmas = sorted({token.lemma_ for form in forms for token in read(form.rstrip("*"))})
    fuzzy = [form.rstrip("*") for form in forms if form.endswith("*")]
    # A lone one is compared in C; a set is a call of Python's for each word of each message.
    matched: list[Token] = [{"LEMMA": lemmas[0] if len(lemmas) == 1 else {"IN": lemmas}}]
    return matched + ([{"LOWER": {"FUZZY1": {"IN": fuzzy}}}] if fuzzy else [])


def patterns(phrase: str) -> list[list[Token]]:
    """A line of a list as spaCy's patterns."""
    found: list[list[Token]] = [[]]
    for word in phrase.split():
        if word == "...":
            skipped: Token = {"IS_SENT_START": False, "OP": "?"}
            found = [pattern + [skipped] * 3 for pattern in found]
        else:
            found = [pattern + [form] for pattern in found for form in _forms(word)]
    return found
