"""The widget on pages of other people: strict policies, hostile styles, attributes, the frame."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.harness.browser import ask, opened, tag
from tests.harness.server import ADVICE


def test_a_strict_policy_with_trusted_types(visit, clinic, bot):
    policy = (
        f"default-src 'none'; img-src data:; script-src {bot.origin}; connect-src {bot.origin}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = opened(visit(clinic.add("/strict", tag(bot), policy=policy)))
    assert ADVICE in ask(page, "why is my face red?")
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Print the chat").click()


HOSTILE = """<style>
* { all: unset !important; display: none !important; font-size: 1px !important; color: red !important }
html { font-size: 3px } head, style { display: none !important } html, body { display: block !important }
rash-guide { position: static !important; opacity: 0 !important; transform: scale(0) !important }
rash-guide { visibility: hidden !important }
button, textarea, div { visibility: hidden !important; pointer-events: none !important }
</style>"""


def test_hostile_styles(visit, clinic, bot):
    page = opened(visit(clinic.add("/hostile", HOSTILE + tag(bot))))
    assert ADVICE in ask(page, "why is my face red?")
    assert page.locator("textarea").evaluate("e => getComputedStyle(e).fontSize") == "16px"
    assert (
        page.locator("rash-guide").evaluate("e => getComputedStyle(e).opacity + getComputedStyle(e).visibility")
        == "1visible"
    )


def test_attributes_configure_it(visit, clinic, bot):
    set_ = 'data-position="left" data-title="Skin help" data-accent="#5b2a86"'
    set_ += ' data-phone="+1 555 010 0100"'
    page = opened(visit(clinic.add("/attributes", tag(bot, set_ + ' data-theme="dark" data-lang="xx"'))))
    expect(page.get_by_role("dialog", name="Skin help")).to_be_visible()
    assert [a.get_attribute("href") for a in page.locator(".emergency a").all()] == ["tel:911", "tel:+15550100100"]
    assert page.locator(".panel").bounding_box()["x"] < 60
    assert page.locator(".head").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(91, 42, 134)"
    assert page.locator(".frame").get_attribute("data-theme") == "dark"


def test_nothing_on_the_host_page_moves(visit, clinic, bot):
    page = visit(clinic.add("/still", tag(bot), "<h1>Clinic</h1>" + "<p>text</p>" * 60))
    page.get_by_role("button", name="Open the rash guide").wait_for()
    shift = """() => new Promise(done => { let sum = 0;
      const watch = new PerformanceObserver(list => list.getEntries().forEach(e => sum += e.value));
      watch.observe({type: "layout-shift", buffered: true});
      setTimeout(() => done(sum), 300) })"""
    assert page.evaluate(shift) == 0
    opened(page)
    assert page.evaluate(shift) == 0


def test_the_frame(visit, clinic, bot):
    policy = f"default-src 'none'; img-src data:; script-src {bot.origin}; frame-src {bot.origin}"
    address = clinic.add("/frame", tag(bot, 'data-mode="iframe" data-phone="5550100"'), "<h1>Clinic</h1>", policy)
    page = visit(address)
    inside = page.frame_locator("iframe[title='Dupixent rash guide']")
    page.get_by_role("button", name="Open the rash guide").click()
    inside.get_by_label("Your question").fill("why is my face red?")
    page.keyboard.press("Enter")
    expect(inside.locator(".guide").nth(1)).to_contain_text(ADVICE)
    assert inside.locator(".clinic").get_attribute("href") == "tel:5550100"
    assert page.locator("iframe").bounding_box()["height"] > 500
    framed = "document.querySelector('rash-guide').shadowRoot.querySelector('iframe').contentDocument"
    assert page.evaluate(framed) is None  # the host can't read the chat
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.get_by_role("button", name="Open the rash guide")).to_be_focused()


def test_a_link_cannot_put_another_number_on_the_guides_own_page(visit):
    page = visit("/chat/?emergency=666&title=Fake")
    assert page.locator(".emergency a").get_attribute("href") == "tel:911"
    expect(page.get_by_role("heading", name="Dupixent rash guide")).to_be_visible()


def test_a_page_elsewhere_is_not_answered(visit, clinic, bot, browser):
    address = clinic.add("/elsewhere", tag(bot)).replace("127.0.0.1", "localhost")  # an origin that is not named
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    opened(page)
    page.get_by_label("Your question").fill("hi")
    page.keyboard.press("Enter")
    expect(page.locator(".failure")).to_contain_text("call 911")
    context.close()


def test_the_pages_own_button_opens_it(visit):
    page = visit()
    page.locator(".launcher").wait_for()
    page.get_by_text("Ask the rash guide").click()
    expect(page.get_by_label("Your question")).to_be_focused()
