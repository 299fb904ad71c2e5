"""One topology for all of these tests: each assistant takes half a minute to load."""

from __future__ import annotations

import pytest

from tests.harness.topology import Postgres, Topology


@pytest.fixture(scope="session")
def topology(tmp_path_factory):
    running = Topology(tmp_path_factory.mktemp("topology"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres():
    running = Postgres()
    yield running
    running.stop()
