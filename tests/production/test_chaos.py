"""`make chaos` in short: things go wrong while people write; nobody is met with silence, nothing is lost or doubled."""

from __future__ import annotations

import pytest

from tests.harness import chaos
from tests.harness.chaos import WRONG, Place, during


@pytest.mark.parametrize(
    "fault", [chaos.stopped, chaos.no_memory, chaos.no_descriptors, chaos.full_disk, chaos.read_only]
)
def test_while_people_write(topology, fault):
    found = during(Place.of(topology, topology.platforms), fault, people=5, pause=0.5, lasts=3)
    print(fault.__name__, dict(found))
    assert found["answered"] > 5
    assert found["on platforms"] > 5
    assert not {name: found[name] for name in WRONG if found[name]}, found
