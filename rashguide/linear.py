"""Regular expressions for what people write: RE2's, which cannot backtrack.

Their time grows with the text's length alone, whatever the text and whatever the pattern; Python's ``re``, under whose
names they stand here, may take 2^n steps for one message. RE2 has no lookarounds and no back references, and its
``\\w``, ``\\W``, ``\\b`` and ``\\s`` go by ASCII.
"""

from __future__ import annotations

import re
from typing import Any

import re2

I = re.I  # noqa: E741
S = re.S
Pattern = type(re2.compile(""))
escape = re2.escape


def compile(pattern: str, flags: int = 0) -> Any:
    """The pattern. Raises ``re2.error`` where it needs backtracking."""
    told = ("i" if flags & I else "") + ("s" if flags & S else "")
    return re2.compile(f"(?{told}){pattern}" if told else pattern)


def search(pattern: str, text: str, flags: int = 0) -> Any:
    """As ``re.search``."""
    return compile(pattern, flags).search(text)


def sub(pattern: str, replacement: str, text: str) -> str:
    """As ``re.sub``."""
    return str(compile(pattern).sub(replacement, text))


def findall(pattern: str, text: str) -> list[str]:
    """As ``re.findall`` of a pattern with one group at most."""
    return list(compile(pattern).findall(text))
