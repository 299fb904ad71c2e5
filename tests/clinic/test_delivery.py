"""A confirmed message on its way: by real mail, to a webhook that fails in every way, as FHIR by its own schema."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import time

import pytest
from fhir.resources.communication import Communication
from hypothesis import HealthCheck, given, settings, strategies
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from rashguide.content.names import Action, Response, Slot
from rashguide.dialogue.handover import plain
from rashguide.handover import fhir, mail, sender, webhook
from rashguide.handover.message import Message, NotDelivered
from rashguide.stores import handovers
from rashguide.stores.conversations import ConversationStore, written
from rashguide.stores.handovers import TooMany
from rashguide.stores.outbox import Outbox
from tests.harness.clinic import CARD, TO_A_WEBHOOK
from tests.harness.receivers import Hook, Mailbox, garbage, hang_up, status

BODY = "red patch on my neck\nsince monday"
MESSAGE = Message("0" * 32, BODY, "Ada L.", "555 010 0123", 1_790_000_000.0)


@pytest.fixture
def hook():
    running = Hook()
    yield running
    running.stop()


@pytest.fixture
def to_hook(hook, set_up):
    set_up(**CARD, **TO_A_WEBHOOK | {"HANDOVER_URL": hook.url})
    return hook


@pytest.fixture
def store(tmp_path):
    return ConversationStore(db=str(tmp_path / "conversations.db"))


@pytest.fixture
def mailbox(tmp_path, set_up):
    running = Mailbox(tmp_path, "guide", "secret word")
    set_up(
        **CARD,
        HANDOVER="email",
        HANDOVER_TO="team@clinic.example",
        HANDOVER_FROM="guide@clinic.example",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(running.port),
        SMTP_USER="guide",
        SMTP_PASSWORD="secret word",
        HANDOVER_CA=str(running.ca),
    )
    yield running
    running.stop()


def turn(key: str, *, text: str = "yes") -> list:
    """The events of a turn that confirms a message."""
    return written(
        [
            UserUttered(text, {"name": "affirm"}, parse_data={"intent": {"name": "affirm"}, "text": text}),
            ActionExecuted(Action.HANDOVER),
            BotUttered("Your message is on its way.", metadata={"utter_action": Response.HANDOVER_SENT}),
            SlotSet(Slot.HANDOVER, {"stage": "sent", "key": key}),
            SlotSet(Slot.HANDED_OVER, {"key": key, "body": BODY, "name": "Ada L.", "contact": "555 010 0123"}),
            ActionExecuted("action_listen"),
        ]
    )


def run(work):
    return asyncio.run(work)


def rows(store: ConversationStore, table: str) -> list[dict]:
    with sqlite3.connect(store.engine.url.database) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"select * from {table}")]


def all_that_is_kept(store: ConversationStore) -> str:
    return "\n".join(json.dumps(rows(store, table)) for table in ("events", "outbox", "handovers"))


def state(store: ConversationStore) -> str:
    kept = [json.loads(row["data"]) for row in rows(store, "events") if row["action_name"] == Slot.HANDOVER]
    return kept[-1]["value"]["stage"]


def test_by_mail_it_arrives_as_plain_text_over_tls(mailbox):
    run(mail.deliver(MESSAGE))
    (got,) = mailbox.copies
    assert got["To"] == "team@clinic.example"
    assert got["Subject"] == mail.SUBJECT
    assert got["Message-ID"] == f"<{'0' * 32}@clinic.example>"
    assert got.get_content_type() == "text/plain"
    assert not got.is_multipart()
    assert got.get_content().replace("\r\n", "\n") == MESSAGE.text()
    assert all(part in got.get_content() for part in ("red patch on my neck", "Name: Ada L.", "555 010 0123"))


def test_a_mail_server_that_encrypts_from_the_first_byte(tmp_path, set_up):
    box = Mailbox(tmp_path, tls=True)
    given = {"HANDOVER_TO": "t@c.example", "HANDOVER_FROM": "g@c.example", "SMTP_HOST": "127.0.0.1"}
    set_up(HANDOVER="email", **given, SMTP_PORT=str(box.port), SMTP_SECURITY="tls", HANDOVER_CA=str(box.ca))
    try:
        run(mail.deliver(MESSAGE))
        assert len(box.copies) == 1
    finally:
        box.stop()


def test_a_mail_server_whose_certificate_is_not_known_gets_nothing(mailbox, monkeypatch, set_up):
    set_up(
        HANDOVER="email",
        HANDOVER_TO="t@c.example",
        HANDOVER_FROM="g@c.example",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(mailbox.port),
        HANDOVER_CA="",
    )
    with pytest.raises(NotDelivered, match="SSLCertVerificationError"):
        run(mail.deliver(MESSAGE))
    assert mailbox.copies == []


def test_a_mail_server_that_refuses_says_only_a_number(mailbox):
    mailbox.refuse = ["452 no room for Ada L."]
    with pytest.raises(NotDelivered) as refused:
        run(mail.deliver(MESSAGE))
    assert str(refused.value) == "452"


SIGNS = strategies.text(max_size=60) | strategies.sampled_from(
    [
        "\r\nBcc: all@x.example",
        "\n.\r\nQUIT\r\n",
        "x\r\n\r\n<script>",
        "=?utf-8?q?x?=",
        "Subject: x\n",
        "\x00",
        "\ud800",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=SIGNS, name=SIGNS, contact=SIGNS)
def test_nothing_that_is_typed_gets_into_a_header(mailbox, body, name, contact):
    """Over a real mail server, whatever is typed, made plain as it always is, and raw."""
    before = len(mailbox.copies)
    run(mail.deliver(Message("1" * 32, plain(body, lines=True), plain(name), plain(contact), 1_790_000_000.0)))
    (got,) = mailbox.copies[before:]
    assert sorted(got.keys()) == sorted(
        [
            "Subject",
            "From",
            "To",
            "Message-ID",
            "Auto-Submitted",
            "Content-Type",
            "Content-Transfer-Encoding",
            "MIME-Version",
        ]
    )
    assert got["To"] == "team@clinic.example"
    assert got["Subject"] == mail.SUBJECT
    assert got.get_content_type() == "text/plain"
    assert "://" not in got.get_content()


def test_the_webhooks_signature_holds(to_hook):
    run(webhook.deliver(MESSAGE))
    ((_, headers, body),) = to_hook.requests
    fields = dict(part.split("=") for part in headers["x-rash-guide-signature"].split(","))
    expected = hmac.new(TO_A_WEBHOOK["HANDOVER_SECRET"].encode(), f"{fields['t']}.".encode() + body, hashlib.sha256)
    assert fields["v1"] == expected.hexdigest()
    assert abs(time.time() - int(fields["t"])) < 60
    assert headers["idempotency-key"] == MESSAGE.key
    assert json.loads(body)["contact"] == "555 010 0123"


def test_the_communication_is_valid_fhir_r4(to_hook, set_up):
    set_up(**CARD, HANDOVER="fhir", HANDOVER_URL=to_hook.url, HANDOVER_TOKEN="a token")
    run(fhir.deliver(MESSAGE))
    ((path, headers, body),) = to_hook.requests
    resource = Communication.parse_raw(body)  # by HL7's published definitions of R4, 4.0.1
    assert path == "/hook/Communication"
    assert headers["if-none-exist"] == f"identifier={fhir.SYSTEM}|{MESSAGE.key}"
    assert headers["authorization"] == "Bearer a token"
    assert headers["content-type"] == "application/fhir+json"
    assert resource.status == "completed"
    assert resource.recipient[0].display == CARD["CLINIC_NAME"]
    assert BODY in resource.payload[0].contentString


def test_the_validator_sees_what_is_not_fhir(handing_over):
    for wrong in ({"status": None}, {"payload": [{"content": "x"}]}, {"sent": "yesterday"}):
        with pytest.raises(ValueError):  # noqa: PT011
            Communication.parse_obj(fhir.communication(MESSAGE) | wrong)


@pytest.mark.parametrize("fail", [status(500), status(503), status(404), status(301), status(401), hang_up, garbage])
def test_a_receiver_that_fails_is_tried_again_until_it_takes_it(to_hook, store, monkeypatch, fail):
    monkeypatch.setattr(sender, "FIRST", 0.01)
    to_hook.fail = [fail, fail]

    async def work() -> None:
        outbox = Outbox(store)
        await store.keep("web:x", turn("k1"))
        assert await outbox.waiting() == (1, pytest.approx(0, abs=5))
        while (await outbox.waiting())[0]:
            await sender.deliver_all(outbox)
            await asyncio.sleep(0.02)

    run(asyncio.wait_for(work(), 60))
    assert len(to_hook.requests) == 3
    assert [filed["body"] for filed in to_hook.filed.values()] == [BODY]
    (row,) = rows(store, "handovers")
    assert (row["outcome"], row["attempts"], row["way"]) == ("delivered", 3, "webhook")
    assert state(store) == "delivered"


def test_delivered_nothing_of_it_is_left(to_hook, store):
    run(store.keep("web:x", turn("k1")))
    assert "Ada L." in all_that_is_kept(store)  # in the outbox alone
    assert "Ada L." not in json.dumps(rows(store, "events"))
    run(sender.deliver_all(Outbox(store)))
    kept = all_that_is_kept(store)
    assert not any(part in kept for part in ("Ada", "555 010", "red patch"))
    log = store._file.with_name(f"{store._file.name}-wal")
    assert not any(
        word in file.read_bytes() for file in (store._file, log) if file.exists() for word in (b"Ada L.", b"red patch")
    )


def test_the_same_key_is_taken_once(to_hook, store):
    async def work() -> None:
        for _ in range(3):
            await store.keep("web:x", turn("k1"))
        await sender.deliver_all(Outbox(store))
        await store.keep("web:x", turn("k1"))
        await sender.deliver_all(Outbox(store))

    run(work())
    assert len(to_hook.requests) == 1


def test_given_up_after_so_many_hours_the_conversation_knows(to_hook, store, monkeypatch):
    to_hook.fail = [status(500)] * 3

    async def work() -> None:
        await store.keep("web:x", turn("k1"))
        waiting = await Outbox(store).take()
        assert waiting
        await sender.hand_over(
            Outbox(store), waiting.__class__(**{**waiting.__dict__, "asked": time.time() - 73 * 3600})
        )

    run(work())
    assert state(store) == "failed"
    assert rows(store, "outbox") == []
    assert [row["outcome"] for row in rows(store, "handovers")] == ["failed"]


def test_two_servers_never_deliver_the_same(to_hook, store):
    async def work() -> list:
        await store.keep("web:x", turn("k1"))
        return [await Outbox(store).take() for _ in range(3)]

    taken = run(work())
    assert [bool(each) for each in taken] == [True, False, False]


def test_one_person_and_one_address_have_an_end(to_hook, store, set_up):
    set_up(**TO_A_WEBHOOK | {"HANDOVER_URL": to_hook.url}, HANDOVER_PERSON_LIMIT="2", HANDOVER_ADDRESS_LIMIT="4")

    async def work() -> None:
        for number in range(2):
            await store.keep("web:x", turn(f"x{number}"), None, "192.0.2.1")
        with pytest.raises(TooMany):
            await store.keep("web:x", turn("x2"), None, "192.0.2.2")
        for number in range(2):
            await store.keep(f"web:y{number}", turn(f"y{number}"), None, "192.0.2.1")
        with pytest.raises(TooMany):
            await store.keep("web:z", turn("z"), None, "192.0.2.1")
        assert not await store.read("web:z") or not (await store.read("web:z")).events  # nothing of the turn is kept
        await store.keep("web:z", turn("z"), None, "192.0.2.9")

    run(work())
    assert len(rows(store, "outbox")) == 5
    assert "192.0.2" not in all_that_is_kept(store)
    assert "web:x" not in json.dumps(rows(store, "handovers"))


def asked(stage: str, text: str, **state: str) -> list:
    return written(
        [
            UserUttered(text, {"name": "nlu_fallback"}, parse_data={"intent": {"name": "nlu_fallback"}, "text": text}),
            ActionExecuted(Action.HANDOVER),
            BotUttered(f"All of it: {text}", metadata={"utter_action": Response.HANDOVER_CONFIRM}),
            SlotSet(Slot.HANDOVER, {"stage": stage, "key": "k", "body": "", **state}),
            ActionExecuted("action_listen"),
        ]
    )


@pytest.mark.parametrize("end", ["stopped", "confirmed", "left"])
def test_however_it_ends_name_and_number_go(to_hook, store, end):
    async def work() -> None:
        await store.keep("web:x", asked("contact", "Ada L.", name="Ada L."))
        await store.keep("web:x", asked("confirm", "555 010 0123", name="Ada L.", contact="555 010 0123"))
        slots = [row for row in rows(store, "events") if row["action_name"] == Slot.HANDOVER]
        assert len(slots) == 1  # an older state of it is not kept beside the last
        if end == "stopped":
            await store.keep("web:x", written([SlotSet(Slot.HANDOVER, None)]))
        elif end == "confirmed":
            await store.keep("web:x", turn("k"))
        else:
            assert await store.forget_handovers(time.time()) == 0  # its session goes on
            assert await store.forget_handovers(time.time() + 3600) == 1
        (await store.read("web:x"))

    run(work())
    kept = json.dumps(rows(store, "events"))
    assert "Ada" not in kept
    assert "555 010" not in kept
    assert kept.count('"user"') >= 2  # the turns themselves stay


def test_pseudonyms_are_forgotten_after_a_day(to_hook, store):
    run(store.keep("web:x", turn("k"), None, "192.0.2.1"))
    with sqlite3.connect(store.engine.url.database) as connection:
        connection.execute(f"update handovers set asked = asked - {handovers.DAY + 1}")
    run(store.forget_handovers())
    (row,) = rows(store, "handovers")
    assert (row["person"], row["address"], row["outcome"]) == ("", "", "waiting")


def test_deleting_the_conversation_takes_back_nothing_that_was_confirmed(to_hook, store):
    async def work() -> None:
        await store.keep("web:x", turn("k1"))
        await store.forget("web:x")
        assert [row["sender_id"] for row in rows(store, "outbox")] == [""]
        await sender.deliver_all(Outbox(store))

    run(work())
    assert len(to_hook.filed) == 1
    assert rows(store, "events") == []


def test_the_log_names_nothing_of_it(to_hook, store, caplog):
    to_hook.fail = [status(500)]
    run(store.keep("web:x", turn("k1")))
    run(sender.deliver_all(Outbox(store)))
    assert "was not delivered (webhook): 500" in caplog.text
    assert not any(word in caplog.text for word in ("Ada", "555", "patch", "web:x"))


def test_the_pauses_grow_and_have_an_end():
    waits = [sender.pause(attempts) for attempts in range(30)]
    assert waits[0] < 2 * sender.FIRST
    assert all(wait <= sender.LONGEST * 1.2 for wait in waits)
    assert waits[9] >= sender.LONGEST
