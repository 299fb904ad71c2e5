"""`make channels-check`: what it finds against the stand-ins, right and wrong, for each platform."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading

import pytest

from rashguide.channels import check
from rashguide.channels.delivery import Api
from rashguide.settings import settings
from tests.harness.platforms import accounts
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.server import ROOT

# What is wrong on any machine of a developer's: everything is on the loopback interface.
LOCAL = {"platforms call https:// alone", "which nobody reaches from outside", "this platform calls no other ports"}


@pytest.fixture
def known(clinic, monkeypatch):
    """The settings of the clinic's server, and the addresses as the platforms were told."""
    for name, value in accounts.environment(clinic.fake.url).items():
        monkeypatch.setenv(name, value)
    address = str(clinic.server.client.base_url).rstrip("/")
    for name in DRIVERS:
        public = accounts.TWILIO["twilio_public_url"] if name == "sms" else address
        monkeypatch.setitem(clinic.fake.registered, name, f"{public}/webhooks/{name}/webhook")
    settings.cache_clear()
    yield address
    settings.cache_clear()


def walked(capsys, name, address, **asked):
    """The lines that were found wrong, beside what is so on this machine, and all of them."""
    asyncio.run(check.walk(name, address, **asked))
    lines = capsys.readouterr().out.splitlines()
    wrong = [line for line in lines if line.startswith("FAIL") and not any(local in line for local in LOCAL)]
    return wrong, lines


@pytest.mark.parametrize("name", list(DRIVERS))
def test_all_is_well_and_nobody_gets_a_message(clinic, known, capsys, name):
    sent = len(clinic.fake.sent)
    wrong, lines = walked(capsys, name, known)
    if name in ("sms", "twilio_whatsapp"):  # the address that Twilio signs is not where this server is
        wrong = [line for line in wrong if "Twilio signs https://guide.example.org" not in line]
    assert wrong == []
    told = "\n".join(lines)
    assert "a forged request is refused" in told
    assert ("a request signed with these settings is acknowledged" in told) == (name != "teams")
    assert sum(line.startswith("ok") for line in lines) >= 4
    assert len(clinic.fake.sent) == sent
    for secret in accounts.ALL.values():
        assert secret not in told or secret.startswith(("+1", "https", "682")), secret


SECRET_OF = {
    "whatsapp": ("whatsapp_app_secret", "f" * 32),
    "sms": ("twilio_auth_token", "f" * 32),
    "twilio_whatsapp": ("twilio_auth_token", "f" * 32),
    "telegram": ("telegram_secret", "another-secret-of-nobody"),
    "messenger": ("messenger_app_secret", "0" * 32),
    "slack": ("slack_signing_secret", "0" * 32),
    "rocketchat": ("rocketchat_webhook_token", "another-secret-of-nobody"),
    "webex": ("webex_webhook_secret", "another-secret-of-nobody"),
}


@pytest.mark.parametrize("name", list(SECRET_OF))
def test_a_server_with_another_secret_is_found(known, capsys, monkeypatch, name):
    setting, other = SECRET_OF[name]
    monkeypatch.setenv(setting.upper(), other)
    settings.cache_clear()
    wrong, _ = walked(capsys, name, known)
    assert any("signed with these settings gets 403" in line or "is that the guide?" in line for line in wrong), wrong


TOKEN_OF = {
    "whatsapp": ("whatsapp_token", "EAAJ" + "x" * 30),
    "sms": ("twilio_auth_token", "e" * 32),
    "telegram": ("telegram_token", "123456789:" + "B" * 35),
    "messenger": ("messenger_page_token", "EAAJ" + "x" * 30),
    "slack": ("slack_bot_token", "xoxb-000000000000"),
    "rocketchat": ("rocketchat_token", "x" * 30),
    "webex": ("webex_bot_token", "x" * 30),
    "teams": ("teams_app_password", "x" * 30),
}


@pytest.mark.parametrize("name", list(TOKEN_OF))
def test_a_token_that_the_platform_refuses_is_found(clinic, known, capsys, monkeypatch, name):
    setting, other = TOKEN_OF[name]
    monkeypatch.setenv(setting.upper(), other)
    settings.cache_clear()
    wrong, lines = walked(capsys, name, known)
    assert any("the platform refuses the account's settings" in line for line in wrong), lines
    assert other not in "\n".join(lines)
    clinic.fake.broken.clear()  # the stand-in notes a wrong token


@pytest.mark.parametrize("name", ["whatsapp", "sms", "telegram", "webex"])
def test_an_address_that_the_platform_does_not_call_is_found(clinic, known, capsys, monkeypatch, name):
    monkeypatch.setitem(clinic.fake.registered, name, "https://old.example.org/webhooks")
    wrong, _ = walked(capsys, name, known)
    assert any("old.example.org" in line or "none" in line for line in wrong), wrong


def test_an_address_where_no_guide_is_is_found(known, clinic, capsys):
    wrong, _ = walked(capsys, "telegram", clinic.fake.url)
    assert any("nothing there" in line for line in wrong)
    wrong, _ = walked(capsys, "telegram", "http://127.0.0.1:9")
    assert any("cannot be reached" in line for line in wrong)


def test_settings_that_lack_something_are_named(known, capsys, monkeypatch):
    monkeypatch.delenv("TELEGRAM_SECRET")
    settings.cache_clear()
    wrong, _ = walked(capsys, "telegram", known)
    assert wrong == ["FAIL  TELEGRAM_SECRET must be set: docs/platforms/ tells where each is found"]


def test_the_first_message_is_watched(clinic, known, monkeypatch):
    """A message that is answered, one whose reply is refused, and none at all."""
    driver, guide = DRIVERS["telegram"], str(clinic.server.client.base_url).rstrip("/")
    import aiohttp

    async def watch(send, seconds):
        async with aiohttp.ClientSession() as session:
            later = threading.Timer(1.0, send)
            later.start()
            found = await check.watched(guide, "telegram", seconds, session)
            later.join()
            return found

    assert asyncio.run(watch(lambda: clinic.post(driver.text(clinic.someone(), "thank you")), 15)).good
    refused = clinic.someone()
    clinic.fake.faults[f"telegram:{driver.chat(refused)}"].append("403")
    found = asyncio.run(watch(lambda: clinic.post(driver.text(refused, "thank you")), 15))
    assert found.good is False
    assert "could not be delivered" in found.told or "no reply went out" in found.told
    assert "no message came" in asyncio.run(watch(lambda: None, 2)).told


def test_it_is_a_command(clinic):
    ran = subprocess.run(
        ["make", "channels-check", "PLATFORM=telegram", "ADDRESS=http://127.0.0.1:9"],
        cwd=ROOT,
        env={**os.environ, **accounts.environment(clinic.fake.url)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert ran.returncode != 0
    assert "ok    the bot is @rash_guide_bot" in ran.stdout, ran.stdout + ran.stderr
    assert "FAIL  http://127.0.0.1:9/webhooks/telegram/webhook cannot be reached" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_the_walk_leaves_no_connection(known, capsys, monkeypatch):
    closed = []
    monkeypatch.setattr(Api, "close", lambda self: _noted(closed))
    walked(capsys, "slack", known)
    assert closed == [1]


async def _noted(closed):
    closed.append(1)
