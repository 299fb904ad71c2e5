"""Which subject a message is about: by its meaning, and by its very words."""

from __future__ import annotations

import inspect
from typing import Any, Optional

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from rashguide.understanding import words
from rashguide.understanding.component import Component
from rashguide.understanding.encoder import vectors_of
from rashguide.understanding.reader import plain

MEANING, WORDS = "meaning.npz", "words.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(Component, IntentClassifier):
    """Ranks all subjects: a regression on the sentence vector, its log-probabilities joined with the words' log-odds.

    Settings: ``C``, the smaller, the less sure of itself the regression; ``max_iter``, its steps at most; ``words``,
    how much the words count beside the meaning, from 0.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings that config.yml may change."""
        return {"C": 0.1, "max_iter": 200, "words": 0.5}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._subjects: list[str] = []
        self._weights = np.zeros((0, 0), np.float32)
        self._bias = np.zeros(0, np.float32)
        self._words: words.WordModel

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Another way to go by words means training again: Rasa's cache looks at this file only."""
        return inspect.getsource(words)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits both models to the phrases and keeps them as plain arrays."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        subjects = [example.get(INTENT) for example in examples]
        regression = LogisticRegression(C=self._config["C"], max_iter=self._config["max_iter"], class_weight="balanced")
        regression.fit(vectors_of(examples), subjects)
        word_model = words.WordModel.fit([plain(example.get(TEXT)) for example in examples], subjects)
        with self._storage.write_to(self._resource) as folder:
            np.savez(
                folder / MEANING,
                subjects=np.array(regression.classes_.tolist()),
                weights=regression.coef_.T.astype(np.float32),
                bias=regression.intercept_.astype(np.float32),
            )
            word_model.save(folder / WORDS)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """Loads both for serving, on one core: spreading so small a sum over two costs more than it saves."""
        threadpool_limits(1)
        loaded = cls(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            with np.load(folder / MEANING) as arrays:
                loaded._subjects = arrays["subjects"].tolist()
                loaded._weights, loaded._bias = arrays["weights"], arrays["bias"]
            loaded._words = words.WordModel.load(folder / WORDS)
        return loaded

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: no later component is trained on the ranking."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent`` and ``intent_ranking``, every subject in it, likeliest first."""
        if not messages:
            return messages
        meaning = log_softmax(vectors_of(messages) @ self._weights + self._bias, axis=1)
        wording = self._words.score([plain(message.get(TEXT) or "") for message in messages])
        for message, probabilities in zip(messages, softmax(meaning + self._config["words"] * wording, axis=1)):
            ranking = [
                {"name": self._subjects[index], "confidence": float(probabilities[index])}
                for index in np.argsort(-probabilities)
            ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages
