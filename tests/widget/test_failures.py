"""Whatever fails, the person is told, keeps their text, can retry, and sees the advice and the emergency number."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.harness.browser import ask, opened
from tests.harness.server import ADVICE

pytestmark = pytest.mark.faulty
ASKED = "why is my face red?"


def broken(page, told: str) -> None:
    """The chat after a failure."""
    failure = page.locator(".you.failed + .failure")
    for each in ("Not sent.", told, "call 911", ADVICE):
        expect(failure).to_contain_text(each)
    expect(page.locator(".you.failed")).to_contain_text(ASKED)


def send(page) -> None:
    page.get_by_label("Your question").fill(ASKED)
    page.keyboard.press("Enter")


def mended(page) -> None:
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".guide").nth(1)).to_contain_text("red face")
    expect(page.locator(".failure")).to_have_count(0)
    expect(page.locator(".you")).to_have_count(1)
    expect(page.locator(".failed")).to_have_count(0)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 500, "body": "oops"}, "can't answer right now"),
        ({"status": 200, "json": {"session": "", "messages": []}}, "can't answer right now"),
        ({"status": 200, "json": []}, "can't answer right now"),
        ({"status": 200, "body": "<html>"}, "can't answer right now"),
        ({"status": 429, "json": []}, "too many messages"),
        ({"status": 413, "json": []}, "can't answer right now"),
        (None, "can't answer right now"),
    ],
    ids=["500", "empty", "list", "html", "429", "413", "refused"],
)
def test_a_failure_is_told_and_can_be_retried(visit, answer, told):
    page = opened(visit())
    page.route("**/chat/message", lambda route: route.fulfill(**answer) if answer else route.abort("connectionrefused"))
    send(page)
    broken(page, told)
    page.reload()  # also after a reload
    broken(page, told)
    page.unroute("**/chat/message")
    mended(page)


def test_offline(visit):
    page = opened(visit())
    page.context.set_offline(True)
    send(page)
    broken(page, "offline")
    page.context.set_offline(False)
    mended(page)


def test_a_server_that_hangs(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    page.route("**/chat/message", lambda route: None)
    send(page)
    page.clock.fast_forward(17_000)
    expect(page.locator(".failure")).to_have_count(0)
    page.clock.fast_forward(2_000)
    broken(page, "took too long")


def test_a_server_restarted_in_the_middle(visit, server):
    """Another process with an empty store and a key of its own answers from now on, as after a restart."""
    page = opened(visit())
    ask(page, "my tongue is swelling up")

    def other(route):
        headers = {k: v for k, v in route.request.headers.items() if k not in ("origin", "host")}
        url = f"http://127.0.0.1:{server.port}/chat/message"
        route.fulfill(response=route.fetch(url=url, headers=headers))

    page.route("**/chat/message", lambda route: route.abort("connectionrefused"))
    send(page)
    broken(page, "can't answer right now")
    page.unroute("**/chat/message")
    page.route("**/chat/message", other)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".guide").last).to_contain_text("red face")
    expect(page.locator(".log")).to_contain_text("no longer knows what was said before")
    assert ADVICE in ask(page, "thanks")


def test_a_failed_forgetting_is_told_and_tried_again(visit):
    page = opened(visit())
    ask(page, ASKED)
    page.route("**/chat/forget", lambda route: route.fulfill(status=500))
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".notice")).to_contain_text("could not be deleted")
    expect(page.locator(".you")).to_have_count(0)
    page.unroute("**/chat/forget")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".status")).to_contain_text("was deleted here and on")
    expect(page.locator(".notice")).to_be_hidden()
