"""What the tests share: a real Rasa server, and the trained assistant in-process for understanding alone."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.server import MODEL, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server")).wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def understand():
    """Understands a message with the trained model, without a server: a function from text to Rasa's parse data."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(MODEL))
    loop = asyncio.new_event_loop()
    yield lambda text: loop.run_until_complete(agent.parse_message(text))
    loop.close()
