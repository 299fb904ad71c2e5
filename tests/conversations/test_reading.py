"""A turn is read from its conversation twice and planned once, however many responses it has."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.utils.endpoints import EndpointConfig

from rashguide import patches
from rashguide.action_server import ActionServer
from rashguide.dialogue import policy, turns
from rashguide.stores.conversations import ConversationStore
from tests.harness.server import MODEL
from tests.harness.topology import until


@pytest.fixture(scope="module")
def agent():
    actions = ActionServer()
    actions.start()
    loaded = Agent.load(
        str(MODEL),
        generator=patches.Wording(),
        tracker_store=ConversationStore(db=":memory:"),
        action_endpoint=EndpointConfig(actions.url),
    )
    loaded.nlg.responses = loaded.domain.responses
    until(actions.answers)
    yield loaded
    actions.stop()


@pytest.fixture
def counts(monkeypatch):
    counted: Counter[str] = Counter()

    def counting(module, name):
        original = getattr(module, name)

        def counted_call(*arguments):
            counted[name] += 1
            return original(*arguments)

        monkeypatch.setattr(module, name, counted_call)

    counting(turns, "read")
    counting(policy, "plan")
    return counted


def say(agent, text):
    output = CollectingOutputChannel()
    asyncio.run(agent.handle_message(UserMessage(text, output, "counted", input_channel="rest")))
    return output.messages


def test_each_message_is_planned_once(agent, counts):
    for text, responses in (
        ("what is dupixent?", 1),
        ("my face went red after the third shot", 2),
        ("help me get ready for my appointment", 2),
        ("on my cheeks", 1),
        ("is it permanent?", 2),
    ):
        counts.clear()
        assert len(say(agent, text)) == responses, text
        assert counts["plan"] == 1, text
        assert counts["read"] == 2, text  # for what the message is read beside, and with the message
