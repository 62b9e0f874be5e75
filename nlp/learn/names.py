"""Trains the names model: the token head over the frozen encoder's inner layers.

The states of all texts are computed once, as they are served (int8), and kept in memory as half
floats; the head is then fitted on them with PyTorch, on a CPU, in some minutes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from nlp import onnx_graph
from nlp import weights as pinned
from nlp.heads.tokens import TokenHead, best_tags
from nlp.learn import names_texts, quantize
from nlp.learn.names_corpora import LABELS, SETS, Marked
from nlp.learn.names_fit import TAGS, Sample, Say, Trainer, allowed_tags
from nlp.redact import names_model, surface
from nlp.redact.states import LAYERS, MAX_TOKENS, EncoderStates, WordStates, cached_graph

EPOCHS = 4
SEED = 20261122
MEASURED = 400
"""Texts on which the ranges of the int8 encoder are measured."""
LEANS = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A text of a development split with the head's scores.

    Attributes:
        text: with its marks.
        bounds: of its words.
        scores: logarithms of the chances, (words, tags).
    """

    text: Marked
    bounds: surface.Bounds
    scores: NDArray[np.float32]


def samples(texts: Sequence[Marked], states: WordStates, size: int = 512) -> Iterator[Sample]:
    """Texts as samples, in their order; those without a word are left out.

    Args:
        texts: marked.
        states: give words their states.
        size: texts that are encoded at once; their states are in memory as single floats.
    """
    for place in range(0, len(texts), size):
        part = texts[place : place + size]
        read = [surface.read(one.text) for one in part]
        found = states([one.text for one in part], [one.bounds for one in read])
        for one, words, state in zip(part, read, found, strict=True):
            if words.bounds:
                yield Sample(
                    surface=words,
                    states=state.astype(np.float16),
                    allowed=allowed_tags(one, words.bounds),
                )


def scored(head: TokenHead, texts: Sequence[Marked], given: Sequence[Sample]) -> list[Scored]:
    """Texts with the head's scores.

    Args:
        head: fitted.
        texts: those that have a word.
        given: their samples.
    """
    return [
        Scored(
            text=text,
            bounds=one.surface.bounds,
            scores=head.logarithms(one.surface.features, one.states.astype(np.float32)),
        )
        for text, one in zip(texts, given, strict=True)
    ]


def leaning(head: TokenHead, given: Sequence[Scored]) -> NDArray[np.float32]:
    """How far "none" is held back on the development splits: where recall and precision both count.

    Persons in tweets are judged by F1, the rest by how much of what is personal is covered at a
    precision of .9.

    Args:
        head: fitted, without a lean.
        given: texts of development splits.
    """
    best, chosen = -1.0, 0.0
    for back in LEANS:
        lean = _lean(back)
        tweets = _counts(head, given, lean, source="ner_wnut17")
        invented = _counts(head, given, lean, source="pii_presidio_research")
        value = tweets.f1 + invented.f1
        if value > best:
            best, chosen = value, back
    return _lean(chosen)


def _lean(back: float) -> NDArray[np.float32]:
    lean = np.zeros(TAGS, dtype=np.float32)
    lean[0] = -back
    return lean


@dataclass(frozen=True, slots=True)
class Counts:
    """Entities in the texts, entities said, and those said that are in the texts.

    Attributes:
        gold: in the texts.
        said: by the head.
        right: both, to the character.
    """

    gold: int
    said: int
    right: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where there is nothing."""
        return 2 * self.right / max(self.gold + self.said, 1)


def _counts(
    head: TokenHead, given: Sequence[Scored], lean: NDArray[np.float32], *, source: str
) -> Counts:
    gold = said = right = 0
    for one in given:
        if one.text.source != source:
            continue
        marked = {mark for mark in one.text.marks if mark[2] in ("PERSON", "ADDRESS")}
        found = {
            (one.bounds[entity.first][0], one.bounds[entity.last][1], entity.label)
            for entity in head.entities(one.scores, best_tags(one.scores + lean))
            if entity.label in ("PERSON", "ADDRESS")
        }
        gold, said, right = gold + len(marked), said + len(found), right + len(marked & found)
    return Counts(gold, said, right)


def fitted(
    train: Sequence[Sample], dev: Sequence[Sample], texts: Sequence[Marked], say: Say
) -> dict[str, NDArray[np.float16]]:
    """The tensors of a head fitted on samples, with its lean chosen on others.

    Args:
        train: to fit on.
        dev: to choose on.
        texts: of `dev`.
        say: told how it goes.
    """
    trainer = Trainer(train[0].states.shape[1], seed=SEED)
    trainer.fit(train, epochs=EPOCHS, say=say)
    tensors = trainer.tensors() | {"lean": np.zeros(TAGS, dtype=np.float16)}
    head = TokenHead.from_tensors(tensors, LABELS)
    tensors["lean"] = leaning(head, scored(head, texts, dev)).astype(np.float16)
    say(f"lean {float(tensors['lean'][0]):g}")
    return tensors


def train(  # noqa: PLR0913 - as the command's options
    data: Path, corpus: Path, target: Path, *, cache: Path, ranges: Path | None, say: Say
) -> None:
    """Trains a names model and writes its folder.

    Args:
        data: root of the local copies of the public sets.
        corpus: the project's own.
        target: folder to write; its name is the model's.
        cache: folder for built graphs.
        ranges: of the frozen encoder, from an earlier model; measured on the texts if None.
        say: told how it goes.
    """
    files = pinned.find()
    texts = names_texts.training(data, corpus)
    target.mkdir(parents=True, exist_ok=True)
    own = target / names_model.RANGES
    if ranges is None:
        step = max(1, len(texts) // MEASURED)
        tokenizer: Tokenizer = Tokenizer.from_file(str(files.tokenizer))
        tokenizer.enable_truncation(MAX_TOKENS)
        ids = [tokenizer.encode(one.text).ids for one in texts[::step]]
        onnx_graph.write_ranges(own, quantize.measure(ids, load_file(files.weights)))
    elif ranges.resolve() != own.resolve():
        own.write_bytes(ranges.read_bytes())
    states = EncoderStates(files.tokenizer, cached_graph(files, own, cache, LAYERS))
    say(f"{len(texts)} texts")
    fit_on = list(samples(texts, states))
    choose_on = [one for one in names_texts.public(data, "dev") if surface.words(one.text)]
    tensors = fitted(fit_on, list(samples(choose_on, states)), choose_on, say)
    names_model.write_folder(target, tensors, facts(texts))


def facts(texts: Sequence[Marked]) -> dict[str, Any]:
    """How a model was trained, for `model.json`.

    Args:
        texts: what it was trained on.
    """
    sources = Counter(one.source for one in texts)
    return {
        "labels": list(LABELS),
        "layers": list(LAYERS),
        "trained": {
            "command": "conduit train-names",
            "seed": SEED,
            "epochs": EPOCHS,
            "texts": dict(sorted(sources.items())),
            "public": {
                name: {
                    "repository": one.repository,
                    "commit": one.commit,
                    "licence": one.licence,
                    "files": dict(one.files),
                }
                for name, one in SETS.items()
            },
        },
    }
