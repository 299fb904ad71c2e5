"""A server killed between the yes and the delivery: what was confirmed arrives once. More: ``make handover-kills``."""

from __future__ import annotations

import pytest

from tests.harness import kills
from tests.harness.clinic import TO_A_WEBHOOK
from tests.harness.receivers import Hook, Mailbox

KILLS = 25


@pytest.fixture
def hook():
    running = Hook()
    yield running
    running.stop()


def test_no_message_is_lost_or_filed_twice(hook, set_up, tmp_path):
    set_up(**TO_A_WEBHOOK | {"HANDOVER_URL": hook.url})
    hook.pause = 0.05  # so that many are killed in between
    count = kills.loop(
        KILLS, tmp_path, lambda: [filed["body"] for filed in hook.filed.values()], lambda: len(hook.requests)
    )
    assert (count.lost, count.doubled) == (0, 0)
    assert 0 < count.kept <= count.arrived
    assert count.undelivered_when_killed > 0  # else nothing was put to the test


def test_nor_by_mail(set_up, tmp_path):
    box = Mailbox(tmp_path)
    given = {"HANDOVER_TO": "t@c.example", "HANDOVER_FROM": "g@c.example", "SMTP_HOST": "127.0.0.1"}
    set_up(HANDOVER="email", **given, SMTP_PORT=str(box.port), HANDOVER_CA=str(box.ca))

    def filed() -> list[str]:
        return [
            next(line for line in m.get_content().splitlines() if line.startswith("words")) for m in box.mails.values()
        ]

    try:
        count = kills.loop(KILLS, tmp_path, filed, lambda: len(box.copies))
    finally:
        box.stop()
    assert (count.lost, count.doubled) == (0, 0)
    assert 0 < count.kept <= count.arrived
