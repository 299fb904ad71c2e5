"""What a message must be to reach Rasa: whose it is, how fast they come, and what can be read of it."""

from __future__ import annotations

import hashlib
import unicodedata
from itertools import groupby, islice
from typing import Any, Optional

from rashguide import linear
from rashguide.guard.advice import NO_TEXT, TOO_FAST, TOO_LONG
from rashguide.guard.buttons import Pressed, chosen
from rashguide.operations import limits
from rashguide.settings import settings

_PLAIN_SENDER = linear.compile(r"[A-Za-z0-9_.:+@=-]{1,100}")
# Lone surrogates and control characters but tab and line ends: no store can keep them.
_NOT_TEXT = dict.fromkeys({*range(0x20), 0x7F, *range(0xD800, 0xE000)} - {0x09, 0x0A, 0x0D}, " ")
# Commands of chat programs, and what is meant by them; the same words without a slash, where they mean nothing else.
ABILITIES, LEAVING, COMING = "what can you do?", "quit", "hello"
COMMANDS = {
    **dict.fromkeys(("restart", "reset", "settings", "menu", "commands"), ABILITIES),
    **dict.fromkeys(("stop", "cancel", "exit"), LEAVING),
    "start": COMING,
}
ALONE = {"restart", "reset", "settings"}
_COMMAND = linear.compile(r"/([A-Za-z]\w*)(?:@\w+)?(?:\s+(.*))?", linear.S)
_LINKED = linear.compile(r"[A-Za-z0-9_-]*[0-9_-][A-Za-z0-9_-]*")
_RUN = 10  # of one sign on end: the rest of "!!!!!!!!!!!!!!" says no more


class NotTaken(Exception):
    """A message is not handed to Rasa. Says what its writer is told."""


def readable(text: Any) -> str:
    """The text without what no store can keep, and without long runs of one sign. "" where it is no text."""
    if not isinstance(text, str):
        return ""
    runs = (islice(run, _RUN) for _, run in groupby(text.translate(_NOT_TEXT)))
    return "".join(sign for run in runs for sign in run).strip()


def _unslashed(text: str) -> str:
    """The text from its first sign on that is neither a slash nor a space."""
    return text[next((place for place, sign in enumerate(text) if sign != "/" and not sign.isspace()), len(text)) :]


def _worded(text: str) -> str:
    """What somebody means who typed a chat program's command; the text itself where it is none.

    Words after a command are the message. ``/start`` may carry what a link added, which nobody typed.
    """
    found = _COMMAND.fullmatch(text)
    if not found:
        return ABILITIES if text.casefold() in ALONE else text
    command, rest = str(found.group(1)).casefold(), str(found.group(2) or "").strip()
    if command == "start" and (not rest or _LINKED.fullmatch(rest)):
        return COMMANDS["start"]
    if not rest:
        return COMMANDS.get(command, command)
    return rest if command == "start" else f"{command} {rest}"


def conversation(channel: str, sender: Any) -> str:
    """The conversation's id: one person on one channel. Ids that are not plain are replaced by their digest."""
    plain = f"{channel}:{sender}"
    if isinstance(sender, str) and plain.isascii() and _PLAIN_SENDER.fullmatch(plain):
        return plain
    return f"{channel}:{hashlib.sha256(repr(sender).encode('utf-8', 'backslashreplace')).hexdigest()}"


def take(conversation_id: str, text: Any) -> tuple[str, Optional[Pressed]]:
    """The words to be understood, and what a pressed button stands for, else None. Raises ``NotTaken``."""
    if not limits.person().allows(conversation_id):
        raise NotTaken(TOO_FAST)
    text = readable(text)
    pressed = chosen(conversation_id, text)
    # A typed "/" would let anyone trigger an intent past the understanding, the emergency check included.
    text = text if pressed else _unslashed(_worded(text))
    if not any(sign.isalnum() or unicodedata.category(sign) == "So" for sign in text):  # So: emoji and their like
        raise NotTaken(NO_TEXT)
    if len(text) > settings().message_limit:
        raise NotTaken(TOO_LONG)
    return text, pressed
