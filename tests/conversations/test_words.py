"""What a message asks for that asks what a word means, beside the last answer."""

from __future__ import annotations

import pytest

from rashguide import content
from rashguide.content.names import Family, Follow, Response
from rashguide.dialogue.follow_ups import resolve
from rashguide.understanding.keys import ANSWERED

pytestmark = pytest.mark.unit

LAST = "immune_shift"


def asked(text: str, intent: str = "nlu_fallback", confidence: float = 0.5) -> list[str] | None:
    ranking = [{"name": Follow.WORD, "confidence": 0.9}]
    sequel = {"after": LAST, "kind": ANSWERED, "ranking": ranking}
    parsed = {"text": text, "intent": {"name": intent, "confidence": confidence}, "sequel": sequel}
    return resolve(parsed, intent, [content.response_to(LAST)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what does erythema mean", f"{Family.WORD}erythema"),
        ("what is psoriasis", f"{Family.WORD}psoriasis"),
        ("what does bullous mean", Response.NO_SIMPLER),  # a word that neither the glossary nor the answer has
        ("what does that mean", f"{Family.SIMPLER}{LAST}"),
        ("what do you mean by theory", f"{Family.SIMPLER}{LAST}"),  # a word of the answer's own
    ],
)
def test_a_word_is_explained_or_it_is_said_that_it_cannot_be(text, said):
    assert "theory" in content.spoken(content.response_to(LAST)).lower()
    assert asked(text) == [said]


def test_a_word_that_is_a_subject_of_its_own_gets_that_answer():
    assert asked("skin microbiome??", "skin_microbiome", 0.99) is None
    assert asked("skin microbiome??", "skin_microbiome", 0.3) == [Response.NO_SIMPLER]
    assert asked("what does that mean", "skin_microbiome", 0.99) == [f"{Family.SIMPLER}{LAST}"]
