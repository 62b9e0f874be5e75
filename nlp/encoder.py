"""One encoder pass: what was said in, the state of every token and a vector a passage out."""

import hashlib
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlp import weights as pinned
from nlp.adapter import Pooling, pooling
from nlp.windows import Segment, Span, Window, windows

Vectors = NDArray[np.float32]

WIDTH = 384
BATCH_TOKENS = 512  # padded tokens a run: more brings no speed on a CPU and costs memory
# A run ends where the next text is so much longer than its first: padding costs more than one more
# run. Tried in batches of 32 interactions: 188 passages a second without such an end, 265 with one
# at 1.3 for runs of more than 128 tokens, and some 7 % more at 1.1 for all of them.
STRETCH = 1.1
GRAPH_VERSION = 3  # raised when `onnx_graph` builds another graph from the same weights


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder says of one passage.

    Attributes:
        vector: (width,) float32 of length 1: what the passage is about, for themes and search.
        mean: (width,) float32, over the states of the passage and of the two separators around it.
        closing: (width,) float32, the state of the separator that closes it.
        states: (tokens, width) float32, one row a word piece, without the separators.
        offsets: (tokens, 2) int32, each word piece's first character and the one after its last.
    """

    vector: Vectors
    mean: Vectors
    closing: Vectors
    states: Vectors
    offsets: NDArray[np.int32]

    @property
    def both(self) -> Vectors:
        """(2 * width,) the mean and the closing state: what heads look at."""
        return np.concatenate([self.mean, self.closing])


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model puts on top of the pinned weights.

    Attributes:
        adapter: a file for `nlp.adapter`, or None for the weights as they are.
        ranges: the file that `nlp.learn.quantize` wrote, for int8; None for float32.
    """

    adapter: Path | None = None
    ranges: Path | None = None


BASE = Learned()


class Encoder(Protocol):
    """Anything that turns passages into vectors and token states."""

    @property
    def width(self) -> int:
        """Length of a vector."""
        ...

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """Encodes the asked segments of interactions, each with what surrounds it.

        The same interaction gets the same answer in any company.
        """
        ...

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes texts, in their order, each alone."""
        ...


class OnnxEncoder:
    """The pinned encoder under ONNX Runtime.

    Args:
        tokenizer: the tokenizer's JSON file.
        graph: an ONNX file made by `nlp.onnx_graph.build`.
        pooling: what makes a passage's vector; None where the direction of its mean is it.
        threads: for one run; None lets ONNX Runtime take all cores.
    """

    def __init__(
        self,
        tokenizer: Path,
        graph: Path,
        *,
        pooling: Pooling | None = None,
        threads: int | None = None,
    ) -> None:
        # Imported here: the library takes a while to load, and only this class needs it.
        import onnxruntime as ort

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._pooling = pooling
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or 0
        # Spinning threads would take the cores from the web process beside us between two runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # A plan of the memory for each shape of a batch would be kept for ever: no two are alike.
        options.enable_mem_pattern = False
        self._session = ort.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        *,
        learned: Learned = BASE,
        cache: Path,
        threads: int | None = None,
    ) -> Self:
        """The encoder from its pinned weights; the graph is built on first use and kept.

        Args:
            path: the folder with the weights, where it is none of the usual places.
            learned: what a model puts on top; by default nothing, in float32.
            cache: folder for the built graph.
            threads: for one run; None for all cores.

        Raises:
            WeightsMissing: the weights are nowhere.
            WeightsChanged: they are other weights.
        """
        files = pinned.find(path)
        graph = cached_graph(files, learned, cache)
        found = pooling(learned.adapter)
        return cls(files.tokenizer, graph, pooling=found, threads=threads)

    @property
    def width(self) -> int:
        """Length of a vector."""
        return WIDTH

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encodes texts, in their order, each alone."""
        return [encoded for (encoded,) in self.read([[Segment(text)] for text in texts])]

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """Encodes the asked segments of interactions; equal windows are computed once."""
        unique = list(dict.fromkeys(one.text for segments in interactions for one in segments))
        pieces = dict(zip(unique, self._pieces(unique), strict=True))
        packed = [
            list(windows([pieces[one.text].ids for one in segments], [s.asked for s in segments]))
            for segments in interactions
        ]
        states = self._states(dict.fromkeys(window for found in packed for window in found))
        spans = [(window, span) for found in packed for window in found for span in window.spans]
        means = np.array(
            [states[window][s.start - 1 : s.end + 1].mean(axis=0) for window, s in spans],
            dtype=np.float32,
        ).reshape(-1, WIDTH)
        vectors = means if self._pooling is None else _pooled(self._pooling, spans, states, means)
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        place = 0
        answers: list[list[Encoded]] = []
        for segments, found in zip(interactions, packed, strict=True):
            of_interaction = [(window, span) for window in found for span in window.spans]
            answers.append([])
            for window, span in of_interaction:
                offsets = pieces[segments[span.segment].text].offsets[: span.end - span.start]
                answers[-1].append(
                    Encoded(
                        vector=vectors[place],
                        mean=means[place],
                        closing=states[window][span.end],
                        states=states[window][span.start : span.end],
                        offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2),
                    )
                )
                place += 1
        return answers

    def _pieces(self, texts: list[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch(texts, add_special_tokens=False)

    def _states(self, found: Iterable[Window]) -> dict[Window, Vectors]:
        """(tokens, width) states of every window."""
        answers: dict[Window, Vectors] = {}
        listed = list(found)
        for places in batches([len(window.ids) for window in listed]):
            batch = [listed[place] for place in places]
            longest = max(len(window.ids) for window in batch)
            ids = np.zeros((len(batch), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, window in enumerate(batch):
                ids[row, : len(window.ids)] = window.ids
                mask[row, : len(window.ids)] = 1
            feed = {"input_ids": ids, "attention_mask": mask}
            (states,) = self._session.run(["token_states"], feed)
            for row, window in enumerate(batch):
                answers[window] = states[row, : len(window.ids)]
        return answers


def _pooled(
    pooling: Pooling,
    spans: Sequence[tuple[Window, Span]],
    states: Mapping[Window, Vectors],
    means: Vectors,
) -> Vectors:
    """(passages, width) what passages are about: states of rare pieces count more than of common.

    A passage without a word piece has the mean of its separators.
    """
    found = means.copy()
    for row, (window, span) in enumerate(spans):
        if span.end > span.start:
            weights = pooling.weights[list(window.ids[span.start : span.end])]
            found[row] = weights @ states[window][span.start : span.end] / weights.sum()
    return np.asarray(found @ pooling.projection.T, dtype=np.float32)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts in batches of like length, so that little padding is computed.

    Args:
        lengths: of the texts, in tokens.
    """
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[place]
        if batch and (
            length > STRETCH * lengths[batch[0]] or (len(batch) + 1) * length > BATCH_TOKENS
        ):
            yield batch
            batch = []
        batch.append(place)
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


def graph_path(learned: Learned, cache: Path) -> Path:
    """Where the built graph is kept; the name changes with whatever the graph is made from."""
    kind = "float32" if learned.ranges is None else f"int8w{weight_bits()}"
    files = [f and pinned.digest(f) for f in (learned.adapter, learned.ranges)]
    made_from = f"{GRAPH_VERSION} {pinned.WEIGHTS_SHA256} {files} {kind} {version('onnxruntime')}"
    return cache / f"encoder-{kind}-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}.onnx"


def cached_graph(files: pinned.EncoderFiles, learned: Learned, cache: Path) -> Path:
    """The graph's file, built if it is not there yet.

    The digest of the weights is checked when the graph is built; the kept graph's name carries it.

    Raises:
        WeightsChanged: the weights are not the pinned ones.
    """
    target = graph_path(learned, cache)
    if not target.is_file():
        pinned.verify(files)
        _build_graph(files, learned, target)
    return target


def _build_graph(files: pinned.EncoderFiles, learned: Learned, target: Path) -> None:
    # Needed once a machine; the running service does without these.
    import onnx
    from safetensors.numpy import load_file

    from nlp import onnx_graph
    from nlp.adapter import merged

    model = onnx_graph.build(
        merged(load_file(files.weights), learned.adapter),
        None if learned.ranges is None else onnx_graph.read_ranges(learned.ranges),
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

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """Encodes the asked segments; what surrounds them plays no part."""
        return [self.encode([one.text for one in found if one.asked]) for found in interactions]

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
        mean = (total / max(len(offsets), 1)).astype(np.float32)
        places = np.array(offsets, dtype=np.int32).reshape(-1, 2)
        return Encoded(mean / np.linalg.norm(mean), mean, mean, states, places)

    def _direction(self, word: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        return np.random.default_rng(seed).standard_normal(self._width, dtype=np.float32)
