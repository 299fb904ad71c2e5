"""The encoder that ships: whole, small enough, and made from the phrases that are here."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from encoder.make import RECORD, phrases_hash
from rashguide.understanding.encoder import SCALE, WEIGHTS, encode

RECORDED = json.loads(RECORD.read_text())


def test_the_file_is_the_one_that_was_made():
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == RECORDED["encoder_sha256"]
    assert WEIGHTS.stat().st_size <= 45_000_000


def test_the_phrases_have_not_moved_on_far():
    """New phrases take effect at `make train`; once they are many, it is time for `make encoder`."""
    from rashguide import content

    moved = abs(len(content.phrases()) - RECORDED["phrases"]) / RECORDED["phrases"]
    assert phrases_hash() == RECORDED["phrases_sha256"] or moved < 0.05, "run `make encoder`: the phrases have moved on"


def test_vectors_have_one_length_and_do_not_depend_on_company():
    texts = ["why is my face red", "hello", "what is dupixent?" * 20]
    together = encode(texts)
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), SCALE, atol=1e-3)
    for text, vector in zip(texts, together):
        assert np.allclose(encode([text])[0], vector, atol=1e-4)


def test_any_length_is_encoded():
    assert np.isfinite(encode(["", "rash " * 2000])).all()
