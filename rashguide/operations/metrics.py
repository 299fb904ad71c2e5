"""What Prometheus reads at ``/metrics``: one measurement a turn, taken by the guard. No words and no ids are in it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, Optional

from prometheus_client import Counter, Gauge, Histogram

from rashguide.content.names import ALARMS as ALARMED
from rashguide.content.names import Response
from rashguide.operations import logs

MESSAGES = Counter("guide_messages", "Messages that were met with a reply, by what it was.", ["channel", "outcome"])
SECONDS = Histogram(
    "guide_reply_seconds",
    "Seconds from a message's arrival to its reply's leaving.",
    ["channel"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25),
)
TOPICS = Counter("guide_topics", "What messages were understood as.", ["topic"])
ALARMS = Counter("guide_alarms", "Replies that sent somebody to an emergency number or crisis line.", ["tier"])
FAILURES = Counter("guide_failures", "Turns that failed and were met with the guard's own reply.", ["reason"])
UNREADABLE = Counter("guide_unreadable", "Messages of a platform that could not be read, nor answered.", ["channel"])
UNDELIVERED = Counter("guide_undelivered", "Messages that a platform did not take.", ["channel"])
STORE_ERRORS = Counter("guide_store_errors", "Times that a store could not be reached.", ["store"])
INBOX = Gauge("guide_inbox_oldest_seconds", "Seconds that the oldest platform message has waited; 0: none waits.")
DOUBTED = Gauge("guide_clock_doubted", "1 while the clock has jumped and what is old is judged by the time before.")
HANDOVERS = Counter(
    "guide_handovers", "Deliveries of messages to the clinic that were tried, by what came of them.", ["way", "outcome"]
)
WAITING = Gauge("guide_handovers_waiting", "Messages to the clinic that wait to be delivered.")
OLDEST = Gauge("guide_handovers_oldest_seconds", "Seconds for which the one that has waited longest has waited.")
# An alert sees a counter rise only where it stood at nought before: what the alerts look for is there from the start.
FAILURES.labels("silence")
STORE_ERRORS.labels("conversations")
STORE_ERRORS.labels("locks")

OUTCOMES = (
    ("checked", Response.CHECK),
    ("offered", Response.UNSURE),
    ("unanswered", Response.NOTHING_NEAR),
    ("unanswered", Response.OUT_OF_SCOPE),
)


@dataclass
class Measurement:
    """What one turn came to: the responses said, the subject understood, and why it failed if it did."""

    responses: list[str] = field(default_factory=list)
    topic: Optional[str] = None
    failure: Optional[str] = None

    def outcome(self) -> str:
        """One word for the turn. A turn in which Rasa said nothing, and that did not fail, was refused by the guard."""
        if self.failure:
            return "failed"
        if ALARMED.keys() & set(self.responses):
            return "alarmed"
        for outcome, start in OUTCOMES:
            if any(response.startswith(start) for response in self.responses):
                return outcome
        return "answered" if self.responses else "refused"


_turn: ContextVar[Optional[Measurement]] = ContextVar("turn", default=None)


@contextmanager
def measuring() -> Iterator[Measurement]:
    """Notes what is said inside."""
    measured = Measurement()
    token = _turn.set(measured)
    try:
        yield measured
    finally:
        _turn.reset(token)


@contextmanager
def turn(channel: str, conversation_id: str) -> Iterator[Measurement]:
    """Measures the turn that runs inside, and has it logged."""
    started, measured = time.monotonic(), Measurement()
    try:
        with measuring() as measured:
            yield measured
    finally:
        seconds = time.monotonic() - started
        logs.answered(channel, conversation_id, seconds, measured.failure)
        MESSAGES.labels(channel, measured.outcome()).inc()
        SECONDS.labels(channel).observe(seconds)
        if measured.topic:
            TOPICS.labels(measured.topic).inc()
        if measured.failure:
            FAILURES.labels(measured.failure).inc()
        for response in ALARMED.keys() & set(measured.responses):
            ALARMS.labels(ALARMED[response]).inc()


def said(response: str, parsed: Mapping[str, Any]) -> None:
    """Notes a response of the current turn and what its message was understood as."""
    measured = _turn.get()
    if measured:
        measured.responses.append(response)
        measured.topic = (parsed.get("intent") or {}).get("name")


def came_to(measured: Measurement) -> None:
    """Notes what a worker measured of the current turn."""
    ours = _turn.get()
    if ours:
        ours.responses += measured.responses
        ours.topic, ours.failure = measured.topic, measured.failure


def handovers_waiting(count: int, oldest: float) -> None:
    """Notes how many messages to the clinic wait, and for how many seconds the oldest has."""
    WAITING.set(count)
    OLDEST.set(oldest)


def failed(reason: str) -> None:
    """Notes that the current turn failed."""
    measured = _turn.get()
    if measured:
        measured.failure = reason
