"""What is not covered gets a reply of its own that names who can help; another illness gets the plain one."""

from __future__ import annotations

import re

import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rashguide import content
from rashguide.understanding import scope
from rashguide.understanding.reader import DOC, read

KINDS = {
    subject.id.removeprefix(scope.PREFIX): subject
    for subject in content.subjects().values()
    if subject.id.startswith(scope.PREFIX)
}
ASKED = {
    "hair": [
        "will my hair come back",
        "going bald at thirty, is it the jab",
        "Is alopecia a side effect of dupilumab?",
    ],
    "weight": ["have I put on weight because of it", "no appetite at all since the third shot"],
    "tiredness": ["why am I so tired", "headaches the day after", "constant fatigue since the pens"],
    "eyes": ["my eyes sting on dupixent", "is conjunctivitis from the drug"],
    "time_to_work": [
        "how long until I notice a difference",
        "when does it kick in",
        "how long till it works",
        "How soon should it help?",
    ],
    "for_life": ["is it for life", "my whole life?", "can I be on dupixent for ten years or long term"],
    "stops_working": ["has it stopped working", "does dupixent wear off"],
    "switching": ["thinking of switching", "what alternatives are there", "are there other biologics"],
    "surgery_dentist": ["hip operation in may", "the dentist wants to know", "is an anaesthetic risky on it"],
    "sun_makeup": ["can I sunbathe", "which concealer over a red face", "is make-up allowed"],
    "ingredients_faith": ["is it halal", "is there pork gelatine in it", "does a shot break my fasting"],
    "diet": ["what foods should I avoid", "would a dairy free diet help"],
    "travel": ["going abroad with my pens", "travelling for a month"],
    "blood_tests": ["do I need blood tests", "eosinophils were high"],
    "cancer": ["does it cause cancer", "lymphoma risk"],
    "pregnancy": ["I am pregnant"],
    "vaccines": ["is a flu shot ok"],
    "cost": ["how much does it cost"],
    "mood": ["does it make people depressed"],
    "storage": ["left it out of the fridge"],
}


def about(text):
    doc = read(text)
    return scope.about(doc, scope.another_illness(doc))


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in ASKED.items() for text in texts])
def test_its_words_choose_it(kind, text):
    assert about(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "how do I treat my migraine",
        "what should diabetics eat",
        "I have gout, which food is bad",
        "does acne get better in the sun",
        "can I travel with pneumonia",
        "tired all the time with my thyroid",
        "which diet for high blood pressure",
    ],
)
def test_another_illness_gets_the_plain_reply(text):
    assert about(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("does dupixent make my migraine and headaches worse", "tiredness"),
        ("I have diabetes, which diet for eczema", "diet"),
        ("humira for my crohn's and scaly palms", "other_drug"),
    ],
)
def test_an_illness_beside_dupixent_skin_or_a_medicine_changes_nothing(text, kind):
    assert about(text) == kind


def elsewhere(text):
    message = Message({TEXT: text, DOC: read(text)})
    spotter = scope.ScopeSpotter({}, None, None, None)
    return spotter.process([message])[0].get(scope.ELSEWHERE)


@pytest.mark.parametrize(
    "text",
    [
        "is gout permanent",
        "what happens if you stop zoloft",
        "who treats hemorrhoids, gp or dermatologist",
        "long term effects of lipitor",
    ],
)
def test_no_answer_on_dupixent_fits_another_illness_or_medicine(text):
    assert elsewhere(text)


@pytest.mark.parametrize(
    "text",
    [
        "is the rash permanent",
        "what happens if you stop it",
        "can I use zoloft with dupixent",
        "I have gout, is my red skin from that",
        "how long does it last",
    ],
)
def test_dupixent_skin_or_a_word_that_points_at_them_is_met_as_ours(text):
    assert not elsewhere(text)


@pytest.mark.parametrize("subject", KINDS.values(), ids=lambda s: s.id)
def test_each_names_who_can_help(subject):
    assert re.search(r"\b(doctor|pharmacist|nurse|clinic|dentist|insurer|leaflet)\b", subject.text)
    assert re.search(r"\bguide\b.*\b(doesn't|only)\b", subject.text)
    assert not re.match(r"(yes|no|may)\b", subject.text, re.I)
