"""The training phrases: enough of them, each once, and none of them a question that the guide is measured on."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from rashguide import content
from tests.harness.server import ROOT, lines

KEPT_OUT = sorted((ROOT / "calibration").glob("*.jsonl")) + sorted((ROOT / "tests/understanding").glob("*.jsonl"))


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower())) or text


TRAINING = {plain(text): subject for text, subject in content.phrases()}


def test_there_are_the_phrases_of_many_writers():
    batches = Counter(phrase.batch for subject in content.subjects().values() for phrase in subject.phrases)
    assert sum(batches.values()) >= 2 * 5769
    assert len([batch for batch, count in batches.items() if count >= 300]) >= 15


def test_no_phrase_stands_twice():
    seen = Counter(plain(text) for text, _ in content.phrases())
    assert not [text for text, count in seen.items() if count > 1]


@pytest.mark.parametrize("file", KEPT_OUT, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_no_kept_out_message_is_among_the_phrases(file):
    kept_out = lines(file)
    assert len(kept_out) >= 300
    assert not [message["text"] for message in kept_out if plain(message["text"]) in TRAINING]


def test_calibration_and_test_sets_are_disjoint():
    seen: dict[str, str] = {}
    for file in KEPT_OUT:
        for message in lines(file):
            assert seen.setdefault(plain(message["text"]), file.name) == file.name, message["text"]


@pytest.mark.parametrize("file", KEPT_OUT, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_kept_out_messages_expect_known_ids(file):
    for message in lines(file):
        assert message["expect"]
        assert set(message["expect"]) <= content.subjects().keys(), message


def test_no_phrase_holds_what_rasa_would_read_as_markup():
    assert not [text for text, _ in content.phrases() if re.search(r"\]\(|\]\{|^/", text)]
