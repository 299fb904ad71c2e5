"""How much alarm a message deserves: what the phrases have taught, and beside it the list of signs.

Degrees are learned as degrees (``content.DEGREES``): an emergency, despair, something for a doctor today, a sign of
doubtful weight, nothing. ``thresholds.yml`` says from which probability on each is acted on.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import log_softmax, softmax

from rashguide.content.names import Intent
from rashguide.understanding import heads, signs, words
from rashguide.understanding.component import FittedComponent
from rashguide.understanding.encoder import WINDOWS, vectors_of
from rashguide.understanding.heads import Head
from rashguide.understanding.keys import (
    ALARM,
    BY_SUBJECT,
    CHECK,
    CLEAR,
    DEGREE,
    NEAREST,
    NOTE,
    SAFETY,
    SEQUEL,
    TODAY,
    Nearest,
    Safety,
)
from rashguide.understanding.reader import DOC, plain
from rashguide.understanding.thresholds import thresholds
from rashguide.understanding.words import WordModel

GROUP = "group"
EMERGENCY, CRISIS = "emergency", "crisis"
# The least probability that breaks off a visit note, whose questions call signs forth. Of kept-out answers to it the
# grave ones have .92 or more, all but 3 of 201 calm ones less than .3.
NOTE_SURE = 0.5
NOTE_CHECK = 0.35  # of a doubtful sign, with a check
LEAST = 1e-6  # a probability by subject counts as no less: one opinion alone rules nothing out
GROUP_SURE = 0.6  # below that the group of an emergency is left open: a wrong one's ending could mislead

_DEGREES, _WORDS, _GROUPS = "degrees.npz", "degree_words.npz", "groups.npz"


def at_least(degrees: dict[str, float]) -> dict[str, float]:
    """The probability that a message deserves each outcome or a graver one."""
    alarming = degrees.get(EMERGENCY, 0.0) + degrees.get(CRISIS, 0.0)
    return {ALARM: alarming, TODAY: alarming + degrees.get(TODAY, 0.0), CHECK: 1 - degrees.get("none", 0.0)}


def outcome(degrees: dict[str, float], listed: bool, of_note: bool = False, denied: bool = False) -> str:
    """What the probabilities of the degrees, and a sign of the list in the message, call for.

    ``of_note``: an answer to the visit note, whose questions call signs forth. ``denied``: the message says no more
    than that they are not there, which a vector can't tell from that they are: it is asked about.
    """
    chosen, probable = thresholds(), at_least(degrees)
    alarm, today = (max(least, NOTE_SURE if of_note else 0.0) for least in (chosen.alarm, chosen.today))
    if denied and probable[ALARM] >= alarm:
        return TODAY if degrees.get(TODAY, 0.0) >= today else CHECK
    if probable[ALARM] >= alarm:
        return ALARM
    if probable[TODAY] >= today:
        return TODAY
    check = max(chosen.check, NOTE_CHECK) if of_note else chosen.check
    return CHECK if listed or probable[CHECK] >= check else CLEAR


def tier(degrees: dict[str, float], listed: list[str]) -> str:
    """Whether it is an emergency of the body or of despair: the list says so where it can, else the likelier."""
    if listed:
        return Intent.CRISIS if listed == [signs.CRISIS] else Intent.EMERGENCY
    return Intent.CRISIS if degrees.get(CRISIS, 0.0) > degrees.get(EMERGENCY, 0.0) else Intent.EMERGENCY


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyDetector(FittedComponent):
    """Sets ``safety`` on each message: outcome, tier, group, the degrees' probabilities and the listed signs.

    Settings: ``C``, the smaller, the less sure of itself the regression; ``words``, how much the words count beside
    the meaning, from 0; ``subjects``, how much the subjects' own view of the degree counts, 0 to 1; ``nearest``, how
    much the likeness of the nearest phrase of a degree.
    """

    _degrees: Head
    _words: WordModel
    _groups: Head

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings that config.yml may change."""
        return {"C": 0.1, "words": 0.5, "subjects": 0.5, "nearest": 16.0}

    @classmethod
    def prepare(cls) -> None:
        """Reads thresholds and list once."""
        thresholds()
        signs.load()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Other models mean training again: Rasa's cache looks at this file only."""
        return inspect.getsource(heads) + inspect.getsource(words)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the degrees to all phrases, and the groups to those emergencies whose writer named one."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        vectors, degrees = vectors_of(examples), [example.get(DEGREE) for example in examples]
        grouped = [row for row, example in enumerate(examples) if example.get(GROUP)]
        with self._storage.write_to(self._resource) as folder:
            Head.fit(vectors, degrees, self._config["C"]).save(folder / _DEGREES)
            WordModel.fit([plain(example.get(TEXT)) for example in examples], degrees).save(folder / _WORDS)
            groups = [examples[row].get(GROUP) for row in grouped]
            Head.fit(vectors[grouped], groups, self._config["C"]).save(folder / _GROUPS)
        return self._resource

    def read(self, folder: Path) -> None:
        """The three models."""
        self._degrees = Head.load(folder / _DEGREES)
        self._words = WordModel.load(folder / _WORDS)
        self._groups = Head.load(folder / _GROUPS)

    def process(self, messages: list[Message]) -> list[Message]:
        """Weighs both layers; of a long message its gravest part counts."""
        for message in messages:
            whole, parts = vectors_of([message]), message.get(WINDOWS) or []
            meaning = self._degrees.score(whole) + self._config["words"] * self._words.score(
                [plain(message.get(TEXT) or "")]
            )
            scores = [meaning[0], *(self._degrees.score(part[np.newaxis])[0] for part in parts)]
            degrees = min(
                map(self._joined, scores, message.get(BY_SUBJECT), message.get(NEAREST)),
                key=lambda known: known["none"],
            )
            sequel = message.get(SEQUEL) or {}
            of_note = sequel.get("kind") == NOTE
            if of_note and not parts:  # a longer answer to the note was not read whole beside its question
                degrees = sequel["degrees"]
            doc = message.get(DOC)
            told = signs.find(doc)
            listed = signs.present(told)
            groups = np.exp(self._groups.score(whole)[0])
            best = int(groups.argmax())
            found: Safety = {
                "outcome": outcome(degrees, bool(listed), of_note, signs.denied(doc, told)),
                "tier": tier(degrees, listed),
                "group": self._groups.classes[best] if groups[best] >= GROUP_SURE else None,
                "degrees": degrees,
                "probability": at_least(degrees)[ALARM],
                "signs": listed,
            }
            message.set(SAFETY, found, add_to_output=True)
        return messages

    def _joined(self, scores: NDArray[np.float32], by_subject: dict[str, float], nearest: Nearest) -> dict[str, float]:
        """The degrees' probabilities: the mean of the logarithms of two opinions, weighed by the nearest phrases.

        The three err on different messages (docs/understanding.md). A doubtful sign has no subject of its own.
        """
        weight, classes = self._config["subjects"], self._degrees.classes
        seen = np.log([max(by_subject.get(name, by_subject["none"]), LEAST) for name in classes])
        likeness = np.array([nearest.degrees[name] for name in classes])
        joined = softmax((1 - weight) * log_softmax(scores) + weight * seen + self._config["nearest"] * likeness)
        return {name: round(float(p), 4) for name, p in zip(classes, joined)}
