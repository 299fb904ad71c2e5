"""What the very words of a message say about its subject: a linear model on words, pairs of words and runs of letters.

The encoder goes by meaning and may miss what one telling word gives away; letters survive misspelling. The two err on
different messages, so that together they are righter than either (docs/architecture.md).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier

# How a message is cut up: words and pairs of words, and runs of 2 to 5 letters within words.
CUTS = (
    {"ngram_range": (1, 2), "min_df": 2, "sublinear_tf": True},
    {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 3, "sublinear_tf": True},
)
PASSES = 12
STRENGTH = 3e-6  # of the penalty on large weights
SEED = 1


class WordModel:
    """Scores subjects by the words of a text. Made by ``fit``, or read back by ``load``."""

    def __init__(
        self, cutters: Sequence[TfidfVectorizer], weights: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> None:
        """``weights`` has the shape (pieces, subjects), ``bias`` (subjects,)."""
        self._cutters = cutters
        self._weights = np.ascontiguousarray(weights)  # its rows are summed, a few hundred for each message
        self._bias = bias
        self._cuts = [(cutter.build_analyzer(), cutter.vocabulary_, cutter.idf_) for cutter in cutters]

    @classmethod
    def fit(cls, texts: Sequence[str], subjects: Sequence[str]) -> WordModel:
        """Fits it to phrases and the subject of each; its subjects are in alphabetical order."""
        cutters = [TfidfVectorizer(**cut) for cut in CUTS]
        pieces = hstack([cutter.fit_transform(texts) for cutter in cutters]).tocsr()
        model = SGDClassifier(
            loss="log_loss",
            alpha=STRENGTH,
            max_iter=PASSES,
            tol=None,
            average=True,
            class_weight="balanced",
            random_state=SEED,
        )
        model.fit(pieces, subjects)
        return cls(cutters, model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32))

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Log-odds of each subject, one row a text: shape (len(texts), subjects)."""
        return np.array([self._score(text) for text in texts])

    def _score(self, text: str) -> NDArray[np.float32]:
        """As ``TfidfVectorizer.transform`` and a product would, which take five times as long over a single message."""
        total, first = self._bias.copy(), 0
        for cut, vocabulary, rarity in self._cuts:
            counts = Counter(vocabulary[piece] for piece in cut(text) if piece in vocabulary)
            if counts:
                columns = np.fromiter(counts.keys(), np.int64, len(counts))
                values = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * rarity[columns]
                values /= np.linalg.norm(values)
                total += values.astype(np.float32) @ self._weights[first + columns]
            first += len(vocabulary)
        return total

    def save(self, file: Path) -> None:
        """Writes plain arrays, so that reading them back runs no code; weights in half precision."""
        arrays: dict[str, NDArray[np.float32]] = {"weights": self._weights.astype(np.float16), "bias": self._bias}
        for number, cutter in enumerate(self._cutters):
            arrays[f"pieces{number}"] = np.array(cutter.get_feature_names_out().tolist())
            arrays[f"rarity{number}"] = cutter.idf_
        np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, file: Path) -> WordModel:
        """The model that ``save`` wrote. Raises ``OSError`` or ``ValueError`` where the file is missing or damaged."""
        with np.load(file) as arrays:
            cutters = []
            for number, cut in enumerate(CUTS):
                cutter = TfidfVectorizer(**cut)
                # Set as fitted: scikit-learn would check a given vocabulary's tens of thousands again at each message.
                cutter.vocabulary_ = {piece: column for column, piece in enumerate(arrays[f"pieces{number}"].tolist())}
                cutter.idf_ = arrays[f"rarity{number}"]
                cutters.append(cutter)
            return cls(cutters, arrays["weights"].astype(np.float32), arrays["bias"])
