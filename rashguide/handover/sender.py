"""Delivers what people confirmed, as long as the server runs: tried again with growing pauses until it is taken."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from typing import Any, Callable, Coroutine

from rashguide.handover import fhir, mail, webhook
from rashguide.handover.message import Message, NotDelivered
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.stores.conversations import ConversationStore
from rashguide.stores.outbox import Outbox, Waiting

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds until it is looked again whether something waits
FIRST, LONGEST = 5.0, 900.0  # seconds until a delivery is tried again; twice as many each time
HOUR = 3600.0

WAYS: dict[str, Callable[[Message], Coroutine[Any, Any, None]]] = {
    "email": mail.deliver,
    "webhook": webhook.deliver,
    "fhir": fhir.deliver,
}


def pause(attempts: int) -> float:
    """Seconds until the next attempt, a little more by chance, so that many do not come back all at once."""
    return float(min(FIRST * 2 ** min(attempts, 20), LONGEST) * random.uniform(1.0, 1.2))


async def hand_over(outbox: Outbox, waiting: Waiting) -> None:
    """Tries one delivery and writes down what came of it. The log names neither words nor people."""
    way = settings().handover
    try:
        await WAYS[way](Message(key=waiting.key, asked=waiting.asked, **json.loads(waiting.data)))
    except NotDelivered as error:
        metrics.HANDOVERS.labels(way, "refused").inc()
        logger.warning("A message to the clinic was not delivered (%s): %s", way, error)
        if time.time() - waiting.asked > settings().handover_hours * HOUR:
            await outbox.failed(waiting)
            metrics.HANDOVERS.labels(way, "failed").inc()
            logger.error("A message to the clinic is given up after %g hours", settings().handover_hours)
        else:
            await outbox.later(waiting, pause(waiting.attempts))
        return
    await outbox.delivered(waiting)
    metrics.HANDOVERS.labels(way, "delivered").inc()


async def deliver_all(outbox: Outbox) -> int:
    """Tries whatever is due now. Returns how many deliveries were tried."""
    tried = 0
    while True:
        waiting = await outbox.take()
        if waiting is None:
            return tried
        await hand_over(outbox, waiting)
        tried += 1


async def watch(store: ConversationStore) -> None:
    """Delivers as long as the server runs. Where nothing was switched on there is nothing to do."""
    if not settings().handover:
        return
    outbox, begun = Outbox(store), False
    for outcome in ("delivered", "refused", "failed"):  # at nought, so that an alert sees the first one
        metrics.HANDOVERS.labels(settings().handover, outcome)
    while True:
        try:
            if not begun:
                await outbox.begin()
                begun = True
            await deliver_all(outbox)
            metrics.handovers_waiting(*await outbox.waiting())
        except Exception as error:  # a database that is away is there again later
            logger.error("Messages to the clinic could not be looked after: %s", type(error).__name__)
        await asyncio.sleep(PAUSE)
