"""Counts what people say to "Was this answer helpful?": by subject, without a word of theirs and without who it was."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import Optional

from rashguide.settings import settings

logger = logging.getLogger(__name__)

OPINIONS = ("helpful_yes", "helpful_no", "unhelpful_hard", "unhelpful_little", "unhelpful_other")
_TABLE = (
    "create table if not exists feedback (subject text, opinion text, count integer, primary key (subject, opinion))"
)
_COUNT = "insert into feedback values (?, ?, 1) on conflict (subject, opinion) do update set count = count + 1"


def count(subject: Optional[str], opinion: str) -> None:
    """Adds one. A file that cannot be written is logged: nobody's answer waits for it."""
    if not (settings().feedback_db and subject):
        return
    try:
        with closing(sqlite3.connect(settings().feedback_db, timeout=1)) as store, store:
            store.execute(_TABLE)
            store.execute(_COUNT, (subject, opinion))
    except sqlite3.Error as error:
        logger.error("Feedback could not be counted: %s", type(error).__name__)
