"""Which subject a message is about."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from threadpoolctl import threadpool_limits

from rashguide.understanding.encoder import vectors_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(LogisticRegressionClassifier):
    """Rasa's logistic regression on the sentence vectors alone.

    Rasa keeps features as sparse matrices; for vectors without a zero in them that costs several times the work.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's settings with the whole ranking kept, and ``C``: the smaller, the less sure of itself."""
        return {**LogisticRegressionClassifier.get_default_config(), "ranking_length": 0, "C": 0.1}

    def __init__(self, config: dict[str, Any], *arguments: Any) -> None:
        super().__init__(config, *arguments)
        self.clf.set_params(C=config["C"])  # rasa 3.6.21 reads no such setting

    @classmethod
    def load(cls, *arguments: Any, **named: Any) -> LogisticRegressionClassifier:
        """Loads the classifier for serving, on one core: spreading so small a sum over two costs more than it saves."""
        threadpool_limits(1)
        return super().load(*arguments, **named)

    def _create_X(self, messages: list[Message]) -> np.ndarray:
        return vectors_of(messages)
