"""What is fitted on the encoder's vectors: a regression for each thing that the guide asks of a message.

``rasa train`` fits them anew in seconds, so that an editor's phrase needs no fine-tuning; kept as plain arrays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

STEPS = 200  # of the solver at most


class Head:
    """A regression from vectors to classes, and what reading it back needs."""

    def __init__(self, classes: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """``weights`` has the shape (384, classes), ``bias`` (classes,)."""
        self.classes = list(classes)
        self._weights, self._bias = weights, bias

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], labels: Sequence[str], strength: float, most: int = STEPS) -> Head:
        """Fits it, rarer classes heavier. ``strength``: the smaller, the less sure of itself it is."""
        regression = LogisticRegression(C=strength, max_iter=most, class_weight="balanced").fit(vectors, labels)
        weights, bias = regression.coef_, regression.intercept_
        if len(regression.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
        return cls(regression.classes_.tolist(), weights.T.astype(np.float32), bias.astype(np.float32))

    def score(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-probabilities of the classes, one row a vector."""
        scores: NDArray[np.float32] = log_softmax(vectors @ self._weights + self._bias, axis=1)
        return scores

    def save(self, file: Path) -> None:
        """Writes plain arrays, so that reading them back runs no code."""
        np.savez(file, classes=np.array(self.classes), weights=self._weights, bias=self._bias)

    @classmethod
    def load(cls, file: Path) -> Head:
        """The head that ``save`` wrote. Raises ``OSError`` or ``ValueError`` where the file is missing or damaged."""
        with np.load(file) as arrays:
            return cls(arrays["classes"].tolist(), arrays["weights"], arrays["bias"])
