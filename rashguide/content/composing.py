"""Composes replies of what is said in one wording everywhere: the three steps above all.

``subjects`` calls it for each reply that it reads.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from rashguide import ROOT

DATA = ROOT / "data"
NAME = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def steps() -> dict[str, Any]:
    """``data/safety/steps.yml``: signs by step and name, and the pieces that are made of them."""
    read: dict[str, Any] = yaml.safe_load((DATA / "safety" / "steps.yml").read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def pieces() -> dict[str, str]:
    """Every piece by its name, with the signs in it written out."""
    signs: dict[str, str] = {}
    for step in steps()["signs"].values():
        signs |= step
    return {name: _named(text, signs) for name, text in steps()["pieces"].items()}


def _named(text: str, known: dict[str, str]) -> str:
    return NAME.sub(lambda found: known.get(found.group(1), found.group()), text)


def composed(text: str) -> str:
    """A reply's text with its pieces written out, lists on lines of their own; other names stay for the settings."""
    known = {name: f"\n{piece}\n" if "\n" in piece else piece for name, piece in pieces().items()}
    return re.sub(r"[ \t]*\n\s*", "\n", _named(text, known)).strip()
