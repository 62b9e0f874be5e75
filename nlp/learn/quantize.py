"""Measures the ranges that the int8 encoder works with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from nlp import onnx_graph
from nlp import weights as pinned
from nlp.encoder import MAX_TOKENS

# How far outliers are moved from activations to weights: SmoothQuant's migration strength. Tried
# on 2,000 sentences of calls against float32: mean cosine .989 without, .993 at .5, .9962 at .7,
# .9964 at .85 with a lower minimum (.971 against .978).
STRENGTH = 0.7
# The ends of a range: the rarest 2 in 100,000 values are clipped.
PERCENTILE = 99.999


def measure(texts: Sequence[str], files: pinned.EncoderFiles) -> dict[str, onnx_graph.Range]:
    """What the input of each matrix product spans over sample texts.

    Args:
        texts: some hundred passages like those that will be served.
        files: the encoder's files.
    """
    model = onnx_graph.build(load_file(files.weights))
    inputs = onnx_graph.products(model)
    names = list(dict.fromkeys(inputs.values()))
    session = ort.InferenceSession(
        onnx_graph.with_outputs(model, names).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    tokenizer: Tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    seen: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        values = session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(names, values, strict=True):
            seen[name].append(value[0])
    weights = {init.name: init for init in model.graph.initializer}
    return {
        output: _range(np.concatenate(seen[name]), onnx_graph.array(weights[f"{output}.w"]))
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


def write(texts: Sequence[str], target: Path, *, weights: Path | None = None) -> None:
    """Measures ranges over sample texts and writes them to a file.

    Raises:
        WeightsMissing: the encoder's weights are nowhere.
        WeightsChanged: they are not the pinned ones.
    """
    files = pinned.find(weights)
    pinned.verify(files)
    onnx_graph.write_ranges(target, measure(texts, files))
