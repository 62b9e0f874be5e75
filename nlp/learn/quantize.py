"""Measures the ranges that the int8 encoder works with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from safetensors.numpy import load_file

from nlp import onnx_graph
from nlp import weights as pinned
from nlp.adapter import merged

# How far outliers are moved from activations to weights: SmoothQuant's migration strength. Tried
# on 2,000 sentences of calls against float32: mean cosine .989 without, .993 at .5, .9962 at .7,
# .9964 at .85 with a lower minimum (.971 against .978).
STRENGTH = 0.7
# The ends of a range: the rarest 2 in 100,000 values are clipped.
PERCENTILE = 99.999


def measure(
    windows: Sequence[Sequence[int]], weights: onnx_graph.Weights
) -> dict[str, onnx_graph.Range]:
    """What the input of each matrix product spans over sample windows.

    Args:
        windows: some hundred windows of token ids like those that will be served.
        weights: the encoder's, with whatever adapter they will serve with.
    """
    model = onnx_graph.build(weights)
    inputs = onnx_graph.products(model)
    names = list(dict.fromkeys(inputs.values()))
    session = ort.InferenceSession(
        onnx_graph.with_outputs(model, names).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    seen: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for window in windows:
        ids = np.array([window], dtype=np.int64)
        values = session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(names, values, strict=True):
            seen[name].append(value[0])
    matrices = {init.name: init for init in model.graph.initializer}
    return {
        output: _range(np.concatenate(seen[name]), onnx_graph.array(matrices[f"{output}.w"]))
        for output, name in inputs.items()
    }


def _range(values: NDArray[np.float32], matrix: NDArray[np.float32]) -> onnx_graph.Range:
    """The range of one product from all its inputs (tokens, channels) and its weights."""
    largest = np.maximum(np.abs(values).max(axis=0), 1e-3)
    balance = largest**STRENGTH / np.maximum(np.abs(matrix).max(axis=1), 1e-5) ** (1 - STRENGTH)
    # Only channels with outliers are scaled: scaling all of them costs accuracy (.980 at .5).
    smooth = np.maximum(balance / np.median(balance), 1).astype(np.float32)
    smoothed = values / smooth
    return onnx_graph.Range(
        low=min(0.0, float(np.percentile(smoothed, 100 - PERCENTILE))),
        high=max(0.0, float(np.percentile(smoothed, PERCENTILE))),
        smooth=smooth,
    )


def write(
    windows: Sequence[Sequence[int]],
    adapter: Path | None,
    target: Path,
    *,
    weights: Path | None = None,
) -> None:
    """Measures ranges over sample windows and writes them to a file.

    Args:
        windows: token ids.
        adapter: what they will serve with.
        target: the file to write.
        weights: folder with the encoder's weights, where it is none of the usual places.

    Raises:
        WeightsMissing: the encoder's weights are nowhere.
        WeightsChanged: they are not the pinned ones.
    """
    files = pinned.find(weights)
    pinned.verify(files)
    found = merged(load_file(files.weights), adapter)
    onnx_graph.write_ranges(target, measure(windows, found))
