"""Retrying, queues, memory and start-up checks, without Rasa: real HTTP to the fake platforms."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time

import pytest
from pydantic import ValidationError

from rashguide.channels import delivery, unkept
from rashguide.channels.__main__ import table
from rashguide.channels.delivery import Api, Refused, TryAgain
from rashguide.channels.meta import MetaPlatform
from rashguide.channels.queues import Queues
from rashguide.channels.slack import SlackInput
from rashguide.channels.telegram import TelegramInput
from rashguide.channels.twilio import SmsInput
from rashguide.settings import Settings, platforms
from tests.harness.platforms import accounts
from tests.harness.server import ROOT

pytestmark = pytest.mark.unit


def outcome(judge, status, headers=None, body=None):
    try:
        judge(status, headers or {}, body)
    except TryAgain as failure:
        return "again", failure.after
    except Refused as refused:
        return "refused", refused.args[0]
    return "worked"


@pytest.mark.parametrize(
    ("judge", "status", "headers", "body", "expected"),
    [
        (delivery.judge, 201, {}, None, "worked"),
        (delivery.judge, 302, {}, None, ("refused", 302)),
        (delivery.judge, 403, {}, None, ("refused", 403)),
        (delivery.judge, 429, {"Retry-After": "7"}, None, ("again", 7.0)),
        (delivery.judge, 429, {"Retry-After": "soon"}, None, ("again", None)),
        (delivery.judge, 429, {"Retry-After": "-5"}, None, ("again", 0.0)),
        (delivery.judge, 503, {}, None, ("again", None)),
        (MetaPlatform.judge, 400, {}, {"error": {"code": 131056}}, ("again", None)),
        (MetaPlatform.judge, 400, {}, {"error": {"code": 999, "is_transient": True}}, ("again", None)),
        (MetaPlatform.judge, 400, {}, {"error": {"code": 131047}}, ("refused", 131047)),
        (MetaPlatform.judge, 500, {}, {"error": {"code": 131047}}, ("again", None)),
        (MetaPlatform.judge, 400, {}, ["odd"], ("refused", 400)),
        (TelegramInput.judge, 429, {}, {"ok": False, "parameters": {"retry_after": 3}}, ("again", 3.0)),
        (TelegramInput.judge, 429, {}, {"ok": False}, ("again", None)),
        (TelegramInput.judge, 403, {}, {"ok": False}, ("refused", 403)),
        (SlackInput.judge, 200, {}, {"ok": True}, "worked"),
        (SlackInput.judge, 200, {}, {"ok": False, "error": "ratelimited"}, ("again", None)),
        (SlackInput.judge, 200, {}, {"ok": False, "error": "channel_not_found"}, ("refused", "channel_not_found")),
        (SlackInput.judge, 200, {}, None, ("again", None)),
        (SmsInput.judge, 400, {}, {"code": 21610}, ("refused", 21610)),
        (SmsInput.judge, 429, {}, {"code": 20429}, ("again", None)),
    ],
)
def test_what_a_platforms_answer_means(judge, status, headers, body, expected):
    assert outcome(judge, status, headers, body) == expected


def test_it_gives_up_at_the_deadline(monkeypatch):
    from rashguide.settings import settings

    monkeypatch.setattr(settings(), "delivery_deadline", 1.2)
    calls = []

    async def never():
        calls.append(time.monotonic())
        raise TryAgain(503)

    with pytest.raises(Refused):
        asyncio.run(delivery.persist(never))
    assert len(calls) == 2
    calls.clear()

    async def later():
        calls.append(1)
        raise TryAgain(429, after=600)

    with pytest.raises(Refused):
        asyncio.run(delivery.persist(later))
    assert len(calls) == 1


def test_it_follows_no_redirect_and_names_no_address():
    """A platform's token goes to the host that was set; what fails is named without its address, which may hold one."""
    from aiohttp import web

    async def run():
        seen = []

        async def elsewhere(request):
            seen.append(request)
            return web.Response()

        app = web.Application()
        app.router.add_post("/elsewhere", elsewhere)

        async def moved(request):
            raise web.HTTPTemporaryRedirect("/elsewhere")

        app.router.add_post("/moved", moved)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        api = Api()
        with pytest.raises(Refused) as refused:
            await api.once("POST", f"http://127.0.0.1:{port}/moved")
        assert refused.value.args == (307,)
        assert seen == []
        await runner.cleanup()
        with pytest.raises(TryAgain) as failed:
            await api.once("POST", f"http://127.0.0.1:{port}/botSECRET/x")
        assert "SECRET" not in str(failed.value)
        await api.close()

    asyncio.run(run())


def test_queues_keep_a_persons_order_and_let_others_pass():
    async def run():
        left = {"anna": [0, 1, 2], "ben": [0]}
        done, under_way = [], []

        async def work(person):
            if not left[person]:
                return False
            under_way.append(person)
            assert under_way.count(person) == 1, "two of one person's at once"
            await asyncio.sleep(0.05 if person == "anna" else 0)
            under_way.remove(person)
            done.append((person, left[person].pop(0)))
            return True

        queues = Queues(work)
        for person in ("anna", "anna", "ben"):
            queues.wake(person)
        assert queues.busy("anna")
        await queues.drain(5)
        assert not queues.busy("anna")
        return done

    assert asyncio.run(run()) == [("ben", 0), ("anna", 0), ("anna", 1), ("anna", 2)]


def test_what_comes_while_the_last_is_worked_on_is_not_left():
    async def run():
        left, done = [1], []

        async def work(_):
            await asyncio.sleep(0)
            if not left:
                return False
            done.append(left.pop())
            return True

        queues = Queues(work)
        queues.wake("anna")
        while not done:
            await asyncio.sleep(0)
        left.append(2)
        queues.wake("anna")
        await queues.drain(5)
        return done

    assert asyncio.run(run()) == [1, 2]


def test_what_is_not_kept_is_bounded_and_known_again(monkeypatch):
    monkeypatch.setattr(unkept, "ROOM", 3)
    kept = unkept.Unkept(2)
    for number in (1, 1, 2, 3):
        kept.put("anna", f"id {number}", number)
    assert [kept.take("anna") for _ in range(3)] == [2, 3, None]
    for number in range(9):
        kept.put(f"person {number}", f"other {number}", number)
    assert len(kept._waiting) <= 3
    assert len(kept._seen) <= 3


def set_(**values):
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize("platform", list(platforms.NEEDS))
def test_each_platform_is_on_with_its_settings_and_off_without(platform):
    known = {**accounts.ALL, "rocketchat_url": "https://chat.example.org"}
    needed = {name: known[name] for name in platforms.NEEDS[platform]}
    assert not set_().is_on(platform)
    assert set_(**needed).is_on(platform)
    assert [name for name in platforms.NEEDS if set_(**needed).is_on(name)] == [platform]
    for left_out in needed:
        rest = {name: value for name, value in needed.items() if name != left_out}
        with pytest.raises(ValidationError, match=left_out.upper()):
            set_(**rest)


@pytest.mark.parametrize("name", list(platforms.FORMATS))
def test_a_malformed_setting_is_named_and_not_repeated(name):
    with pytest.raises(ValidationError) as error:
        set_(**{name: "se cret"})
    assert f"{name.upper()} must be" in str(error.value)
    assert "se cret" not in str(error.value)


def test_an_api_is_reached_over_tls_except_on_this_machine():
    for address in ("http://graph.example.org", "ftp://x", "https://x?y", "http://localhost.example.org"):
        with pytest.raises(ValidationError):
            set_(whatsapp_api=address)
    assert set_(whatsapp_api="https://x.org/v1/").whatsapp_api == "https://x.org/v1"


def test_the_start_stops_with_a_sentence_that_says_which_setting():
    ended = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "rashguide"],
        cwd=ROOT,
        env={**os.environ, "SLACK_BOT_TOKEN": accounts.SLACK["slack_bot_token"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "SLACK_BOT_TOKEN is set, but not SLACK_SIGNING_SECRET" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert accounts.SLACK["slack_bot_token"] not in ended.stderr


def test_the_table_says_what_is_on_and_what_is_missing():
    found = platforms.PlatformSettings(_env_file=None, **accounts.TELEGRAM, slack_bot_token="xoxb-0123456789")
    lines = {line.split()[0]: line for line in table(found).splitlines()}
    assert len(lines) == len(platforms.NEEDS) + 1
    assert "telegram         on  " in lines["telegram"]
    assert "SLACK_SIGNING_SECRET" in lines["slack"]
    assert "incomplete" in lines["slack"]
    assert " off " in lines["whatsapp"]
    assert accounts.TELEGRAM["telegram_token"] not in table(found)
