"""A button's signature: it is good for the conversation that it was shown in, and for nothing else."""

from __future__ import annotations

import hashlib
import hmac
from typing import Optional

from rashguide import content
from rashguide.settings import settings


def _signature(conversation_id: str, identifier: str) -> str:
    key = settings().secret_key.encode()
    return hmac.new(key, f"{conversation_id}\n{identifier}".encode(), hashlib.sha256).hexdigest()[:16]


def sign(conversation_id: str, payload: str) -> str:
    """A button's payload as it leaves: good for this conversation only, 64 bytes at most."""
    identifier = payload.removeprefix("/")
    return f"/{identifier}~{_signature(conversation_id, identifier)}"


def chosen(conversation_id: str, text: str) -> Optional[str]:
    """What a pressed button stands for, one of ``content.choices``; None for anything that somebody typed or forged."""
    identifier, tilde, signature = text.strip().removeprefix("/").partition("~")
    if not (text.strip().startswith("/") and tilde and identifier in content.choices()):
        return None
    expected = _signature(conversation_id, identifier)
    return identifier if hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) else None
