"""How near a text comes to those that were taught: the likeness of the nearest one of each class.

A regression draws borders between classes and knows nothing of how far from all examples a text lies. The nearest
example does, and an editor's new phrase counts at once. Together the two are righter (docs/understanding.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from numpy.typing import NDArray


class Neighbours:
    """Examples as vectors of length 1, by class."""

    def __init__(self, vectors: NDArray[np.float32], labels: Sequence[str]) -> None:
        """``vectors`` has the shape (examples, 384), of any length each; ``labels`` the class of each."""
        order = np.argsort(labels, kind="stable")
        # One column an example, those of a class side by side: the quickest to multiply, and to find the largest in.
        self._columns = np.ascontiguousarray(_of_length_1(vectors[order]).T)
        classes, self._firsts = np.unique(np.array(labels)[order], return_index=True)
        self.classes: list[str] = classes.tolist()

    def likeness(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine, -1 to 1, of the nearest example of each class, in alphabetical order: one row a vector."""
        found: NDArray[np.float32] = np.maximum.reduceat(_of_length_1(vectors) @ self._columns, self._firsts, axis=1)
        return found

    def save(self, file: Path) -> None:
        """Writes plain arrays, so that reading them back runs no code; vectors in half precision."""
        labels = np.repeat(self.classes, np.diff(self._firsts, append=self._columns.shape[1]))
        np.savez(file, vectors=self._columns.T.astype(np.float16), labels=labels)

    @classmethod
    def load(cls, file: Path) -> Neighbours:
        """What ``save`` wrote. Raises ``OSError`` where it is missing, what ``np.load`` raises where it is damaged."""
        with np.load(file) as arrays:
            return cls(arrays["vectors"].astype(np.float32), arrays["labels"].tolist())


def _of_length_1(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
