"""The messages that once held a server: each is answered in its time, and others meanwhile."""

from __future__ import annotations

import random
import sqlite3
import string
import time
import uuid

from tests.harness.server import advice_count
from tests.harness.work import cpu, memory_of_its_own


def quick(server, message, sender=None, seconds=5.0) -> list[dict]:
    started = time.monotonic()
    reply = server.ask(message, sender)
    assert advice_count(reply) == 1
    assert time.monotonic() - started < seconds, message[:40]
    return reply


def test_a_long_why_after_an_answer(server):
    sender = uuid.uuid4().hex
    quick(server, "what is dupixent?", sender)
    for ending in (" in simpler words please", "", " tell me more", "!" * 200):
        quick(server, "why" + " do that" * 60 + ending, sender)
    assert server.client.get("/health/live", timeout=5).status_code == 200


def test_a_visit_note_full_of_signs(server):
    sender = uuid.uuid4().hex
    quick(server, "help me prepare for a visit", sender)
    for number in range(20):
        quick(server, random.Random(number).choice(("!", "?!", "! ", "🤒😭")) * 600 + "x", sender)
    quick(server, "thanks", sender)
    assert "Call 911 now" in quick(server, "I can't breathe and my throat is closing")[0]["text"]


def test_new_words_do_not_fill_the_memory(server):
    """As many as make a worker's vocabulary full several times over."""
    words = random.Random(1)

    def message() -> str:
        return " ".join("".join(words.choices(string.ascii_lowercase, k=4)) for _ in range(390))

    for _ in range(60):
        quick(server, message())
    before = memory_of_its_own(server)
    for _ in range(180):
        quick(server, message())
    after = memory_of_its_own(server)  # a busy machine takes on workers meanwhile, which is no growth
    grown = sum(after[process] - before[process] for process in after.keys() & before.keys())
    assert grown < 20, f"{grown:.0f} MB"


TALK = ["what is dupixent?", "why is my face red?", "thanks", "tell me more", "is that permanent?"]


def test_the_thousandth_turn_costs_what_the_first_cost(server):
    """In processor time, which a busy machine changes little; the turns between are copies of real ones."""
    short, long = uuid.uuid4().hex, uuid.uuid4().hex
    for sender in (short, long):
        for number in range(20):
            quick(server, TALK[number % len(TALK)], sender)
    with sqlite3.connect(server.database, timeout=20) as store:
        columns = "type_name, timestamp, intent_name, action_name, data"
        copy = f"insert into events (sender_id, {columns}) select sender_id, {columns} from events where sender_id = ?"
        real = store.execute("select count(*) from events where sender_id = ?", (f"rest:{long}",)).fetchone()[0]
        for _ in range(49):
            store.execute(f"{copy} order by id limit {real}", (f"rest:{long}",))
    assert len(server.understood(long)) == 1000

    def cost(sender: str) -> float:
        before = cpu(server)
        for number in range(40):
            quick(server, TALK[number % len(TALK)], sender)
        return cpu(server) - before

    first, thousandth = min(cost(short), cost(short)), min(cost(long), cost(long))
    assert thousandth < 1.4 * first, (first, thousandth)
