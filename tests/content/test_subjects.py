"""Every subject is complete, short, plain, sourced and in words of its own."""

from __future__ import annotations

import datetime
import hashlib
import re
from pathlib import Path

import pytest
import textstat
import yaml

from rashguide import content
from rashguide.guard.advice import ADVICE, NO_ANSWER, NO_TEXT, TOO_LONG
from tests.harness.talk import as_read

HERE = Path(__file__).parent
CONTRACT = yaml.safe_load((HERE / "contract.yml").read_text())
SUBJECTS = content.subjects()
FAQ = [subject for subject in SUBJECTS.values() if subject.is_faq]
ENGLISH = [subject for subject in SUBJECTS.values() if subject.group != "tongues"]
STATES = {"not yet reviewed by a clinician", "reviewed"}


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
def test_review_state_and_date_are_given(subject):
    assert subject.metadata["reviewed"].split(" by ")[0] in {state.split(" by ")[0] for state in STATES}
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
def test_each_reply_is_plain(subject):
    text = as_read(subject.text)
    words, sentences = len(text.split()), textstat.sentence_count(text)
    assert textstat.flesch_kincaid_grade(text) <= 8
    assert words / sentences <= 15
    assert words <= 85


def test_replies_are_plain_on_average():
    grades = [textstat.flesch_kincaid_grade(as_read(subject.text)) for subject in ENGLISH]
    assert sum(grades) / len(grades) <= 6
    assert textstat.flesch_kincaid_grade(" ".join(as_read(subject.text) for subject in FAQ)) <= 6
    assert textstat.smog_index(" ".join(as_read(subject.text) for subject in FAQ)) <= 9


def test_answers_are_about_sixty_words():
    lengths = [len(subject.text.split()) for subject in FAQ]
    assert 40 <= sum(lengths) / len(lengths) <= 65


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
    """But for the one exception that its caution demands, after a bad allergy."""
    told = re.findall(r"[^.?!]*\b(?:stop (?:taking|using)|take no more|skip)\b[^.?!]*", subject.text, re.I)
    if subject.id in ("should_i_stop", "simpler_should_i_stop"):
        assert len(told) == 1
        assert "until a doctor says so" in told[0]
    else:
        assert not told


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
