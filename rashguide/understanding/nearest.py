"""How near a message comes to the phrases that were taught: the nearest of each subject, and of each degree of alarm.

A regression draws a border between subjects and knows nothing of how far from all phrases a message lies. The nearest
phrase does, and an editor's new one counts at once. Together they are righter (docs/understanding.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rashguide.understanding.component import FittedComponent
from rashguide.understanding.encoder import WINDOWS, vectors_of
from rashguide.understanding.keys import NEAREST, Nearest

DEGREE = "degree"
_FILE = "phrases.npz"


class Neighbours:
    """Phrases as vectors of length 1, by what each is an example of: a subject and a degree of alarm."""

    def __init__(self, vectors: NDArray[np.float32], kinds: Sequence[tuple[str, str]]) -> None:
        """``vectors`` has the shape (phrases, 384); ``kinds`` the subject and degree of each."""
        order = sorted(range(len(kinds)), key=lambda place: kinds[place])
        self.kinds = [kinds[place] for place in order]
        # One column a phrase, those of a kind side by side: the quickest to multiply with, and to find the largest in.
        self._columns = np.ascontiguousarray(vectors[order].T)
        firsts = [place for place, kind in enumerate(self.kinds) if place == 0 or kind != self.kinds[place - 1]]
        self._firsts, self._groups = np.array(firsts), [self.kinds[place] for place in firsts]

    def nearest(self, vectors: NDArray[np.float32]) -> list[Nearest]:
        """For each vector the cosine of the nearest phrase, up to 1, by subject and by degree."""
        likeness = np.maximum.reduceat(_of_length_1(vectors) @ self._columns, self._firsts, axis=1)
        return [self._named(row) for row in likeness]

    def _named(self, likeness: NDArray[np.float32]) -> Nearest:
        found = Nearest({}, {})
        for (subject, degree), cosine in zip(self._groups, likeness.tolist()):
            found.subjects[subject] = max(cosine, found.subjects.get(subject, -1.0))
            found.degrees[degree] = max(cosine, found.degrees.get(degree, -1.0))
        return found

    def save(self, file: Path) -> None:
        """Writes plain arrays, so that reading them back runs no code; vectors in half precision."""
        np.savez(file, vectors=self._columns.T.astype(np.float16), kinds=np.array(self.kinds))

    @classmethod
    def load(cls, file: Path) -> Neighbours:
        """What ``save`` wrote. Raises ``OSError`` or ``ValueError`` where the file is missing or damaged."""
        with np.load(file) as arrays:
            return cls(arrays["vectors"].astype(np.float32), [tuple(kind) for kind in arrays["kinds"].tolist()])


def _of_length_1(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NearestPhrases(FittedComponent, IntentClassifier):
    """Sets ``nearest`` on each message: for itself, then for each part of a long one."""

    _neighbours: Neighbours

    def train(self, training_data: TrainingData) -> Resource:
        """Keeps all phrases."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        kinds = [(example.get(INTENT), example.get(DEGREE)) for example in examples]
        with self._storage.write_to(self._resource) as folder:
            Neighbours(_of_length_1(vectors_of(examples)), kinds).save(folder / _FILE)
        return self._resource

    def read(self, folder: Path) -> None:
        """The phrases."""
        self._neighbours = Neighbours.load(folder / _FILE)

    def process(self, messages: list[Message]) -> list[Message]:
        """Measures each message, and the parts of a long one, in one product."""
        for message in messages:
            parts = message.get(WINDOWS) or []
            message.set(NEAREST, self._neighbours.nearest(np.vstack([vectors_of([message]), *parts])))
        return messages
