"""Which phrases a message comes nearest to: by subject (``topics.py``) and by degree of alarm (``safety.py``)."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rashguide.understanding import neighbours
from rashguide.understanding.component import FittedComponent
from rashguide.understanding.encoder import WINDOWS, vectors_of
from rashguide.understanding.keys import DEGREE, NEAREST, Nearest
from rashguide.understanding.neighbours import Neighbours

_PHRASES = "phrases.npz"
_BETWEEN = "\t"  # stands between a phrase's subject and its degree: both are told by one search


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NearestPhrases(FittedComponent):
    """Sets ``nearest`` on each message: of itself, then of each part of a long one."""

    _neighbours: Neighbours

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Another way to keep them means training again: Rasa's cache looks at this file only."""
        return inspect.getsource(neighbours)

    def train(self, training_data: TrainingData) -> Resource:
        """Keeps all phrases."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        labels = [f"{example.get(INTENT)}{_BETWEEN}{example.get(DEGREE)}" for example in examples]
        with self._storage.write_to(self._resource) as folder:
            Neighbours(vectors_of(examples), labels).save(folder / _PHRASES)
        return self._resource

    def read(self, folder: Path) -> None:
        """The phrases."""
        self._neighbours = Neighbours.load(folder / _PHRASES)
        self._kinds = [tuple(label.split(_BETWEEN)) for label in self._neighbours.classes]

    def process(self, messages: list[Message]) -> list[Message]:
        """Measures each message, and the parts of a long one, in one product."""
        for message in messages:
            vectors = np.vstack([vectors_of([message]), *(message.get(WINDOWS) or [])])
            message.set(NEAREST, [self._told(row) for row in self._neighbours.likeness(vectors)])
        return messages

    def _told(self, likeness: NDArray[np.float32]) -> Nearest:
        found = Nearest({}, {})
        for (subject, degree), cosine in zip(self._kinds, likeness.tolist()):
            found.subjects[subject] = max(cosine, found.subjects.get(subject, -1.0))
            found.degrees[degree] = max(cosine, found.degrees.get(degree, -1.0))
        return found
