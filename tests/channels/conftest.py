"""One real Rasa server with every platform on, and the fake platforms that it talks to."""

from __future__ import annotations

import pytest

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.server import Server
from tests.harness.topology import until


@pytest.fixture(scope="session")
def fake():
    running = Fake()
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = running
    yield running
    running.stop()


@pytest.fixture(scope="session")
def clinic(tmp_path_factory, fake):
    server = Server(tmp_path_factory.mktemp("platforms"), **accounts.environment(fake.url), **accounts.IMPATIENT).wait()
    until(lambda: server.client.get("/health/ready").json()["actions"], 90, "the actions")
    yield Clinic(server, fake)
    server.stop()
