"""Logs without anybody's words or ids, whatever started Rasa and at whatever level it logs."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import traceback
from typing import Any, Optional

import structlog
from rasa.utils.common import configure_logging_and_warnings
from rasa.utils.io import configure_colored_logging
from rasa.utils.log_utils import configure_structlog

from rashguide.settings import NEEDS, settings

logger = logging.getLogger(__name__)

# A conversation's id as the guard makes it: the channel's name, a colon, the platform's id.
_CONVERSATION = re.compile(r"\b([a-z][a-z_]{2,19}):([A-Za-z0-9_.:+@=-]{1,100})")
_CHANNELS = {"cmdline", "rest", "web", *NEEDS}
_SANIC_SAYS = ("Starting worker", "Stopping worker", "Goin' Fast")
# What Rasa's structured events may carry into the log; all else of them may hold what somebody wrote.
_KEPT = {"event", "event_key", "level", "logger", "timestamp", "filename", "url", "host", "model_path"}


def pseudonym(conversation_id: str) -> str:
    """The name that a conversation has in logs. The same only under the same ``SECRET_KEY``."""
    key = settings().secret_key.encode()
    return hmac.new(key, f"log\n{conversation_id}".encode(), hashlib.sha256).hexdigest()[:12]


def _without_ids(text: str) -> str:
    return _CONVERSATION.sub(lambda found: pseudonym(found[0]) if found[1] in _CHANNELS else found[0], text)


def _without_words(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key in _KEPT}


def _told(record: logging.LogRecord) -> str:
    """The record's message without what somebody sent."""
    message = record.getMessage()
    if record.name.startswith("sanic.") and not message.startswith(_SANIC_SAYS):
        return "A request could not be handled"  # sanic names addresses, lengths and headers
    if record.name == "asyncio":
        message = message.partition("\n")[0]  # what follows shows the error with its words
    return _without_ids(message)


_record = logging.getLogRecordFactory()


def _discreet(*arguments: Any, **named: Any) -> logging.LogRecord:
    """A record, whoever logs it and wherever it goes: of a traceback only types and places are left."""
    record = _record(*arguments, **named)
    if not record.name:  # structlog's own copy of one
        return record
    record.msg, record.args = _told(record), ()
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        record.exc_text = "".join(traceback.format_tb(trace)) + kind.__name__
        record.exc_info = None
    return record


def answered(channel: str, conversation_id: str, seconds: float, failure: Optional[str]) -> None:
    """One line a turn, in structured logs only: a terminal has better uses. What was asked or said is not in it."""
    if settings().log_format == "json":
        told = {"channel": channel, "conversation": pseudonym(conversation_id), "milliseconds": round(1000 * seconds)}
        logger.info("answered", extra=told | ({"failure": failure} if failure else {}))


def begin() -> None:
    """Sets logging up as Rasa's command line does (rasa/__main__.py:104); else nothing would be logged at all."""
    configure_logging_and_warnings()
    configure_colored_logging(None)  # type: ignore[arg-type]  # as Rasa's own call does
    configure_structlog()


def install() -> None:
    """Makes all logging of this process discreet, and structured where ``LOG_FORMAT`` asks for it.

    Rasa 3.6.21 logs what was typed with its structured events (core/processor.py:729 among others), and ids in plain
    lines (core/processor.py:868). Its own loggers may already be bound, so its list of processors is changed in place.
    """
    logging.getLogger("rashguide").setLevel(logging.INFO)
    processors = structlog.get_config()["processors"]
    if _without_words not in processors:
        processors.insert(0, _without_words)
    logging.setLogRecordFactory(_discreet)
    if settings().log_format == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(
                structlog.stdlib.ProcessorFormatter(
                    foreign_pre_chain=[
                        structlog.stdlib.add_log_level,
                        structlog.stdlib.add_logger_name,
                        structlog.stdlib.ExtraAdder(),
                        structlog.processors.TimeStamper(fmt="iso", utc=True),
                    ],
                    processors=[
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer(),
                    ],
                )
            )
