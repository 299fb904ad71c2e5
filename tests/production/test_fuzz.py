"""`make fuzz` in short: whatever is sent is answered, never with a 5xx, and what talks always has the advice."""

from __future__ import annotations

import pytest

from tests.harness.fuzz import fuzz
from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.platforms.fake import Fake
from tests.harness.server import Server


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    fake = Fake()
    DRIVERS["webex"].fake = DRIVERS["teams"].fake = fake
    environment = accounts.environment(fake.url)
    server = Server(tmp_path_factory.mktemp("fuzz"), **environment, PERSON_LIMIT="0", ADDRESS_LIMIT="0").wait()
    yield Clinic(server, fake)
    server.stop()
    fake.stop()


def test_whatever_is_sent_is_answered(clinic):
    found = fuzz(clinic, seed=1, count=1500)
    assert set(found) == {"webhook", "talk", "bytes"}
    for kind, told in found.items():
        assert not told["no answer"] and not told["5xx"] and not told["no advice"], (kind, told)  # noqa: PT018
    assert "Traceback" not in clinic.server.log.read_text()
    assert clinic.server.process.poll() is None
