"""Whole conversations through the real server: what is said and done, turn by turn, by name."""

from __future__ import annotations

import uuid

import pytest
import yaml

from rashguide import content
from rashguide.content.names import Action
from tests.harness.server import ROOT, advice_count
from tests.harness.talk import ungrouped


def steps(story):
    """The messages of a test story, each with what is done to it."""
    found = []
    for step in story["steps"]:
        if "user" in step:
            found.append((step["user"].strip(), []))
        elif "action" in step:
            found[-1][1].append(step["action"])
    return found


STORIES = [
    pytest.param(steps(story), id=story["story"])
    for file in sorted((ROOT / "tests/stories").glob("*.yml"))
    for story in yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]
]


@pytest.mark.parametrize("turns", STORIES)
def test_story(server, turns):
    """The stories that Rasa's tools read, asked of the real server."""
    sender = uuid.uuid4().hex
    done = 0
    for message, expected in turns:
        reply = server.ask(message, sender)
        assert advice_count(reply) == 1
        now = server.done(sender)
        if expected == [Action.DELETE]:
            assert not now
            return
        assert ungrouped(now[done:]) == expected, message
        done = len(now)


@pytest.mark.parametrize("subject", [s for s in content.subjects().values() if s.is_faq], ids=lambda s: s.id)
def test_each_subject_is_answered_by_its_label(server, subject):
    """A "Did you mean" button shows the label: typing it must lead to the same answer."""
    sender = uuid.uuid4().hex
    reply = server.ask(subject.metadata["label"], sender)
    assert server.said(sender) == [subject.response]
    assert subject.source_line in reply[-1]["text"]


def test_an_unsure_guide_offers_what_it_might_be(server):
    """Words between two subjects: offered as buttons, and a press leads to the answer."""
    for words in (
        "flakes face nurse when",
        "rash face shot worse",
        "the redness thing vs the flake thing",
        "doctor change it spots",
        "it got it",
        "risk face flakes",
    ):
        sender = uuid.uuid4().hex
        reply = server.ask(words, sender)
        if server.said(sender) == ["utter_unsure"]:
            break
    else:
        pytest.fail("none of the vague messages was met with an offer")
    buttons = reply[-1]["buttons"]
    assert 1 <= len(buttons) <= 3
    labels = {subject.metadata["label"]: subject.response for subject in content.subjects().values()}
    server.ask(buttons[0]["payload"], sender)
    assert server.said(sender)[-1] == labels[buttons[0]["title"]]


def test_numbers_follow_the_country(server):
    assert "Call 911 now." in server.ask("I can't breathe")[0]["text"]
    assert "988" in server.ask("I want to kill myself")[0]["text"]


def test_the_conversation_of_one_is_not_that_of_another(server):
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    server.ask("my throat is closing up", first)
    server.ask("thanks", second)
    assert server.said(second) == ["utter_thanks"]
