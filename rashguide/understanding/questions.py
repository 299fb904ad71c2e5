"""Several questions in one message: each is understood by itself beside the whole, in one pass through the pipeline.

``Splitter`` adds a message for each part, ``fold`` (called by the last component) keeps those that are surely questions
of their own. Rasa reads the first message alone, so that what is folded into it is all that remains of the others.
"""

from __future__ import annotations

from typing import Final, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc

from rashguide import content
from rashguide import linear as re
from rashguide.content.names import Intent
from rashguide.understanding.component import Component
from rashguide.understanding.keys import CLEAR, SAFETY, Ranked
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.reader import DOC, read
from rashguide.understanding.scope import ELSEWHERE

PARTS: Final = "parts"
MOST = 3
SURE = 0.85
LONGEST_MESSAGE, SHORTEST, LONGEST = 45, 2, 18  # words: a longer message tells a story, a longer part too
ASKING = {
    "what", "whats", "how", "why", "will", "is", "can", "could", "should", "does", "do", "are", "who", "when", "would",
    "which", "where", "did", "has", "have", "am", "any", "whos", "hows", "wat", "shall", "may",
}  # fmt: skip
JOINTS = {"and", "also", "plus", "&", "then", "or", "but", "+"}
LEADS = {
    *JOINTS,
    "so",
    "ok",
    "okay",
    "thanks",
    "thx",
    "ta",
    "hi",
    "hello",
    "well",
    "first",
    "second",
    "secondly",
    "firstly",
}
COUNTED = {"two", "2", "three", "3", "couple"}
ANSWERABLE = {Intent.OUT_OF_SCOPE_MEDICAL, Intent.DOSING, Intent.DIAGNOSIS}


def _asks(words: list[str]) -> bool:
    """True where the words, a lead aside, begin like a question."""
    rest = [word for word in words if word.isalnum() or word == "&"]
    while rest and rest[0] in LEADS:
        rest = rest[1:]
    return bool(rest) and rest[0] in ASKING


def split(doc: Doc) -> list[str]:
    """The questions of a message, two or three; none where it holds any other number, or may be but one."""
    words = [token.lower_ for token in doc]
    if not SHORTEST * 2 <= len(words) <= LONGEST_MESSAGE + 10:
        return []
    starts = [0]
    for place in range(1, len(doc)):
        previous, rest = words[place - 1], words[place:]
        ended = doc[place].is_sent_start or previous in {"?", ";", "!"} or (previous == ":" and place < 6)
        joined = words[place] in JOINTS and _asks(rest)
        comma = previous == "," and _asks(rest)
        if (ended or joined or comma) and starts[-1] != place:
            starts.append(place)
    ends = [*starts[1:], len(doc)]
    parts = [
        doc[start + (words[start] in JOINTS and start + 1 < end) : end].text.strip(" ,;:")  # "and" asks nothing
        for start, end in zip(starts, ends)
    ]
    said = [part for part in parts if not _is_lead(part)]
    asked = [part for part in said if SHORTEST <= len(part.split()) <= LONGEST and _is_question(part)]
    return asked if 2 <= len(asked) <= MOST and len(asked) == len(said) else []


def _is_question(part: str) -> bool:
    return part.endswith("?") or _asks(re.findall(r"\w+", part.lower()))


def _is_lead(part: str) -> bool:
    """True for "two things", "ok thanks", and other words that ask nothing."""
    words = set(re.findall(r"\w+", part.lower()))
    return bool(words & COUNTED and words & {"things", "questions", "qs"}) or words <= LEADS | {"you", "for", "that"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Splitter(Component):
    """Puts a message for each question behind the one that holds them."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Phrases hold one question each."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """The messages, and their parts behind them."""
        parts = [part for message in messages for part in split(message.get(DOC))]
        return messages + [Message({TEXT: part, DOC: read(part)}, output_properties=set()) for part in parts]


def fold(messages: list[Message]) -> list[Message]:
    """The message alone, with its questions' subjects in ``parts`` where each is sure and none is about an alarm."""
    whole, parts = messages[0], messages[1:]
    subjects = [_subject(part) for part in parts]
    calm = all(message.get(SAFETY)["outcome"] == CLEAR for message in messages) and not whole.get(LANGUAGE)
    sure = None not in subjects and len(set(subjects)) == len(subjects)
    named = whole.get("intent")["confidence"] == 1.0  # a subject's own label, typed
    if parts and calm and sure and not named and any(map(content.is_faq, subjects)):
        whole.set(PARTS, subjects, add_to_output=True)
    return [whole]


def _subject(part: Message) -> Optional[str]:
    intent: Ranked = part.get("intent")
    answerable = content.is_faq(intent["name"]) or intent["name"] in ANSWERABLE
    if intent["name"] == DEFAULT_NLU_FALLBACK_INTENT_NAME or not answerable:
        return None
    return intent["name"] if intent["confidence"] >= SURE or part.get(ELSEWHERE) else None
