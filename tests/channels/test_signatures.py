"""Who may post to a platform's address: its signature is checked, with no server in between."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest
from sanic.compat import Header

from rashguide.channels import platform as base
from rashguide.channels import web
from rashguide.channels.__main__ import PLATFORMS
from rashguide.channels.platform import READ_ERRORS, Rejected
from rashguide.settings import Settings
from tests.harness.platforms import accounts
from tests.harness.platforms.drivers import DRIVERS

pytestmark = pytest.mark.unit

FAKE = "http://127.0.0.1:9"  # nobody listens there
CHOSEN = Settings(_env_file=None, **{name.lower(): value for name, value in accounts.environment(FAKE).items()})


@pytest.fixture(params=PLATFORMS, ids=lambda platform: platform.name())
def platform(request, monkeypatch):
    monkeypatch.setattr(base, "settings", lambda: CHOSEN)
    made = request.param()
    if made.name() == "teams":
        keys = {key["kid"]: key for key in accounts.teams_public_keys()}

        async def key(identifier):
            return keys[identifier]

        monkeypatch.setattr(made, "_key", key)
    return made


@pytest.fixture
def signed(platform, monkeypatch):
    driver = DRIVERS[platform.name()]
    if hasattr(driver, "fake"):
        monkeypatch.setattr(driver, "fake", SimpleNamespace(url=FAKE, webex_messages={}))
    return driver.text(1, "hello")


def accepts(platform, request, headers=None, body=None):
    arrived = SimpleNamespace(
        path=request.path,
        query_string="",
        body=request.body if body is None else body,
        headers=Header(request.headers if headers is None else headers),
    )
    try:
        checked = platform.verify(arrived)
        if asyncio.iscoroutine(checked):
            asyncio.run(checked)
        list(platform.events(arrived))
    except (Rejected, *READ_ERRORS):
        return False
    return True


def test_the_platforms_own_request_is_taken(platform, signed):
    assert accepts(platform, signed)


def test_a_forged_one_is_not(platform, signed):
    driver = DRIVERS[platform.name()]
    if driver.signature == "token":  # Rocket.Chat's is in the body
        for token in (None, "", "x", 5):
            forged = json.dumps({**json.loads(signed.body), "token": token}).encode()
            assert not accepts(platform, signed, body=forged), token
        return
    own = signed.headers[driver.signature]
    for forged in ("", "x", own[:-2] + ("00" if not own.endswith("00") else "11"), own[:-1], own + "0"):
        assert not accepts(platform, signed, headers={**signed.headers, driver.signature: forged}), forged
    without = {name: value for name, value in signed.headers.items() if name != driver.signature}
    assert not accepts(platform, signed, headers=without)
    if driver.signs_body:
        assert not accepts(platform, signed, body=signed.body + b" ")


def test_another_twilio_account_is_refused(platform, monkeypatch):
    if not platform.name().startswith(("sms", "twilio")):
        return
    driver = DRIVERS[platform.name()]
    fields = dict(pair.split("=", 1) for pair in driver.text(1, "hello").body.decode().split("&"))
    foreign = driver.request("&".join(f"{k}={v}" for k, v in {**fields, "AccountSid": "AC" + "9" * 32}.items()))
    assert not accepts(platform, foreign)


def test_teams_replies_to_no_other_server(platform, monkeypatch):
    if platform.name() != "teams":
        return
    driver = DRIVERS["teams"]
    monkeypatch.setattr(driver, "fake", SimpleNamespace(url="https://elsewhere.example.org"))
    assert not accepts(platform, driver.text(1, "hello"))


# --- the widget's session -----------------------------------------------------------------------


def test_a_session_is_the_servers_own(monkeypatch):
    token = web.mint("0" * 32)
    assert web.identify(token) == "0" * 32
    for forged in (token[:-1], token.replace("0" * 32, "1" * 32), "", None, 5, "é", f"{'0' * 32}.1."):
        assert web.identify(forged) is None, forged
    monkeypatch.setattr(web.settings(), "secret_key", "another key of the tests")
    assert web.identify(token) is None
    assert web.identify("0" * 32) != "0" * 32, "who knows a conversation's id does not know its seed"


def test_a_session_ends(monkeypatch):
    token = web.mint("0" * 32)
    later = web.time.time() + web.conversations.SESSION + 2
    monkeypatch.setattr(web, "time", SimpleNamespace(time=lambda: later))
    assert web.identify(token) is None


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        ("https://guide.example.org", True),
        ("https://clinic.example.org", True),
        ("https://elsewhere.example.org", False),
        ("null", False),
    ],
)
def test_only_named_pages_talk_to_the_widgets_channel(origin, may, monkeypatch):
    monkeypatch.setattr(web.settings(), "widget_origins", "https://clinic.example.org")
    request = SimpleNamespace(headers=Header({"origin": origin} if origin else {}), host="guide.example.org")
    assert web.allowed(request) == may
