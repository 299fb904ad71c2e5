"""Deletes what is kept longer than ``RETENTION_DAYS``, visit notes whose session is over, and one conversation.

The server looks for the first two every few minutes.

``python -m rashguide.stores.retention`` deletes what is too old; with a conversation's id, that conversation.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time

from rashguide import ROOT
from rashguide.settings import settings
from rashguide.stores.conversations import ConversationStore

logger = logging.getLogger(__name__)

PAUSE = 300.0  # seconds
JUMP = 3600.0  # seconds by which the clock may drift from the time that really passed


async def watch(store: ConversationStore) -> None:
    """Deletes what is not to be kept, as long as the server runs. A clock that has jumped deletes nothing."""
    days = settings().retention_days
    wall, steady = time.time(), time.monotonic()
    while days or not settings().keep_visit_notes:
        if abs((time.time() - wall) - (time.monotonic() - steady)) > JUMP:
            logger.error("The clock has jumped: nothing is deleted until the server is started anew")
            return
        try:
            deleted = await store.forget_older_than(days) if days else 0
            if deleted:
                logger.info("Deleted %d entries older than %d days", deleted, days)
            deleted = 0 if settings().keep_visit_notes else await store.forget_visit_notes()
            if deleted:
                logger.info("Deleted %d entries of visit notes whose session is over", deleted)
        except Exception as error:  # a database that is away now is there in a few minutes
            logger.error("Old conversations could not be deleted: %s", type(error).__name__)
        await asyncio.sleep(PAUSE)


def forget(wanted: str) -> int:
    """Deletes one conversation by its id, ``rest:me``, or by what follows the colon. Returns the entries deleted."""
    store = ConversationStore(db=str(ROOT / "conversations.db"))

    async def work() -> int:
        matching = [known for known in await store.keys() if wanted in (known, known.partition(":")[2])]
        return sum([await store.forget(known) for known in matching])

    return asyncio.run(work())


def main() -> None:
    """Says how much was deleted. Ends with 1 where the conversation is not known."""
    if len(sys.argv) > 1:
        deleted = forget(sys.argv[1])
        sys.exit(None if print(f"Deleted {deleted} entries of this conversation.") or deleted else 1)
    days = settings().retention_days
    if not days:
        sys.exit("RETENTION_DAYS is 0: nothing is too old.")
    store = ConversationStore(db=str(ROOT / "conversations.db"))
    print(f"Deleted {asyncio.run(store.forget_older_than(days))} entries older than {days} days.")


if __name__ == "__main__":
    main()
