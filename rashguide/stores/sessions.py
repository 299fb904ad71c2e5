"""The widget's sessions that their person has ended: their tokens are worth nothing any more, on any server."""

from __future__ import annotations

import hashlib
import time

import sqlalchemy as sa

from rashguide.stores.conversations import DAY, ConversationStore
from rashguide.stores.tables import ENDED


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


async def end(store: ConversationStore, session: str) -> None:
    """Notes it for a day, which is longer than any token is good. Raises ``StoreUnavailable``."""
    await store.do(_end, store, _digest(session))


def _end(store: ConversationStore, session: str) -> None:
    with store.session_scope() as database:
        old = sa.or_(ENDED.c.session == session, ENDED.c.timestamp < time.time() - DAY)
        database.execute(sa.delete(ENDED).where(old))
        database.execute(sa.insert(ENDED).values(session=session, timestamp=time.time()))
        database.commit()


async def ended(store: ConversationStore, session: str) -> bool:
    """Whether it was. Raises ``StoreUnavailable``."""
    return await store.do(_ended, store, _digest(session))


def _ended(store: ConversationStore, session: str) -> bool:
    with store.session_scope() as database:
        found = database.execute(sa.select(ENDED.c.session).where(ENDED.c.session == session)).first()
    return found is not None
