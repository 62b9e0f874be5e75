"""The encoder's graph for ONNX Runtime, built from the pinned weights without PyTorch.

The architecture is BERT's (Devlin et al. 2019, arXiv:1810.04805) with the sizes of
all-MiniLM-L6-v2: 6 layers, 384 wide, 12 heads. The nodes are ONNX Runtime's own fused operators
(`com.microsoft`: Attention, Gelu, MatMulIntegerToFloat), which its transformer optimiser would
otherwise have to find again in an exported graph.

With `Ranges` the matrix products run in int8 (`MatMulIntegerToFloat`, `QAttention`): weights per
output channel, activations with fixed ranges measured once on sample texts, after the few channels
with outliers are scaled down and their weights up (SmoothQuant, Xiao et al. 2022,
arXiv:2211.10438). Fixed ranges make a passage's vector independent of what else is in the batch;
dynamic quantisation takes its range over the whole batch, so that the same words would get
another vector in other company.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

Weights = Mapping[str, NDArray[np.float32]]

HIDDEN = 384
LAYERS = 6
HEADS = 12
EPSILON = 1e-12  # layer_norm_eps of the model's configuration
OPSET = 17
MICROSOFT = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Range:
    """What values the input of one matrix product takes.

    Attributes:
        low: smallest value that is told apart, after smoothing; at most 0.
        high: largest value that is told apart, after smoothing; at least 0.
        smooth: (channels,) divisors, 1 where a channel has no outliers.
    """

    low: float
    high: float
    smooth: NDArray[np.float32]


Ranges = Mapping[str, Range]


class _Graph:
    """Collects nodes and weights; names follow the places in the model."""

    def __init__(self, weights: Weights, ranges: Ranges | None, weight_bits: int) -> None:
        self.weights = weights
        self.ranges = ranges
        self.largest = 2 ** (weight_bits - 1) - 1
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def fused(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        return self.node(op, inputs, output, domain=MICROSOFT, **attributes)

    def linear(self, x: str, layer: str, output: str) -> str:
        """A PyTorch linear layer over `x`: times its weight (out, in), and its bias added."""
        matrix = np.ascontiguousarray(self.weights[f"{layer}.weight"].T)
        bias = self.weight(f"{layer}.bias")
        if self.ranges is None:
            product = self.node("MatMul", [x, self.constant(f"{output}.w", matrix)], output)
            return self.node("Add", [product, bias], f"{output}.biased")
        q = self._quantised(x, matrix, output)
        inputs = [q.x, q.matrix, q.x_scale, q.scale, q.x_zero, q.zero, bias]
        return self.fused("MatMulIntegerToFloat", inputs, output)

    def attention(self, x: str, matrix: NDArray[np.float32], bias: str, output: str) -> str:
        """Self-attention with queries, keys and values packed into one matrix (in, 3 * out)."""
        if self.ranges is None:
            inputs = [x, self.constant(f"{output}.w", matrix), bias, "mask"]
            return self.fused("Attention", inputs, output, num_heads=HEADS)
        q = self._quantised(x, matrix, output)
        inputs = [q.x, q.matrix, bias, q.x_scale, q.scale, "mask", q.x_zero, q.zero]
        return self.fused("QAttention", inputs, output, num_heads=HEADS)

    def _quantised(self, x: str, matrix: NDArray[np.float32], at: str) -> "_Quantised":
        if self.ranges is None or at not in self.ranges:
            raise KeyError(f"no range for {at}: measure ranges again for this graph")
        found = self.ranges[at]
        if np.any(found.smooth != 1):
            inverse = self.constant(f"{at}.smooth", np.float32(1) / found.smooth)
            x = self.node("Mul", [x, inverse], f"{at}.smoothed")
        x_scale = (found.high - found.low) / 255
        zero = np.uint8(round(-found.low / x_scale))
        smoothed = matrix * found.smooth[:, None]
        scale = np.abs(smoothed).max(axis=0) / self.largest
        rounded = np.clip(np.round(smoothed / scale), -self.largest, self.largest)
        q = _Quantised(
            x=f"{at}.x8",
            matrix=self.constant(f"{at}.w8", rounded.astype(np.int8)),
            x_scale=self.constant(f"{at}.x_scale", np.array(x_scale, dtype=np.float32)),
            scale=self.constant(f"{at}.w_scale", scale.astype(np.float32)),
            x_zero=self.constant(f"{at}.x_zero", np.array(zero, dtype=np.uint8)),
            zero=self.constant(f"{at}.w_zero", np.zeros(matrix.shape[1], dtype=np.int8)),
        )
        self.node("QuantizeLinear", [x, q.x_scale, q.x_zero], q.x)
        return q


@dataclass(frozen=True, slots=True)
class _Quantised:
    """Names of the parts of one int8 product."""

    x: str
    matrix: str
    x_scale: str
    scale: str
    x_zero: str
    zero: str


def _embeddings(graph: _Graph) -> str:
    words = graph.node(
        "Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"], "words"
    )
    # Every token is of type 0 here, so that row is added to the positions once and for all.
    positions = (
        graph.weights["embeddings.position_embeddings.weight"]
        + graph.weights["embeddings.token_type_embeddings.weight"][0]
    )
    table = graph.constant("positions", positions[None])
    zero = graph.constant("zero", np.array([0], dtype=np.int64))
    one = graph.constant("one", np.array([1], dtype=np.int64))
    shape = graph.node("Shape", ["input_ids"], "shape")
    length = graph.node(
        "Slice", [shape, one, graph.constant("two", np.array([2], dtype=np.int64))], "length"
    )
    used = graph.node("Slice", [table, zero, length, one], "positions_used")
    summed = graph.node("Add", [words, used], "embedded")
    return graph.node(
        "LayerNormalization",
        [
            summed,
            graph.weight("embeddings.LayerNorm.weight"),
            graph.weight("embeddings.LayerNorm.bias"),
        ],
        "embeddings",
        epsilon=EPSILON,
    )


def _layer(graph: _Graph, x: str, number: int) -> str:
    at = f"encoder.layer.{number}"
    parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
    packed = np.concatenate([graph.weights[f"{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([graph.weights[f"{part}.bias"] for part in parts])
    attended = graph.attention(
        x,
        np.ascontiguousarray(packed),
        graph.constant(f"{at}.qkv.bias", bias),
        f"{at}.attended",
    )
    projected = graph.linear(attended, f"{at}.attention.output.dense", f"{at}.projected")
    mixed = _add_and_norm(graph, projected, x, f"{at}.attention.output")
    wide = graph.linear(mixed, f"{at}.intermediate.dense", f"{at}.wide")
    active = graph.fused("Gelu", [wide], f"{at}.active")
    narrow = graph.linear(active, f"{at}.output.dense", f"{at}.narrow")
    return _add_and_norm(graph, narrow, mixed, f"{at}.output")


def _add_and_norm(graph: _Graph, x: str, skip: str, at: str) -> str:
    # Not in one `SkipLayerNormalization`, which takes twice as long as these two on a CPU.
    summed = graph.node("Add", [x, skip], f"{at}.summed")
    norm = [graph.weight(f"{at}.LayerNorm.{part}") for part in ("weight", "bias")]
    return graph.node("LayerNormalization", [summed, *norm], f"{at}.normed", epsilon=EPSILON)


def build(
    weights: Weights, ranges: Ranges | None = None, *, weight_bits: int = 8
) -> onnx.ModelProto:
    """The encoder's graph: int8 where ranges are given, float32 where not.

    Inputs: `input_ids` and `attention_mask`, int64, (batch, tokens). Output: `token_states`,
    float32, (batch, tokens, 384).

    Args:
        weights: tensors under the names of the model's safetensors file.
        ranges: for each matrix product, under the name of its output, what its input spans.
        weight_bits: 8, or 7 for x86 processors without VNNI, where sums of two full-range products
            would overflow the 16 bits that they are added in.
    """
    graph = _Graph(weights, ranges, weight_bits)
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    states = _embeddings(graph)
    for number in range(LAYERS):
        states = _layer(graph, states, number)
    graph.node("Identity", [states], "token_states")
    tokens = ["batch", "tokens"]
    proto = helper.make_graph(
        graph.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, tokens),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, tokens),
        ],
        [
            helper.make_tensor_value_info("token_states", TensorProto.FLOAT, [*tokens, HIDDEN]),
        ],
        graph.initializers,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(proto, opset_imports=opsets, ir_version=8)


def products(model: onnx.ModelProto) -> dict[str, str]:
    """The matrix products of a float32 graph: name of the output to name of the input."""
    return {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if node.op_type in ("MatMul", "Attention")
    }


def with_outputs(model: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    """A copy of a graph that also puts out the named inner values, to measure them."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for name in names:
        copy.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return copy


def read_ranges(path: Path) -> dict[str, Range]:
    """Ranges from the safetensors file that `write_ranges` wrote."""
    tensors = load_file(path)
    names = {name.rsplit("/", 1)[0] for name in tensors}
    return {
        name: Range(
            low=float(tensors[f"{name}/span"][0]),
            high=float(tensors[f"{name}/span"][1]),
            smooth=tensors[f"{name}/smooth"],
        )
        for name in sorted(names)
    }


def write_ranges(path: Path, ranges: Ranges) -> None:
    """Writes ranges as safetensors: for each product `<name>/span` (2,) and `<name>/smooth`."""
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, found in ranges.items():
        tensors[f"{name}/span"] = np.array([found.low, found.high], dtype=np.float32)
        tensors[f"{name}/smooth"] = np.ascontiguousarray(found.smooth, dtype=np.float32)
    save_file(tensors, path)


def array(tensor: onnx.TensorProto) -> NDArray[np.float32]:
    """A weight of a graph as an array."""
    return numpy_helper.to_array(tensor).astype(np.float32)
