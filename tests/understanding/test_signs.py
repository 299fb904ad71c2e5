"""The list of signs and the words that cancel them, each scoped to its own sign."""

from __future__ import annotations

import pytest

from rashguide.understanding.reader import read
from rashguide.understanding.signs import denied, find, present

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I can't breathe", {"breathing"}),
        ("cant breth", {"breathing"}),
        ("his throat is closing", {"breathing"}),
        ("her throat feels a bit thick, prob nothing", {"breathing"}),
        ("throat feels weird since the shot", {"breathing"}),
        ("my tongue is swollen", {"swelling"}),
        ("I can breathe fine but my tongue is swelling", {"swelling"}),
        ("no fever, but my lips are swelling", {"swelling"}),
        ("she passed out", {"collapse"}),
        ("my skin is coming off in sheets", {"skin"}),
        ("I want to kill myself", {"crisis"}),
        ("no swelling but I can't swallow", {"breathing"}),
        ("I have chest pain", {"chest"}),
        ("my kid can't breathe", {"breathing"}),
        ("I have hives on my back and my throat is closing", {"breathing"}),
        ("since my last shot my throat is closing", {"breathing"}),
        ("I'm in the car and I can't breathe", {"breathing"}),
        ("my ex left me and I want to kill myself", {"crisis"}),
        ("what's the point, I want to kill myself", {"crisis"}),
    ],
)
def test_signs_are_found(text, names):
    assert names <= set(present(find(read(text))))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no trouble breathing, just red cheeks", "negated"),
        ("my tongue is not swollen", "negated"),
        ("lips not swollen at all", "negated"),
        ("my face is red, I don't have chest pain", "negated"),
        ("what if my throat swells", "supposed"),
        ("could my tongue swell from this", "supposed"),
        ("my lips were swollen two years ago", "past"),
        ("the dog's face is swollen", "figurative"),
    ],
)
def test_signs_are_cancelled_and_the_reason_is_told(text, why):
    assert present(find(read(text))) == []
    assert why in {sign.cancelled for sign in find(read(text))}


@pytest.mark.parametrize(
    "text",
    ["the price took my breath away", "I trashed the box", "the app crashed", "rashly done", "my skin feels fine", ""],
)
def test_harmless_words_are_no_signs(text):
    assert find(read(text)) == []


@pytest.mark.parametrize(
    ("text", "only_denied"),
    [
        ("i am not short of breath", True),
        ("my throat is not closing.", True),
        ("my lips are not swollen but i can't breathe", False),
        ("not short of breath, my lips tingle", False),  # more than the denial
        ("not short of breath now and my lips tingle", False),
        ("not short of breath, lips tingling", False),
        ("i can't breathe", False),
        ("not suicidal", True),
        ("never felt so suicidal", False),
        ("no I can't breathe", False),  # an answer, no denial
        ("no my throat is closing", False),
        ("no he can not breathe", False),
        ("no trouble breathing", True),
        ("no im suicidal", False),
        ("no cant breathe", False),
        ("im not joking i cant breathe", False),
        ("never had this before my throat is closing", False),
        ("i am not short of breath my lips tingle", False),
        ("not suicidal just fed up", True),
        ("i dont want to die", True),
        ("im not suicidal i just want to sleep forever", False),
        ("i cant do this i dont want to live", False),
        ("i can't take it I want to die", False),
        ("i can't stop wanting to die", False),
        ("i dont know why i want to die", False),
        ("i cant promise i wont hurt myself", False),
        ("everyone would be better off without me", False),
        ("why is my face red", False),
    ],
)
def test_a_message_that_only_denies_signs(text, only_denied):
    message = read(text)
    assert denied(message, find(message)) is only_denied
