"""What fits where: splitting, choices and typed numbers, without a server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rashguide import content
from rashguide.channels.every_platform import PLATFORMS
from rashguide.channels.rendering import CHOOSE, Choice, Limits, picked, render, split, utf8, utf16
from rashguide.channels.slack import SlackInput, unescape
from rashguide.guard.advice import ADVICE
from rashguide.guard.buttons import sign

pytestmark = pytest.mark.unit

YES, NO = Choice("Yes, it is happening now", "/emergency~1"), Choice("No", "/safety_check_no~2")


def buttons(*choices):
    return [{"title": choice.title, "payload": choice.payload} for choice in choices]


@settings(max_examples=300, deadline=None)
@given(text=st.text(min_size=1, max_size=600), limit=st.integers(60, 200), size=st.sampled_from([len, utf8, utf16]))
def test_any_text_is_split_whole_with_the_advice_once_and_last(text, limit, size):
    parts = split(text, limit, size, ADVICE)
    assert all(0 < size(part) <= limit for part in parts)
    assert parts[-1].endswith(ADVICE)
    assert sum(part.count(ADVICE) for part in parts) == 1 + text.count(ADVICE)
    kept = "".join("".join(parts).split())
    assert kept == "".join(f"{text}\n{ADVICE}".split())


def test_a_text_is_cut_between_lines_then_sentences_then_words():
    assert split("One line.\nAnother line.", 14) == ["One line.", "Another line."]
    assert split("One sentence. Another one.", 14) == ["One sentence.", "Another one."]
    assert split("some words in a row", 10) == ["some words", "in a row"]
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name())
def test_every_answer_fits_every_platform(platform):
    limits = platform.limits
    offers = [Choice(subject.metadata["label"], f"/{subject.id}~{'0' * 16}") for subject in content.subjects().values()]
    for number, subject in enumerate(content.subjects().values()):
        shown = [Choice(b["title"], b["payload"]) for b in subject.buttons] or offers[number : number + 3]
        first = {"text": subject.text, "buttons": buttons(*shown)}
        parts = render([first, {"text": f"{subject.text * 12}\n{ADVICE}"}], limits).parts
        for part in parts:
            longest = limits.text_with_buttons if part.buttons else limits.text
            assert limits.size(part.text) <= longest
            assert len(part.buttons) <= limits.buttons
            assert all(limits.size(button.title) <= limits.title for button in part.buttons)
        whole = "\n".join(part.text for part in parts)
        assert whole.count(ADVICE) == 1
        assert whole.endswith(ADVICE)


def test_choices_become_buttons_numbered_buttons_or_lines():
    message = {"text": f"Is it?\n{ADVICE}", "buttons": buttons(YES, NO)}
    native = render([message], Limits(text=500, buttons=3, title=40, text_with_buttons=500))
    assert native.parts[0].text == f"Is it?\n{ADVICE}"
    assert native.parts[0].buttons == (YES, NO)
    assert native.offered == []
    numbered = render([message], Limits(text=500, buttons=3, title=20, text_with_buttons=500))
    lines = f"Is it?\n{CHOOSE}\n1. Yes, it is happening now\n2. No\n{ADVICE}"
    assert numbered.parts[0].text == lines
    labelled = [replace(choice, label=str(number)) for number, choice in enumerate((YES, NO), 1)]
    assert numbered.parts[0].buttons == tuple(replace(choice, title=choice.label) for choice in labelled)
    plain = render([message], Limits(text=500))
    assert plain.parts[0].text == lines
    assert plain.parts[0].buttons == ()
    assert numbered.offered == plain.offered == labelled


def test_two_lots_of_choices_in_one_turn_are_numbered_through():
    more = [Choice("What is Dupixent?", "/what_is_dupixent~3")]
    messages = [{"text": "Is it?", "buttons": buttons(YES, NO)}, {"text": ADVICE, "buttons": buttons(*more)}]
    rendered = render(messages, Limits(text=500))
    assert "3. What is Dupixent?" in rendered.parts[1].text
    assert [(choice.label, choice.payload) for choice in rendered.offered] == [
        ("1", YES.payload),
        ("2", NO.payload),
        ("3", more[0].payload),
    ]


def test_to_a_question_of_the_note_a_number_is_an_answer_and_a_letter_chooses():
    asked = {"text": "When did it start?", "buttons": buttons(YES, NO), "utter_action": "utter_visit_since"}
    rendered = render([asked], Limits(text=500))
    assert rendered.parts[0].text == "When did it start?\nType a letter to choose:\nA. Yes, it is happening now\nB. No"
    assert [picked(typed, rendered.offered) for typed in ("3", "2", "two", "2 weeks", "C")] == [None] * 5
    for typed in ("b", "B.", "(b)", "Option B", "no"):
        assert picked(typed, rendered.offered).payload == NO.payload, typed
    asked = render([asked], Limits(text=500, buttons=3, title=10, text_with_buttons=500))
    assert [button.title for button in asked.parts[0].buttons] == ["A", "B"]


@pytest.mark.parametrize(
    "sign",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f44d\U0001f3fd",
        "\U0001f1fa\U0001f1f8",
        "e\u0301",
        "\u2764\ufe0f",
    ],
)
@pytest.mark.parametrize("size", [len, utf8, utf16])
def test_what_is_seen_as_one_sign_is_not_torn(sign, size):
    for before in range(20, 31):
        parts = split("x" * before + sign + "y" * 30, 30, size)
        assert all(0 < size(part) <= 30 for part in parts)
        assert any(sign in part for part in parts), parts


def test_a_buttons_data_fits_the_platform_that_takes_least():
    longest = "telegram:" + "9" * 90
    assert max(len(sign(longest, choice, "abcd").encode()) for choice in content.choices()) <= 64


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("1", YES),
        (" 2 ", NO),
        ("2.", NO),
        ("(1)", YES),
        ("#1", YES),
        ("one", YES),
        ("Two!", NO),
        ("Option 1", YES),
        ("number two", NO),
        ("1\ufe0f\u20e3", YES),
        ("٢", NO),
        ("yes it is happening now", YES),
        ("NO", NO),
        ("no.", NO),
        ("no one", None),
        ("3", None),
        ("0", None),
        ("-1", None),
        ("²", None),
        ("1 and 2", None),
        ("12", None),
        ("yes", None),
        ("", None),
        pytest.param("1" * 5000, None, id="five thousand ones"),
    ],
)
def test_what_a_typed_number_means(typed, choice):
    offered = [replace(each, label=str(number)) for number, each in enumerate((YES, NO), 1)]
    found = picked(typed, offered)
    assert found == (choice and replace(choice, label=found.label if found else ""))
    assert picked(typed, []) is None


def test_no_answer_has_a_character_that_a_platform_takes_for_markup():
    for subject in content.subjects().values():
        texts = [subject.text, subject.metadata["label"], *(button["title"] for button in subject.buttons)]
        for text in texts:
            bare = re.sub(r"\{[a-z_]+\}", "", text)
            assert not set("*_~`<>[]#|\\") & set(bare), subject.id


def test_slack_escapes():
    assert SlackInput.limits.size("<&>") == 13
    assert unescape("<@U1> is &lt;b&gt; <http://x.org|x.org> <mailto:a@b.c|a@b.c> ok &amp;amp;") == (
        "is <b> x.org a@b.c ok &amp;"
    )
