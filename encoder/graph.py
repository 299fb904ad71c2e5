"""Writes the fine-tuned encoder as one ONNX file: BERT, mean pooling and normalisation, its products in 8-bit numbers.

8-bit products cost a quarter of what others cost and lose nothing that can be measured (docs/architecture.md).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, HEADS, WIDTH = 6, 12, 384
POSITIONS = 192  # of BERT's 512; longer messages are cut before they get here
HEAD_WIDTH = WIDTH // HEADS


class _Graph:
    """Collects nodes and weights."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name].astype(np.float32))

    def table(self, name: str, rows: int | None = None) -> str:
        """A table to look up in: stored in half precision, cast once, when the file is loaded."""
        half = self.constant(f"{name}.half", self.weights[name][:rows].astype(np.float16))
        return self.op("Cast", half, name=name, to=TensorProto.FLOAT)

    def op(self, kind: str, *inputs: str, name: str = "", outputs: int = 1, **attributes) -> str:
        name = name or f"{kind}_{len(self.nodes)}"
        names = [name] if outputs == 1 else [f"{name}.{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return name

    def dense(self, x: str, name: str) -> str:
        return self.op("Add", self.op("MatMul", x, self.weight(f"{name}/kernel")), self.weight(f"{name}/bias"))

    def projections(self, x: str, layer: str) -> list[str]:
        """Query, key and value of attention, in one product."""
        parts = [f"{layer}/attention/self/{part}" for part in ("query", "key", "value")]
        kernel, bias = (
            self.constant(
                f"{layer}/attention/{kind}", np.concatenate([self.weights[f"{p}/{kind}"] for p in parts], axis=-1)
            )
            for kind in ("kernel", "bias")
        )
        joined = self.op("Add", self.op("MatMul", x, kernel), bias)
        split = self.op("Split", joined, outputs=3, axis=-1)
        return [f"{split}.{number}" for number in range(3)]

    def norm(self, x: str, name: str) -> str:
        gamma, beta = self.weight(f"{name}/gamma"), self.weight(f"{name}/beta")
        return self.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-12)


def build(weights: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """The model: int64 ``ids`` (messages, pieces), all messages of one length, to float32 ``vector`` (messages, 384).

    ``weights`` holds BERT's weights by Keras name without the model's prefix. Vectors have the length 1.
    """
    g = _Graph(weights)
    zero, one = g.constant("zero", np.array([0], np.int64)), g.constant("one", np.array([1], np.int64))
    length = g.op("Slice", g.op("Shape", "ids"), one, g.constant("two", np.array([2], np.int64)))
    positions = g.op("Slice", g.table("embeddings/position_embeddings/embeddings", POSITIONS), zero, length)
    words = g.op("Gather", g.table("embeddings/word_embeddings/weight"), "ids")
    segment = g.op("Gather", g.weight("embeddings/token_type_embeddings/embeddings"), g.constant("i", np.array(0)))
    x = g.norm(g.op("Add", g.op("Add", words, positions), segment), "embeddings/LayerNorm")

    heads = g.constant("heads", np.array([0, 0, HEADS, HEAD_WIDTH], np.int64))
    join = g.constant("join", np.array([0, 0, WIDTH], np.int64))
    shrink = g.constant("shrink", np.array(1 / np.sqrt(HEAD_WIDTH), np.float32))
    half, unit, root = (g.constant(n, np.array(v, np.float32)) for n, v in (("h", 0.5), ("u", 1.0), ("r", 2**-0.5)))
    for number in range(LAYERS):
        layer = f"encoder/layer_._{number}"
        query, key, value = (g.op("Reshape", part, heads) for part in g.projections(x, layer))
        scores = g.op(
            "MatMul",
            g.op("Transpose", query, perm=[0, 2, 1, 3]),
            g.op("Transpose", key, perm=[0, 2, 3, 1]),
        )
        attention = g.op("Softmax", g.op("Mul", scores, shrink), axis=-1)
        context = g.op("MatMul", attention, g.op("Transpose", value, perm=[0, 2, 1, 3]))
        context = g.op("Reshape", g.op("Transpose", context, perm=[0, 2, 1, 3]), join)
        attended = g.dense(context, f"{layer}/attention/output/dense")
        x = g.norm(g.op("Add", attended, x), f"{layer}/attention/output/LayerNorm")
        inner = g.dense(x, f"{layer}/intermediate/dense")
        gelu = g.op("Mul", g.op("Mul", inner, half), g.op("Add", g.op("Erf", g.op("Mul", inner, root)), unit))
        x = g.norm(g.op("Add", g.dense(gelu, f"{layer}/output/dense"), x), f"{layer}/output/LayerNorm")

    pooled = g.op("ReduceMean", x, axes=[1], keepdims=0)
    g.op("LpNormalization", pooled, name="vector", axis=-1, p=2)

    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["messages", "pieces"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["messages", WIDTH])],
        g.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def write(weights: Mapping[str, np.ndarray], file: Path) -> None:
    """Writes the model to ``file``, its weights rounded by column to 7 bits, which no processor's sums overflow."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(build(weights), str(whole))
        quantize_dynamic(
            whole,
            file,
            op_types_to_quantize=["MatMul"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
