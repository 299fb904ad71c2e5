"""The training phrases: enough of them, each once, and none of them a question that the guide is measured on."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from rashguide import content
from rashguide.content import names
from tests.harness.server import ROOT, lines

FILES = sorted((ROOT / "calibration").glob("*.jsonl")) + sorted((ROOT / "tests/understanding").glob("*.jsonl"))
SEQUELS = [file for file in FILES if file.stem == "sequels"]
KEPT_OUT = [file for file in FILES if file not in SEQUELS]


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


def test_no_kept_out_sequel_is_among_the_sequels():
    known = {(sequel.after, plain(sequel.text)) for sequel in content.sequels()}
    kept_out = [message for file in SEQUELS for message in lines(file)]
    assert len(SEQUELS) == 2
    assert len(kept_out) >= 800
    assert not [message for message in kept_out if (message["after"], plain(message["text"])) in known]


def test_kept_out_sequels_are_disjoint_and_follow_known_replies():
    calibration, tests = ({(m["after"], plain(m["text"])) for m in lines(file)} for file in SEQUELS)
    assert not calibration & tests
    assert {after for after, _ in calibration | tests} <= content.subjects().keys()


def test_sequels_mean_what_the_code_knows():
    acts = {value for name, value in vars(names.Follow).items() if name.isupper()} | {names.NOTE_ANSWER}
    for sequel in content.sequels():
        known = (
            sequel.means in acts or sequel.means in content.subjects() or sequel.means.startswith(("note_", "after_"))
        )
        assert known, sequel
