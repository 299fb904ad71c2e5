"""The advice stands once, at the end of a turn's last text, whatever a turn says."""

from __future__ import annotations

import pytest

from rashguide import content
from rashguide.guard.advice import ADVICE, NO_ANSWER, advised, say
from rashguide.guard.buttons import chosen
from tests.harness.server import advice_count

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("messages", "texts"),
    [
        ([{"text": "One."}], [f"One.\n{ADVICE}"]),
        ([{"text": "One."}, {"text": "Two."}], ["One.", f"Two.\n{ADVICE}"]),
        ([{"text": f"{ADVICE}\nOne. {ADVICE}"}, {"text": "Two."}], ["One.", f"Two.\n{ADVICE}"]),
        ([{"text": "One.\n\n \nTwo."}], [f"One.\nTwo.\n{ADVICE}"]),
        ([{"text": "One."}, {"text": ADVICE}], [f"One.\n{ADVICE}"]),
        ([{"text": "One."}, {"image": "http://127.0.0.1/x.png"}], [f"One.\n{ADVICE}", None]),
        ([{"text": 5}], [f"5\n{ADVICE}"]),
        # "Contact your doctor ... symptoms." twice over, so that taking one out would leave another
        ([{"text": f"One. {ADVICE[:8]}{ADVICE}{ADVICE[8:]}"}], [f"One.\n{ADVICE}"]),
    ],
)
def test_it_is_the_last_line_of_the_last_text(messages, texts):
    told = advised(messages, "rest:me")
    assert [message.get("text") for message in told] == texts
    assert advice_count([message for message in told if message.get("text")]) == 1


@pytest.mark.parametrize("messages", [[], [{}], [{"text": ""}], [{"text": ADVICE}], [{"buttons": []}]])
def test_a_turn_that_says_nothing_says_so(messages):
    assert [message["text"] for message in advised(messages, "rest:me")] == [f"{say(NO_ANSWER)}\n{ADVICE}"]


def test_buttons_are_signed_for_the_conversation_and_links_stay():
    buttons = [{"title": "No", "payload": "/deny"}, {"title": "Page", "url": "http://127.0.0.1/"}]
    (told,) = advised([{"text": "Is it?", "buttons": buttons}], "rest:me")
    assert chosen("rest:me", told["buttons"][0]["payload"]).choice == "deny"
    assert told["buttons"][1] == buttons[1]
    assert buttons[0]["payload"] == "/deny", "what was handed in stays as it was"


def test_no_reply_in_data_writes_it():
    assert not [subject.id for subject in content.subjects().values() if ADVICE in subject.text]


def test_the_guards_own_words_name_the_countrys_number():
    assert "{" not in say(NO_ANSWER)
