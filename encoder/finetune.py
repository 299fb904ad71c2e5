"""Fine-tunes the sentence encoder on the guide's own phrases.

Two heads are trained together on the mean-pooled, normalised sentence vector: which subject a message is about
(softmax) and whether it tells of an emergency (sigmoid). Only the encoder is kept; ``rasa train`` fits fresh heads on
its vectors, so that a content editor's new phrase needs no fine-tuning.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer
from transformers import TFBertModel

from rashguide.content.names import EMERGENCIES


@dataclass(frozen=True)
class Recipe:
    """How the encoder is fine-tuned. Learning rates are Adam's peak values; lengths count word pieces."""

    epochs: int = 4
    batch_size: int = 32
    encoder_rate: float = 5e-5
    heads_rate: float = 5e-3
    warm_up: float = 0.05
    scale: float = 12.0
    label_smoothing: float = 0.1
    emergency_weight: float = 3.0
    average_decay: float = 0.995
    max_length: int = 128
    seed: int = 20261127


def batches_by_length(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches of messages of like length, so that little of a batch is padding."""
    jitter = lengths * rng.uniform(0.85, 1.15, len(lengths))
    order = np.argsort(jitter)
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


def finetune(model_folder: Path, texts: list[str], labels: list[str], recipe: Recipe, report=print) -> TFBertModel:
    """Returns the fine-tuned encoder, its weights the running average over the training steps."""
    tf.keras.utils.set_random_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(recipe.max_length)
    pieces = [e.ids for e in tokenizer.encode_batch(texts)]
    lengths = np.array([len(p) for p in pieces])

    names = sorted(set(labels))
    subject = np.array([names.index(label) for label in labels])
    emergency = np.array([label in EMERGENCIES for label in labels], dtype=np.float32)
    counts = np.bincount(subject)
    class_weight = np.sqrt(counts.mean() / counts).astype(np.float32)

    bert = TFBertModel.from_pretrained(str(model_folder))
    subject_head = tf.keras.layers.Dense(len(names), name="subject")
    emergency_head = tf.keras.layers.Dense(1, name="emergency")

    def forward(ids, mask, training):
        hidden = bert(input_ids=ids, attention_mask=mask, training=training).last_hidden_state
        weights = tf.cast(mask, tf.float32)[..., None]
        pooled = tf.reduce_sum(hidden * weights, 1) / tf.reduce_sum(weights, 1)
        vector = tf.math.l2_normalize(pooled, -1) * recipe.scale
        return subject_head(vector), emergency_head(vector)[:, 0]

    forward(tf.ones((1, 4), tf.int32), tf.ones((1, 4), tf.int32), False)
    encoder_weights = [w for w in bert.trainable_variables if "pooler" not in w.name]
    head_weights = subject_head.trainable_variables + emergency_head.trainable_variables

    total = recipe.epochs * int(np.ceil(len(texts) / recipe.batch_size))
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
            tf.TensorSpec([None, len(names)], tf.float32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([None], tf.float32),
        ]
    )
    def step_on(ids, mask, target, weight, alarm):
        with tf.GradientTape() as tape:
            logits, alarm_logit = forward(ids, mask, True)
            subject_loss = tf.nn.softmax_cross_entropy_with_logits(target, logits)
            alarm_loss = tf.nn.weighted_cross_entropy_with_logits(alarm, alarm_logit, recipe.emergency_weight)
            loss = tf.reduce_mean(subject_loss * weight) + tf.reduce_mean(alarm_loss)
        gradients = tape.gradient(loss, encoder_weights + head_weights)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        encoder_adam.apply_gradients(zip(gradients[: len(encoder_weights)], encoder_weights))
        heads_adam.apply_gradients(zip(gradients[len(encoder_weights) :], head_weights))
        return loss

    average = [w.numpy().copy() for w in encoder_weights]
    one_hot = np.eye(len(names), dtype=np.float32) * (1 - recipe.label_smoothing) + recipe.label_smoothing / len(names)
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
                one_hot[subject[batch]],
                class_weight[subject[batch]],
                emergency[batch],
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
