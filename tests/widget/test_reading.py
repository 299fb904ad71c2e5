"""Focus, keys, languages, spacing and words for those who do not see, use no mouse, or write in another way."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.harness.browser import ask, opened, tag
from tests.harness.server import ADVICE

ASKED = "why is my face red?"
PHONE = {"width": 375, "height": 812}
FIELD = "<h1>Clinic</h1><input id='name' aria-label='Name'>"


def question(page):
    return page.get_by_label("Your question")


def options(page):
    return page.get_by_role("button", name="Chat options")


def test_a_reply_takes_no_focus_from_the_pages_field(visit, clinic, bot):
    held = []
    page = opened(visit(clinic.add("/field", tag(bot), FIELD)))
    page.route("**/chat/message", lambda route: held.append(route))
    question(page).fill(ASKED)
    page.keyboard.press("Enter")
    page.locator("#name").click()
    page.keyboard.type("My name i")
    held[0].continue_()
    expect(page.locator(".guide")).to_have_count(2)
    page.wait_for_timeout(200)
    page.keyboard.type("s Jo")
    assert page.locator("#name").input_value() == "My name is Jo"
    assert question(page).input_value() == ""


def test_the_end_of_an_idle_chat_takes_no_focus(visit, clinic, bot):
    page = opened(visit(clinic.add("/idle", tag(bot), FIELD), prepare=lambda page: page.clock.install()))
    ask(page, ASKED)
    page.locator("#name").click()
    page.clock.fast_forward(31 * 60_000)
    expect(page.locator(".you")).to_have_count(0)
    expect(page.locator("#name")).to_be_focused()


@pytest.mark.parametrize("what", ["Copy the chat", "Print the chat", "Save the chat", "Larger text", "Larger window"])
def test_what_the_menu_does_leaves_the_focus_in_the_chat(visit, what):
    page = opened(visit(prepare=lambda page: page.add_init_script("window.print = () => {}")))
    ask(page, ASKED)
    options(page).click()
    page.get_by_role("button", name=what, exact=True).click()
    page.wait_for_timeout(300)
    expect(options(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()


def test_the_menu_closes_when_one_goes_elsewhere(visit):
    page = opened(visit())
    for leave in (
        lambda: page.locator(".log").click(position={"x": 8, "y": 8}),
        lambda: page.locator("textarea").focus(),
    ):
        options(page).click()
        page.locator(".options").wait_for()
        leave()
        expect(page.locator(".options")).to_be_hidden()


def test_closing_returns_to_what_opened_it(visit, clinic, bot):
    page = visit(clinic.add("/opener", tag(bot), "<button data-rash-guide-open>Ask</button>"))
    page.get_by_role("button", name="Open the rash guide").wait_for()
    page.get_by_text("Ask", exact=True).click()
    expect(question(page)).to_be_focused()
    page.get_by_text("Ask", exact=True).focus()
    page.keyboard.press("Enter")  # open already: then it brings the focus
    expect(question(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Ask", exact=True)).to_be_focused()


def test_escape_closes_it_from_a_link_that_it_covers(visit, clinic, bot):
    link = "<a href='#x' style='position: fixed; right: 60px; bottom: 200px'>Covered</a><a href='#y'>Free</a>"
    page = opened(visit(clinic.add("/covered", tag(bot), link)))
    page.get_by_text("Free").focus()
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    expect(page.locator(".panel")).to_be_visible()
    page.get_by_text("Covered").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()


def test_the_keys_of_a_long_chat(visit):
    """Page Up and Down scroll from the field, F6 goes to the menu and back."""
    page = opened(visit(viewport={"width": 683, "height": 400}))
    for asked in (ASKED, "what is dupixent?"):
        ask(page, asked)
    at = "log => log.scrollTop"
    before = page.locator(".log").evaluate(at)
    question(page).press("PageUp")
    page.wait_for_function(
        "before => document.querySelector('rash-guide').shadowRoot.querySelector('.log').scrollTop < before", arg=before
    )
    question(page).press("F6")
    expect(options(page)).to_be_focused()
    options(page).press("F6")
    expect(question(page)).to_be_focused()


COMPOSED = """(field, [key, keyCode, isComposing]) => field.dispatchEvent(Object.defineProperty(
    new KeyboardEvent("keydown", {key, isComposing, bubbles: true, composed: true, cancelable: true}),
    "keyCode", {value: keyCode}))"""


@pytest.mark.parametrize(
    "pressed", [["Enter", 229, False], ["Enter", 13, True], ["Escape", 229, False], ["Escape", 27, True]]
)
def test_a_word_that_is_being_composed_is_neither_sent_nor_closed(visit, pressed):
    page = opened(visit())
    question(page).fill("かゆい")
    question(page).evaluate(COMPOSED, pressed)
    page.wait_for_timeout(200)
    expect(page.locator(".panel")).to_be_visible()
    expect(page.locator(".you")).to_have_count(0)
    expect(question(page)).to_have_value("かゆい")


def test_what_is_sent_while_waiting_is_kept_and_that_is_said(visit):
    page = opened(visit())
    page.route("**/chat/message", lambda route: None)
    for text in (ASKED, "and my neck?"):
        question(page).fill(text)
        page.keyboard.press("Enter")
    expect(page.locator(".status")).to_have_text("Please wait for the answer first. Your text is kept.")
    expect(question(page)).to_have_value("and my neck?")


def test_every_message_is_in_its_own_language_and_direction(visit):
    page = opened(visit())
    ask(page, "no puedo respirar")
    theirs = page.locator(".guide[lang=es]")
    expect(theirs).to_have_count(1)
    assert theirs.locator("p[lang=en]:not(.calls)").inner_text() == ADVICE
    assert page.locator(".alarm [lang=en] a").count() >= 1
    ask(page, "لا أستطيع التنفس")
    mine = page.locator(".you").last
    assert mine.locator("p").evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert mine.get_attribute("lang") == ""
    assert question(page).get_attribute("dir") == "auto"


def test_english_lines_on_a_page_from_right_to_left_keep_their_order(visit, clinic, bot):
    page = opened(visit(clinic.add("/rtl-lines", tag(bot, 'data-dir="rtl"'))))
    ask(page, ASKED)
    for part in (".emergency strong", ".advice", ".guide > p >> nth=-1"):
        style = page.locator(part).evaluate("e => [getComputedStyle(e).unicodeBidi, getComputedStyle(e).direction]")
        assert style[0] == "plaintext" or style[1] == "ltr"


def test_no_tooltip_lies_over_the_answers(visit):
    page = opened(visit())
    ask(page, ASKED)
    titled = """() => [document.querySelector("rash-guide"),
        ...document.querySelector("rash-guide").shadowRoot.querySelectorAll(".panel, .panel *")]
        .filter(e => e.title && !e.matches(".below")).map(e => e.className)"""
    assert page.evaluate(titled) == []


def test_nothing_that_is_spoken_can_take_the_focus_and_each_is_told_once(visit):
    page = opened(visit())
    page.evaluate(
        """() => { window.spoken = [];
        const root = document.querySelector("rash-guide").shadowRoot;
        window.live = [...root.querySelectorAll("[aria-live=polite], [role=alert], [role=status]")];
        for (const region of live) new MutationObserver(list => list.forEach(({addedNodes}) =>
          addedNodes.forEach(node => spoken.push(node.textContent)))).observe(region, {childList: true}) }"""
    )
    assert page.evaluate("live.every(e => !e.matches('[tabindex]') && !e.querySelector('[tabindex], a, button'))")
    ask(page, ASKED)
    ask(page, "its ok now")
    spoken = page.evaluate("spoken")
    assert len(spoken) == len(set(spoken)) == 2


def test_a_reply_to_a_closed_chat_is_told(visit):
    held = []
    page = opened(visit())
    page.route("**/chat/message", lambda route: held.append(route))
    question(page).fill(ASKED)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    held[0].continue_()
    expect(page.locator(".frame > [aria-live=polite]")).to_have_text("The guide has answered. New messages: 1.")


SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""


def test_a_readers_own_spacing_cuts_nothing_off(visit):
    """Set inside, as a browser's own setting would be: WCAG 1.4.12."""
    page = opened(visit(viewport={"width": 1280, "height": 640}))
    page.evaluate(
        """text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text);
        const root = document.querySelector("rash-guide").shadowRoot;
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet] }""",
        SPACING,
    )
    ask(page, ASKED)
    panel = page.locator(".panel").bounding_box()
    for part in (".head", ".emergency", ".foot", "textarea", ".links"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= panel["y"] + panel["height"] + 1, part
    assert page.locator(".log").evaluate("e => e.clientHeight") > 100
    assert page.locator(".panel").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_draft_of_many_lines_comes_back_as_high_as_it_was(visit):
    page = opened(visit())
    question(page).fill("\n".join(f"line {number}" for number in range(9)))
    high = question(page).bounding_box()["height"]
    assert high > 100
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    opened(page)
    assert question(page).bounding_box()["height"] == high
    page.reload()
    question(page).wait_for()
    assert question(page).bounding_box()["height"] == high


def test_an_empty_field_has_nothing_to_scroll(visit):
    page = opened(visit())
    assert question(page).evaluate("e => e.scrollHeight <= e.clientHeight")


def test_the_dots_are_seen_in_forced_colours(visit):
    page = opened(visit(forced_colors="active"))
    page.route("**/chat/message", lambda route: None)
    question(page).fill(ASKED)
    page.keyboard.press("Enter")
    colours = page.locator(".dots i").first.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e.closest('.panel')).backgroundColor]"
    )
    assert colours[0] != colours[1]


def test_no_keyboard_comes_up_by_itself_on_a_touch_screen(visit):
    page = opened(visit(viewport=PHONE, has_touch=True, is_mobile=True))
    field = "document.querySelector('rash-guide').shadowRoot.activeElement.tagName"
    assert page.evaluate(field) != "TEXTAREA"
    page.locator(".choices button").first.click()
    page.locator(".guide").nth(1).wait_for()
    assert page.evaluate(field) != "TEXTAREA"


@pytest.mark.parametrize(
    ("phone", "href"),
    [
        ("+1 555 010 0100", "tel:+15550100100"),
        ("+1 555 010 0100 ext. 12", "tel:+15550100100"),
        ("555-0100 (Mon-Fri 8-17)", "tel:5550100"),
        ("911 or 112", None),
        ("your clinic", None),
    ],
)
def test_a_pages_number_is_dialled_only_where_it_is_one(visit, clinic, bot, phone, href):
    address = clinic.add(f"/phone{len(phone)}", tag(bot, f'data-phone="{phone}" data-emergency="666"'))
    page = opened(visit(address))
    told = page.locator(".emergency .clinic")
    assert told.get_attribute("href") == href
    assert (phone in told.inner_text()) == (href is None)
    assert page.locator(".emergency a").first.get_attribute("href") == "tel:911"  # the server's alone
