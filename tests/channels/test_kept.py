"""What a platform's message was acknowledged for is answered: once, after a kill and a restart, an emergency first."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.harness.platforms import accounts
from tests.harness.platforms.clinic import Clinic
from tests.harness.platforms.drivers import DRIVERS
from tests.harness.server import ADVICE, Server

FAST = "faster than I can read"
EACH = 4  # people on each platform
JUST_BEFORE = 0.5  # seconds that noting a delivery takes at most, with everybody's at once


@pytest.fixture(params=list(DRIVERS))
def driver(request):
    return DRIVERS[request.param]


def test_of_many_at_once_the_emergency_is_told_first_and_none_is_dropped_without_a_word(clinic, driver):
    person = clinic.someone()
    chat = driver.chat(person)
    clinic.fake.faults[f"{driver.name}:{chat}"].append("hang")  # the person's first reply stands still for a while
    for number in range(29):
        assert clinic.post(driver.text(person, f"What kind of medicine is dupixent? {number}")).status_code == 200
    assert clinic.post(driver.text(person, "I can't breathe and my throat is closing")).status_code == 200
    end = time.monotonic() + 20
    while time.monotonic() < end and sum(ADVICE in each.text for each in clinic.sent(driver, person)) < 22:
        time.sleep(0.1)
    told = [each.text for each in clinic.sent(driver, person) if not each.text.startswith(("1.", "2."))]
    whole = "\n".join(told)
    assert "Call 911 now" in whole
    assert FAST in whole
    assert whole[: whole.index("Call 911 now")].lower().count("brand name") <= 2, "others went before the emergency"
    assert sum(ADVICE in each for each in told) >= 21  # each that was kept, the emergency, and the word on the rest
    assert whole.count(FAST) == 1


def test_what_was_acknowledged_is_answered_once_after_a_kill(tmp_path, fake):
    server = Server(tmp_path, **accounts.environment(fake.url)).wait()
    clinic = Clinic(server, fake)
    people = [(driver, clinic.someone()) for driver in DRIVERS.values() for _ in range(EACH)]
    for driver, person in people:
        assert clinic.post(driver.text(person, "what is dupixent?")).status_code == 200
    before = sum(any(ADVICE in each.text for each in clinic.sent(*each)) for each in people)
    os.killpg(server.process.pid, signal.SIGKILL)
    killed = time.monotonic()
    server.process.wait(20)
    assert before < len(people), "all were answered before the kill: it shows nothing"

    again = Server(tmp_path, port=server.port, **accounts.environment(fake.url)).wait()
    try:
        end = time.monotonic() + 40
        replies: list[int] = []
        while time.monotonic() < end:
            replies = [sum(ADVICE in sent.text for sent in clinic.sent(*each)) for each in people]
            if all(replies):
                break
            time.sleep(0.2)
        time.sleep(1)
        replies = [sum(ADVICE in sent.text for sent in clinic.sent(*each)) for each in people]
        assert replies.count(0) == 0, "acknowledged and never answered"
        # Those that reached their platform just before the kill may not have been noted.
        for (driver, person), count in zip(people, replies):
            first = next(sent for sent in clinic.sent(driver, person) if ADVICE in sent.text)
            assert count == 1 or count == 2 and first.at > killed - JUST_BEFORE, (driver.name, count, first.at - killed)
        for driver, person in people[::EACH]:  # and what was answered stays known
            assert "dupilumab" in "\n".join(each.text for each in clinic.sent(driver, person)).lower()
    finally:
        again.stop()
