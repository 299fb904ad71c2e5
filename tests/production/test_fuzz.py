"""`make fuzz` in short: whatever is sent is answered, never with a 5xx, and what talks always has the advice."""

from __future__ import annotations

from tests.harness.fuzz import WORD, WRONG, addresses, fuzz
from tests.harness.platforms.drivers import DRIVERS


def test_whatever_is_sent_is_answered(clinic):
    before = clinic.server.log.read_text().count("Traceback")
    found = fuzz(clinic, seed=1, count=1200)
    chat = {"/chat/message", "/chat/keep", "/chat/forget"}
    assert set(found) == {"addresses", "raw bytes", "/webhooks/rest/webhook", *chat, *DRIVERS}
    for kind, told in found.items():
        assert told["4xx"], (kind, told)
        assert told["2xx"] or kind == "/chat/keep", (kind, told)  # which takes nothing but a session that goes on
        assert not any(told[name] for name in WRONG), (kind, told)
    log = clinic.server.log.read_text()
    assert log.count("Traceback") == before
    assert WORD not in log
    assert clinic.server.process.poll() is None


def test_every_address_that_is_described_is_among_them():
    assert {"/metrics", "/health/ready", "/webhooks/rest/webhook", "/chat/message"} <= set(addresses())
    assert {driver.path for driver in DRIVERS.values()} <= set(addresses())
