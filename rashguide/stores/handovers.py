"""Writes a confirmed message down with the turn that confirmed it, and takes what it held out of the conversation."""

from __future__ import annotations

import json
import time
from typing import Any, Optional

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from sqlalchemy.orm import Session

from rashguide.content.names import Action, Response, Slot
from rashguide.operations.logs import pseudonym
from rashguide.settings import settings
from rashguide.stores.tables import HANDOVERS, OUTBOX

DAY = 86_400.0
WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
NOT_KEPT = "(not kept)"  # what stands for a name, a number or a message that is not needed any longer
TABLE = SQLTrackerStore.SQLEvent.__table__
EVENTS = TABLE.c


class TooMany(Exception):
    """This person, or this network address, has sent as much as may be sent in a day."""


def put(session: Session, sender_id: str, address: str, confirmed: dict[str, str]) -> None:
    """Writes a message down, to be delivered; one whose key is known is there already. Raises ``TooMany``.

    The limits count what was confirmed in a day, by pseudonyms that are forgotten after it.
    """
    chosen, table, now = settings(), HANDOVERS.c, time.time()
    person = pseudonym(sender_id)
    place = pseudonym(f"address {address}") if address else ""
    known = session.execute(sa.select(table.key).where(table.key == confirmed["key"])).first()
    if known:
        return
    counted = (
        (table.person, person, chosen.handover_person_limit),
        (table.address, place, chosen.handover_address_limit),
    )
    for column, value, most in counted:
        since = sa.select(sa.func.count()).where(column == value, table.asked > now - DAY)
        if value and session.execute(since).scalar() >= most:
            raise TooMany
    key, way = confirmed["key"], chosen.handover
    row = {"key": key, "asked": now, "person": person, "address": place, "way": way}
    session.execute(sa.insert(HANDOVERS).values(**row, outcome=WAITING, ended=0.0, attempts=0))
    data = json.dumps({name: confirmed[name] for name in ("body", "name", "contact")})
    waits = {"key": key, "sender_id": sender_id, "timestamp": now, "data": data}
    session.execute(sa.insert(OUTBOX).values(**waits, due=now, attempts=0, taken_by="", taken_until=0.0))


def slots_before(sender_id: str, last: int) -> Any:
    """Which of a conversation's events are older values of its handover: nothing reads them, and they hold a name."""
    own = (EVENTS.sender_id == sender_id, EVENTS.type_name == SlotSet.type_name, EVENTS.action_name == Slot.HANDOVER)
    return sa.and_(*own, EVENTS.id < last)


def last_slot(session: Session, sender_id: str) -> int:
    """The number of the event with the handover as it stands; 0 where there is none."""
    own = (EVENTS.sender_id == sender_id, EVENTS.type_name == SlotSet.type_name, EVENTS.action_name == Slot.HANDOVER)
    return session.execute(sa.select(sa.func.max(EVENTS.id)).where(*own)).scalar() or 0


def redact(session: Session, sender_id: str) -> None:
    """Takes what a person wrote for the clinic, and what quotes it, out of their conversation. The turns stay."""
    heard = sa.and_(EVENTS.type_name == UserUttered.type_name, EVENTS.action_name == Action.HANDOVER)
    quoted = sa.and_(EVENTS.type_name == BotUttered.type_name, EVENTS.action_name == Response.HANDOVER_CONFIRM)
    for row in session.execute(sa.select(TABLE).where(EVENTS.sender_id == sender_id, sa.or_(heard, quoted))).all():
        data = json.loads(row.data) | {"text": NOT_KEPT}
        if "parse_data" in data:
            data["parse_data"] = data["parse_data"] | {"text": NOT_KEPT, "entities": []}
        session.execute(sa.update(TABLE).where(EVENTS.id == row.id).values(data=json.dumps(data)))
    session.execute(sa.delete(TABLE).where(slots_before(sender_id, last_slot(session, sender_id))))


def follow(session: Session, sender_id: str, state: Optional[dict[str, Any]]) -> None:
    """Keeps of a handover only what is still needed: its last state; of one that is over, nothing that was typed."""
    if state and "body" in state:
        session.execute(sa.delete(TABLE).where(slots_before(sender_id, last_slot(session, sender_id))))
    else:
        redact(session, sender_id)


def forget(session: Session, before: float) -> int:
    """Forgets handovers that were left unfinished before that time, in seconds since 1970, and a day's pseudonyms.

    Returns how many were left.
    """
    aged = sa.and_(HANDOVERS.c.asked < time.time() - DAY, HANDOVERS.c.person != "")
    session.execute(sa.update(HANDOVERS).where(aged).values(person="", address=""))
    slot = sa.and_(EVENTS.type_name == SlotSet.type_name, EVENTS.action_name == Slot.HANDOVER)
    left = 0
    for row in session.execute(sa.select(TABLE).where(slot, EVENTS.timestamp < before)).all():
        if "body" in (json.loads(row.data).get("value") or {}):
            redact(session, row.sender_id)
            session.execute(sa.delete(TABLE).where(EVENTS.id == row.id))
            left += 1
    return left


def settle(session: Session, sender_id: str, key: str, outcome: str) -> None:
    """Lets the conversation know what came of its message, where it is still kept."""
    last = last_slot(session, sender_id)
    row = session.execute(sa.select(TABLE).where(EVENTS.id == last)).first()
    data = json.loads(row.data) if row else {}
    if (data.get("value") or {}).get("key") == key:
        data["value"] = data["value"] | {"stage": outcome}
        session.execute(sa.update(TABLE).where(EVENTS.id == last).values(data=json.dumps(data)))
