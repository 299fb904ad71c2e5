"""WCAG 2.2 AA as far as a program can tell: axe in every state, and what axe can't see."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.harness.browser import ask, opened, tag
from tests.harness.server import ADVICE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {
    "plain": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "low": {"viewport": {"width": 640, "height": 400}},
}


def clean(page) -> None:
    result = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    found = result.response["violations"]
    assert not found, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def arabic(page) -> None:
    """Right-to-left words from a file of strings, as a translator would add one."""

    def changed(*words):
        def change(route):
            text = route.fetch().text()
            for old, new in words:
                assert old in text, old
                text = text.replace(old, new)
            headers = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(body=text, content_type="text/javascript; charset=utf-8", headers=headers)

        return change

    page.route("**/widget.js", changed(("languages:{en:", "languages:{ar:"), ('dir:"ltr",words', 'dir:"rtl",words')))
    words = (('language:"en"', 'language:"ar"'), ("Your question", "سؤالك"), ("Hello.", "مرحبا."))
    page.route("**/guide-en*.js", changed(*words))


@pytest.mark.parametrize("colour", ["#ffd54f", "#fff", "#777777", "#001f3f"])
def test_any_colour_of_a_page_can_be_read_on(visit, clinic, bot, colour):
    page = visit(clinic.add(f"/{colour[1:]}", tag(bot, f'data-accent="{colour}"'), "<main><h1>Clinic</h1></main>"))
    page.get_by_role("button", name="Open the rash guide").wait_for()
    clean(page)
    opened(page)
    clean(page)


@pytest.mark.faulty
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_state(visit, look):
    page = visit(bypass_csp=True, **LOOKS[look])
    page.get_by_role("button", name="Open the rash guide").wait_for()
    clean(page)
    opened(page)
    clean(page)
    ask(page, "why is my face red?")
    page.locator("summary").last.click()
    clean(page)
    ask(page, "my tongue is swelling up")
    ask(page, "no")
    assert page.locator(".choices button").count()
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Copy the chat").wait_for()
    clean(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="What can I ask?").first.click()
    page.locator(".topics").wait_for()
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Start again").click()
    page.locator(".notice").wait_for()
    clean(page)
    page.keyboard.press("Escape")
    page.route("**/chat/message", lambda route: None)
    page.get_by_label("Your question").fill("a" * 1995)
    page.keyboard.press("Enter")
    page.locator(".dots").wait_for(state="visible")
    clean(page)
    page.unroute("**/chat/message")
    page.route("**/chat/message", lambda route: route.fulfill(status=500))
    page.goto(page.url, wait_until="commit")
    page.locator(".failure").wait_for()
    page.get_by_label("Your question").fill("a" * 2100)
    clean(page)


def test_the_page_of_its_own(visit):
    page = visit("/chat/", bypass_csp=True)
    ask(page, "why is my face red?")
    clean(page)


def test_right_to_left(visit, clinic, bot):
    tag = f'<script src="{bot.origin}/chat/widget.js" defer></script>'
    address = clinic.add("/rtl", tag, "<main><h1>x</h1></main>", attributes='lang="ar" dir="rtl"')
    page = visit(address, prepare=arabic, bypass_csp=True)
    page.get_by_role("button", name="Open the rash guide").click()
    frame = page.locator(".frame")
    assert (frame.get_attribute("dir"), frame.get_attribute("lang")) == ("rtl", "ar")
    page.get_by_label("سؤالك").fill("why is my face red?")
    page.keyboard.press("Enter")
    expect(page.locator(".guide")).to_have_count(2)
    assert page.locator(".guide").last.get_attribute("lang") == "en"
    panel, mine, theirs = (page.locator(each).bounding_box() for each in (".panel", ".you", ".guide >> nth=1"))
    assert mine["x"] - panel["x"] < theirs["x"] - panel["x"] + 60
    assert mine["x"] + mine["width"] < theirs["x"] + theirs["width"]
    send, field = page.locator(".send").bounding_box(), page.locator("textarea").bounding_box()
    assert send["x"] < field["x"]
    clean(page)


def test_keyboard_alone(visit):
    page = visit()
    page.get_by_role("button", name="Open the rash guide").focus()
    page.keyboard.press("Space")
    field = page.get_by_label("Your question")
    expect(field).to_be_focused()
    page.keyboard.type("why is my face red?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("it burns")
    assert "\n" in field.input_value()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".guide")).to_have_count(2)
    page.keyboard.press("Shift+Tab")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open the rash guide")).to_be_focused()
    page.keyboard.press("Enter")
    seen = []
    for _ in range(14):
        page.keyboard.press("Shift+Tab")
        label = "document.querySelector('rash-guide').shadowRoot.activeElement?.getAttribute('aria-label')"
        seen.append(page.evaluate(f"{label} ?? document.activeElement.tagName"))
    assert "Close the rash guide" in seen
    assert "Chat with the rash guide" in seen
    assert "A" in seen  # the page's own link: the open window is no trap


def test_choosing_and_the_menu_by_keyboard(visit):
    page = opened(visit())
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".guide")).to_have_count(2)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.get_by_role("button", name="Chat options").press("Enter")
    expect(page.locator(".options button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Chat options")).to_be_focused()
    assert page.locator(".panel").is_visible()


def test_replies_are_spoken_once_and_waiting_after_two_seconds(visit):
    page = opened(visit())
    polite = page.locator(".frame > [aria-live=polite]")
    urgent = page.locator(".frame > [role=alert]")
    expect(polite).to_contain_text("I am a computer program")  # the greeting, once
    ask(page, "why is my face red?")
    told = polite.locator("p").last.inner_text()
    assert told.startswith("The guide said:")
    assert "Buttons, 2:" in told
    assert "why is my face red?" not in told
    assert told.count(ADVICE) == 1
    ask(page, "my tongue is swelling up")
    assert urgent.locator("p").count() == 1  # an alarm interrupts what is being read
    page.keyboard.press("Escape")
    expect(polite).to_have_text("")  # nothing is read again
    page.get_by_role("button", name="Open the rash guide").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    assert (polite.inner_text(), urgent.inner_text()) == ("", "")
    page.clock.install()
    page.route("**/chat/message", lambda route: None)
    page.get_by_label("Your question").fill("hi")
    page.keyboard.press("Enter")
    page.clock.fast_forward(1_800)
    expect(polite).to_have_text("")
    page.clock.fast_forward(400)
    expect(polite).to_have_text("The guide is writing.")


def test_a_phone_gets_the_whole_screen_and_the_page_behind_is_inert(visit):
    page = opened(visit(viewport={"width": 390, "height": 844}))
    box = page.locator(".panel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    assert page.evaluate("document.body.inert")
    page.set_viewport_size({"width": 1180, "height": 800})  # turned, or zoomed back
    expect(page.locator(".panel")).not_to_have_attribute("aria-modal", "true")
    assert not page.evaluate("document.body.inert")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".panel")).to_have_attribute("aria-modal", "true")
    page.go_back()
    expect(page.locator(".launcher")).to_be_focused()
    assert not page.evaluate("document.body.inert")


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_cut_off_sideways_and_targets_are_large(visit, width):
    page = opened(visit(viewport={"width": width, "height": 640}))
    ask(page, "my tongue is swelling up")
    ask(page, "no")
    small = page.evaluate(
        """() => { const root = document.querySelector("rash-guide").shadowRoot;
        return [...root.querySelectorAll("button, a, summary, textarea")].filter(e => e.offsetParent)
          .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([t, r]) => r.height < 24 || r.width < 24
          || r.left < 0 || r.right > innerWidth + .5).map(([t]) => t) }"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_less_motion(visit):
    page = opened(visit(reduced_motion="reduce"))
    assert page.locator(".dots i").first.evaluate("e => getComputedStyle(e).animationName") == "none"
