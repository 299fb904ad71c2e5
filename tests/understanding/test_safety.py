"""What the probabilities of alarm and the list of signs call for, with models made up for it."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rashguide import ROOT, content
from rashguide.content.names import Intent
from rashguide.understanding import bands, safety
from rashguide.understanding.keys import ALARM, CHECK, CLEAR, SAFETY, TODAY
from rashguide.understanding.questions import fold, split
from rashguide.understanding.reader import DOC, read
from rashguide.understanding.safety import SafetyDetector, outcome, tier
from rashguide.understanding.thresholds import thresholds

pytestmark = pytest.mark.unit

LESS = 0.001


def degrees(**shares):
    return {**dict.fromkeys(content.DEGREES, 0.0), **shares, "none": 1 - sum(shares.values())}


def test_thresholds_are_those_that_calibration_chose():
    """``make calibrate`` writes both; a number changed by hand is told by the other."""
    page = (ROOT / "docs/calibration.md").read_text(encoding="utf-8")
    chosen = re.search(r"^Chosen:.*?\n\n", page, re.M | re.S).group()
    named = dict(re.findall(r"(alarm|today|check|answer|covered|decline|offer)[^*]*?\*\*([\d.]+)\*\*", chosen))
    assert {name: float(value) for name, value in named.items()} == vars(thresholds())


@pytest.mark.parametrize("degree", ["emergency", "crisis"])
def test_an_alarm_begins_at_its_threshold(degree):
    edge = thresholds().alarm
    assert outcome(degrees(**{degree: edge}), listed=False) == ALARM
    assert outcome(degrees(**{degree: edge - LESS}), listed=False) != ALARM
    assert outcome(degrees(emergency=edge / 2, crisis=edge / 2), listed=False) == ALARM


def test_today_and_the_check_begin_at_theirs():
    chosen = thresholds()
    assert outcome(degrees(today=chosen.today), listed=False) == TODAY
    assert outcome(degrees(today=chosen.today - LESS), listed=False) == CHECK
    assert outcome(degrees(check=chosen.check + LESS), listed=False) == CHECK
    assert outcome(degrees(check=chosen.check - LESS), listed=False) == CLEAR


def test_signs_that_are_only_denied_are_asked_about_where_they_would_alarm():
    chosen = thresholds()
    assert outcome(degrees(emergency=0.99), listed=False, denied=True) == CHECK
    assert outcome(degrees(emergency=1 - chosen.today, today=chosen.today), listed=False, denied=True) == TODAY
    assert outcome(degrees(), listed=False, denied=True) == CLEAR


def test_a_listed_sign_is_never_passed_over():
    assert outcome(degrees(), listed=True) == CHECK
    assert outcome(degrees(), listed=True, of_note=True) == CHECK


def test_an_answer_to_the_notes_questions_takes_more_for_a_check_and_no_more_for_an_alarm():
    chosen = thresholds()
    assert outcome(degrees(check=safety.NOTE_CHECK - LESS), listed=False, of_note=True) == CLEAR
    assert outcome(degrees(check=safety.NOTE_CHECK + LESS), listed=False, of_note=True) == CHECK
    assert outcome(degrees(emergency=chosen.alarm), listed=False, of_note=True) == ALARM


def test_the_tier_is_the_lists_where_it_can_say():
    assert tier(degrees(crisis=0.9), ["breathing"]) == Intent.EMERGENCY
    assert tier(degrees(emergency=0.9), ["crisis"]) == Intent.CRISIS
    assert tier(degrees(emergency=0.9), ["breathing", "crisis"]) == Intent.EMERGENCY
    assert tier(degrees(crisis=0.3, emergency=0.2), []) == Intent.CRISIS
    assert tier(degrees(crisis=0.2, emergency=0.3), []) == Intent.EMERGENCY


def scores(classes, **shares):
    """A model that gives every message these probabilities."""
    rest = (1 - sum(shares.values())) / max(1, len(classes) - len(shares))
    logs = np.log([[max(shares.get(name, rest), 1e-9) for name in classes]])
    return SimpleNamespace(classes=list(classes), score=lambda _: logs)


@pytest.fixture
def detect(monkeypatch):
    """The detector's step for a text, with models that say what the test says."""

    def detected(text, windows=(), group="skin", **shares):
        monkeypatch.setattr(safety, "vectors_of", lambda messages: np.zeros((len(messages), 384), np.float32))
        detector = SafetyDetector({"C": 0.1, "words": 0.0}, None, None, None)
        detector._degrees = scores(content.DEGREES, **shares)
        detector._words = scores(content.DEGREES)
        detector._groups = scores(content.GROUPS, **{group: 0.9})
        message = Message({TEXT: text, DOC: read(text)})
        if windows:
            message.set("windows", [np.full(384, share, np.float32) for share in windows])
            whole, part = detector._degrees, scores(content.DEGREES, none=0.1, emergency=0.9)
            first = [True]

            def score(vectors):
                return whole.score(vectors) if first and first.pop() else part.score(vectors)

            detector._degrees = SimpleNamespace(classes=list(content.DEGREES), score=score)
        (message,) = detector.process([message])
        return message.get(SAFETY)

    return detected


def test_the_list_counts_beside_a_calm_model(detect):
    found = detect("I can't breathe", none=0.99)
    assert found["outcome"] == CHECK
    assert found["signs"] == ["breathing"]
    assert detect("is it common?", none=0.99)["outcome"] == CLEAR


def test_an_alarming_model_alarms_without_a_sign(detect):
    found = detect("is it common?", emergency=0.8, group="eye")
    assert (found["outcome"], found["tier"], found["group"], found["signs"]) == (ALARM, "emergency", "eye", [])


def test_the_gravest_part_of_a_long_message_counts(detect):
    assert detect("a long story", none=0.99)["outcome"] == CLEAR
    assert detect("a long story", windows=(0.0,), none=0.99)["outcome"] == ALARM


# --- what the bands make of it ------------------------------------------------------------------


def settled(intent="how_common", confidence=0.9, result=CLEAR, more=None, text="x", next_best="is_it_permanent"):
    """What the last component makes of a message: its intent and its offers."""
    ranking = [{"name": intent, "confidence": confidence}, {"name": next_best, "confidence": 1 - confidence}]
    known = {"outcome": result, "tier": "emergency", "degrees": degrees(), "signs": []}
    message = Message({TEXT: text, "intent_ranking": ranking, SAFETY: known, **(more or {})})
    (message,) = bands.ConfidenceBands({}, None, None, None).process([message])
    return message.get("intent")["name"], message.get("offers")


def test_only_the_detector_alarms():
    assert settled("how_common", 0.99, ALARM)[0] == "emergency"
    assert settled("how_common", 0.99, TODAY)[0] == "urgent_today"
    assert settled("emergency", 0.99)[0] != "emergency"


def test_answers_take_more_than_replies_that_decline():
    chosen = thresholds()
    declined = "ask_dosing"
    assert settled("how_common", chosen.answer, next_best=declined)[0] == "how_common"
    assert settled("how_common", chosen.answer - LESS, next_best=declined) == ("nlu_fallback", ["how_common", declined])
    assert settled("ask_dosing", chosen.decline) == ("ask_dosing", [])
    assert settled("ask_dosing", chosen.decline - LESS)[0] == "nlu_fallback"


def test_which_question_it_is_may_be_less_sure_where_it_surely_is_one_of_ours():
    assert settled("how_common", bands.OUTWEIGHS) == ("how_common", ["is_it_permanent"])
    assert settled("how_common", bands.OUTWEIGHS - LESS)[0] == "nlu_fallback"
    covered = thresholds().covered
    shares = {"how_common": bands.OUTWEIGHS, "skin_care": covered - bands.OUTWEIGHS, "ask_dosing": 1 - covered}

    def said(**changed):
        ranking = [{"name": name, "confidence": share} for name, share in {**shares, **changed}.items()]
        return bands.gets_said(ranking[0], ranking, thresholds())

    assert said()
    assert not said(skin_care=shares["skin_care"] - LESS)


def test_another_medicine_and_another_language_get_no_answer_of_ours():
    assert settled(more={"elsewhere": True})[0] == "out_of_scope_medical"
    assert settled(more={"language": "german"})[0] == "out_of_scope"


def test_a_label_typed_as_its_button_says_it_is_sure():
    label = content.subjects()["is_it_permanent"].metadata["label"]
    assert settled("how_common", 0.3, text=label.upper())[0] == "is_it_permanent"


# --- several questions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Is it common? Will it go away?", ["Is it common?", "Will it go away?"]),
        ("what is dupixent and how does it work", ["what is dupixent", "how does it work"]),
        ("two questions: is it common, and will it go away?", ["is it common", "will it go away?"]),
        ("is it common?", []),
        ("my face is red and hot", []),
        ("a? b? c? d?", []),
        ("is it a? is it b? is it c? is it d?", []),
    ],
)
def test_a_message_is_split_into_two_or_three_questions_or_not_at_all(text, parts):
    assert split(read(text)) == parts


def part(intent="how_common", confidence=0.95, result=CLEAR, **more):
    return Message({"intent": {"name": intent, "confidence": confidence}, SAFETY: {"outcome": result}, **more})


@pytest.mark.parametrize(
    ("whole", "parts", "found"),
    [
        (part("x", 0.5), [part(), part("is_it_permanent")], ["how_common", "is_it_permanent"]),
        (part("x", 0.5), [part(confidence=0.84), part("is_it_permanent")], None),
        (part("x", 0.5), [part(), part("how_common")], None),
        (part("x", 0.5), [part(result=CHECK), part("is_it_permanent")], None),
        (part("x", 0.5, ALARM), [part(), part("is_it_permanent")], None),
        (part("x", 0.5), [part("greet"), part("is_it_permanent")], None),
        (part("x", 0.5), [part("nlu_fallback"), part("is_it_permanent")], None),
        (part("x", 0.5, language="german"), [part(), part("is_it_permanent")], None),
        (part("x", 1.0), [part(), part("is_it_permanent")], None),
        (part("x", 0.5), [], None),
    ],
)
def test_questions_are_answered_each_where_all_are_sure_and_calm(whole, parts, found):
    (message,) = fold([whole, *parts])
    assert message.get("parts") == found
