"""A button's signature: it is good for the conversation that it was shown in, and for nothing else."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple, Optional

from rashguide import content
from rashguide.settings import settings

SIGNS = 16  # of a signature


class Pressed(NamedTuple):
    """A button that was shown by us: one of ``content.choices``, and the mark of the turn whose reply it stood in."""

    choice: str
    shown: str


def _signature(conversation_id: str, choice: str, shown: str) -> str:
    key = settings().secret_key.encode()
    return hmac.new(key, f"{conversation_id}\n{choice}\n{shown}".encode(), hashlib.sha256).hexdigest()[:SIGNS]


def sign(conversation_id: str, payload: str, shown: str = "") -> str:
    """A button's payload as it leaves: good for this conversation only, 64 bytes at most.

    ``shown``: the mark of the turn whose reply it stands in; "" for one that stands in none.
    """
    choice = payload.removeprefix("/")
    return f"/{choice}~{shown}{_signature(conversation_id, choice, shown)}"


def chosen(conversation_id: str, text: str) -> Optional[Pressed]:
    """What a pressed button stands for; None for anything that somebody typed or forged."""
    choice, tilde, rest = text.strip().removeprefix("/").partition("~")
    if not (text.strip().startswith("/") and tilde and choice in content.choices()):
        return None
    shown, signature = rest[:-SIGNS], rest[-SIGNS:]
    expected = _signature(conversation_id, choice, shown)
    genuine = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return Pressed(choice, shown) if genuine else None
