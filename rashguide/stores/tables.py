"""Our own tables, beside Rasa's events."""

from __future__ import annotations

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

OURS = sa.MetaData()

OPINIONS = sa.Table(
    "opinions",
    OURS,
    sa.Column("subject", sa.String(80), primary_key=True),
    sa.Column("opinion", sa.String(80), primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
)

# The platforms' messages (inbox.py). Once one is answered its data is gone, and the digest of its id remains.
INBOX = sa.Table(
    "inbox",
    OURS,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("message", sa.String(64), nullable=False, unique=True),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("timestamp", sa.Float, nullable=False, index=True),
    sa.Column("data", sa.Text, nullable=True),
    sa.Column("urgent", sa.Integer, nullable=False),
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("taken_by", sa.String(32), nullable=False),
    sa.Column("taken_until", sa.Float, nullable=False),
)

# What a typed number stands for in a conversation (inbox.py).
OFFERS = sa.Table(
    "offers",
    OURS,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("timestamp", sa.Float, nullable=False, index=True),
    sa.Column("data", sa.Text, nullable=False),
)

# The widget's sessions that were ended by who had them (sessions.py), by their digest.
ENDED = sa.Table(
    "ended",
    OURS,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("timestamp", sa.Float, nullable=False),
)

# Messages to the clinic that people confirmed (handovers.py), each until it is delivered. They are no part of the
# conversation any more: deleting that takes none of them back.
OUTBOX = sa.Table(
    "outbox",
    OURS,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("due", sa.Float, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("taken_by", sa.String(64), nullable=False),
    sa.Column("taken_until", sa.Float, nullable=False),
)

# The audit log of them: when, which way, what came of it. Nothing of what they held; pseudonyms for a day's limits.
HANDOVERS = sa.Table(
    "handovers",
    OURS,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("asked", sa.Float, nullable=False, index=True),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False, index=True),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("ended", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
)

# Whether what is written stays: one row that is written and read back.
PULSE = sa.Table("pulse", OURS, sa.Column("written", sa.String(16), primary_key=True))

# Those that hold something of a conversation, each with its ``sender_id`` and a ``timestamp``.
HOLDING: tuple[sa.Table, ...] = (SQLTrackerStore.SQLEvent.__table__, INBOX, OFFERS)
