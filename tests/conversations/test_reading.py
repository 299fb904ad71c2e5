"""A conversation is read once a message, and the turn planned once, however many responses it has."""

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
    until(actions.answers, 90)
    yield loaded
    actions.stop()


@pytest.fixture
def counts(monkeypatch):
    """How often the plan was made, and each event read (by its place in memory, where it stays during the message)."""
    counted: Counter[str | int] = Counter()
    planned, added = policy.plan, turns.Reading._add

    def plan(turn):
        counted["plan"] += 1
        return planned(turn)

    def add(reading, event):
        counted[id(event)] += 1
        return added(reading, event)

    monkeypatch.setattr(policy, "plan", plan)
    monkeypatch.setattr(turns.Reading, "_add", add)
    return counted


def say(agent, text):
    output = CollectingOutputChannel()
    asyncio.run(agent.handle_message(UserMessage(text, output, "counted", input_channel="rest")))
    return output.messages


def test_each_message_is_planned_once_and_each_event_read_once(agent, counts):
    events = 0
    for text, responses in (
        ("what is dupixent?", 1),
        ("my face went red after the third shot", 2),
        ("help me get ready for my appointment", 2),
        ("on my cheeks", 1),
        ("is it permanent?", 2),
    ):
        counts.clear()
        assert len(say(agent, text)) == responses, text
        assert counts.pop("plan") == 1, text
        assert set(counts.values()) == {1}, text
        assert len(counts) > events, text  # all that was there before, and the message
        events = len(counts)
