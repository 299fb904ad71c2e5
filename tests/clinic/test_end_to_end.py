"""From "I have a new rash" to a message at the clinic in one conversation: by the widget's channel, and by SMS."""

from __future__ import annotations

import re

import pytest

from rashguide.handover.webhook import signature
from tests.harness.browser import ask, chromium, opened
from tests.harness.clinic import CARD, TO_A_WEBHOOK
from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.receivers import Hook, status
from tests.harness.server import Server, advice_count
from tests.harness.topology import until

ANSWERS = ("on my neck", "last monday", "a week after my shot", "dry and itchy", "a cream", "none", "what is this rash")


@pytest.fixture(scope="module")
def hook():
    running = Hook()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def clinic(tmp_path_factory, hook):
    fake = Fake()
    on = {**accounts.environment(fake.url), **CARD, **TO_A_WEBHOOK, "HANDOVER_URL": hook.url}
    server = Server(tmp_path_factory.mktemp("handover"), **on).wait()
    until(lambda: server.client.get("/health/ready").json()["actions"], seconds=120, what="the action server")
    yield Clinic(server, fake)
    server.stop()
    fake.stop()


def arrived(hook: Hook, words: str) -> list[dict]:
    return [filed for filed in hook.filed.values() if words in filed["text"]]


def test_in_the_widget(clinic, hook):
    session, name = "", "Wilhelmina"

    def say(**said: str) -> list[dict]:
        nonlocal session
        reply = clinic.server.client.post("/chat/message", json={"session": session, **said}).json()
        session = reply["session"]
        assert advice_count(reply["messages"]) == 1
        return reply["messages"]

    def press(messages: list[dict], title: str) -> list[dict]:
        buttons = {button["title"]: button["payload"] for each in messages for button in each.get("buttons", [])}
        return say(message=buttons[title])

    told = say(message="I have a new rash")
    assert any(CARD["CLINIC_NAME"] in message["text"] for message in told)
    assert any(message.get("calls") for message in told)
    told = say(message="help me get ready for my appointment")
    for answer in ANSWERS:
        told = say(message=answer)
    told = press(told, "Send it to my clinic")
    assert "not for emergencies" in told[0]["text"]
    say(message=name)
    told = say(message="555 010 0123")
    assert "Where: on my neck" in "\n".join(message["text"] for message in told)
    assert not arrived(hook, name)
    told = press(told, "Yes, send it")
    assert "on its way to Hill Skin Clinic" in told[0]["text"]
    until(lambda: arrived(hook, name), what="the message")
    (message,) = arrived(hook, name)
    assert message["contact"] == "555 010 0123"
    assert "I want to ask: what is this rash" in message["body"]
    assert len(arrived(hook, name)) == 1
    assert name not in clinic.server.log.read_text()
    events = clinic.server.database.read_bytes() + clinic.server.database.with_name("conversations.db-wal").read_bytes()
    assert name.encode() not in events


def test_by_text_message_while_the_receiver_is_away_at_first(clinic, hook):
    sms, person, name = DRIVERS["sms"], clinic.someone(), "Theodora"

    def say(text: str) -> str:
        return "\n".join(part.text for part in clinic.say(sms, person, text))

    hook.fail = [status(503)] * 2
    assert CARD["CLINIC_NAME"] in say("I have a new rash")
    say("send a message to my clinic")
    assert "What is your name?" in say("itchy red rash on both arms since monday")
    say(name)
    assert "I can't find a phone number" in say("my usual one")
    shown = say("555 010 0199")
    assert all(part in shown for part in (name, "555 010 0199", "Shall I send it?", "1. Yes, send it"))
    assert "on its way" in say("1")
    health = clinic.server.client.get("/health/ready").json()
    assert health["handover"]["waiting"] == 1
    assert "still waits" in say("did you send it")
    until(lambda: arrived(hook, name), seconds=60, what="the message")
    until(lambda: clinic.server.client.get("/health/ready").json()["handover"]["waiting"] == 0)
    assert "was sent to Hill Skin Clinic" in say("did you send it")
    ((_, headers, body),) = [each for each in hook.requests if name.encode() in each[2]][-1:]
    signed = dict(part.split("=") for part in headers["x-rash-guide-signature"].split(","))
    assert signed["v1"] == signature(TO_A_WEBHOOK["HANDOVER_SECRET"], int(signed["t"]), body)
    measured = clinic.server.client.get("/metrics").text
    assert 'guide_handovers_total{outcome="delivered",way="webhook"}' in measured
    assert 'guide_handovers_total{outcome="failed",way="webhook"} 0.0' in measured, "an alert would miss the first one"
    assert "guide_handovers_waiting 0.0" in measured


def test_asked_for_the_number_it_answers_from_the_card(clinic):
    said = "\n".join(message["text"] for message in clinic.server.ask("what's the number for the clinic"))
    assert "555-0100" in said
    assert "Hill Skin Clinic" in said
    said = "\n".join(message["text"] for message in clinic.server.ask("is anybody there now"))
    assert "Hill Skin Clinic is" in said
    assert "in your calendar" in "".join(
        message["text"] for message in clinic.server.ask("remind me to call the clinic")
    )


def test_the_window_calls_the_clinic_and_saves_the_reminder(clinic):
    """In a real browser."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{clinic.server.port}/chat/demo")
        opened(page)
        assert page.locator("a.clinic").get_attribute("href") == "tel:5550100"
        ask(page, "I have a new rash")
        number = page.locator(".message .calls a").last
        assert number.get_attribute("href") in ("tel:5550100", "tel:5550199")
        assert number.inner_text() in ("Call 555-0100", "Call 555-0199")
        ask(page, "remind me to call the clinic")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save to my calendar").click()
        assert re.fullmatch(r"call-the-clinic-[\d-]{10}\.ics", download.value.suggested_filename)
        saved = download.value.path().read_bytes().decode()
        assert saved.startswith("BEGIN:VCALENDAR\r\n")
        assert "SUMMARY:Call Hill Skin Clinic" in saved
