"""A guide that is switched off: one plain reply to everything, an emergency's own where the lists of signs find one."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from rashguide import content
from rashguide.guard import turn
from rashguide.guard.buttons import sign
from rashguide.settings import Settings
from rashguide.workers.crew import Abandoned, Here
from tests.harness.server import ADVICE, advice_count

CHOSEN = Settings(_env_file=None, country="US", switched_off=True, secret_key="a test's own")


class Away:
    """Workers that end with every task."""

    async def do(self, task):
        raise Abandoned


@pytest.fixture
def ask(monkeypatch):
    for module in ("turn", "advice", "buttons"):
        monkeypatch.setattr(f"rashguide.guard.{module}.settings", lambda: CHOSEN)

    def one(text, crew=None):
        output = CollectingOutputChannel()
        message = UserMessage(text, output, "somebody", input_channel="rest")
        asyncio.run(turn.answer(None, crew or Here(None), message))  # no agent: nothing may be asked of one
        assert advice_count(output.messages) == 1
        return output.messages

    return one


def is_off(messages):
    (only,) = messages
    assert only["text"].startswith("This guide is switched off for now and can't answer.")
    for needed in ("Call 911 now", "988", "nurse line"):
        assert needed in only["text"]
    assert only["text"].endswith(ADVICE)
    return True


@pytest.mark.parametrize("text", ["why is my face red?", "hello", "should I take a double dose", "", "x" * 5000, None])
def test_each_message_gets_whom_to_call(ask, text):
    assert is_off(ask(text))


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("my throat is closing and I can't breathe", "utter_emergency"),
        ("I want to kill myself", "utter_crisis"),
        ("no puedo respirar", "utter_emergency_spanish"),
        ("SOS", "utter_emergency"),
    ],
)
def test_an_emergency_is_still_named(ask, text, response):
    (only,) = ask(text)
    assert only["text"] == f"{content.spoken(response).format(**CHOSEN.numbers())}\n{ADVICE}"


def test_an_emergencys_button_of_before_is_met(ask):
    (only,) = ask(sign("rest:somebody", "/emergency"))
    assert only["text"].startswith("Call 911 now.")
    assert is_off(ask(sign("rest:somebody", "/facial_redness")))


def test_workers_that_end_keep_nobody_from_it(ask):
    assert is_off(ask("my throat is closing", Away()))
