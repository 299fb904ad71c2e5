"""What the tests share: a real Rasa server, and the trained assistant in-process for understanding alone."""

from __future__ import annotations

import pytest

from tests.harness import measure
from tests.harness.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server")).wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def understand():
    """A function from text to Rasa's parse data."""
    with measure.understanding() as understood:
        yield understood
