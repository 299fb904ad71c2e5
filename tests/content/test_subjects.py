"""Every subject is complete, short, plain, sourced and in words of its own."""

from __future__ import annotations

import datetime
import hashlib
import re
from pathlib import Path

import pytest
import textstat

from rashguide import content
from rashguide.content import composing
from rashguide.guard.advice import ADVICE, NO_ANSWER, NO_TEXT, TOO_LONG
from rashguide.settings import numbers
from tests.harness import reading
from tests.harness.contents import CONTRACT, ENGLISH, FAQ, SUBJECTS
from tests.harness.talk import as_read

HERE = Path(__file__).parent


@pytest.mark.parametrize("identifier", CONTRACT["faq"] + CONTRACT["also_asked"])
def test_every_question_of_the_contract_has_all_it_needs(identifier):
    subject = SUBJECTS[identifier]
    assert subject.response == f"utter_faq/{identifier}"
    assert subject.file.name == f"{identifier}.yml"
    assert subject.metadata["label"].endswith("?")
    assert subject.metadata["source"]
    assert len(subject.phrases) >= (100 if identifier in CONTRACT["faq"] else 25)
    assert {"related"} <= subject.metadata.keys()


@pytest.mark.parametrize("identifier", CONTRACT["conversation"])
def test_every_other_id_of_the_contract_is_recognised_and_answered(identifier):
    subject = SUBJECTS[identifier]
    assert subject.response == f"utter_{identifier}"
    assert subject.metadata["label"]
    assert len(subject.phrases) >= 30


def test_there_is_no_question_beyond_the_contract():
    assert {subject.id for subject in FAQ} == {*CONTRACT["faq"], *CONTRACT["also_asked"]}


@pytest.mark.parametrize("identifier", [i for i, caution in CONTRACT["cautions"].items()])
def test_every_caution_stands_with_its_answer_and_is_kept(identifier):
    subject = SUBJECTS[identifier]
    assert subject.metadata["caution"]
    for needed in CONTRACT["cautions"][identifier].get("says", []):
        assert re.search(needed, subject.text, re.I), f"{identifier} must say {needed!r}"
    for forbidden in CONTRACT["cautions"][identifier].get("never", []):
        assert not re.search(forbidden, subject.text, re.I), f"{identifier} must not say {forbidden!r}"


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda s: s.id)
def test_the_date_of_the_last_check_is_given(subject):
    assert datetime.date.fromisoformat(subject.metadata["checked"]) <= datetime.date.today()


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda s: s.id)
def test_related_subjects_exist_and_are_others(subject):
    related = subject.metadata.get("related", [])
    assert subject.id not in related
    assert set(related) <= SUBJECTS.keys()
    assert len(related) <= 3


def test_labels_are_distinct():
    labels = [subject.metadata["label"] for subject in SUBJECTS.values()]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("subject", ENGLISH, ids=lambda s: s.id)
def test_no_reply_opens_as_if_it_answered_another_question(subject):
    for opening in CONTRACT["openings"]:
        assert not re.match(rf"\W*{opening}", subject.text, re.I)


@pytest.mark.parametrize("country", numbers.countries())
def test_each_reply_is_plain(country):
    """By two counters, as textstat reads a grade low and ``reading`` does not. Every reply, in each country."""
    hard = {}
    for subject in ENGLISH:
        text = as_read(subject.text, country)
        recounted, counted = reading.grade(text), textstat.flesch_kincaid_grade(text.replace("\n", ". "))
        if recounted > 7 or counted > 8 or len(text.split()) / len(reading.sentences(text)) > 15:
            hard[subject.id] = (round(recounted, 1), counted)
    assert not hard


@pytest.mark.parametrize("country", numbers.countries())
def test_replies_are_plain_as_a_whole(country):
    whole = "\n".join(as_read(subject.text, country) for subject in ENGLISH)
    answers = "\n".join(as_read(subject.text, country) for subject in FAQ)
    assert reading.grade(whole) <= 5
    assert reading.grade(answers) <= 5
    assert textstat.smog_index(answers.replace("\n", ". ")) <= 9


@pytest.mark.parametrize("subject", ENGLISH, ids=lambda s: s.id)
def test_each_reply_is_short(subject):
    """Its own words, and with the three steps, which in a few replies stand whole."""
    assert len(composing.NAME.sub("", subject.written).split()) <= 100
    assert len(re.findall(r"\w[\w'-]*", as_read(subject.text))) <= CONTRACT["long_for_the_steps"].get(subject.id, 105)


def test_answers_are_about_sixty_words():
    lengths = [len(composing.NAME.sub("", subject.written).split()) for subject in FAQ]
    assert 40 <= sum(lengths) / len(lengths) <= 60
    assert sum(len(as_read(subject.text).split()) for subject in FAQ) / len(FAQ) <= 80


def test_the_recount_knows_syllables():
    """The pronouncing dictionary's, where a hyphenation finds fewer."""
    for word, count in {"area": 3, "idea": 3, "today": 2, "911": 3, "44": 3, "100": 3, "2000": 3, "dupilumab": 4,
                        "dupixent": 3, "psoriasis": 4, "every": 3, "breathe": 1}.items():  # fmt: skip
        assert sum(map(reading.syllables, reading.words(word))) == count, word


@pytest.mark.parametrize("text", [NO_ANSWER, TOO_LONG, NO_TEXT])
def test_the_guards_own_sentences_are_plain(text):
    assert textstat.flesch_kincaid_grade(as_read(text)) <= 6


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda s: s.id)
def test_no_reply_anticipates_the_advice(subject):
    assert "new symptoms" not in subject.text
    assert ADVICE not in subject.text


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda s: s.id)
def test_no_reply_gives_a_dose_or_an_interval_of_its_own(subject):
    assert not re.search(r"\d+\s*(mg|ml|milligram|units)\b", subject.text, re.I)
    assert not re.search(r"every (three|four|six|\d+) weeks", subject.text, re.I)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda s: s.id)
def test_no_reply_tells_anyone_to_stop(subject):
    """But for the one sentence on the next shot after signs of an allergy."""
    own = subject.text.replace(composing.pieces()["no_next_shot"], "").replace(composing.pieces()["no_more"], "")
    assert not re.search(r"\bstop (?:taking|using)|no more Dupixent|take no more|\bskip", own, re.I)


def test_no_reply_copies_a_run_of_words_from_the_source():
    """The source article itself is not part of the project; the digests of its seven-word runs are."""
    source = set((HERE / "source-runs.txt").read_text().split())
    assert len(source) > 1000
    copied = []
    for subject in SUBJECTS.values():
        words = re.findall(r"[a-z0-9]+", subject.text.lower())
        for start in range(len(words) - 6):
            run = " ".join(words[start : start + 7])
            if hashlib.sha256(run.encode()).hexdigest()[:12] in source:
                copied.append((subject.id, run))
    assert not copied


def test_a_second_wording_of_a_reply_is_refused(tmp_path):
    file = tmp_path / "two.yml"
    file.write_text("responses:\n  utter_two:\n  - text: one\n  - text: other\n")
    with pytest.raises(ValueError, match="exactly one wording"):
        content.read_file(file)


def test_phrases_without_an_answer_are_refused(tmp_path):
    file = tmp_path / "none.yml"
    file.write_text("nlu:\n- intent: lost\n  examples: |\n    - where am I\n")
    with pytest.raises(ValueError, match="phrases without an answer: lost"):
        content.read_file(file)
