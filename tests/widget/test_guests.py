"""The widget as a guest: on pages that swap, cover, trap, shut in or forbid what it needs, or listen to each key."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.harness.browser import ask, opened, tag
from tests.harness.server import ADVICE

PHONE = {"width": 375, "height": 812}
LAUNCHER = "Open the rash guide"
ASKED = "why is my face red?"
SHORTCUTS = """<input id="search"><script>
for (const target of [document, window]) for (const kind of ["keydown", "keypress", "keyup"])
  target.addEventListener(kind, event => {
    if (["INPUT", "TEXTAREA"].includes(event.target.tagName)) return;
    event.preventDefault();
    search.focus();
  });
</script>"""


def launcher(page):
    return page.get_by_role("button", name=LAUNCHER)


def question(page):
    return page.get_by_label("Your question")


def test_the_pages_shortcuts_do_not_take_what_is_typed(visit, clinic, bot):
    page = opened(visit(clinic.add("/shortcuts", tag(bot), SHORTCUTS)))
    question(page).press_sequentially("itch and/or burn?")
    expect(question(page)).to_have_value("itch and/or burn?")
    assert page.locator("#search").input_value() == ""


def test_a_page_that_traps_the_focus_does_not_fetch_it_back(visit, clinic, bot):
    """As dialogs made of a div do, while they are open."""
    trap = """<div id="modal" tabindex="-1">A dialog</div><script>
    document.addEventListener("focusin", event => modal.contains(event.target) || modal.focus());
    </script>"""
    page = opened(visit(clinic.add("/trap", tag(bot), trap)))
    expect(question(page)).to_be_focused()
    assert ADVICE in ask(page, ASKED)


def test_a_modal_dialog_goes_before_and_the_chat_is_there_afterwards(visit, clinic, bot):
    page = opened(visit(clinic.add("/dialog", tag(bot), "<dialog><button>Close</button></dialog>")))
    page.evaluate("document.querySelector('dialog').showModal()")
    page.locator("dialog button").evaluate("button => button.onclick = () => button.parentElement.close()")
    page.get_by_role("button", name="Close", exact=True).click()
    assert ADVICE in ask(page, ASKED)


def test_the_body_is_swapped_and_the_chat_stays(visit, clinic, bot):
    page = opened(visit(clinic.add("/swapped", tag(bot))))
    ask(page, ASKED)
    body = "document.body.replaceWith(Object.assign(document.createElement('body'), {innerHTML: "
    page.evaluate(body + '\'<a href="#" data-rash-guide-open="what is it?">Ask</a>\'}))')
    expect(page.locator(".you")).to_have_count(1)
    page.keyboard.press("Escape")
    launcher(page).wait_for()
    page.get_by_text("Ask", exact=True).click()
    expect(question(page)).to_have_value("what is it?")
    assert page.evaluate("document.querySelectorAll('rash-guide').length") == 1


EMPTIED = """() => { const body = document.createElement("body");
  body.innerHTML = "<button data-rash-guide-open>Ask</button>";
  document.documentElement.replaceChildren(document.head, body) }"""


@pytest.mark.parametrize("way", ["button", "script", "tag"])
def test_a_page_that_was_emptied_has_the_guide_back_when_it_is_asked_for(visit, clinic, bot, way):
    page = opened(visit(clinic.add(f"/emptied-{way}", tag(bot))))
    ask(page, ASKED)
    page.evaluate(EMPTIED)
    expect(page.locator("rash-guide")).to_have_count(0)
    if way == "button":
        page.get_by_text("Ask", exact=True).click()
    elif way == "script":
        page.evaluate("rashGuide.open()")
    else:
        page.evaluate(inserted(bot))
    expect(page.locator(".you")).to_be_visible()
    assert ADVICE in ask(page, "what is dupixent?")


def inserted(bot, into: str = "document.head", kind: str = "") -> str:
    made = f"Object.assign(document.createElement('script'), {{src: '{bot.origin}/chat/widget.js', type: '{kind}'}})"
    return f"() => new Promise(done => {{ const tag = {made}; tag.onload = () => done(); {into}.append(tag) }})"


@pytest.mark.parametrize("kind", ["", "module"])
def test_a_script_that_comes_late_and_twice(visit, clinic, bot, kind):
    page = visit(clinic.add(f"/late{kind}", body="<h1>Clinic</h1>"))
    page.evaluate(inserted(bot, kind=kind))
    page.evaluate(inserted(bot, kind=kind))
    opened(page)
    assert ADVICE in ask(page, ASKED)
    assert page.evaluate("document.querySelectorAll('rash-guide').length") == 1


def test_a_script_in_a_shadow_root(visit, clinic, bot):
    page = visit(clinic.add("/shadow", body="<div id='host'></div>"))
    page.evaluate("document.querySelector('#host').attachShadow({mode: 'open'})")
    page.evaluate(inserted(bot, "document.querySelector('#host').shadowRoot"))
    assert ADVICE in ask(opened(page), ASKED)


def test_a_tag_in_the_head_before_there_is_a_body(visit, clinic, bot):
    page = opened(visit(clinic.add("/head", tag(bot).replace(" defer", ""), "<h1>Clinic</h1>")))
    assert ADVICE in ask(page, ASKED)


def test_two_tags_are_one_guide(visit, clinic, bot):
    two = tag(bot) + tag(bot, 'data-position="left"')
    page = opened(visit(clinic.add("/two", two, "<a href='#' data-rash-guide-open>Ask</a>")))
    ask(page, ASKED)
    assert page.evaluate("document.querySelectorAll('rash-guide').length") == 1
    page.reload()
    expect(page.locator(".you")).to_have_count(1)


def test_a_part_of_the_page_named_as_the_guide_is(visit, clinic, bot):
    page = visit(clinic.add("/named", tag(bot), "<div id='rashGuide'></div>"))
    opened(page)


def test_a_base_address_elsewhere(visit, clinic, bot):
    base = '<base href="https://elsewhere.example/deep/">'
    page = opened(visit(clinic.add("/base", base + tag(bot))))
    assert ADVICE in ask(page, ASKED)
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Copy the chat").wait_for()


def test_a_script_without_an_address_says_so_once(clinic, bot, browser):
    context = browser.new_context()
    page = context.new_page()
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(f"error {error}"))
    page.goto(clinic.add("/evaluated", body="<h1>Clinic</h1>"))
    page.evaluate("text => (0, eval)(text)", bot.client.get("/chat/widget.js").text)
    assert told == ["rash guide: the script cannot tell its own address; name it in a plain script tag"]
    context.close()


def test_taken_away_and_put_back_at_once(visit, clinic, bot):
    page = visit(clinic.add("/moved", tag(bot)))
    page.evaluate(
        "() => { const guide = document.querySelector('rash-guide'); guide.remove(); document.body.append(guide) }"
    )
    assert ADVICE in ask(opened(page), ASKED)


def test_taken_away_while_open_on_a_phone_frees_the_page(visit, clinic, bot):
    page = opened(visit(clinic.add("/away", tag(bot), "<main><button>Book</button></main>"), viewport=PHONE))
    assert page.evaluate("document.body.inert")
    page.evaluate("document.querySelector('rash-guide').remove()")
    assert not page.evaluate("document.body.inert")
    page.get_by_text("Book").click()


@pytest.mark.parametrize("style", ["zoom: 1.25", "transform: translateX(20px)", "filter: blur(0)"])
def test_a_body_that_is_zoomed_or_moved(visit, clinic, bot, style):
    text = "<p>text</p>" * 80
    page = opened(visit(clinic.add(f"/{style[:4]}", f"<style>body {{ {style} }}</style>{tag(bot)}", text)))
    box = page.locator(".panel").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 800


BANNER = """<div style="position: fixed; inset: auto 0 0; height: 120px; z-index: 2147483647; background: #ddd">
<button onclick="this.parentElement.remove()">Accept</button></div>"""


@pytest.mark.parametrize("size", [PHONE, {"width": 1180, "height": 800}], ids=["phone", "desktop"])
def test_a_cookie_banner_on_top_of_all(visit, clinic, bot, size):
    """The launcher stands above it where the page says how high it is; the open chat stands before it."""
    address = clinic.add(f"/banner{size['width']}", tag(bot, 'data-offset="140"'), BANNER)
    page = opened(visit(address, viewport=size))
    box = question(page).bounding_box()
    top = page.evaluate("([x, y]) => document.elementFromPoint(x, y).tagName", [box["x"] + 9, box["y"] + 9])
    assert top == "RASH-GUIDE"
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()
    page.get_by_text("Accept").click()


def test_the_page_stays_where_it_was(visit, clinic, bot):
    page = visit(clinic.add("/scrolled", tag(bot), "<p>text</p>" * 200), viewport=PHONE)
    page.evaluate("scrollTo(0, 1500)")
    opened(page)
    assert page.evaluate("scrollY") == 1500
    page.get_by_role("button", name="Close the rash guide").click()
    expect(launcher(page)).to_be_visible()
    assert page.evaluate("scrollY") == 1500


@pytest.mark.parametrize("mode", ["", 'data-mode="iframe"'], ids=["page", "frame"])
def test_a_page_is_printed_without_the_guide(visit, clinic, bot, mode):
    page = visit(clinic.add(f"/printed{len(mode)}", tag(bot, mode), "<h1>Clinic</h1>"))
    shown = "getComputedStyle(document.querySelector('rash-guide')).display"
    launcher(page).click()
    page.wait_for_function("document.querySelector('rash-guide').matches(':popover-open')")
    assert page.evaluate(shown) == "block"
    page.emulate_media(media="print")
    assert page.evaluate(shown) == "none"


def test_a_click_before_the_guide_is_there_opens_it_then(visit, clinic, bot):
    held = []
    address = clinic.add("/early", tag(bot), "<button data-rash-guide-open='is it normal?'>Ask</button>")
    page = visit(address, prepare=lambda page: page.route("**/guide-en*.js", lambda route: held.append(route)))
    page.get_by_text("Ask", exact=True).click()
    expect(page.locator(".launch")).to_have_text("Opening …")
    held[0].continue_()
    expect(question(page)).to_have_value("is it normal?")
    expect(question(page)).to_be_focused()


def test_a_click_before_the_script_is_there_goes_to_the_guides_own_page(visit):
    """Where the page's own button is a link, as README asks for."""
    page = visit(prepare=lambda page: page.route("**/widget.js", lambda route: route.fulfill(body="")))
    page.get_by_text("Ask the rash guide").click()
    page.wait_for_url("**/chat/")


@pytest.mark.faulty
def test_a_script_that_fails_leaves_the_number_and_is_fetched_again(visit, clinic, bot):
    address = clinic.add("/failed", tag(bot, 'data-phone="+1 555 010 0100"'))
    page = visit(address, prepare=lambda page: page.route("**/guide-en*", lambda route: route.fulfill(status=503)))
    launcher(page).click()
    fallen = page.locator(".fallback")
    expect(fallen).to_contain_text("can't be shown right now")
    assert [each.get_attribute("href") for each in fallen.locator("a").all()][:2] == ["tel:911", "tel:+15550100100"]
    page.unroute("**/guide-en*")
    page.get_by_role("button", name="Try again").click()
    assert ADVICE in ask(page, ASKED)
    expect(fallen).to_have_count(0)


@pytest.mark.faulty
def test_what_stands_in_for_it_can_be_closed(visit, clinic, bot):
    address = clinic.add("/dismissed", tag(bot))
    page = visit(address, prepare=lambda page: page.route("**/guide-en*", lambda route: route.fulfill(status=503)))
    launcher(page).click()
    page.locator(".fallback").wait_for()
    page.get_by_role("button", name="Close the rash guide").click()
    expect(page.locator(".fallback")).to_have_count(0)
    expect(launcher(page)).to_be_visible()
    page.wait_for_timeout(400)  # an error of what is done later would be seen


@pytest.mark.parametrize("mode", ["", 'data-mode="iframe"'], ids=["script", "frame"])
def test_what_never_arrives_leaves_the_number_too(visit, clinic, bot, mode):
    address = clinic.add(f"/hangs{len(mode)}", tag(bot, mode))

    stuck = [True]

    def hang(page):
        page.clock.install()
        page.route("**/guide-en*", lambda route: None if stuck else route.continue_())

    page = visit(address, prepare=hang)
    launcher(page).click()
    expect(page.locator(".launch")).to_have_text("Opening …")
    page.clock.fast_forward(16_000)
    expect(page.locator(".fallback")).to_contain_text("Call 911")
    stuck.clear()
    page.get_by_role("button", name="Try again").click()
    within = page.frame_locator("iframe") if mode else page
    expect(within.get_by_label("Your question")).to_be_visible(timeout=10_000)
    expect(page.locator(".fallback")).to_have_count(0)


@pytest.mark.faulty
def test_the_second_file_fails_and_what_needs_it_says_so(visit):
    page = opened(visit(prepare=lambda page: page.route("**/extras-en*", lambda route: route.abort())))
    page.get_by_role("button", name="Chat options").click()
    expect(page.locator(".status")).to_contain_text("can't answer right now")
    assert ADVICE in ask(page, ASKED)


# --- frames -----------------------------------------------------------------------------------------


def framed(visit, clinic, bot, path, attributes="", **options):
    page = visit(clinic.add(path, tag(bot, f'data-mode="iframe" {attributes}'), "<h1>Clinic</h1>"), **options)
    launcher(page).click()
    return page, page.frame_locator("iframe[title='Dupixent rash guide']")


def test_a_frame_fills_a_phone_and_the_page_is_free_again_when_it_is_wide(visit, clinic, bot):
    page, inside = framed(visit, clinic, bot, "/frame-phone", viewport=PHONE)
    inside.get_by_label("Your question").wait_for()
    box = page.locator("iframe").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 375, 812)
    page.set_viewport_size({"width": 1180, "height": 800})
    page.wait_for_function("!document.body.inert")
    box = page.locator("iframe").bounding_box()
    assert box["x"] > 600
    expect(inside.locator(".panel")).not_to_have_attribute("aria-modal", "true")


def test_a_frame_keeps_its_chat_and_stands_at_the_last_turn(visit, clinic, bot):
    page, inside = framed(visit, clinic, bot, "/frame-kept")
    inside.get_by_label("Your question").fill("my tongue is swelling up")
    page.keyboard.press("Enter")
    inside.locator(".alarm").wait_for()
    page.reload()
    inside.locator(".alarm").wait_for()
    seen = inside.locator(".alarm").evaluate("e => e.offsetTop - e.parentElement.scrollTop")
    assert 0 <= seen < 200


def test_a_frame_of_large_text_is_whole(visit, clinic, bot):
    page, inside = framed(visit, clinic, bot, "/frame-large", viewport={"width": 800, "height": 640})
    inside.get_by_label("Your question").wait_for()
    for _ in range(3):
        inside.get_by_role("button", name="Chat options").click()
        inside.get_by_role("button", name="Larger text").click()
    assert inside.locator(".panel").evaluate("e => e.scrollWidth <= e.clientWidth && innerWidth >= e.offsetWidth")
    expect(inside.locator(".emergency")).to_be_in_viewport()
    expect(inside.get_by_label("Your question")).to_be_in_viewport()


def test_a_frame_answers_nobody_but_its_page(visit, clinic, bot):
    """Another frame of the page can't open it or read along."""
    page, inside = framed(visit, clinic, bot, "/frame-spoofed")
    inside.get_by_label("Your question").wait_for()
    page.evaluate("postMessage({rashGuide: 'close'}, '*')")
    page.wait_for_timeout(400)
    expect(page.locator("iframe")).to_be_visible()


@pytest.mark.faulty
@pytest.mark.parametrize("size", [PHONE, {"width": 1180, "height": 800}], ids=["phone", "desktop"])
def test_a_page_in_a_sandbox_without_an_origin_says_whom_to_call(browser, clinic, bot, size):
    """Its storage, its history and the server are closed to it; it must show itself all the same."""
    clinic.add("/boxed", tag(bot), "<h1>Clinic</h1>")
    context = browser.new_context(viewport=size)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(
        clinic.add("/sandbox", body='<iframe sandbox="allow-scripts" src="/boxed" width=360 height=600></iframe>')
    )
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name=LAUNCHER).click()
    inside.get_by_label("Your question").fill(ASKED)
    inside.get_by_label("Your question").press("Enter")
    expect(inside.locator(".failure")).to_contain_text("call 911")
    assert errors == []
    context.close()
