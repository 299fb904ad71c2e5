"""The three steps: one threshold for each sign in every reply, no warning lost, and no sign in words of its own."""

from __future__ import annotations

import re

import pytest

from rashguide import content
from rashguide.content import composing
from tests.harness.contents import CONTRACT, ENGLISH, SUBJECTS, pieces_of
from tests.harness.talk import as_read

STEPS = composing.steps()["signs"]
SIGN = {name: (step, words) for step, signs in STEPS.items() for name, words in signs.items()}

# How each sign may be named, by the step that it needs; the first that fits counts, and is then gone.
THRESHOLDS = [
    ("emergency", r"a flush with hives or wheezing"),
    ("emergency", r"blister\w* all over|comes? off in sheets|looks? burnt|peel\w* in sheets"),
    ("emergency", r"(small, sore )?blister\w* near an eye, on a baby, spreading fast, or with a fever"),
    ("emergency", r"a fever and looks very sick"),
    ("emergency", r"fever with (shivering|hot, sore skin)[^.\n]*"),
    ("emergency", r"(trouble|hard) (breath\w*|to breathe)|swallowing or speaking|tight throat|swell\w* of your face"),
    ("emergency", r"faint\w*|confusion|blue or gray|floppy|chest pain|purple or dark spots|sudden trouble seeing"),
    ("emergency", r"sores in the mouth"),
    ("today", r"hives|rash with a fever, sore joints or swollen glands|fever|blister\w*|\bpus\b|crusts|swollen glands"),
    ("today", r"spreading heat|pain that gets worse|covers most of you|grows by the hour|eye that hurts|blurred sight"),
    ("soon", r"stiff joints"),
]
# What an original warns of beside the signs, and how its simpler version may say so.
WARNINGS = [
    (r"on your own|\byourself\b", r"on your own|\byourself\b"),
    (r"\bask (?!the clinic|about)[^.]*\bbefore\b", r"\bask\b[^.]*\b(before|first)\b|tell your care team"),
    (r"not proven|only a theory|one idea|an idea only|are ideas", r"not proven|\bideas?\b"),
    (r"no studies|nobody has studied|no trial compares", r"no studies|nobody has studied|no one has tested"),
    (r"only psoriasis is backed", r"only psoriasis is backed"),
    (r"little is published|only (a few )?cases|evidence is thin",
     r"little is published|not much is known|only (a few )?cases|some people and not others"),
    (r"studies [^.]*differ", r"studies [^.]*differ"),
    (r"days after a shot|days after it", r"days after a shot"),
    (r"got worse\.", r"worse"),
    (r"brings you no help", r"brings no help"),
    (r"nobody reads", r"nobody reads"),
    (r"worked less well", r"did not work as well"),
    (r"could not find that study", r"could not be found"),
    (r"a virus can", r"a virus"),
    (r"another drug weakens", r"another drug weakens"),
]  # fmt: skip
OWN_WORDS = re.compile(r"hives|welts|blister|peel|\bsheets\b|fever|\bpus\b|crusts|swollen|tight throat", re.I)


def signs_of(subject: content.Subject) -> set[str]:
    """The signs whose step a reply names."""
    return {
        sign
        for piece in pieces_of(subject)
        for sign in composing.NAME.findall(composing.steps()["pieces"][piece])
        if sign in SIGN
    } | ({"no_next_shot"} & pieces_of(subject))


def steps_of(text: str) -> list[tuple[str, str]]:
    """A reply's sentences and lines, each with the step that it tells to take; "" where it tells none."""
    found, list_step, last = [], "", ""
    for line in text.replace(composing.pieces()["no_next_shot"], "").splitlines():
        for sentence in re.split(r"(?<=[.?!])\s+", line):
            if sentence.startswith("- "):
                step = list_step
            elif re.match(r"do the same|call it too", sentence, re.I):
                step = last
            elif "911" in sentence:
                step = "emergency"
            elif re.search(r"\btoday\b", sentence):
                step = "today"
            elif re.search(r"\bsoon\b|within days|next few days", sentence):
                step = "soon"
            else:
                step = ""
            list_step = step if sentence.endswith(":") else list_step if sentence.startswith("- ") else ""
            last = step
            found.append((step, sentence))
    return found


@pytest.mark.parametrize("subject", ENGLISH, ids=lambda s: s.id)
def test_each_sign_has_the_same_threshold_in_every_reply(subject):
    for step, sentence in steps_of(as_read(subject.text)):
        rest = sentence
        for threshold, pattern in THRESHOLDS:
            found = re.search(pattern, rest, re.I)
            if found and step:
                assert step == threshold, f"{subject.id}: {found.group()!r} is {threshold}, not {step}: {sentence}"
            rest = re.sub(pattern, "", rest, flags=re.I)


def test_the_test_of_thresholds_sees_a_contradiction():
    for wrong in ("Call 911 now for hives.", "Tell your clinic soon about small, sore blisters.",
                  "Talk to a doctor today about skin that comes off in sheets.",
                  "Call 911 now for any of these:\n- a rash with a fever, sore joints or swollen glands"):  # fmt: skip
        (step, sentence) = steps_of(wrong)[-1]
        threshold = next(step for step, pattern in THRESHOLDS if re.search(pattern, sentence, re.I))
        assert step != threshold, wrong


@pytest.mark.parametrize("subject", ENGLISH, ids=lambda s: s.id)
def test_no_reply_names_a_sign_in_words_of_its_own(subject):
    own = composing.NAME.sub("", subject.written)
    allowed = CONTRACT["own_words"].get(subject.id, [])
    assert set(map(str.lower, OWN_WORDS.findall(own))) <= set(allowed)


def test_each_sign_needs_one_step_and_stands_in_some_piece():
    names = [name for signs in STEPS.values() for name in signs]
    words = [words for signs in STEPS.values() for words in signs.values()]
    assert len(set(words)) == len(words)
    assert len(SIGN) + 1 >= len(set(names))
    said = " ".join(composing.steps()["pieces"].values())
    assert set(names) <= set(composing.NAME.findall(said))


def test_each_piece_is_said_and_holds_signs_of_one_step():
    used = set().union(*map(pieces_of, ENGLISH))
    assert composing.pieces().keys() - used <= set(CONTRACT["pieces_in_waiting"])
    for name, text in composing.steps()["pieces"].items():
        step = name.removeprefix("signs_").split("_")[0]
        for sign in composing.NAME.findall(text):
            if sign in SIGN:
                assert step in STEPS, name
                assert sign in STEPS[step], (name, sign)


def test_no_name_of_a_sign_is_that_of_a_piece():
    signs = [name for step in STEPS.values() for name in step]
    assert len(signs) == len(set(signs))
    assert not set(signs) & composing.pieces().keys()


@pytest.mark.parametrize("subject", [s for s in ENGLISH if s.id.startswith("simpler_")], ids=lambda s: s.id)
def test_a_simpler_version_loses_no_warning(subject):
    original = SUBJECTS[subject.id.removeprefix("simpler_")]
    assert signs_of(subject) >= signs_of(original)
    assert ("soon_this" in pieces_of(subject)) >= ("soon_this" in pieces_of(original))


@pytest.mark.parametrize(("warning", "kept"), WARNINGS)
def test_a_simpler_version_keeps_what_its_original_warns_of(warning, kept):
    lost = [
        subject.id
        for subject in ENGLISH
        if subject.id.startswith("simpler_")
        and re.search(warning, SUBJECTS[subject.id.removeprefix("simpler_")].text, re.I)
        and not re.search(kept, subject.text, re.I)
    ]
    assert not lost


@pytest.mark.parametrize("identifier", CONTRACT["cautions"])
def test_a_simpler_version_keeps_the_caution(identifier):
    text = SUBJECTS[f"simpler_{identifier}"].text if f"simpler_{identifier}" in SUBJECTS else None
    if text is None:
        pytest.skip("no simpler version")
    for needed in CONTRACT["cautions"][identifier].get("simpler", []):
        assert re.search(needed, text, re.I), needed
    for forbidden in CONTRACT["cautions"][identifier].get("never", []):
        assert not re.search(forbidden, text, re.I), forbidden


@pytest.mark.parametrize("identifier", CONTRACT["names_today"])
def test_what_people_read_most_says_what_needs_a_doctor_today(identifier):
    assert "today" in {step for step, _ in steps_of(as_read(SUBJECTS[identifier].text))}


@pytest.mark.parametrize("identifier", CONTRACT["no_next_shot"])
def test_the_sentence_on_the_next_shot_stands_before_do_not_stop(identifier):
    text = SUBJECTS[identifier].text
    sentence = composing.pieces()["no_next_shot"]
    assert sentence in text
    if "do not stop" in text.lower():
        assert text.index(sentence) < text.lower().index("do not stop")


@pytest.mark.parametrize("identifier", CONTRACT["nobody_reads"])
def test_replies_say_that_nobody_reads_along(identifier):
    assert composing.pieces()["nobody_reads"] in SUBJECTS[identifier].text


def test_the_widgets_welcome_says_so_too():
    assert composing.pieces()["nobody_reads"] in (composing.DATA.parent / "widget/strings/en.json").read_text()


@pytest.mark.parametrize("identifier", CONTRACT["darker_skin"])
def test_looks_are_told_for_brown_and_black_skin(identifier):
    assert re.search(r"brown or black skin|redder or darker", SUBJECTS[identifier].text, re.I)


@pytest.mark.parametrize("subject", ENGLISH, ids=lambda s: s.id)
def test_no_reply_says_what_must_never_be_said(subject):
    for never in CONTRACT["never_said"]:
        assert not re.search(never, subject.text, re.I), never
