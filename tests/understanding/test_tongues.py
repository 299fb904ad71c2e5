"""Other languages: emergencies and crises are met in them, nothing else is, and English is never taken for one."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message

from rashguide import content
from rashguide.content.names import Intent
from rashguide.dialogue import standing
from rashguide.dialogue.plan import plan
from rashguide.dialogue.turns import Turn
from rashguide.guard.intake import readable, take
from rashguide.understanding import bands, tongues
from rashguide.understanding.bands import ConfidenceBands
from rashguide.understanding.language import LanguageSpotter, language_of, spot, weighed
from rashguide.understanding.runs import Patterns
from rashguide.understanding.spelling import folded, spelled, words
from tests.harness.server import ROOT, lines

MESSAGES = yaml.safe_load((ROOT / "tests/understanding/tongues.yml").read_text(encoding="utf-8"))
NAMES = [name for name in tongues.languages().values() if name != tongues.ENGLISH]
# Written the same in both: Urdu in Latin letters, and what has the same few words in neighbours.
ALIKE = {("urdu", "hindi"), ("portuguese", "italian"), ("portuguese", "spanish")}
SAFE = {"outcome": "clear", "tier": "emergency", "group": "skin", "degrees": {"none": 1.0}, "signs": []}


def kinds(language: str, kind: str) -> list:
    return [tongues.find(text) for text in MESSAGES[language][kind]]


def test_there_are_messages_in_every_language():
    assert len(NAMES) == 20
    assert MESSAGES.keys() == set(NAMES)
    for sets in MESSAGES.values():
        assert len(sets["emergency"]) >= 10
        assert len(sets["crisis"]) >= 8
        assert len(sets["others"]) >= 12


@pytest.mark.parametrize("language", NAMES)
def test_emergencies_and_crises_are_met_in_their_language(language):
    for kind in ("emergency", "crisis"):
        for text, found in zip(MESSAGES[language][kind], kinds(language, kind)):
            assert found, text
            assert found.kind in tongues.TIERS, text
            assert found.language == language or (language, found.language) in ALIKE, text


@pytest.mark.parametrize("language", NAMES)
def test_other_messages_are_none(language):
    for kind in ("others", "harmless"):
        for text, found in zip(MESSAGES[language][kind], kinds(language, kind)):
            assert found is None or found.kind == tongues.SMALL, text


@pytest.mark.parametrize("language", NAMES)
def test_what_is_said_in_a_language_names_the_number(language):
    for subject in ("emergency", "crisis", "out_of_scope"):
        response = content.in_language(content.response_to(subject), language)
        assert response.endswith(language)
        assert content.original(response) == content.response_to(subject)
        found = content.subject_of(response)
        assert "{emergency_digits}" in found.text
        assert ("{crisis_digits}" in found.text) == (subject == "crisis")
        assert found.metadata["language"] == "not yet read by a native speaker"


@pytest.mark.parametrize("subject", content.subjects().values(), ids=lambda subject: subject.id)
def test_every_refusal_names_the_number(subject):
    if subject.id.startswith("out_of_scope") or subject.id == "nothing_near":
        assert "{emergency_" in subject.text


def test_no_english_phrase_is_another_languages():
    taken = {
        text: found
        for text, _ in content.phrases()
        if (found := tongues.find(text)) and found.language != tongues.ENGLISH and found.kind in tongues.TIERS
    }
    # Two training phrases are half in another language.
    assert {found.language for found in taken.values()} <= {"hindi", "italian"}
    assert len(taken) <= 2, taken


@pytest.mark.parametrize("file", sorted((ROOT / "calibration").glob("*.jsonl")), ids=lambda file: file.stem)
def test_no_kept_out_english_message_is_another_languages(file):
    for message in lines(file):
        found = tongues.find(message["text"])
        assert not (found and found.language != tongues.ENGLISH and found.kind in tongues.TIERS), message["text"]


@pytest.mark.parametrize(
    "text", ["no", "ok", "hi", "yes", "oi", "on", "the die is cast, tot up my doses", "hola, is it safe?"]
)
def test_english_words_are_not_caught(text):
    assert tongues.find(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "spanish"), ("Gracias!", "spanish"), ("Merci beaucoup", "french"), ("danke", "german"),
        ("спасибо", "russian"), ("你好", "chinese"), ("ありがとう", "japanese"), ("شكرا", "arabic"),
        ("salamat po", "tagalog"),
        ("mèsi", "haitian_creole"), ("धन्यवाद", "hindi"), ("cảm ơn", "vietnamese"),
    ],
)  # fmt: skip
def test_small_talk_is_met_in_its_language(text, language):
    assert tongues.find(text) == tongues.Finding(language, tongues.SMALL)


@pytest.mark.parametrize(
    "text", ["SOS", "sos!!", "\U0001f198", "\U0001f691", "\U0001f691\U0001f691", "call an ambulance", "Call 911!"]
)
def test_english_cries_for_help_alarm(text):
    assert tongues.find(text) == tongues.Finding(tongues.ENGLISH, Intent.EMERGENCY)


@pytest.mark.parametrize("text", ["help me", "please help me", "PLEASE HURRY", "someone help me", "help me please"])
def test_what_may_be_one_is_asked_about(text):
    assert tongues.find(text).kind == tongues.CHECK


@pytest.mark.parametrize(
    "text", ["help me choose a cream", "should I call an ambulance if it spreads?", "can you help me"]
)
def test_other_help_is_no_cry(text):
    assert tongues.find(text) is None


@pytest.mark.parametrize("sign", ["\U0001f198", "\U0001f691\ufe0f"])
def test_a_lone_emoji_is_let_through(sign):
    assert take("test:emoji", sign) == (readable(sign), None)


@pytest.mark.parametrize(
    "text",
    [
        "no me duele el pecho", "no quiero morir", "no puedo respirar por la nariz", "no, puedo respirar bien",
        "non ho dolore al petto", "死にたくない", "göğüs ağrım yok", "মরতে চাই না", "не хочу умирать",
    ],
)  # fmt: skip
def test_what_is_denied_is_no_alarm(text):
    assert tongues.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "no, me duele el pecho",
        "NO PUEDO RESPIRAR",
        "no puedo respiraaaar",
        "no pued\u006f\u0301 respirar",
        "¡no puedo...respirar!",
    ],
)
def test_spelling_hides_nothing(text):
    assert tongues.find(text) == tongues.Finding("spanish", Intent.EMERGENCY)


def test_accents_count_in_vietnamese_alone():
    assert tongues.find("muốn tự tử").kind == Intent.CRISIS
    assert tongues.find("muốn từ từ giảm thuốc") is None
    assert tongues.find("soffoco perché mi si chiude la gola").language == "italian"


def test_letters_that_are_other_letters_are_kept():
    assert folded("Чай, їжа, ёлка, İğne, ñ, ß") == "чай, їжа, елка, igne, n, ss"
    assert words(spelled("don\u2019t—go")).words == ["dont", "go"]
    assert words(folded("救命啊 help")).words == ["救", "命", "啊", "help"]


def test_runs_join_pieces_in_order_within_their_gap():
    patterns = Patterns([("a ... b", "two", 2), ("x|y_z ...4 b*", "four", 0)])

    def found(text: str) -> list[str]:
        return [run.label for run in patterns.find(words(text))]

    assert found("a b") == found("a one two b") == ["two"]
    assert found("a one two three b") == found("b a") == []
    assert found("y z 1 2 3 4 bee") == found("x bees") == ["four"]


def test_a_long_message_is_read_in_time_that_grows_with_its_length():
    def seconds(text: str) -> float:
        started = time.perf_counter()
        for _ in range(20):
            tongues.find(text)
        return (time.perf_counter() - started) / 20

    tongues.find("ready")
    piece = "no puedo dormir porque me pica la cara y el cuello desde la semana pasada "
    short, long = seconds(piece * 3), seconds(piece * 24)
    assert long < 24 * short
    assert seconds("can this cause a rash on my face?") < 0.001


def test_a_foreign_emergency_is_an_alarm_in_its_language():
    found = tongues.find("no puedo respirar")
    language = language_of("no puedo respirar", SAFE, found)
    safety = weighed(SAFE, found, language)
    assert (safety["outcome"], safety["tier"], safety["group"]) == ("alarm", "emergency", None)
    turn = Turn({"safety": safety, "language": language, "text": "no puedo respirar"}, "emergency")
    assert plan(turn) == ["utter_emergency_spanish"]


def test_english_signs_beside_another_language_keep_english():
    safety = {**SAFE, "outcome": "alarm", "signs": ["breathing"]}
    found = tongues.find("I can't breathe no puedo respirar")
    assert language_of("", safety, found) is None
    assert weighed(safety, found, None)["outcome"] == "alarm"


def test_what_english_taught_says_nothing_of_another_language():
    alarmed = {**SAFE, "outcome": "alarm"}
    assert weighed(alarmed, None, "german")["outcome"] == "clear"
    assert weighed(alarmed, None, None)["outcome"] == "alarm"


@pytest.mark.parametrize(
    ("text", "intent", "language"),
    [
        ("no puedo respirar", "emergency", "spanish"),
        ("хочу умереть", "crisis", "russian"),
        ("hola", "out_of_scope", "spanish"),
        ("no", "deny", None),
        ("kann das Medikament einen Ausschlag auslösen?", "out_of_scope", "german"),
        ("\U0001f198", "emergency", None),
    ],
)
def test_the_lists_come_before_all_else(text, intent, language, monkeypatch):
    """The last two steps of the pipeline, on what the others might have made of such a message."""
    chosen = SimpleNamespace(answer=0.5, both=0.8, decline=0.5, talk=0.5, offer=0.1)
    monkeypatch.setattr(bands, "thresholds", lambda: chosen)
    ranking = [{"name": "deny", "confidence": 0.99}, {"name": "itch_and_nerves", "confidence": 0.01}]
    message = Message({"text": text, "safety": SAFE, "intent_ranking": ranking}, output_properties=set())
    for step in (LanguageSpotter, ConfidenceBands):
        step.process(step.__new__(step), [message])
    assert message.get("language") == language
    assert message.get("intent")["name"] == intent
    turn = Turn({**message.data, "text": text}, intent)
    assert plan(turn)[0] == content.in_language(content.response_to(intent), language)


@pytest.mark.parametrize("text", ["is dupi rash permanent", "okay gonna call", "cheeks swollen, lips swollen"])
def test_short_english_is_no_other_language(text):
    assert spot(text) is None


def test_the_english_state_stands_after_it():
    turn = Turn({"text": "no puedo respirar"}, "emergency")
    assert standing.leaves(turn, ["utter_emergency_spanish"]).state == Intent.EMERGENCY
    assert standing.leaves(turn, ["utter_crisis_spanish"]).state == Intent.CRISIS
