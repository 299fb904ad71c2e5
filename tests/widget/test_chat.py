"""What a person does with the widget, in a real browser on the real server."""

from __future__ import annotations

import re
import sqlite3

import pytest
from playwright.sync_api import expect

from tests.harness.browser import ask, opened
from tests.harness.server import ADVICE


def test_the_first_message_says_what_it_is_and_what_is_kept(visit):
    page = visit()
    assert page.locator(".panel").is_hidden()  # never opens by itself
    opened(page)
    told = page.locator(".guide").first.inner_text()
    for needed in ("computer program", "can't look at your skin", "do not type your name", "for 30 days", "30 minutes"):
        assert needed in told
    expect(page.locator(".advice")).to_have_text(ADVICE)
    assert page.locator(".emergency a").get_attribute("href") == "tel:911"
    box = page.locator(".panel").bounding_box()
    for part in (".advice", "textarea", ".emergency", ".guide"):
        inner = page.locator(part).bounding_box()
        assert inner["y"] + inner["height"] <= box["y"] + box["height"]


def test_a_suggested_question_is_answered_with_its_source(visit):
    page = opened(visit())
    page.get_by_role("button", name="Why might my face be red?").click()
    answer = page.locator(".guide").nth(1)
    expect(answer).to_contain_text(ADVICE)
    answer.get_by_text("Source and review").click()
    for needed in ("our article, section", "not yet reviewed by a clinician", "November 29, 2026"):
        expect(answer).to_contain_text(needed)


def test_an_emergency_stands_out_and_can_be_called(visit):
    page = opened(visit())
    ask(page, "my tongue is swelling up")
    assert page.locator(".alarm a").get_attribute("href") == "tel:911"
    ask(page, "i want to kill myself")
    assert [a.get_attribute("href") for a in page.locator(".alarm").last.locator("a").all()] == ["tel:988", "tel:911"]
    page.reload()
    expect(page.locator(".alarm")).to_have_count(2)


def test_buttons_are_offered_pressed_and_survive_a_reload(visit):
    page = opened(visit())
    ask(page, "my tongue is swelling up")
    ask(page, "no")
    expect(page.get_by_role("button", name="It never happened")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="It never happened").click()
    expect(page.locator(".guide").last).to_contain_text("What would you like to know?")


def test_reload_and_page_change_keep_chat_draft_and_window(visit):
    page = opened(visit())
    ask(page, "why is my face red?")
    page.get_by_label("Your question").fill("and my elb")
    page.goto("about:blank")
    page.go_back()
    expect(page.locator(".you")).to_have_text("You said: why is my face red?")
    expect(page.get_by_label("Your question")).to_have_value("and my elb")
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # an open chat takes no focus by itself
    assert page.locator("[aria-live=polite]").first.inner_text() == ""


def test_it_works_where_storage_is_blocked(visit):
    blocked = "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('blocked') }})"
    page = opened(visit(prepare=lambda page: page.add_init_script(blocked)))
    assert ADVICE in ask(page, "why is my face red?")


def test_two_browsers_cannot_see_each_other(visit):
    first, second = opened(visit()), opened(visit())
    ask(first, "my tongue is swelling up")
    assert "emergency" not in ask(second, "no").split(ADVICE)[0]
    assert "tongue" not in second.locator(".log").inner_text()
    tokens = [p.evaluate("JSON.parse(Object.values(sessionStorage)[0]).session") for p in (first, second)]
    assert tokens[0] != tokens[1]
    assert first.context.cookies() == []


def test_copy_print_and_save(visit, bot):
    catch = "window.print = () => { top.printed = document.body.innerText }"
    page = opened(
        visit(prepare=lambda page: page.add_init_script(catch), permissions=["clipboard-read", "clipboard-write"])
    )
    ask(page, "why is my face red?")
    menu = page.get_by_role("button", name="Chat options")
    menu.click()
    page.get_by_role("button", name="Copy the chat").click()
    expect(page.locator(".status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "You said: why is my face red?" in copied
    assert ADVICE in copied
    menu.click()
    page.get_by_role("button", name="Print the chat").click()
    assert "why is my face red?" in page.evaluate("window.printed")
    menu.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the chat").click()
    assert re.fullmatch(r"dupixent-rash-guide-[\d-]{10}\.txt", download.value.suggested_filename)
    assert "why is my face red?" in download.value.path().read_text()
    page.locator("summary").last.click()
    page.get_by_role("button", name="Print it").click()
    page.wait_for_function("!window.printed.includes('You said')")
    assert "red face" in page.evaluate("window.printed")


def press(page, name):
    """Presses a button under the last reply and waits for the next one."""
    replies = page.locator(".message.guide")
    before = replies.count()
    page.get_by_role("group", name="Replies to choose from").get_by_role("button", name=name, exact=True).last.click()
    replies.nth(before).wait_for()
    return replies.last.inner_text()


def test_from_a_report_to_a_saved_note(visit):
    page = opened(visit())
    ask(page, "my face went red after the third shot")
    assert "Where on your body" in press(page, "Make a note for my visit")
    press(page, "Face or neck")
    press(page, "About a month ago")
    ask(page, "the day after the third one")
    assert "look like" in ask(page, "does it go away?")  # answered, and the note goes on
    expect(page.locator(".message.guide").filter(has_text="changes eczema for good")).to_have_count(1)
    press(page, "Redder or darker, and itchy")
    press(page, "Nothing so far")
    press(page, "None that I know of")
    note = ask(page, "can i go swimming with it?")
    for line in (
        "My visit note",
        "Where: Face or neck",
        "my shots: the day after the third one",
        "swimming",
    ):
        assert line in note
    assert "Review" not in note
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it").click()
    saved = download.value.path().read_text()
    assert saved.startswith("My visit note")
    assert saved.rstrip().endswith(ADVICE)


def test_start_again_begins_a_new_conversation(visit):
    page = opened(visit())
    ask(page, "my tongue is swelling up")
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("button", name="Yes, start again").click()
    expect(page.locator(".message")).to_have_count(1)
    assert "may be an emergency" not in ask(page, "no")


def test_forget_deletes_here_and_on_the_server(visit, bot):
    page = opened(visit())
    ask(page, "my ankle itches q7q7q7")
    page.get_by_role("button", name="Forget this chat").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".status")).to_contain_text("was deleted here and on")
    with sqlite3.connect(bot.database) as store:
        assert store.execute("select count(*) from events where data like '%q7q7q7%'").fetchone() == (0,)
    assert "q7q7q7" not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_an_idle_chat_warns_and_then_clears_itself(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "why is my face red?")
    page.clock.fast_forward(28 * 60_000 + 6_000)
    expect(page.locator(".notice")).to_contain_text("clears itself in 120 seconds")
    page.get_by_role("button", name="Keep this chat").click()
    page.clock.fast_forward(27 * 60_000)
    expect(page.locator(".you")).to_have_count(1)
    page.clock.fast_forward(3 * 60_000 + 6_000)
    expect(page.locator(".you")).to_have_count(0)
    expect(page.locator(".guide").last).to_contain_text("cleared")
    assert "face" not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_a_left_tab_is_cleared_on_return(visit):
    page = opened(visit(prepare=lambda page: page.clock.install()))
    ask(page, "why is my face red?")
    page.goto("about:blank")
    page.clock.fast_forward(31 * 60_000)
    page.go_back()
    expect(page.get_by_role("button", name="Open the rash guide")).to_be_visible()
    assert page.locator(".you").count() == 0


def test_unread_messages_are_counted(visit):
    page = visit(
        prepare=lambda page: page.route(
            "**/chat/message", lambda route: (page.wait_for_timeout(400), route.continue_())
        )
    )
    opened(page)
    page.get_by_label("Your question").fill("why is my face red?")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".badge")).to_have_text("1")
    launcher = page.get_by_role("button", name="new messages: 1")
    expect(launcher).to_be_focused()
    launcher.click()
    assert page.locator(".badge").is_hidden()


def test_the_character_limit_is_told_politely(visit):
    page = opened(visit())
    page.get_by_label("Your question").fill("a" * 1950)
    expect(page.locator(".counter")).to_have_text("50 characters left.")
    page.get_by_label("Your question").fill("🤒" * 2003)
    expect(page.locator(".counter")).to_have_text("Your message is 3 characters too long.")
    page.keyboard.press("Enter")
    assert page.locator(".you").count() == 0
    assert len(page.get_by_label("Your question").input_value()) == 2003


XSS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    '[x](https://a.example/"onmouseover=alert(1))',
    "[x]( javascript:alert(1))",
    "**<b onclick=alert(1)>x</b>**",
    "- <iframe srcdoc='<script>alert(1)</script>'>",
    "https://a.example/<script>alert(1)</script>",
    "`</p><a href=javascript:alert(1)>x</a>`",
]


def test_no_text_is_ever_markup(visit):
    messages = [{"text": text, "alert": "emergency", "source": text, "reviewed": text} for text in XSS]
    messages[-1]["buttons"] = [{"title": text, "payload": "/x"} for text in XSS]
    page = visit(
        prepare=lambda p: p.route("**/chat/message", lambda r: r.fulfill(json={"session": "", "messages": messages}))
    )
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    opened(page)
    ask(page, XSS[0])
    page.reload()
    expect(page.locator(".guide")).to_have_count(1 + len(XSS))
    found = page.evaluate(
        """() => [...document.querySelector("rash-guide").shadowRoot.querySelectorAll(".log *, .choices *")]
        .flatMap(e => [e.tagName, ...[...e.attributes].map(a => a.name + "=" + a.value)])"""
    )
    assert not {"IMG", "SCRIPT", "IFRAME", "B"} & set(found)
    assert not [each for each in found if re.match(r"on|href=\\s*(?!https://|tel:|mailto:)", each) and "=" in each]


def test_marked_up_text_becomes_nodes(visit):
    text = "One **bold** word\n- first\n- second\n1. one\nSee https://a.example/b, or [call](tel:+1555) now."
    reply = {"session": "", "messages": [{"text": text}]}
    page = visit(prepare=lambda p: p.route("**/chat/message", lambda r: r.fulfill(json=reply)))
    opened(page)
    ask(page, "hi")
    answer = page.locator(".guide").last
    assert answer.locator("strong").inner_text() == "bold"
    assert answer.locator("ul li").count() == 2
    assert answer.locator("ol li").count() == 1
    links = {a.inner_text(): (a.get_attribute("href"), a.get_attribute("rel")) for a in answer.locator("a").all()}
    assert links["https://a.example/b"] == ("https://a.example/b", "noopener noreferrer")
    assert links["call"][0] == "tel:+1555"
