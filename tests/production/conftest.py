"""One topology for all of these tests, with every platform on: each assistant takes half a minute to load."""

from __future__ import annotations

import pytest

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.topology import Postgres, Topology


@pytest.fixture(scope="session")
def platforms():
    running = Fake()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def topology(tmp_path_factory, platforms):
    running = Topology(tmp_path_factory.mktemp("topology"), **accounts.environment(platforms.url))
    running.platforms = platforms
    yield running
    running.stop()


@pytest.fixture
def clinic(topology):
    """The first of the assistants, met without nginx, and the platforms."""
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = topology.platforms
    return Clinic(topology.assistants[0], topology.platforms)


@pytest.fixture(scope="session")
def postgres():
    running = Postgres()
    yield running
    running.stop()
