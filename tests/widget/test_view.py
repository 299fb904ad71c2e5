"""After every turn its beginning is in view, at every size and in three engines, and what must not leave the screen
does not."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from selenium.webdriver.common.keys import Keys

from tests.harness.browser import ask, opened, tag, until

both_engines = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)

SIZES = [(320, 256), (683, 324), (640, 400), (812, 375), (360, 640), (375, 812), (1180, 800), (1366, 650), (1920, 1080)]
ASKED = (
    "my tongue is swelling up",
    "its ok now",
    "make a visit note",
    "what should I do and how common are these rashes?",
)
# The top, bottom, left and right edge of each; null where it is not shown.
MEASURE = """first => {
  const root = document.querySelector("rash-guide").shadowRoot;
  const edges = r => r?.height ? [r.top, r.bottom, r.left, r.right] : null;
  const box = e => edges(e?.getBoundingClientRect());
  const of = selector => box(root.querySelector(selector));
  const reply = [...root.querySelectorAll(".log .guide")][first].querySelector("p");
  return {
    log: of(".log"), first: box(reply), title: of("h1, h2"), line: of(".emergency"), input: of("textarea"),
    close: of(".head > .plain:nth-of-type(2)"), height: innerHeight, width: innerWidth,
  } }"""


def in_view(page, first: int) -> None:
    """The first lines of that reply are inside the list; title, Close, emergency line and input are on the screen."""
    check(page.evaluate(MEASURE, first))


def check(seen: dict[str, Any]) -> None:
    """That of what ``MEASURE`` found."""
    for name in ("title", "close", "line", "input", "log"):
        top, bottom, left, right = seen[name]
        assert -1 <= top <= bottom <= seen["height"] + 1, (name, seen)
        assert -1 <= left <= right <= seen["width"] + 1, (name, seen)
    top, _, left, right = seen["first"]
    assert seen["log"][0] - 1 <= top <= seen["log"][1] - 24, seen  # its first line, whole
    assert seen["log"][2] <= left <= right <= seen["log"][3]


@both_engines
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_turn_begins_in_view(visit, size):
    page = opened(visit(viewport={"width": size[0], "height": size[1]}))
    in_view(page, 0)
    for asked in ASKED:
        before = page.locator(".log .guide").count()
        ask(page, asked)
        in_view(page, before)
    page.reload()
    page.locator(".log .guide").nth(before).wait_for()
    in_view(page, before)
    page.set_viewport_size(
        {"width": size[1], "height": max(size[0], 256)} if size[1] >= 320 else {"width": 640, "height": 360}
    )
    page.wait_for_timeout(1000)
    in_view(page, before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_turn_begins_in_view_in_webkit(webkits, clinic, bot, size):
    """In a frame of that size, since a window there has the width of its own bar at least."""
    clinic.add("/framed", tag(bot))
    frame = f"<iframe src='/framed' style='border: 0; width: {size[0]}px; height: {size[1]}px'></iframe>"
    webkits.get(clinic.add("/empty"))
    webkits.execute_script("sessionStorage.clear()")  # of the size before
    webkits.get(clinic.add("/frame", body=frame))
    webkits.switch_to.frame(0)
    find = "const root = document.querySelector('rash-guide')?.shadowRoot; return root"

    def now(script: str, *given: Any) -> Any:
        return webkits.execute_script(find + script, *given)

    until(lambda: webkits.execute_script("return window.rashGuide"))
    webkits.execute_script("rashGuide.open()")
    until(lambda: now("?.querySelector('.log .guide')"))
    check(webkits.execute_script(f"return ({MEASURE})(0)"))
    for asked in ASKED:
        before = len(now(".querySelectorAll('.log .guide')"))
        now(".querySelector('textarea')").send_keys(asked, Keys.ENTER)
        until(lambda count=before: len(now(".querySelectorAll('.log .guide')")) > count)
        until(lambda: not now(".querySelector('.dots')?.offsetHeight"))
        check(webkits.execute_script(f"return ({MEASURE})(arguments[0])", before))
    webkits.execute_script("window.old = true; location.reload()")
    until(lambda: not webkits.execute_script("return window.old"))
    until(lambda: len(now("?.querySelectorAll('.log .guide') || []")) > before)
    check(webkits.execute_script(f"return ({MEASURE})(arguments[0])", before))


def test_large_text_and_a_keyboard_on_the_screen(visit):
    page = opened(visit(viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True))
    assert (
        page.evaluate("document.querySelector('rash-guide').shadowRoot.activeElement.tagName") == "DIV"
    )  # no keyboard
    before = page.locator(".log .guide").count()
    ask(page, "my tongue is swelling up")
    page.evaluate("Object.defineProperty(visualViewport, 'height', {get: () => 420})")
    page.evaluate("visualViewport.dispatchEvent(new Event('resize'))")
    page.wait_for_timeout(200)
    in_view(page, before)
    for part in (".emergency", "textarea"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 420
    assert page.locator("textarea").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16


@both_engines
def test_an_alarm_marks_the_emergency_line_until_it_is_settled(visit):
    page = opened(visit())
    ask(page, "my tongue is swelling up")
    expect(page.locator(".emergency.standing")).to_be_visible()
    page.reload()
    expect(page.locator(".emergency.standing")).to_be_visible()
    ask(page, "no")
    page.get_by_role("button", name="It never happened").click()
    expect(page.locator(".emergency.standing")).to_have_count(0)


@both_engines
def test_a_finished_note_does_not_draw_the_view_away_from_a_later_alarm(visit):
    note = {"text": "**My visit note**\n" + "- Where: my cheek\n" * 20, "takeaway": True}
    replies = iter([note, {"text": "This may be an emergency.", "alert": "emergency"}])

    def reply(route):
        route.fulfill(json={"session": "", "messages": [next(replies)]})

    page = opened(visit(prepare=lambda page: page.route("**/chat/message", reply)))
    ask(page, "done")
    in_view(page, 1)
    ask(page, "my tongue is swelling up")
    in_view(page, 2)
    page.reload()
    page.locator(".alarm").wait_for()
    in_view(page, 2)


@both_engines
def test_whoever_scrolls_stays_there(visit):
    page = opened(visit(viewport={"width": 683, "height": 324}))
    for asked in ("why is my face red?", "what is dupixent?"):
        ask(page, asked)
    page.locator(".log").evaluate("log => log.scrollTop = 40")
    page.wait_for_timeout(100)
    page.set_viewport_size({"width": 683, "height": 420})
    page.wait_for_timeout(200)
    assert page.locator(".log").evaluate("log => log.scrollTop") < 80


TWO = [
    {
        "text": "Is it happening now?",
        "buttons": [{"title": "Yes, now", "payload": "/a"}, {"title": "No", "payload": "/b"}],
    },
    {"text": "Was this helpful?", "buttons": [{"title": "Yes", "payload": "/c"}, {"title": "No", "payload": "/d"}]},
]


def test_each_question_has_its_own_buttons_and_old_ones_are_gone(visit):
    said = []

    def reply(route):
        said.append(route.request.post_data_json)
        route.fulfill(json={"session": "", "messages": TWO})

    page = opened(visit(prepare=lambda page: page.route("**/chat/message", reply)))
    ask(page, "hi")
    order = page.evaluate(
        """() => [...document.querySelector("rash-guide").shadowRoot.querySelector(".log").children]
        .map(e => e.className.split(" ")[0]).slice(-5, -1)"""
    )
    assert order == ["message", "choices", "message", "choices"]
    page.locator(".choices").nth(0).get_by_role("button", name="No", exact=True).click()
    expect(page.locator(".you")).to_have_count(2)
    expect(page.locator(".choices")).to_have_count(2)  # the new turn's alone
    assert said[1]["message"] == "/b"
    page.get_by_role("button", name="Forget this chat").click()
    expect(page.locator(".notice").get_by_role("button")).to_have_text(["Keep it", "Yes, delete it"])
