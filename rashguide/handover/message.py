"""A message as it is handed over: the person's words, their name and how to call them back, in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

# How every message says where it comes from. It goes into no header: those hold nothing that a person wrote.
HEAD = (
    "A patient asked the rash guide, a computer program, to send you this. It was typed by them and checked by nobody."
)
FOOT = "The patient was told that this is not for emergencies, and was promised no answer."


@dataclass(frozen=True)
class Message:
    """What goes to the clinic. ``key`` is the same however often it is sent; ``asked`` in seconds since 1970."""

    key: str
    body: str
    name: str
    contact: str
    asked: float

    @property
    def sent(self) -> str:
        """When it was asked for, as in ISO 8601."""
        return datetime.fromtimestamp(self.asked, timezone.utc).isoformat(timespec="seconds")

    def text(self) -> str:
        """The whole as plain text."""
        about = [f"Name: {self.name}", f"Call back: {self.contact}", f"Asked: {self.sent}", f"Reference: {self.key}"]
        return "\n".join([HEAD, "", *about, "", self.body, "", FOOT, ""])


class NotDelivered(Exception):
    """The receiver did not take it. ``args[0]`` says why in a word or a status, with nothing of the message in it."""
