"""Parts of a server that break on demand: by a word in the message (wording) or in the conversation's id (stores)."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any

from rasa.core.lock_store import InMemoryLockStore, LockError

from rashguide.patches import Wording
from rashguide.stores.conversations import ConversationStore
from rashguide.understanding import language

_spot = language.spot


def spot(text: str):
    """The understanding's step that looks for the language, which never ends for "breakdown understanding"."""
    while "breakdown understanding" in text:
        pass
    return _spot(text)


language.spot = spot


class FaultyWording(Wording):
    """Breaks as the last message says: "breakdown raise", "breakdown silent", "breakdown hang" ..."""

    async def generate(self, utter_action, tracker, output_channel, **kwargs: Any):
        text = (tracker.latest_message.text or "") if tracker.latest_message else ""
        if "breakdown raise" in text:
            raise RuntimeError("wording is broken")
        if "breakdown silent" in text:
            return None
        if "breakdown hang" in text:
            await asyncio.sleep(60)
        if "breakdown spin" in text:
            while True:
                pass
        if "breakdown regex" in text:  # never leaves C, and never lets go of the interpreter
            re.match(r"(a+)+$", "a" * 60 + "b")
        if "breakdown empty" in text:
            return {"text": ""}
        if "breakdown number" in text:
            return {"text": 5}
        if "breakdown twice" in text:
            return {
                "text": "Contact your doctor about any new symptoms.\n\nContact your doctor about any new symptoms."
            }
        if "breakdown exit" in text:
            sys.exit(1)
        if "breakdown custom" in text:
            return {"custom": {"kind": "card"}}
        return await super().generate(utter_action, tracker, output_channel, **kwargs)


class FaultyTrackerStore(ConversationStore):
    """Breaks for conversations whose id says so."""

    async def keep(self, sender_id, events, *more, **named):
        if "store-save-raises" in sender_id:
            raise OSError("disk full")
        if "store-save-exits" in sender_id:
            sys.exit(1)
        await super().keep(sender_id, events, *more, **named)

    async def read(self, sender_id):
        if "store-read-raises" in sender_id:
            raise OSError("no such table")
        if "store-read-exits" in sender_id:
            sys.exit(1)
        if "store-read-blocks" in sender_id:
            time.sleep(14)  # the whole server: longer than it gives any request
        if "store-read-hangs" in sender_id:
            await asyncio.sleep(60)
        return await super().read(sender_id)


class FaultyLockStore(InMemoryLockStore):
    """As a Redis that is gone."""

    def __init__(self, endpoint_config=None) -> None:
        super().__init__()

    def get_lock(self, conversation_id):
        if "lock-raises" in conversation_id:
            raise LockError("no lock store")
        return super().get_lock(conversation_id)
