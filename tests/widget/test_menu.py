"""What the menu offers, what the page's attributes ask for, and what a person takes away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.harness.browser import ask, opened, tag
from tests.harness.server import ADVICE

ASKED = "why is my face red?"
EVENING = "2026-03-05T01:30:00Z"  # still 4 March in New York
# A device with a voice of its own and one that sends the words away; what is said is kept.
VOICES = """
window.spoken = []; window.cancelled = 0;
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
Object.defineProperty(window, "speechSynthesis", {value: Object.assign(new EventTarget(), {
  getVoices: () => VOICES_HERE, speak: said => spoken.push([said.text, said.voice.name]),
  cancel: () => cancelled++ })});
"""
OWN = '{name: "own", lang: "en-US", localService: true}'
AWAY = '{name: "away", lang: "en-US", localService: false}'


def choose(page, name: str) -> None:
    page.get_by_role("button", name="Chat options").click()
    page.locator(".options").get_by_role("button", name=name, exact=True).click()


def test_the_text_grows_shrinks_and_stays_so(visit):
    page = opened(visit())
    ask(page, ASKED)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    text = page.locator(".guide > p").last
    assert text.evaluate(size) == 16
    for percent in (125, 150, 200, 200):
        choose(page, "Larger text")
        expect(page.locator(".status")).to_have_text(f"Text size: {percent}%.")
        assert text.evaluate(size) == 16 * percent / 100
    for part in ("textarea", ".emergency", ".head .plain >> nth=1"):
        expect(page.locator(part)).to_be_in_viewport(ratio=0.99)
    page.reload()
    assert text.evaluate(size) == 32
    for _ in range(4):
        choose(page, "Smaller text")
    assert text.evaluate(size) == 16
    page.get_by_role("button", name="Forget this chat").click()  # the look is the reader's, not the chat's
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".status")).to_contain_text("deleted here and on")


def test_the_window_grows_and_shrinks(visit):
    page = opened(visit())
    before = page.locator(".panel").bounding_box()["width"]
    choose(page, "Larger window")
    assert page.locator(".panel").bounding_box()["width"] > before + 100
    choose(page, "Smaller window")
    assert page.locator(".panel").bounding_box()["width"] == before


def test_answers_are_read_aloud_by_the_devices_own_voice(visit):
    page = opened(visit(prepare=lambda page: page.add_init_script(VOICES.replace("VOICES_HERE", f"[{AWAY}, {OWN}]"))))
    choose(page, "Read answers aloud")
    expect(page.locator(".status")).to_contain_text("read aloud from now on")
    ask(page, ASKED)
    page.wait_for_function("spoken.length")
    text, voice = page.evaluate("spoken.at(-1)")
    assert voice == "own"
    assert text.count(ADVICE) == 1
    assert "**" not in text
    choose(page, "Stop reading aloud")
    before = page.evaluate("spoken.length")
    ask(page, "what is dupixent?")
    assert page.evaluate("spoken.length") == before
    page.locator("summary").last.click()
    page.get_by_role("button", name="Read it aloud").last.click()
    page.wait_for_function("before => spoken.length > before", arg=before)
    stopped = page.evaluate("cancelled")
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    page.wait_for_function("stopped => cancelled > stopped", arg=stopped)


def test_without_a_voice_of_its_own_nothing_is_sent_to_another(visit):
    page = opened(visit(prepare=lambda page: page.add_init_script(VOICES.replace("VOICES_HERE", f"[{AWAY}]"))))
    choose(page, "Read answers aloud")
    expect(page.locator(".status")).to_have_text("This device has no voice of its own to read with.")
    ask(page, ASKED)
    assert page.evaluate("spoken") == []


@pytest.mark.parametrize(
    ("address", "links"),
    [("https://clinic.example/privacy", 2), ("javascript:alert(1)", 0), ("//clinic.example", 0), ("", 0)],
)
def test_the_pages_word_on_privacy(visit, clinic, bot, address, links):
    path = f"/privacy{sum(map(ord, address))}"
    page = opened(visit(clinic.add(path, tag(bot, f'data-privacy="{address}"'))))
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Copy the chat").wait_for()
    found = page.locator(".panel a", has_text="Privacy")
    assert found.count() == links
    for each in found.all():
        assert (each.get_attribute("href"), each.get_attribute("rel")) == (address, "noopener")


@pytest.mark.parametrize(
    ("topics", "offered"),
    [
        ("what_to_do, facial_redness", ["I have a new or worse rash. What should I do?", "Why might my face be red?"]),
        ("nothing_of_ours", None),
        ("", None),
    ],
)
def test_the_page_says_what_is_suggested(visit, clinic, bot, topics, offered):
    page = opened(visit(clinic.add(f"/topics{len(topics)}", tag(bot, f'data-topics="{topics}"'))))
    page.locator(".log > .choices button").first.wait_for()
    found = page.locator(".log > .choices button").all_inner_texts()
    if offered:
        assert found == offered
    else:
        assert len(found) > 2


def test_all_topics_are_there_at_any_time(visit):
    page = opened(visit())
    ask(page, ASKED)
    page.get_by_role("button", name="What can I ask?").click()
    page.locator(".topics button").nth(20).wait_for()
    expect(page.locator(".topics button").first).to_be_focused()
    page.locator(".topics").get_by_role("button", name="I have a new or worse rash. What should I do?").click()
    expect(page.locator(".you")).to_have_count(2)


# --- taken away --------------------------------------------------------------------------------------


def in_new_york(visit, **options):
    def at_night(page):
        page.clock.install(time=EVENING)
        page.add_init_script("window.print = () => { top.printed = document; top.paper = document.body.innerText }")

    page = visit(prepare=at_night, timezone_id="America/New_York", locale="en-GB", **options)
    opened(page)
    return page


def test_dates_are_the_readers_own_day_with_the_month_in_letters(visit):
    page = in_new_york(visit, permissions=["clipboard-read", "clipboard-write"])
    ask(page, ASKED)
    with page.expect_download() as download:
        choose(page, "Save the chat")
    assert download.value.suggested_filename == "dupixent-rash-guide-2026-03-04.txt"
    saved = download.value.path().read_text()
    assert "March 4, 2026 at 8:30" in saved
    choose(page, "Copy the chat")
    expect(page.locator(".status")).to_have_text("Copied.")
    choose(page, "Print the chat")
    page.wait_for_function("window.paper")
    for told in (page.evaluate("navigator.clipboard.readText()"), page.evaluate("paper")):
        assert "March 4, 2026" in told
        assert re.search(r"8:3\d\sPM You said: why is my face red", told)
        assert "If it is urgent, call 911." in told
        assert "Source: our article" in told
        assert told.count(ADVICE) == 1
        assert not re.search(r"\d/\d+/\d{4}", told)


def test_one_answer_is_copied_with_what_it_rests_on_and_says_when(visit):
    page = in_new_york(visit, permissions=["clipboard-read", "clipboard-write"])
    ask(page, ASKED)
    page.locator("summary").last.click()
    expect(page.locator("details").last).to_contain_text(re.compile(r"Said at 8:3\d\sPM"))
    page.get_by_role("button", name="Copy it").click()
    expect(page.locator(".status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    for needed in (ADVICE, "Source: our article", "Review: ", "Checked on "):
        assert needed in copied


NOTE = {"text": "**My visit note**\n- Where: my cheek\nContact your doctor about any new symptoms.", "takeaway": True}


def test_a_note_says_on_which_day_it_was_made_and_is_called_a_note(visit):
    def replied(page):
        page.clock.install(time=EVENING)
        page.add_init_script(
            "window.print = () => { top.printed = document.title; top.paper = document.body.innerText }"
        )
        page.route("**/chat/message", lambda route: route.fulfill(json={"session": "", "messages": [NOTE]}))

    page = opened(visit(prepare=replied, timezone_id="America/New_York"))
    ask(page, "make a visit note")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it").click()
    assert download.value.suggested_filename == "my-visit-note-2026-03-04.txt"
    assert "Made on March 4, 2026." in download.value.path().read_text()
    page.get_by_role("button", name="Print it").click()
    page.wait_for_function("window.paper")
    assert page.evaluate("printed") == "My visit note"
    told = page.evaluate("paper")
    assert told.count("My visit note") == 1
    assert "Made on March 4, 2026." in told


def test_a_long_chat_is_printed_whole(visit):
    def many(page):
        page.add_init_script("window.print = () => { top.frame = frameElement; top.printed = document }")
        reply = [{"text": f"Answer {number}. " + "word " * 60} for number in range(60)]
        page.route("**/chat/message", lambda route: route.fulfill(json={"session": "", "messages": reply}))

    page = opened(visit(prepare=many))
    ask(page, ASKED)
    choose(page, "Print the chat")
    page.wait_for_function("window.printed")
    told = page.evaluate("printed.body.innerText")
    assert "Answer 0." in told
    assert "Answer 59." in told
    cut = """() => [printed.documentElement, printed.body].map(e => printed.defaultView.getComputedStyle(e))
        .some(({overflow, position}) => overflow !== "visible" || position !== "static")"""
    assert not page.evaluate(cut)


def test_the_browsers_own_print_command_on_the_guides_page(visit):
    page = visit("/chat/")
    for asked in (ASKED, "what is dupixent?", "how common are these rashes?"):
        ask(page, asked)
    page.emulate_media(media="print")
    shown = page.evaluate(
        """() => { const root = document.querySelector("rash-guide").shadowRoot;
        const log = root.querySelector(".log");
        return {all: log.clientHeight >= log.scrollHeight, foot: root.querySelector(".foot").offsetHeight,
          line: root.querySelector(".emergency").innerText} }"""
    )
    assert shown["all"]
    assert shown["foot"] == 0
    assert "911" in shown["line"]
