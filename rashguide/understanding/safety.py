"""Whether a message tells of an emergency: a trained detector, and beside it the list of signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rashguide.understanding import signs
from rashguide.understanding.reader import DOC
from rashguide.understanding.thresholds import thresholds
from rashguide.understanding.topics import TopicClassifier

EMERGENCY, CRISIS = "emergency", "crisis"
EMERGENCIES = (EMERGENCY, CRISIS)
ALARM, CHECK, CLEAR = "alarm", "check", "clear"
SAFETY = "safety"


def outcome(probability: float, listed: bool) -> str:
    """What a message's emergency probability, and a sign of the list in it, call for."""
    chosen = thresholds()
    if probability >= chosen.alarm:
        return ALARM
    return CHECK if listed or probability >= chosen.check else CLEAR


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyDetector(TopicClassifier):
    """Sets ``safety`` on each message: outcome, tier, probability and the listed signs that it found.

    The same regression on the same vectors as the subjects', with one question: an emergency or not?
    """

    def _create_training_matrix(self, training_data: TrainingData) -> tuple[np.ndarray, list[str]]:
        vectors, labels = super()._create_training_matrix(training_data)
        return vectors, [EMERGENCY if label in EMERGENCIES else CLEAR for label in labels]

    def process(self, messages: list[Message]) -> list[Message]:
        """Weighs both layers; the topics' ranking says whether an emergency is one of life or one of despair."""
        column = list(self.clf.classes_).index(EMERGENCY)
        for message, row in zip(messages, self.clf.predict_proba(self._create_X(messages))):
            ranking = {entry["name"]: entry["confidence"] for entry in message.get("intent_ranking", [])}
            listed = signs.present(message.get(DOC))
            despair = ranking.get(CRISIS, 0.0) > ranking.get(EMERGENCY, 0.0) if listed == [] else listed == [CRISIS]
            found: dict[str, Any] = {
                "outcome": outcome(float(row[column]), bool(listed)),
                "tier": CRISIS if despair else EMERGENCY,
                "probability": float(row[column]),
                "signs": listed,
            }
            message.set(SAFETY, found, add_to_output=True)
        return messages
