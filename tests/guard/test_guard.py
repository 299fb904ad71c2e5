"""Every reply of a real server carries the advice once, whatever breaks behind it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import os
import time
import uuid
from contextlib import suppress

import pytest

from rashguide import patches
from rashguide.channels.every_request import surely
from rashguide.guard import turn as guard_turn
from rashguide.guard.advice import advised
from rashguide.guard.buttons import chosen
from rashguide.guard.intake import conversation
from rashguide.guard.turn import answer
from tests.harness.server import ADVICE, ROOT, Server, advice_count, lines

FAULTY = """
nlg: {type: tests.guard.faulty.FaultyWording}
tracker_store: {type: tests.guard.faulty.FaultyTrackerStore, dialect: sqlite, db: conversations.db}
lock_store: {type: tests.guard.faulty.FaultyLockStore}
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("faulty"), FAULTY, REPLY_DEADLINE="3", PYTHONPATH=str(ROOT)).wait()
    yield running
    running.stop()


def sane(reply: list[dict]) -> None:
    assert reply, "a silent turn"
    assert advice_count(reply) == 1, reply
    assert reply[-1]["text"].endswith(ADVICE)
    assert "\n\n" not in json.dumps(reply).replace("\\n", "\n")


@pytest.mark.parametrize("fault", ["raise", "silent", "hang", "empty", "number", "twice", "exit", "custom"])
def test_broken_wording(faulty, fault):
    sender = uuid.uuid4().hex
    started = time.monotonic()
    sane(faulty.ask(f"what is dupixent? breakdown {fault}", sender))
    assert time.monotonic() - started < 20
    after = faulty.ask("what is dupixent?", sender)
    sane(after)
    assert "brand name" in after[0]["text"], "the conversation does not go on after the fault"


def test_a_turn_that_fails_leaves_no_word_in_the_log(faulty):
    """Whatever failed: the wording, which is in a worker, a store, or what is read of a button."""
    word = f"quixotic{uuid.uuid4().hex[:8]}"
    for fault in ("raise", "number", "exit"):
        sane(faulty.ask(f"my {word} breakdown {fault}", f"me-{word}"))
    for fault in ("store-read-raises", "store-save-raises", "store-read-exits", "lock-raises"):
        sane(faulty.ask(f"my {word} rash", f"{word}-{fault}"))
    sane(faulty.ask(f"/{word}~0~{word} breakdown raise", f"me-{word}"))
    log = faulty.log.read_text()
    assert "A turn failed with" in log
    assert word not in log


@pytest.mark.parametrize("fault", ["spin", "regex", "hang"])
def test_what_never_ends_is_ended_and_keeps_nobody_waiting(faulty, fault):
    """Not even code that never yields, and four times at once."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        stuck = [pool.submit(faulty.ask, f"what is dupixent? breakdown {fault}") for _ in range(4)]
        time.sleep(0.3)
        waits = []
        while not all(one.done() for one in stuck):
            started = time.monotonic()
            assert "brand name" in faulty.ask("what is dupixent?")[0]["text"]
            waits.append(time.monotonic() - started)
        for one in stuck:
            sane(one.result())
            assert "911" in one.result()[0]["text"]
    assert max(waits) < 2.5, waits
    assert len(waits) > 1


def test_an_emergency_in_a_message_that_hangs_is_told(faulty):
    """The list of signs needs nothing of what hangs."""
    sender = uuid.uuid4().hex
    reply = faulty.ask("why is my face red? my throat is closing and i can't breathe breakdown understanding", sender)
    sane(reply)
    assert "Call 911 now" in reply[0]["text"]
    sane(faulty.ask("what is dupixent?", sender))


def test_the_workers_parent_may_be_killed(faulty):
    import psutil

    for child in psutil.Process(faulty.process.pid).children():
        child.kill()
    for _ in range(6):
        assert "brand name" in faulty.ask("what is dupixent?")[0]["text"]


def test_workers_come_back_once_there_is_room(faulty):
    """A server whose workers are all gone, and that may open no more files to take on others."""
    import psutil

    assert "brand name" in faulty.ask("what is dupixent?")[0]["text"]  # over a connection that stays
    own = psutil.Process(faulty.process.pid)
    _, most = own.rlimit(psutil.RLIMIT_NOFILE)
    own.rlimit(psutil.RLIMIT_NOFILE, (16, most))
    try:
        for process in psutil.process_iter():  # workers of a parent that was killed are nobody's children
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == own.pid and own.pid not in (process.pid, process.ppid()):
                    process.kill()
        for _ in range(3):
            reply = faulty.ask("what is dupixent?")
            sane(reply)
        assert "911" in reply[0]["text"]
    finally:
        own.rlimit(psutil.RLIMIT_NOFILE, (most, most))
    for _ in range(4):
        assert "brand name" in faulty.ask("what is dupixent?")[0]["text"]


@pytest.mark.parametrize(
    "fault", ["save-raises", "save-exits", "read-raises", "read-exits", "read-hangs", "lock-raises"]
)
def test_broken_stores(faulty, fault):
    sender = f"{'' if fault.startswith('lock') else 'store-'}{fault}-{uuid.uuid4().hex}"
    sane(faulty.ask("what is dupixent?", sender))
    assert faulty.process.poll() is None
    assert "brand name" in faulty.ask("what is dupixent?")[0]["text"], "one person's fault reached another"


def test_who_waited_until_the_request_was_cut_off_is_told_so(faulty):
    """sanic cancels a request for which nothing was said in time: never 200 with an empty list.

    It then hangs up, and says so: else the next question on the same connection is lost.
    """
    stuck = [("what is dupixent?", f"store-read-blocks-{uuid.uuid4().hex}")]
    stuck += [("I can't breathe", uuid.uuid4().hex) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        waiting = []
        for message, sender in stuck:
            waiting.append(pool.submit(faulty.post, message=message, sender=sender))
            time.sleep(0.2)
        answers = [one.result() for one in waiting]
    for response in answers:
        sane(response.json())
    assert answers[0].headers["connection"] == "close"
    assert faulty.post(message="hello", sender=uuid.uuid4().hex).headers["connection"] == "keep-alive"


@pytest.mark.parametrize("ending", [None, RuntimeError, asyncio.CancelledError])
def test_something_is_said_whatever_becomes_of_a_request(ending):
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    async def lost(_: UserMessage) -> None:
        if ending:
            raise ending

    output = CollectingOutputChannel()
    asyncio.run(surely(lost, UserMessage("hi", output, "me")))
    sane(output.messages)
    assert "911" in output.messages[0]["text"] or "emergency" in output.messages[0]["text"]


def test_many_faults_at_once_leave_others_alone(faulty):
    messages = [f"what is dupixent? breakdown {fault}" for fault in ("hang", "raise", "silent", "exit")] * 2
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        broken = [pool.submit(faulty.ask, message) for message in messages]
        fine = [pool.submit(faulty.ask, "what is dupixent?") for _ in range(4)]
        for reply in broken + fine:
            sane(reply.result())
        assert all("brand name" in reply.result()[0]["text"] for reply in fine)


def test_a_stream_ends_and_carries_the_advice(faulty):
    for message in ("what is dupixent?", "what is dupixent? breakdown raise"):
        with faulty.client.stream(
            "POST",
            "/webhooks/rest/webhook?stream=true",
            content=json.dumps({"sender": uuid.uuid4().hex, "message": message}),
            timeout=30,
        ) as response:
            sane([json.loads(line) for line in response.iter_lines() if line.strip()])


def test_a_tripped_circuit_breaker_lets_the_conversation_go_on(faulty):
    """Rasa stays mute for good after its breaker; here the unclosed turn is written straight into the store."""
    import sqlite3

    sender = uuid.uuid4().hex
    sane(faulty.ask("what is dupixent?", sender))
    with sqlite3.connect(faulty.database) as store:
        for number in range(12):
            event = {"event": "action", "name": "utter_greet", "timestamp": time.time() + number / 1000}
            store.execute(
                "insert into events (sender_id, type_name, timestamp, action_name, data) values (?, ?, ?, ?, ?)",
                (f"rest:{sender}", "action", event["timestamp"], "utter_greet", json.dumps(event)),
            )
    sane(faulty.ask("what is dupixent?", sender))
    sane(faulty.ask("why is my face red?", sender))
    assert "red face" in faulty.ask("why is my face red?", sender)[0]["text"]


@pytest.mark.parametrize("broken", ["corrupt", "empty"])
def test_a_broken_model_still_gives_the_advice(tmp_path, broken):
    model = tmp_path / "broken.tar.gz"
    model.write_bytes(b"this is no model" if broken == "corrupt" else b"")
    running = Server(tmp_path, model=model)
    try:
        running.wait()
        for message in ("what is dupixent?", "i can't breathe", "/restart"):
            reply = running.ask(message)
            sane(reply)
            assert "911" in reply[0]["text"]
    finally:
        running.stop()


def test_a_channel_that_is_not_ours_stops_the_start(tmp_path):
    credentials = tmp_path / "credentials.yml"
    credentials.write_text("rest:\n")
    running = Server(tmp_path, credentials=str(credentials))
    try:
        with pytest.raises(RuntimeError, match="is not one of rashguide.channels"):
            running.wait()
    finally:
        running.stop()


def test_six_hundred_messages_all_carry_the_advice_once(server):
    messages = [m["text"] for file in sorted((ROOT / "calibration").glob("*.jsonl")) for m in lines(file)][:600]
    assert len(messages) == 600
    senders = [uuid.uuid4().hex for _ in range(60)]
    for number, message in enumerate(messages):
        sane(server.ask(message, senders[number % len(senders)]))


@pytest.mark.parametrize(
    "text", ["/restart", "/session_start", "/back", "  /nlu_fallback", "//deny", "/\r/deny", "/\u2003/restart"]
)
def test_a_typed_slash_triggers_nothing(server, text):
    sender = uuid.uuid4().hex
    sane(server.ask(text, sender))
    parsed = server.understood(sender)[-1]
    assert not parsed["text"].startswith("/")
    assert parsed["safety"]["outcome"], "the message went past the understanding"
    sane(server.ask("what is dupixent?", sender))
    assert server.said(sender)[-1] == "utter_faq/what_is_dupixent"


def test_a_button_works_for_the_person_who_got_it_and_for_nobody_else(server):
    sender, other = uuid.uuid4().hex, uuid.uuid4().hex
    reply = server.ask("i can't breathe", sender) + server.ask("thanks", sender)
    payloads = [button["payload"] for message in reply for button in message.get("buttons", [])]
    payload = next(each for each in payloads if each.startswith("/stand_down~"))
    assert len(payload.encode()) <= 64
    server.ask(payload, sender)
    assert server.said(sender)[-1] == "utter_stand_down"
    server.ask("i can't breathe", other)
    server.ask(payload, other)
    assert server.said(other)[-1] != "utter_stand_down"


@pytest.mark.parametrize("payload", ["/stand_down~0000000000000000", "/deny~", "/deny", "/~", "/emergency~é"])
def test_a_forged_button_is_read_as_typed_text(payload):
    assert chosen("rest:me", payload) is None


def test_the_guard_is_round_rasas_one_way_in():
    """Fails when Rasa calls something else for its channels."""
    import inspect

    from rasa.core.agent import Agent
    from rasa.core.channels import channel

    patches.apply()
    assert Agent.handle_message is patches._guarded
    assert "app.ctx.agent.handle_message(message)" in inspect.getsource(channel.register)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{}],
        [{"text": ""}],
        [{"text": None}],
        [{"text": "One.\n\nTwo."}],
        [{"text": f"One. {ADVICE}"}, {"text": "Two."}],
        [{"text": "One."}, {"custom": {"a": 1}}],
        [{"custom": {"a": 1}}],
        [{"image": "http://127.0.0.1/x.png"}],
    ],
)
def test_what_is_sent_always_has_the_advice_once(messages):
    told = advised(messages, "rest:me")
    assert advice_count([message for message in told if "text" in message]) == 1


@pytest.mark.parametrize(("refused", "arrives"), [("One", [f"Two\n{ADVICE}"]), ("Two", ["One", ADVICE])])
def test_a_platform_that_refuses_one_message_still_gets_the_advice(refused, arrives, monkeypatch):
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    class Picky(CollectingOutputChannel):
        async def send_response(self, recipient_id, message):
            if refused in message["text"]:
                raise OSError("the platform is down")
            await super().send_response(recipient_id, message)

    async def reply(*_):
        return [{"text": "One"}, {"text": "Two"}]

    monkeypatch.setattr(guard_turn, "_reply", reply)
    output = Picky()
    asyncio.run(answer(None, None, UserMessage("hi", output, "me", input_channel="rest")))
    assert [message["text"] for message in output.messages] == arrives


def test_one_person_on_two_channels_has_two_conversations():
    assert conversation("rest", "anna") != conversation("sms", "anna")
    strange = ["\ud800", "a" * 5000, "", None, 5, "a\x00b", "a b"]
    found = [conversation("rest", sender) for sender in strange]
    assert len(set(found)) == len(strange)
    assert all(len(name) <= 100 and name.isascii() for name in found)
