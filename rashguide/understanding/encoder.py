"""Turns a message into a vector of meaning with the fine-tuned encoder that ships in ``encoder/``."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Optional, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc
from tokenizers import Tokenizer

from rashguide import ROOT
from rashguide.understanding.component import Component
from rashguide.understanding.reader import DOC, plain

WINDOWS = "windows"  # the vectors of a long message's parts
FOLDER = ROOT / "encoder"
WEIGHTS = FOLDER / "encoder.onnx"
TOKENIZER = FOLDER / "tokenizer.json"
MEMORY = ROOT / ".cache"
MAX_PIECES = 160  # word pieces; the guide's longest messages lie well below
BESIDE = "\x1f"  # stands between what was said before and a text; no message holds it (guard/intake.py)
WINDOW = 60  # words of a long message that are read at once
WINDOW_FROM = 300  # characters, below which no message has that many word pieces
# The scale that the heads were fine-tuned at: it sets how sharply a linear head can tell unit vectors apart.
SCALE = 12.0


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(WEIGHTS), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer


def beside(before: str, text: str) -> str:
    """A text together with what was said before it, to be encoded as one."""
    return f"{before}{BESIDE}{text}"


def _vector(text: str) -> NDArray[np.float32]:
    """Each text is encoded alone: how an 8-bit product is rounded depends on all that is in it."""
    before, _, text = text.rpartition(BESIDE)
    pieces = _tokenizer().encode(before, text) if before else _tokenizer().encode(text)
    vector: NDArray[np.float32] = _session().run(None, {"ids": np.array([pieces.ids], np.int64)})[0][0]
    return vector * np.float32(SCALE)


def windows(doc: Doc) -> list[str]:
    """A message in parts that the encoder reads whole, at sentence ends where it can; none where it is short enough."""
    if len(doc.text) < WINDOW_FROM or len(_tokenizer().encode(doc.text).ids) < MAX_PIECES:
        return []
    parts: list[str] = [""]
    for sentence in doc.sents:
        for start in range(sentence.start, sentence.end, WINDOW):
            words = doc[start : min(start + WINDOW, sentence.end)].text
            if parts[-1] and len(parts[-1].split()) + len(words.split()) > WINDOW:
                parts.append("")
            parts[-1] += f" {words}"
    return [part.strip() for part in parts]


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length ``SCALE``, float32, one row a text: shape (len(texts), 384). Many are spread over all cores."""
    if len(texts) == 1:
        return _vector(texts[0])[np.newaxis]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.array(list(pool.map(_vector, texts)), np.float32)


def fingerprint() -> str:
    """One sha256 over all that a vector depends on: weights, tokenizer, cut-off and scale."""
    parts = (WEIGHTS.read_bytes(), TOKENIZER.read_bytes(), f"{MAX_PIECES} {SCALE}".encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def encode_remembered(texts: Sequence[str], kind: str = "phrases") -> NDArray[np.float32]:
    """As ``encode``, on all cores, but a text that was encoded in an earlier training is not encoded again.

    Some 25,000 phrases take a minute, an editor's ten new ones a blink. Delete ``.cache/`` to forget.
    """
    memory = MEMORY / f"{kind}-{fingerprint()[:16]}.npz"
    known: dict[str, NDArray[np.float32]] = {}
    if memory.exists():
        with np.load(memory) as stored:
            known = dict(zip(stored["texts"].tolist(), stored["vectors"]))
    new = sorted(set(texts) - known.keys())
    if new:
        print(f"Encoding {len(new):,} {kind} ...", flush=True)
        known |= dict(zip(new, encode(new)))
        MEMORY.mkdir(exist_ok=True)
        kept = sorted(set(texts))
        unfinished = memory.with_name(f"unfinished-{kind}.npz")
        np.savez(unfinished, texts=np.array(kept), vectors=np.stack([known[text] for text in kept]))
        unfinished.replace(memory)
    return np.stack([known[text] for text in texts])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(Component, DenseFeaturizer):
    """Adds the sentence vector to each message."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        DenseFeaturizer.__init__(self, execution_context.node_name or "", config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """A featurizer's, which ``Component`` would hide."""
        return DenseFeaturizer.get_default_config()

    @classmethod
    def prepare(cls) -> None:
        """Loads the encoder once."""
        encode(["ready"])

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to configure."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """Another encoder means training again."""
        return fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes all phrases, on all cores; those of an earlier training are remembered."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        self._add(examples, encode_remembered([plain(example.get(TEXT)) for example in examples]))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encodes messages as they come in."""
        for message in messages:
            message.set(WINDOWS, [_vector(part) for part in windows(message.get(DOC))])
        if messages:
            self._add(messages, encode([plain(message.get(TEXT) or "") for message in messages]))
        return messages

    def _add(self, messages: list[Message], vectors: NDArray[np.float32]) -> None:
        for message, vector in zip(messages, vectors):
            message.add_features(Features(vector[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))


def vectors_of(messages: Sequence[Message]) -> NDArray[np.float32]:
    """The sentence vectors that the encoder left on these messages: shape (len(messages), 384)."""
    found = [
        sentence.features for _, sentence in (message.get_dense_features(TEXT) for message in messages) if sentence
    ]
    return np.vstack(found)
