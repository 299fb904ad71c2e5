"""What breaks, one after the other, while people go on writing: every one of them gets a reply with the advice, nothing
that was answered is lost, and all is well again without anybody's doing."""

from __future__ import annotations

import concurrent.futures
import contextlib
import itertools
import socket
import threading
import time
import uuid

import pytest

from tests.harness.server import advice_count
from tests.harness.topology import AWAY, DEADLINE, Talker, until


def me() -> str:
    return uuid.uuid4().hex


@pytest.fixture(scope="module", autouse=True)
def slow_clients(topology):
    """A hundred clients that never finish their request, at nginx and at an assistant itself."""
    clients = []
    for number in range(50):
        for port in (topology.nginx.plain, topology.assistants[0].port):
            raw = socket.create_connection(("127.0.0.1", port), 5, source_address=(f"127.0.4.{number + 1}", 0))
            raw.sendall(b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nX-Un")
            clients.append(raw)
    return time.monotonic(), clients


def well(topology) -> None:
    """Everybody is answered again."""
    until(lambda: AWAY not in topology.ask("what is dupixent?", me())[0]["text"], 30, "an answer")


def test_postgresql_gone_and_back(topology):
    before = me()
    topology.ask("I can't breathe and my throat is closing", before)
    with Talker(topology) as talker:
        time.sleep(1)
        topology.postgres.crash()
        try:
            until(lambda: AWAY in talker.replies[-1][2][0]["text"], what="an apology")
            # An emergency is told of with no store at all.
            assert "Call 911 now" in topology.ask("I can't breathe and my throat is closing", me())[0]["text"]
            assert topology.assistants[0].client.get("/health/live").status_code == 200
            assert topology.assistants[0].client.get("/health/model").status_code == 200
            ready = topology.assistants[0].client.get("/health/ready")
            assert (ready.status_code, ready.json()["conversations"]) == (503, False)
        finally:
            topology.postgres.start()
        well(topology)
        until(lambda: len(talker.answered()) > 10, what="answers again")
    talker.was_not_let_down()
    assert topology.ask("ok", before)[0]["text"] != topology.ask("ok", me())[0]["text"], "the alarm is forgotten"


def test_redis_gone_and_back(topology):
    with Talker(topology) as talker:
        time.sleep(0.5)
        topology.redis.crash()
        try:
            until(lambda: topology.assistants[0].client.get("/health/ready").json()["locks"] is False)
            seen = len(talker.replies)
            until(lambda: len(talker.replies) > seen + 10, what="answers without Redis")
        finally:
            topology.redis.start()
        until(lambda: topology.assistants[0].client.get("/health/ready").json()["locks"], what="Redis")
        time.sleep(1)
    talker.was_not_let_down()
    assert len(talker.answered()) == len(talker.replies), "Redis can be done without"


def test_two_hundred_people_at_once(topology):
    def one(number: int) -> tuple[list[dict], float]:
        started = time.monotonic()
        with topology.nginx.client(f"127.0.1.{number + 1}") as client:
            return topology.ask("why is my face red?", me(), client), time.monotonic() - started

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        replies = list(pool.map(one, range(200)))
    assert all(advice_count(reply) == 1 for reply, _ in replies)
    answered = sum(AWAY not in reply[0]["text"] for reply, _ in replies)
    print(f"{answered} of 200 answered, the last after {max(seconds for _, seconds in replies):.1f} s")
    assert max(seconds for _, seconds in replies) < DEADLINE + 10
    assert answered >= 100
    well(topology)


def test_a_flood_from_one_sender(topology):
    """Who floods is asked to wait; who does not is answered."""
    flooder = me()
    over = threading.Event()

    def flood(number: int) -> list[list[dict]]:
        with topology.nginx.client(f"127.0.3.{number + 1}") as client:
            replies = []
            while not over.is_set() and len(replies) < 60:
                replies.append(topology.ask("what is dupixent?", flooder, client))
            return replies

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        floods = [pool.submit(flood, number) for number in range(8)]
        others = [topology.ask("why is my face red?", me()) for _ in range(5)]
        replies = [reply for future in floods for reply in future.result()]
        over.set()
    assert all("red face" in reply[0]["text"] for reply in others)
    assert all(advice_count(reply) == 1 for reply in replies)
    assert sum("faster than I can read" in reply[0]["text"] for reply in replies) > len(replies) / 3


def test_a_hundred_malformed_requests_a_second_silence_nobody(topology):
    """From one client, through nginx, to two real assistants: 160 of 160 messages of eight others are answered."""
    over = threading.Event()
    sent: list[float] = []
    malformed = itertools.cycle(
        [
            b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{",
            b"POST /webhooks/sms/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\xff\xff",
            b"GET /chat/%00%ff HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /chat/message HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\nContent-Length: 2\r\n\r\n{}",
            b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n",
        ]
    )

    def attack(number: int) -> None:
        """One of five connections at a time, each of twenty requests a second."""
        began, done = time.monotonic(), 0
        while not over.is_set():
            with contextlib.suppress(OSError), topology.nginx.raw("127.0.6.66") as raw:
                raw.settimeout(5)
                answered = b"HTTP/1.1"
                while answered.startswith(b"HTTP/1.1") and not over.is_set():
                    over.wait(began + done / 20 - time.monotonic())
                    raw.sendall(next(malformed))
                    done += 1
                    sent.append(time.monotonic())
                    answered = raw.recv(4096)

    def one(number: int) -> list[str]:
        with topology.nginx.client(f"127.0.5.{number + 1}") as client:
            told = []
            for _ in range(20):
                told.append(topology.ask("I can't breathe", me(), client)[0]["text"])
                time.sleep(0.2)
        return told

    with concurrent.futures.ThreadPoolExecutor(13) as pool:
        attackers = [pool.submit(attack, number) for number in range(5)]
        try:
            told = [text for texts in pool.map(one, range(8)) for text in texts]
        finally:
            over.set()
        for attacker in attackers:
            attacker.result()
    pace = len(sent) / (max(sent) - min(sent))
    answered = sum("Call 911 now" in text for text in told)
    print(f"{answered} of {len(told)} answered, {pace:.0f} malformed requests a second")
    assert answered == 160
    assert pace > 50, "the machine is too slow to show it"


def test_slow_clients_were_hung_up_on(slow_clients):
    """And kept nobody waiting: they were there all along, while the others were answered."""
    opened, clients = slow_clients
    for raw in clients:
        raw.settimeout(max(1, opened + 25 - time.monotonic()))
        try:
            while raw.recv(1000):
                pass
        except ConnectionResetError:
            pass
        raw.close()
