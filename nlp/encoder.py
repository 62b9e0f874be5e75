"""One encoder pass: texts in, the state of every token and one vector a text out."""

import hashlib
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp import weights as pinned

Vectors = NDArray[np.float32]

WIDTH = 384
MAX_TOKENS = 256  # what the encoder was trained with (its sentence_bert_config.json)
BATCH_TOKENS = 1024  # padded tokens a run: more brings no speed on a CPU and costs memory
GRAPH_VERSION = 1  # raised when `onnx_graph` builds another graph from the same weights


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder says of one text.

    Attributes:
        vector: (width,) float32 of length 1.
        states: (tokens, width) float32, one row a word piece, without the special tokens.
        offsets: (tokens, 2) int32, each word piece's first character and the one after its last.
    """

    vector: Vectors
    states: Vectors
    offsets: NDArray[np.int32]


class Encoder(Protocol):
    """Anything that turns texts into vectors and token states."""

    @property
    def width(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes texts, in their order. The same text gets the same answer in any company."""
        ...


class OnnxEncoder:
    """The pinned encoder under ONNX Runtime.

    Args:
        tokenizer: the tokenizer's JSON file.
        graph: an ONNX file made by `nlp.onnx_graph.build`.
        threads: for one run; None lets ONNX Runtime take all cores.
    """

    def __init__(self, tokenizer: Path, graph: Path, *, threads: int | None = None) -> None:
        # Imported here: the library takes a while to load, and only this class needs it.
        import onnxruntime as ort

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or 0
        # Spinning threads would take the cores from the web process beside us between two runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        *,
        ranges: Path | None = None,
        cache: Path,
        threads: int | None = None,
    ) -> Self:
        """The encoder from its pinned weights; the graph is built on first use and kept.

        Args:
            path: the folder with the weights, where it is none of the usual places.
            ranges: the file that `nlp.learn.quantize` wrote, for int8; None for float32.
            cache: folder for the built graph.
            threads: for one run; None for all cores.

        Raises:
            WeightsMissing: the weights are nowhere.
            WeightsChanged: they are other weights.
        """
        files = pinned.find(path)
        return cls(files.tokenizer, cached_graph(files, ranges, cache), threads=threads)

    @property
    def width(self) -> int:
        """Length of a vector."""
        return WIDTH

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes texts, in their order; each different text is computed once."""
        unique = list(dict.fromkeys(texts))
        pieces = self._tokenizer.encode_batch(unique)
        done: dict[str, Encoded] = {}
        for batch in _batches(pieces):
            for number, encoded in zip(batch, self._run([pieces[i] for i in batch]), strict=True):
                done[unique[number]] = encoded
        return [done[text] for text in texts]

    def _run(self, batch: list[Encoding]) -> Iterator[Encoded]:
        longest = max(len(pieces.ids) for pieces in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces.ids)] = pieces.ids
            mask[row, : len(pieces.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask}
        states, pooled = self._session.run(["token_states", "pooled"], feed)
        for row, pieces in enumerate(batch):
            inner = slice(1, len(pieces.ids) - 1)  # without [CLS] and [SEP]
            offsets = np.array(pieces.offsets[inner], dtype=np.int32).reshape(-1, 2)
            # Copies, so that a kept vector does not keep the whole batch in memory.
            yield Encoded(pooled[row].copy(), states[row, inner].copy(), offsets)


def _batches(pieces: Sequence[Encoding]) -> Iterator[list[int]]:
    """Indices in batches of like length, so that little padding is computed."""
    order = sorted(range(len(pieces)), key=lambda number: len(pieces[number].ids))
    batch: list[int] = []
    for number in order:
        if batch and (len(batch) + 1) * len(pieces[number].ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def weight_bits() -> int:
    """8, or 7 on x86 processors without VNNI, whose int8 products overflow at full range."""
    if platform.machine().lower() not in ("x86_64", "amd64", "i386", "i686"):
        return 8
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 7
    return 8 if "avx512_vnni" in flags or "avx_vnni" in flags else 7


def graph_path(ranges: Path | None, cache: Path) -> Path:
    """Where the built graph is kept; the name changes with whatever the graph is made from."""
    if ranges is None:
        kind, parts = "float32", "float32"
    else:
        kind, parts = f"int8w{weight_bits()}", pinned.digest(ranges)
    made_from = f"{GRAPH_VERSION} {pinned.WEIGHTS_SHA256} {parts} {version('onnxruntime')}"
    return cache / f"encoder-{kind}-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}.onnx"


def cached_graph(files: pinned.EncoderFiles, ranges: Path | None, cache: Path) -> Path:
    """The graph's file, built if it is not there yet.

    The digest of the weights is checked when the graph is built; the kept graph's name carries it.

    Raises:
        WeightsChanged: the weights are not the pinned ones.
    """
    target = graph_path(ranges, cache)
    if not target.is_file():
        pinned.verify(files)
        _build_graph(files, ranges, target)
    return target


def _build_graph(files: pinned.EncoderFiles, ranges: Path | None, target: Path) -> None:
    # Needed once a machine; the running service does without these.
    import onnx
    from safetensors.numpy import load_file

    from nlp import onnx_graph

    model = onnx_graph.build(
        load_file(files.weights),
        None if ranges is None else onnx_graph.read_ranges(ranges),
        weight_bits=weight_bits(),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may build at once: each writes its own file, and the rename is atomic.
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".onnx.part")
    with os.fdopen(handle, "wb") as file:
        file.write(model.SerializeToString())
    onnx.checker.check_model(temporary)
    Path(temporary).replace(target)


class HashEncoder:
    """An encoder without a model: words hashed to random directions.

    It knows nothing of meaning and keeps the contract, for tests and for trying out a pipeline.
    """

    def __init__(self, width: int = 64) -> None:
        self._width = width

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self._width

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes texts, in their order."""
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Encoded:
        offsets: list[tuple[int, int]] = []
        position = 0
        for word in text.split():
            start = text.index(word, position)
            position = start + len(word)
            offsets.append((start, position))
        states = np.array(
            [self._direction(text[start:end].lower()) for start, end in offsets], dtype=np.float32
        ).reshape(-1, self._width)
        total = states.sum(axis=0) if offsets else self._direction("")
        vector = (total / np.linalg.norm(total)).astype(np.float32)
        return Encoded(vector, states, np.array(offsets, dtype=np.int32).reshape(-1, 2))

    def _direction(self, word: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        return np.random.default_rng(seed).standard_normal(self._width, dtype=np.float32)
