"""What a message must be to reach Rasa: whose it is, how fast they come, and what can be read of it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any, Optional

from rashguide.guard.advice import NO_TEXT, TOO_FAST, TOO_LONG
from rashguide.guard.buttons import chosen
from rashguide.operations import limits
from rashguide.settings import settings

_PLAIN_SENDER = re.compile(r"[A-Za-z0-9_.:+@=-]{1,100}")
_LEADING_SLASHES = re.compile(r"^[\s/]+")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class NotTaken(Exception):
    """A message is not handed to Rasa. Says what its writer is told."""


def readable(text: Any) -> str:
    """The text without what no store can keep: lone surrogates and control characters. "" where it is no text."""
    return _NOT_TEXT.sub(" ", text).strip() if isinstance(text, str) else ""


def conversation(channel: str, sender: Any) -> str:
    """The conversation's id: one person on one channel. Ids that are not plain are replaced by their digest."""
    plain = f"{channel}:{sender}"
    if isinstance(sender, str) and _PLAIN_SENDER.fullmatch(plain):
        return plain
    return f"{channel}:{hashlib.sha256(repr(sender).encode('utf-8', 'backslashreplace')).hexdigest()}"


def take(conversation_id: str, text: Any) -> tuple[str, Optional[str]]:
    """The words to be understood, and what a pressed button stands for, else None. Raises ``NotTaken``."""
    if not limits.person().allows(conversation_id):
        raise NotTaken(TOO_FAST)
    text = readable(text)
    pressed = chosen(conversation_id, text)
    # A typed "/" would let anyone trigger an intent past the understanding, the emergency check included.
    text = text if pressed else _LEADING_SLASHES.sub("", text)
    if not any(sign.isalnum() or unicodedata.category(sign) == "So" for sign in text):  # So: emoji and their like
        raise NotTaken(NO_TEXT)
    if len(text) > settings().message_limit:
        raise NotTaken(TOO_LONG)
    return text, pressed
