"""Fine-tunes the sentence encoder on the guide's own phrases.

Several heads are trained together on the mean-pooled, normalised sentence vector, one for each thing that the guide
asks of a message: its subject, its degree of alarm, and, beside what was said last, what an answer to the visit note, a
message after an alarm or one that leans on the last answer means. Only the encoder is kept; ``rasa train`` fits fresh
heads on its vectors, so that a content editor's new phrase needs no fine-tuning.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer
from transformers import TFBertModel


@dataclass(frozen=True)
class Example:
    """One text, what was said before it ("" where it stands alone), and its class for each head that it teaches."""

    text: str
    before: str
    classes: dict[str, str]


@dataclass(frozen=True)
class Recipe:
    """How the encoder is fine-tuned. Learning rates are Adam's peak values; lengths count word pieces."""

    epochs: int = 2
    batch_size: int = 64
    encoder_rate: float = 7e-5
    heads_rate: float = 5e-3
    warm_up: float = 0.05
    scale: float = 12.0
    label_smoothing: float = 0.1
    average_decay: float = 0.995
    max_length: int = 96
    seed: int = 20261129


def batches_by_length(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches of messages of like length, so that little of a batch is padding."""
    jitter = lengths * rng.uniform(0.85, 1.15, len(lengths))
    order = np.argsort(jitter)
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


def _targets(examples: Sequence[Example], task: str, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """The task's smoothed targets and weights, rarer classes heavier; weight 0 where an example teaches it nothing."""
    names = sorted({example.classes[task] for example in examples if task in example.classes})
    place = {name: number for number, name in enumerate(names)}
    known = np.array([place.get(example.classes.get(task, ""), -1) for example in examples])
    counts = np.bincount(known[known >= 0], minlength=len(names))
    rarity = np.sqrt(counts.mean() / counts).clip(0.3, 3.0).astype(np.float32)
    targets = np.eye(len(names), dtype=np.float32)[known] * (1 - smoothing) + smoothing / len(names)
    return targets, np.where(known >= 0, rarity[known], 0.0).astype(np.float32)


def finetune(
    model_folder: Path, examples: Sequence[Example], recipe: Recipe, report: Callable[[str], None] = print
) -> TFBertModel:
    """Returns the fine-tuned encoder, its weights the running average over the training steps."""
    tf.keras.utils.set_random_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(recipe.max_length)
    pieces = [tokenizer.encode(e.before, e.text).ids if e.before else tokenizer.encode(e.text).ids for e in examples]
    lengths = np.array([len(p) for p in pieces])

    tasks = sorted({task for example in examples for task in example.classes})
    targets, weights = zip(*(_targets(examples, task, recipe.label_smoothing) for task in tasks))

    bert = TFBertModel.from_pretrained(str(model_folder))
    heads = [tf.keras.layers.Dense(target.shape[1], name=task) for task, target in zip(tasks, targets)]

    def forward(ids, mask, training):
        hidden = bert(input_ids=ids, attention_mask=mask, training=training).last_hidden_state
        present = tf.cast(mask, tf.float32)[..., None]
        pooled = tf.reduce_sum(hidden * present, 1) / tf.reduce_sum(present, 1)
        vector = tf.math.l2_normalize(pooled, -1) * recipe.scale
        return [head(vector) for head in heads]

    forward(tf.ones((1, 4), tf.int32), tf.ones((1, 4), tf.int32), False)
    # The table of word pieces stays as it was made from a billion sentences: it is half of all weights, and most of its
    # rows never occur here.
    fixed = ("pooler", "word_embeddings")
    encoder_weights = [w for w in bert.trainable_variables if not any(name in w.name for name in fixed)]
    head_weights = [w for head in heads for w in head.trainable_variables]

    total = recipe.epochs * int(np.ceil(len(examples) / recipe.batch_size))
    warm = max(1, int(recipe.warm_up * total))

    def schedule(step: int) -> float:
        return min(step / warm, 0.05 + 0.95 * max(0.0, (total - step) / (total - warm)))

    encoder_rate, heads_rate = tf.Variable(0.0), tf.Variable(0.0)
    encoder_adam = tf.keras.optimizers.legacy.Adam(encoder_rate)
    heads_adam = tf.keras.optimizers.legacy.Adam(heads_rate)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None, None], tf.int32),
            [tf.TensorSpec([None, target.shape[1]], tf.float32) for target in targets],
            [tf.TensorSpec([None], tf.float32) for _ in tasks],
        ]
    )
    def step_on(ids, mask, wanted, weight):
        with tf.GradientTape() as tape:
            losses = [
                tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(target, logits) * counts)
                for target, logits, counts in zip(wanted, forward(ids, mask, True), weight)
            ]
            loss = tf.add_n(losses)
        gradients = tape.gradient(loss, encoder_weights + head_weights)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        encoder_adam.apply_gradients(zip(gradients[: len(encoder_weights)], encoder_weights))
        heads_adam.apply_gradients(zip(gradients[len(encoder_weights) :], head_weights))
        return loss

    average = [w.numpy().copy() for w in encoder_weights]
    step, started = 0, time.monotonic()
    for epoch in range(recipe.epochs):
        losses = []
        for batch in batches_by_length(lengths, recipe.batch_size, rng):
            width = max(lengths[batch])
            ids = np.zeros((len(batch), width), np.int32)
            for row, index in enumerate(batch):
                ids[row, : lengths[index]] = pieces[index]
            step += 1
            encoder_rate.assign(recipe.encoder_rate * schedule(step))
            heads_rate.assign(recipe.heads_rate * schedule(step))
            loss = step_on(
                ids,
                (ids != 0).astype(np.int32),
                [target[batch] for target in targets],
                [weight[batch] for weight in weights],
            )
            losses.append(float(loss))
            if step % 10 == 0:
                decay = min(recipe.average_decay, step / (step + 100)) ** 10
                for kept, current in zip(average, encoder_weights):
                    kept *= decay
                    kept += (1 - decay) * current.numpy()
            if step % 100 == 0:
                report(f"step {step}/{total}  loss {np.mean(losses[-100:]):.3f}  {time.monotonic() - started:.0f} s")
        report(f"epoch {epoch + 1}/{recipe.epochs}  loss {np.mean(losses):.3f}  {time.monotonic() - started:.0f} s")
    for kept, current in zip(average, encoder_weights):
        current.assign(kept)
    return bert
