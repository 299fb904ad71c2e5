"""What is kept and deleted is what the words say: counted in the database, and in the browser's storage."""

from __future__ import annotations

import json
import sqlite3

import pytest
from playwright.sync_api import expect
from selenium.webdriver.common.keys import Keys

from tests.harness.browser import ask, opened, tag, until

WORD = "q8w8e8"


def kept(bot, word: str = WORD) -> int:
    with sqlite3.connect(bot.database, timeout=10) as store:
        return store.execute("select count(*) from events where data like ?", (f"%{word}%",)).fetchone()[0]


def forget(page) -> None:
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".status")).to_contain_text("was deleted here and on", timeout=20_000)


def test_start_again_then_forget_deletes_both_chats(visit, bot):
    page = opened(visit())
    ask(page, f"my ankle itches {WORD}1")
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("button", name="Yes, start again").click()
    expect(page.locator(".you")).to_have_count(0)
    assert kept(bot, f"{WORD}1")  # as the question said
    forget(page)
    assert not kept(bot, f"{WORD}1")


def test_the_idle_end_then_forget_deletes_what_was_said(visit, bot):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, f"my knee itches {WORD}2")
    page.clock.fast_forward(31 * 60_000)
    expect(page.locator(".you")).to_have_count(0)
    assert kept(bot, f"{WORD}2")
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".status")).to_contain_text("was deleted here and on")
    assert not kept(bot, f"{WORD}2")


@pytest.mark.parametrize("earlier", [0, 1])
def test_forget_while_an_answer_is_under_way(visit, bot, earlier):
    def late(route):
        page.wait_for_timeout(700)
        route.continue_()

    page = opened(visit())
    if earlier:
        ask(page, f"my chin itches {WORD}3")
    page.route("**/chat/message", late)
    page.get_by_label("Your question").fill(f"my heel itches {WORD}3")
    page.keyboard.press("Enter")
    forget(page)
    assert not kept(bot, f"{WORD}3")


@pytest.mark.faulty
def test_a_lost_answer_is_asked_for_again_and_counts_once(visit, bot):
    page = opened(visit())
    ask(page, "make a visit note")
    page.route("**/chat/message", lambda route: (route.fetch(), route.abort("connectionreset")))
    page.get_by_label("Your question").fill("on my left shin")
    page.keyboard.press("Enter")
    page.locator(".failure").wait_for()
    page.unroute("**/chat/message")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".guide").last).to_contain_text("When did it start")
    with sqlite3.connect(bot.database) as store:
        told = store.execute(
            "select data from events where type_name = 'user' and data like '%on my left shin%'"
        ).fetchall()
    assert len(told) == 1


def test_a_reload_in_mid_answer_brings_it_once(visit):
    page = opened(visit())
    ask(page, "make a visit note")
    page.route("**/chat/message", lambda route: (route.fetch(), None))
    page.get_by_label("Your question").fill("on my right shin")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    page.unroute("**/chat/message")
    page.reload()
    expect(page.locator(".guide").last).to_contain_text("When did it start")
    expect(page.locator(".you")).to_have_count(2)


@pytest.mark.faulty
def test_two_failed_messages_can_each_be_sent_again(visit):
    page = opened(visit())
    page.route("**/chat/message", lambda route: route.abort("connectionrefused"))
    for text in ("why is my face red?", "what is dupixent?"):
        page.get_by_label("Your question").fill(text)
        page.keyboard.press("Enter")
        page.locator(".failure").last.wait_for()
        expect(page.locator(".dots")).to_be_hidden()
    expect(page.locator(".failure")).to_have_count(2)
    page.wait_for_timeout(1_100)  # what fails as a page is left is sent again by itself
    page.reload()
    expect(page.locator(".failure")).to_have_count(2)
    page.unroute("**/chat/message")
    for _ in range(2):
        page.get_by_role("button", name="Try again").first.click()
        expect(page.locator(".dots")).to_be_hidden()
    expect(page.locator(".failure")).to_have_count(0)
    told = page.locator(".log").inner_text()
    places = [told.index(each) for each in ("why is my face red?", "red face", "what is dupixent?", "brand name")]
    assert places == sorted(places)


def test_the_browsers_word_on_being_offline_is_not_taken(visit):
    blind = "Object.defineProperty(navigator, 'onLine', {get: () => false})"
    page = opened(visit(prepare=lambda page: page.add_init_script(blind)))
    ask(page, "my throat is closing")
    expect(page.locator(".alarm")).to_have_count(1)


def test_keep_keeps_it_on_the_server(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "make a visit note")
    page.clock.fast_forward(28 * 60_000 + 6_000)
    with page.expect_response("**/chat/keep") as kept_:
        page.get_by_role("button", name="Keep this chat").click()
    assert kept_.value.status == 200
    expect(page.locator(".status")).to_have_text("The chat is kept.")
    expect(page.locator(".notice")).to_be_hidden()


def test_a_page_may_end_it_earlier(visit, clinic, bot):
    page = opened(visit(clinic.add("/kiosk", tag(bot, 'data-idle="5"')), prepare=lambda page: page.clock.install()))
    expect(page.locator(".guide").first).to_contain_text("clears itself 5 minutes after")
    ask(page, "why is my face red?")
    page.clock.fast_forward(3 * 60_000 + 6_000)
    expect(page.locator(".notice")).to_contain_text("120 seconds")
    page.clock.fast_forward(2 * 60_000)
    expect(page.locator(".you")).to_have_count(0)


STORED = "Object.entries(sessionStorage).map(([key, value]) => [key, value])"


def returned(page, change: str) -> None:
    """A reload, with the storage as it is after that change: as after Ctrl+Shift+T, or when a clock was set back."""
    put = "() => addEventListener('pagehide', () => { const key = Object.keys(sessionStorage)[0];"
    put += f" const kept = JSON.parse(sessionStorage[key]); {change}; sessionStorage[key] = JSON.stringify(kept) }})"
    page.evaluate(put)
    page.reload()
    page.get_by_role("button", name="rash guide").first.wait_for()


def test_on_a_shared_device_a_page_that_was_left_is_over(visit, clinic, bot):
    page = opened(visit(clinic.add("/shared", tag(bot, 'data-idle="5"'))))
    ask(page, "why is my face red?")
    returned(page, "kept.left = Date.now() - 61000")
    expect(opened(page).locator(".guide").last).to_have_text(
        "The guide said: The chat was cleared, to keep it private."
    )
    assert page.locator(".you").count() == 0
    assert "face red" not in page.evaluate(f"JSON.stringify({STORED})")


@pytest.mark.parametrize("minutes", [2, 29])
def test_elsewhere_a_page_that_was_left_is_found_again(visit, minutes):
    page = opened(visit())
    ask(page, "why is my face red?")
    returned(page, f"kept.left = Date.now() - {minutes * 60_000}; kept.at = kept.left")
    expect(page.locator(".you")).to_be_visible()


@pytest.mark.parametrize("slept", [10, 29, 31])
def test_a_computer_that_slept(visit, slept):
    """No timer ran and no page was left; what counts is the time since the last message."""
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "why is my face red?")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    page.clock.set_fixed_time(page.evaluate("Date.now()") / 1000 + slept * 60)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".you")).to_have_count(0 if slept > 30 else 1)


def test_a_clock_that_was_set_back_ends_it(visit):
    page = opened(visit())
    ask(page, "why is my face red?")
    returned(page, "kept.at = Date.now() + 3600000")
    assert page.locator(".you").count() == 0
    assert "face red" not in page.evaluate(f"JSON.stringify({STORED})")


def test_back_to_a_page_that_the_browser_kept_shows_nothing_of_a_deleted_chat(visit):
    """As the browser's own cache of pages does it: the page is told that it is left, and that it is shown again."""
    page = opened(visit())
    ask(page, "my secret rash")
    stored = page.evaluate("Object.keys(sessionStorage)[0]")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert page.locator(".frame").evaluate("e => getComputedStyle(e).visibility") == "hidden"
    page.evaluate(f"sessionStorage.removeItem({json.dumps(stored)})")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator(".you")).to_have_count(0)
    expect(page.locator(".guide").first).to_be_visible()


def test_back_by_the_engines_own_cache_of_pages(webkits, clinic, bot):
    """In WebKit: the page itself comes back, with all that its scripts hold. What it showed is over by then."""
    told = "<script>addEventListener('pageshow', event => window.kept = event.persisted)</script>"
    webkits.get(clinic.add("/first", tag(bot), told))
    until(lambda: webkits.execute_script("return window.rashGuide"))
    webkits.execute_script("rashGuide.open()")
    field = "return document.querySelector('rash-guide').shadowRoot.querySelector('textarea')"
    until(lambda: webkits.execute_script(field))
    webkits.execute_script(field).send_keys("my secret rash", Keys.ENTER)
    shown = "return document.querySelector('rash-guide')?.shadowRoot.querySelectorAll(arguments[0]).length"
    until(lambda: webkits.execute_script(shown, ".you") == 1)
    webkits.get(clinic.add("/second", body="Elsewhere"))
    webkits.execute_script("sessionStorage.clear()")
    webkits.back()
    until(lambda: webkits.execute_script("return location.pathname") == "/first")
    assert webkits.execute_script("return window.kept")
    until(lambda: webkits.execute_script(shown, ".you") == 0)
    assert webkits.execute_script(shown, ".guide") == 1


@pytest.mark.parametrize("browser", ["firefox"], indirect=True)
def test_back_to_a_chat_that_was_forgotten_on_the_next_page(visit, clinic, bot):
    """Firefox lets a page that comes back see what was stored when it was left: the chat there must be gone."""
    page = opened(visit(clinic.add("/first", tag(bot))))
    ask(page, "my secret rash")
    page.evaluate("address => void (location.href = address)", clinic.add("/second", tag(bot)))
    page.wait_for_url("**/second")
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".you")).to_have_count(0)
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url("**/first", wait_until="commit")
    expect(page.locator(".guide").first).to_be_visible()
    expect(page.locator(".you")).to_have_count(0)


def test_typing_renews_the_chat_on_the_server(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "make a visit note")
    page.clock.fast_forward(6 * 60_000)
    with page.expect_response("**/chat/keep") as renewed:
        page.get_by_label("Your question").press_sequentially("on my")
    assert renewed.value.status == 200


def test_one_warning_and_after_it_none_until_the_time_comes_again(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "why is my face red?")
    page.clock.fast_forward(28 * 60_000 + 6_000)
    page.get_by_role("button", name="Keep this chat").click()
    expect(page.locator(".status")).to_have_text("The chat is kept.")
    for _ in range(6):
        page.clock.fast_forward(10_000)
        expect(page.locator(".notice")).to_be_hidden()


def test_what_was_never_sent_is_not_said_to_be_deleted_on_the_server(visit):
    page = opened(visit())
    page.get_by_label("Your question").fill("a draft")
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".status")).to_have_text("The chat was deleted here. Nothing of it was on the guide's server.")


@pytest.mark.faulty
def test_offline_and_online_again_leaves_try_again(visit):
    page = opened(visit())
    page.route("**/chat/message", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("Your question").fill("why is my face red?")
    page.keyboard.press("Enter")
    page.locator(".failure").wait_for()
    for event in ("offline", "online"):
        page.evaluate(f"dispatchEvent(new Event('{event}'))")
    page.unroute("**/chat/message")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".guide")).to_have_count(2)


def test_after_a_connection_lost_and_found_each_message_stands_once(visit):
    page = opened(visit())
    ask(page, "why is my face red?")
    page.context.set_offline(True)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator(".you")).to_have_count(1)
    expect(page.locator(".guide")).to_have_count(2)


def test_a_duplicated_tab_shows_nothing(visit):
    page = opened(visit())
    ask(page, "why is my face red?")
    stored = page.evaluate(STORED)
    copy = page.context.new_page()
    copy.add_init_script(f"for (const [key, value] of {json.dumps(stored)}) sessionStorage[key] = value")
    copy.goto(page.url)
    copy.get_by_role("button", name="Open the rash guide").click()
    assert copy.locator(".you").count() == 0
    expect(page.locator(".you")).to_have_count(1)
