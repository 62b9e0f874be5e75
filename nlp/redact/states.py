"""The pinned encoder as the names model reads it: the state of each word, from several layers.

Its last layer was trained for the meaning of whole sentences and forgets some of what tells a name;
the layers below know it (as in Peters et al. 2018, arXiv:1808.08949). So this graph is the
encoder's without the adapter of any other model, and also puts out inner layers.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp import weights as pinned
from nlp.encoder import WIDTH, batches, weight_bits

LAYERS: tuple[int, ...] = (1, 3)
"""The layers whose states are read, from 0; of the six, those above the last of these are left out
of the graph. Tried on the development texts, ranking words by a linear fit of "part of a person",
average precision: layer 1 .751, 3 .806, 5 (the last) .701; 1 and 3 .820; 1, 3 and 5 .829."""

if TYPE_CHECKING:
    import onnx

MAX_TOKENS = 256
"""Word pieces that are read of one text; windows of text are well below."""

_VERSION = 2  # raised when the graph changes that is built from the same weights

States = NDArray[np.float32]
Bounds = Sequence[tuple[int, int]]


class WordStates(Protocol):
    """Anything that gives the words of texts their states."""

    @property
    def width(self) -> int:
        """Length of a state."""
        ...

    def __call__(self, texts: Sequence[str], bounds: Sequence[Bounds]) -> list[States]:
        """For each text (words, width) float32, for the words at these bounds."""
        ...


class EncoderStates:
    """The states of words from the encoder's inner layers.

    Args:
        tokenizer: the tokenizer's JSON file.
        graph: an ONNX file made by `cached_graph`.
        threads: for one run; None lets ONNX Runtime take all cores.
    """

    def __init__(self, tokenizer: Path, graph: Path, *, threads: int | None = None) -> None:
        # Imported here: redaction by rules does without.
        import onnxruntime as ort

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The arena keeps the largest batch for ever, in a process that reads now and then.
        options.enable_cpu_mem_arena = False
        self._session = ort.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [one.name for one in self._session.get_outputs()]

    @property
    def width(self) -> int:
        """Length of a state: the layers' side by side."""
        return WIDTH * len(self._outputs)

    def __call__(self, texts: Sequence[str], bounds: Sequence[Bounds]) -> list[States]:
        """For each text (words, width) float32, for the words at these bounds."""
        pieces = self._tokenizer.encode_batch(list(texts))
        found: list[States] = [np.zeros((0, self.width), dtype=np.float32)] * len(texts)
        for batch in batches([len(one.ids) for one in pieces]):
            states = self._run([pieces[number] for number in batch])
            for row, number in enumerate(batch):
                inner = slice(1, len(pieces[number].ids) - 1)
                found[number] = of_words(
                    states[row, inner], pieces[number].offsets[inner], bounds[number]
                )
        return found

    def _run(self, batch: Sequence[Encoding]) -> States:
        longest = max(len(pieces.ids) for pieces in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces.ids)] = pieces.ids
            mask[row, : len(pieces.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask}
        return np.concatenate(self._session.run(self._outputs, feed), axis=2)


def of_words(states: States, offsets: Bounds, bounds: Bounds) -> States:
    """The mean of the word pieces' states in each word; zeros where a word has none.

    Args:
        states: (pieces, width).
        offsets: of the pieces, in characters.
        bounds: of the words, in characters.
    """
    found = np.zeros((len(bounds), states.shape[1]), dtype=np.float32)
    if not len(states) or not bounds:
        return found
    starts = np.array([start for start, _ in bounds])
    number = np.searchsorted(starts, [start for start, _ in offsets], side="right") - 1
    np.maximum(number, 0, out=number)
    # Pieces come in order, so those of a word stand together.
    first = np.flatnonzero(np.diff(number, prepend=-1))
    own = number[first]
    found[own] = np.add.reduceat(states, first, axis=0)
    found[own] /= np.diff(first, append=len(number))[:, None]
    return found


def cached_graph(
    files: pinned.EncoderFiles,
    ranges: Path,
    cache: Path,
    layers: Sequence[int] = LAYERS,
) -> Path:
    """The graph's file, int8, built if it is not there yet.

    Args:
        files: of the encoder.
        ranges: the file that `conduit train-names` wrote.
        cache: folder for built graphs.
        layers: whose states it puts out.

    Raises:
        WeightsChanged: the weights are not the pinned ones.
    """
    made_from = (
        f"{_VERSION} {pinned.WEIGHTS_SHA256} {pinned.digest(ranges)} {weight_bits()} {layers} "
        f"{version('onnxruntime')}"
    )
    target = cache / f"names-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}.onnx"
    if not target.is_file():
        pinned.verify(files)
        _build(files, ranges, target, layers)
    return target


def _drop_above(model: "onnx.ModelProto", layer: int) -> None:
    """Takes out what no layer up to this one needs: the layers above it and the pooling."""
    end = next(
        number
        for number, node in enumerate(model.graph.node)
        if f"encoder.layer.{layer}.output.normed" in node.output
    )
    del model.graph.node[end + 1 :]
    needed = {name for node in model.graph.node for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in needed]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def _build(files: pinned.EncoderFiles, ranges: Path, target: Path, layers: Sequence[int]) -> None:
    # Needed once a machine; the running service does without these.
    import onnx
    from safetensors.numpy import load_file

    from nlp import onnx_graph

    model = onnx_graph.build(
        load_file(files.weights), onnx_graph.read_ranges(ranges), weight_bits=weight_bits()
    )
    del model.graph.output[:]
    _drop_above(model, max(layers))
    for layer in layers:
        name = f"encoder.layer.{layer}.output.normed"
        shape: list[str | int | None] = ["batch", "tokens", WIDTH]
        model.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may build at once: each writes its own file, and the rename is atomic.
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".onnx.part")
    with os.fdopen(handle, "wb") as file:
        file.write(model.SerializeToString())
    onnx.checker.check_model(temporary)
    Path(temporary).replace(target)
