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
from rashguide.understanding.keys import ALARM, BY_SUBJECT, CHECK, CLEAR, NEAREST, SAFETY, TODAY, Nearest
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
    named = dict(re.findall(r"(alarm|today|check|answer|both|decline|talk|offer)[^*]*?\*\*([\d.]+)\*\*", chosen))
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


def test_an_answer_to_the_notes_questions_takes_more():
    assert outcome(degrees(check=safety.NOTE_CHECK - LESS), listed=False, of_note=True) == CLEAR
    assert outcome(degrees(check=safety.NOTE_CHECK + LESS), listed=False, of_note=True) == CHECK
    for degree, result in (("emergency", ALARM), ("today", TODAY)):
        assert outcome(degrees(**{degree: safety.NOTE_SURE}), listed=False, of_note=True) == result
        assert outcome(degrees(**{degree: safety.NOTE_SURE - LESS}), listed=False, of_note=True) == CHECK


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


def by_subject(**shares):
    return {**dict.fromkeys(("emergency", "crisis", "today"), 0.0), **shares, "none": 1 - sum(shares.values())}


ALIKE = Nearest({}, dict.fromkeys(content.DEGREES, 0.5))


@pytest.fixture
def detect(monkeypatch):
    """The detector's step for a text, with models that say what the test says.

    ``shares`` is what both the degrees' model and the subjects' say, ``subjects`` what the latter says instead;
    ``nearest`` how near the phrases of each degree come; ``alarming_parts`` of a long message say emergency.
    """

    def detected(text, alarming_parts=0, group="skin", subjects=None, nearest=ALIKE, **shares):
        monkeypatch.setattr(safety, "vectors_of", lambda messages: np.zeros((len(messages), 384), np.float32))
        detector = SafetyDetector({**SafetyDetector.get_default_config(), "words": 0.0}, None, None, None)
        models = [scores(content.DEGREES, **shares)]
        models += [scores(content.DEGREES, none=0.1, emergency=0.9)] * alarming_parts
        said = iter(models)
        detector._degrees = SimpleNamespace(classes=list(content.DEGREES), score=lambda _: next(said).score(_))
        detector._words = scores(content.DEGREES)
        detector._groups = scores(content.GROUPS, **{group: 0.9})
        seen = subjects or {name: share for name, share in shares.items() if name not in ("check", "none")}
        message = Message({TEXT: text, DOC: read(text)})
        message.set("windows", [np.zeros(384, np.float32)] * alarming_parts)
        message.set(BY_SUBJECT, [by_subject(**seen), *[by_subject(emergency=0.9)] * alarming_parts])
        message.set(NEAREST, [nearest] * (1 + alarming_parts))
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
    assert detect("a long story", alarming_parts=1, none=0.99)["outcome"] == ALARM


def test_the_subjects_opinion_counts_beside_the_degrees(detect):
    alone = detect("is it common?", emergency=0.5, none=0.5, subjects={"emergency": 0.5})["probability"]
    assert alone == pytest.approx(0.5, abs=0.01)
    assert detect("is it common?", emergency=0.5, none=0.5, subjects={"emergency": 0.01})["probability"] < 0.2
    assert detect("is it common?", emergency=0.5, none=0.5, subjects={"emergency": 0.99})["probability"] > 0.8


def test_the_nearest_phrases_count_beside_the_regressions(detect):
    def found(**likeness):
        nearest = Nearest({}, {**ALIKE.degrees, **likeness})
        return detect("is it common?", emergency=0.5, none=0.5, nearest=nearest)["probability"]

    assert found(emergency=0.7) > 0.9
    assert found(none=0.7) < 0.1


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
    declined = "out_of_scope_medical"
    assert settled("how_common", chosen.answer, next_best=declined)[0] == "how_common"
    assert settled("how_common", chosen.answer - LESS, next_best=declined) == ("nlu_fallback", ["how_common", declined])
    assert settled("privacy", chosen.talk, next_best=declined) == ("privacy", [])
    assert settled("privacy", chosen.talk - LESS, next_best=declined)[0] == "nlu_fallback"
    for name in (declined, "ask_dosing"):
        assert settled(name, chosen.decline, next_best="thanks") == (name, [])
        assert settled(name, chosen.decline - LESS, next_best="thanks")[0] == "nlu_fallback"


def ranked(**shares):
    return [{"name": name, "confidence": share} for name, share in shares.items()]


def test_both_are_said_where_it_is_one_of_two():
    least = thresholds().both
    one_of_two = {"how_common": least - bands.SECOND, "skin_care": bands.SECOND}
    assert bands.acted_on(ranked(**one_of_two), thresholds()) == ["how_common", "skin_care"]
    less = {**one_of_two, "skin_care": bands.SECOND - LESS}
    assert bands.acted_on(ranked(**less), thresholds()) == ["how_common"]
    torn = {"how_common": least / 2, "skin_care": least / 2 - LESS}
    assert bands.acted_on(ranked(**torn), thresholds()) == []
    assert bands.acted_on(ranked(how_common=bands.ALONE, skin_care=1 - bands.ALONE), thresholds()) == ["how_common"]


@pytest.mark.parametrize(
    ("second", "subjects"),
    [
        ("ask_diagnosis", ["ask_diagnosis", "how_common"]),  # what can't be told comes first
        ("report_symptom", ["report_symptom", "how_common"]),
        ("ask_dosing", ["ask_dosing", "how_common"]),
        ("out_of_scope_medical", []),  # "I don't have that" and an answer would contradict each other
        ("thanks", []),
    ],
)
def test_what_may_be_said_beside_an_answer(second, subjects):
    assert bands.acted_on(ranked(how_common=0.5, **{second: 0.45}), thresholds()) == subjects


def test_two_that_are_no_answers_are_never_both_said():
    assert bands.acted_on(ranked(ask_dosing=0.5, ask_diagnosis=0.45), thresholds()) == ["ask_dosing"]


def test_another_medicine_and_another_language_get_no_answer_of_ours():
    assert settled(more={"elsewhere": True})[0] == "out_of_scope_medical"
    assert settled("how_common", 0.5, more={"elsewhere": True}) == ("out_of_scope_medical", [])
    ranking = ranked(ask_dosing=0.55, how_dupixent_is_given=0.4)
    assert bands.acted_on(bands.in_scope(ranking, elsewhere=True), thresholds()) == ["ask_dosing"]
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
