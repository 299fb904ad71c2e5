"""Deletes what is kept longer than ``RETENTION_DAYS``, visit notes whose session is over, and one conversation.

The server looks for the first two every few minutes.

``python -m rashguide.stores.retention`` deletes what is too old; with a conversation's id, that conversation.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import Optional

from rashguide import ROOT
from rashguide.operations import clock, metrics
from rashguide.settings import settings
from rashguide.stores.conversations import DAY, ConversationStore

logger = logging.getLogger(__name__)

PAUSE = 300.0  # seconds
JUMP = 3600.0  # seconds by which the clock may drift from the time that really passed before it is doubted


class Calendar:
    """The time by which things are old.

    A clock that is set anew, or that is more than a day ahead of all that is kept when the server starts, may be wrong:
    it is believed only once it has stood so for a day. Until then the time before goes on.
    """

    def __init__(self, newest: Optional[float]) -> None:
        wall = time.time()
        self._ahead = (newest if newest is not None and wall - newest > DAY else wall) - clock.steady()
        self._doubted: Optional[float] = None

    def now(self) -> float:
        """Seconds since 1970."""
        wall, steady = time.time(), clock.steady()
        if abs(wall - steady - self._ahead) <= JUMP:
            self._doubted = None
        elif self._doubted is None:
            self._doubted = steady
            logger.warning("The clock has jumped: for a day, what is old is judged by the time before")
        elif steady - self._doubted > DAY:
            self._doubted = None
        metrics.DOUBTED.set(self._doubted is not None)
        if self._doubted is None:
            self._ahead = wall - steady
        return steady + self._ahead


async def watch(store: ConversationStore) -> None:
    """Deletes what is not to be kept, as long as the server runs."""
    days = settings().retention_days
    calendar: Optional[Calendar] = None
    while days or not settings().keep_visit_notes or settings().handover:
        try:
            calendar = calendar or Calendar(await store.newest())
            now = calendar.now()
            deleted = await store.forget_older_than(days, now) if days else 0
            if deleted:
                logger.info("Deleted %d entries older than %d days", deleted, days)
            deleted = 0 if settings().keep_visit_notes else await store.forget_visit_notes(now)
            if deleted:
                logger.info("Deleted %d entries of visit notes whose session is over", deleted)
            if settings().handover:
                await store.forget_handovers(now)
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
