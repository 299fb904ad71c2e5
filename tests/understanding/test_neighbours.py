"""The nearest example of each class, found in one product."""

from __future__ import annotations

from zipfile import BadZipFile

import numpy as np
import pytest

from rashguide.understanding.neighbours import Neighbours

pytestmark = pytest.mark.unit

EXAMPLES = {"face": [[2, 0, 0], [1, 1, 0]], "arm": [[0, 0, 5]], "eye": [[0, 3, 0], [0, 1, 1]]}


def neighbours():
    labels = [label for label, vectors in EXAMPLES.items() for _ in vectors]
    mixed = np.random.default_rng(1).permutation(len(labels))
    vectors = np.array([vector for vectors in EXAMPLES.values() for vector in vectors], np.float32)
    return Neighbours(vectors[mixed], [labels[place] for place in mixed])


def test_the_nearest_of_each_class_counts_whatever_its_length():
    found = neighbours().likeness(np.array([[0.1, 0, 0], [0, 7, 0]], np.float32))
    assert neighbours().classes == ["arm", "eye", "face"]
    assert found == pytest.approx(np.array([[0, 0, 1], [0, 1, 0.5**0.5]]), abs=1e-3)


def test_what_was_saved_says_the_same(tmp_path):
    vectors = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)
    neighbours().save(tmp_path / "examples.npz")
    again = Neighbours.load(tmp_path / "examples.npz")
    assert again.classes == neighbours().classes
    assert again.likeness(vectors) == pytest.approx(neighbours().likeness(vectors), abs=1e-3)


@pytest.mark.parametrize("damaged", [b"PK\x03\x04 and no more", b"no arrays", b""])
def test_a_damaged_file_is_an_error(tmp_path, damaged):
    (tmp_path / "examples.npz").write_bytes(damaged)
    with pytest.raises((OSError, ValueError, EOFError, BadZipFile)):
        Neighbours.load(tmp_path / "examples.npz")
