"""Which subject a message is about: by its meaning, and by its very words."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from rashguide import content
from rashguide.understanding import heads, words
from rashguide.understanding.component import FittedComponent
from rashguide.understanding.encoder import WINDOWS, vectors_of
from rashguide.understanding.heads import Head
from rashguide.understanding.keys import BY_SUBJECT, NEAREST, Nearest, Ranked
from rashguide.understanding.reader import plain
from rashguide.understanding.words import WordModel

MEANING, WORDS = "meaning.npz", "words.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(FittedComponent, IntentClassifier):
    """Ranks all subjects: by a regression on the sentence vector, by the words, and by the nearest phrases.

    Settings: ``C``, the smaller, the less sure of itself the regression; ``max_iter``, its steps at most. What is added
    to its log-probabilities: ``words`` times the words' log-odds, ``nearest`` times the likeness of the nearest phrase.
    """

    _head: Head
    _words: WordModel

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings that config.yml may change."""
        return {"C": 0.02, "max_iter": 200, "words": 0.5, "nearest": 8.0}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Another way to go by words means training again: Rasa's cache looks at this file only."""
        return inspect.getsource(heads) + inspect.getsource(words)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits both models to the phrases and keeps them as plain arrays."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        subjects = [example.get(INTENT) for example in examples]
        head = Head.fit(vectors_of(examples), subjects, self._config["C"], self._config["max_iter"])
        word_model = WordModel.fit([plain(example.get(TEXT)) for example in examples], subjects)
        with self._storage.write_to(self._resource) as folder:
            head.save(folder / MEANING)
            word_model.save(folder / WORDS)
        return self._resource

    def read(self, folder: Path) -> None:
        """Both for serving, on one core: spreading so small a sum over two costs more than it saves."""
        threadpool_limits(1)
        self._head = Head.load(folder / MEANING)
        self._words = WordModel.load(folder / WORDS)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent``, ``intent_ranking`` with every subject, likeliest first, and the degrees they call for."""
        if not messages:
            return messages
        meaning = self._head.score(np.vstack([self._vector(message) for message in messages]))
        meaning += self._config["words"] * self._words.score([plain(message.get(TEXT) or "") for message in messages])
        for message, scores in zip(messages, meaning):
            whole, *nearest = message.get(NEAREST)
            probabilities = self._with_nearest(scores, nearest or [whole])
            ranking: list[Ranked] = [
                {"name": self._head.classes[index], "confidence": float(probabilities[index])}
                for index in np.argsort(-probabilities)
            ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            parts = [
                self._with_nearest(self._head.score(part[np.newaxis])[0], [near])
                for part, near in zip(message.get(WINDOWS) or [], nearest)
            ]
            message.set(BY_SUBJECT, [self._degrees(each) for each in (probabilities, *parts)])
        return messages

    def _with_nearest(self, scores: NDArray[np.float32], nearest: list[Nearest]) -> NDArray[np.float32]:
        """The subjects' probabilities. Of a long message its parts' mean likeness counts, as their mean vector does."""
        likeness = np.mean([[near.subjects[name] for name in self._head.classes] for near in nearest], axis=0)
        probabilities: NDArray[np.float32] = softmax(scores + self._config["nearest"] * likeness)
        return probabilities

    def _degrees(self, probabilities: NDArray[np.float32]) -> dict[str, float]:
        """The probability of each degree of alarm that has a subject of its own; "none" is of all others."""
        grave = {
            content.DEGREE_OF[name]: float(probability)
            for name, probability in zip(self._head.classes, probabilities)
            if name in content.DEGREE_OF
        }
        return {**grave, "none": 1 - sum(grave.values())}

    def _vector(self, message: Message) -> NDArray[np.float32]:
        """The message's vector; of a long one the mean of its parts', so that a question at its end counts too."""
        parts = message.get(WINDOWS)
        vector: NDArray[np.float32] = np.mean(parts, axis=0) if parts else vectors_of([message])[0]
        return vector
