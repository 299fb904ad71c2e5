"""What a message means beside what was said before it: to the visit note's question, after an alarm, after an answer.

"Eyelids" to "where?" is an answer, "it went down" after an alarm is no false alarm, "and on the neck?" leans on the
last answer. So the message is encoded once more, together with what it follows, and read by a head that was fitted on
such pairs: the ``sequels`` in ``data/``.
"""

from __future__ import annotations

import inspect
import random
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax

from rashguide import content
from rashguide.content.names import NOTE_ANSWER, STATES
from rashguide.understanding import heads, neighbours, words
from rashguide.understanding.component import FittedComponent
from rashguide.understanding.encoder import beside, encode, encode_remembered, fingerprint
from rashguide.understanding.heads import Head
from rashguide.understanding.keys import ALARMED, ANSWERED, KINDS, NOTE, SEQUEL, Ranked, Sequel, leans
from rashguide.understanding.neighbours import Neighbours
from rashguide.understanding.reader import plain
from rashguide.understanding.words import WordModel

AFTER = "after"  # the key of a message's metadata that names the subject whose reply it follows
KEPT = 4  # of the ranking
_WORDS, _NEAREST = "alarmed_words.npz", "{}_nearest.npz"
# Phrases that stand by themselves, put after a reply as well: most messages are no sequel.
SWITCHES, GRAVE, SEED = 4000, 1500, 1
LONGEST = 30  # words of such a phrase


def kind_of(after: str) -> str:
    """Whether a subject's reply is a question of the note, an alarm that stands, or an answer."""
    if after.startswith("visit_"):
        return NOTE
    return ALARMED if after in STATES else ANSWERED


def spoken(after: str) -> str:
    """What a message is read beside: the note's question, else the reply's name."""
    subject = content.subjects()[after]
    return subject.text if kind_of(after) == NOTE else subject.metadata["label"]


def pairs(kind: str) -> list[tuple[str, str]]:
    """What the head of a kind is fitted on: (text beside what was said before, class)."""
    chosen = [sequel for sequel in content.sequels() if kind_of(sequel.after) == kind]
    found = [
        (beside(spoken(s.after), plain(s.text)), s.degree if kind == NOTE and s.means == NOTE_ANSWER else s.means)
        for s in chosen
    ]
    replies, dice = sorted({sequel.after for sequel in chosen}), random.Random(SEED)
    phrases = [
        (phrase, subject.id)
        for subject in content.subjects().values()
        for phrase in subject.phrases
        if len(phrase.text.split()) <= LONGEST
    ]
    if kind == ANSWERED:
        alone = [(phrase.text, subject) for phrase, subject in dice.sample(phrases, SWITCHES)]
    elif kind == NOTE:
        alone = [(phrase.text, phrase.degree) for phrase, _ in phrases if phrase.degree != "none"]
        alone = dice.sample(alone, GRAVE)
    else:
        alone = []
    return found + [(beside(spoken(dice.choice(replies)), plain(text)), means) for text, means in alone]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SequelClassifier(FittedComponent):
    """Sets ``sequel`` on each message that follows a reply: its kind, and what it may mean, likeliest first.

    A message that is too long to lean on an answer has none: it would be encoded once more for nothing.

    Settings: ``C``, the smaller, the less sure of themselves the regressions, and ``C_alarmed`` of that after an alarm;
    ``words``, how much the words count there beside the meaning; ``nearest``, how much the likeness of the nearest
    taught sequel counts: docs/understanding.md has figures.
    """

    _heads: dict[str, Head]
    _neighbours: dict[str, Neighbours]
    _words: WordModel

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings that config.yml may change."""
        return {"C": 0.1, "C_alarmed": 0.3, "words": 0.1, "nearest": 12.0}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Other sequels, labels or an other encoder mean training again: Rasa's data does not hold them."""
        taught = "\n".join(f"{text}\t{means}" for kind in KINDS for text, means in pairs(kind))
        return (
            fingerprint() + inspect.getsource(heads) + inspect.getsource(words) + inspect.getsource(neighbours) + taught
        )

    def train(self, training_data: TrainingData) -> Resource:
        """Fits one head a kind, and keeps its sequels."""
        taught = {kind: pairs(kind) for kind in KINDS}
        vectors = encode_remembered([text for kind in KINDS for text, _ in taught[kind]], "sequels")
        with self._storage.write_to(self._resource) as folder:
            for kind in KINDS:
                own, vectors = vectors[: len(taught[kind])], vectors[len(taught[kind]) :]
                strength = self._config["C_alarmed" if kind == ALARMED else "C"]
                labels = [means for _, means in taught[kind]]
                Head.fit(own, labels, strength).save(folder / f"{kind}.npz")
                Neighbours(own, labels).save(folder / _NEAREST.format(kind))
            alarmed = [sequel for sequel in content.sequels() if kind_of(sequel.after) == ALARMED]
            worded = WordModel.fit([plain(sequel.text) for sequel in alarmed], [sequel.means for sequel in alarmed])
            worded.save(folder / _WORDS)
        return self._resource

    def read(self, folder: Path) -> None:
        """The models."""
        self._heads = {kind: Head.load(folder / f"{kind}.npz") for kind in KINDS}
        self._neighbours = {kind: Neighbours.load(folder / _NEAREST.format(kind)) for kind in KINDS}
        self._words = WordModel.load(folder / _WORDS)

    def process(self, messages: list[Message]) -> list[Message]:
        """Reads the message beside the reply that its metadata names; without one there is no sequel."""
        for message in messages:
            after, text = (message.get("metadata") or {}).get(AFTER), message.get(TEXT) or ""
            found = self._read(after, text) if after and (kind_of(after) != ANSWERED or leans(text)) else None
            message.set(SEQUEL, found, add_to_output=True)
        return messages

    def _read(self, after: str, text: str) -> Sequel:
        head = self._heads[kind_of(after)]
        vectors = encode([beside(spoken(after), plain(text))])
        nearest = self._neighbours[kind_of(after)].likeness(vectors)[0]  # its classes are the head's, in one order
        scores = head.score(vectors)[0] + self._config["nearest"] * nearest
        if kind_of(after) == ALARMED:
            scores = scores + self._config["words"] * self._words.score([plain(text)])[0]
        probabilities = softmax(scores)
        ranking: list[Ranked] = [
            {"name": head.classes[index], "confidence": round(float(probabilities[index]), 4)}
            for index in np.argsort(-probabilities)[:KEPT]
        ]
        found: Sequel = {"after": after, "kind": kind_of(after), "ranking": ranking}
        if kind_of(after) == NOTE:
            found["degrees"] = _degrees(head.classes, probabilities)
        return found


def _degrees(classes: list[str], probabilities: NDArray[np.float32]) -> dict[str, float]:
    """An answer's degrees of alarm; what steers the note deserves none."""
    found = {name: round(float(p), 4) for name, p in zip(classes, probabilities) if name in content.DEGREES}
    return {**found, "none": round(1 - sum(p for name, p in found.items() if name != "none"), 4)}
