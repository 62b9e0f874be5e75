"""Trains an adapter and heads, and writes a model folder.

The network learns from the train split of the project's own corpus and from public sets that may
be trained on. Everything chosen afterwards is chosen on the dev split, from the int8 encoder as it
is served (`nlp.learn.calibrate`). The test split is never read here.
"""

import random
import shutil
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from nlp import weights as pinned
from nlp.encoder import Encoded, Learned, OnnxEncoder
from nlp.errors import OptionError
from nlp.heads.linear import Features, Lexical, Linear, Tensors
from nlp.learn import calibrate, corpora, onward, quantize, registry, samples, vectors, words
from nlp.learn.corpora import Example, Labelled
from nlp.learn.fit import SENTIMENT, Plan, fit, read_alone
from nlp.learn.network import Network
from nlp.learn.samples import Readings
from nlp.lexical import Lexicon
from nlp.passages import segments
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.windows import Segment

OWN, PUBLIC = onward.OWN_HEAD, "public"  # heads: every source labels in its own manner

# How many rows are drawn of each public set. Their categories have a head of their own, so that
# they shape the adapter and not the decision; the sentiment head they share.
PUBLIC_ROWS = {
    "maalej_rej2015": 2500,
    "doc_labels": 400,
    "pros_cons": 1500,
    "hu_liu_product_reviews": 2000,
}
# What customers ask a bot for, without feeling: for the sentiment head.
NEUTRAL_ROWS = {"multidogo_sentences": 3000}
# Sentences that lead from the served states back to likeness, beside the own corpus.
VECTOR_ROWS = {"multidogo_sentences": 9000, "hu_liu_product_reviews": 2000}
RANGE_WINDOWS = 500
# Tokens of the first window, of the other ways to part an interaction.
FIRSTS = (45, 85)
FEELINGS_C = 0.003  # inverse strength of the L2 penalty; .03 was tried too

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to train.

    Attributes:
        device: as PyTorch names it: "cpu" or "cuda".
        twice: whether every window is read twice a step, which takes twice as long and brought .015
            of average precision on dev; None for yes where there is a GPU.
        parent: the folder of a model to learn on from; None to begin with the encoder.
        bfloat16: whether products are computed in bfloat16; half as fast again on a CPU that has
            instructions for it (AVX512_BF16, AMX), slower on others.
        seed: of the network's first values and of what every epoch draws; None for the plan's.
    """

    device: str = "cpu"
    twice: bool | None = None
    parent: Path | None = None
    bfloat16: bool = False
    seed: int | None = None

    def plan(self) -> Plan:
        """The plan that is followed."""
        found = replace(Plan(), bfloat16=self.bfloat16)
        if self.seed is not None:
            found = replace(found, seed=self.seed)
        if self.parent is not None:
            found = onward.plan(found)
        twice = self.device != "cpu" if self.twice is None else self.twice
        return found if twice else replace(found, consistency_weight=0.0)


def train(  # noqa: PLR0913 - as the command's options
    corpus: Path,
    root: Path,
    target: Path,
    *,
    cache: Path,
    way: Way | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> None:
    """Trains and writes a model folder.

    Args:
        corpus: folder of the project's own corpus.
        root: root of the local cache of public sets.
        target: `models/<name>`.
        cache: folder for the encoder's graph.
        way: how to train.
        told: is told how it goes, a line at a time.

    Raises:
        OptionError: a public set is missing or another file, or there is no such device.
        ModelError: there is no parent in its folder, or none that can be learned on from.
    """
    way = way or Way()
    _check_device(way.device)
    # Read before anything takes long: the target may be the parent.
    parent = registry.open_folder(way.parent) if way.parent else None
    own, dev = corpora.splits(corpus)
    public, neutral = public_examples(root, PUBLIC_ROWS), public_examples(root, NEUTRAL_ROWS)
    sentences = [one.text for one in public_examples(root, VECTOR_ROWS)]
    known = onward.known_to(parent, corpus) if parent else None
    learning = readings(own, public, known)
    network = _fitted(learning, way, parent, told)
    # Beside the target, which may be serving meanwhile; it takes its place when it is whole.
    part = target.with_name(f"{target.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    save_file(network.learned(), part / registry.ADAPTER)
    told("the ranges, vectors and heads, on the int8 encoder as it is served")
    finish(part, network_tensors(network), Rows(own, dev, public, neutral), sentences, cache)
    facts = _facts(corpus, own, dev, [*public, *neutral], way)
    if parent is not None:
        facts["parent"] = {"name": parent.name, "digest": parent.digest, "kept": onward.KEPT}
    registry.describe(part, name=target.name, facts={"trained": facts})
    if target.exists():
        shutil.rmtree(target)
    part.rename(target)


def _check_device(name: str) -> None:
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:  # an assertion where PyTorch has no CUDA in it
        why = str(error).partition(". ")[0]
        raise OptionError(
            f"device {name!r}: PyTorch cannot compute there ({why}); 'cpu' always works"
        ) from error


def readings(
    own: Sequence[Labelled], public: Sequence[Example], known: Container[str] | None = None
) -> list[Readings]:
    """Everything that the network learns from.

    Args:
        own: the train split of the project's own corpus.
        public: rows of public sets.
        known: ids of the interactions that a parent has learned from; None where there is none.
    """
    tokenizer = plain_tokenizer(pinned.find().tokenizer)
    marks = samples.punctuation(tokenizer)

    def read(few: Sequence[Labelled]) -> list[Readings]:
        found = samples.of_interactions(few, tokenizer, OWN, firsts=FIRSTS)
        return [samples.as_spoken(one, marks) for one in found]

    others = samples.of_passages(public, tokenizer, PUBLIC)
    others = [samples.as_spoken(one, marks) for one in others]
    if known is None:
        return [*read(own), *others]
    new = read([one for one in own if one.interaction.id not in known])
    old = read([one for one in own if one.interaction.id in known])
    return onward.repeated(new, old, others)


def _fitted(
    learning: Sequence[Readings],
    way: Way,
    parent: registry.Model | None,
    told: Callable[[str], None],
) -> Network:
    """A network that has learned, on the CPU."""
    files = pinned.find()
    pinned.verify(files)
    weights = load_file(files.weights)
    sizes = {OWN: len(CATEGORIES), PUBLIC: len(CATEGORIES), SENTIMENT: len(SENTIMENTS)}
    plan = way.plan()
    network = Network(weights, sizes, seed=plan.seed)
    if parent is not None:
        onward.take_over(network, parent)
    windows = sum(one.windows(plan.parted_share) for one in learning)
    told(f"{windows:.0f} windows an epoch, {plan.epochs} epochs, on {way.device}")
    alone = read_alone(weights, learning, way.device, bfloat16=way.bfloat16)
    began = onward.parameters(network) if parent is not None else {}
    network.to(way.device)
    fit(network, learning, plan, alone=alone, told=told)
    network.to("cpu")
    if parent is not None:
        onward.halfway(network, began)
    return network


@dataclass(frozen=True, slots=True)
class Rows:
    """What the heads are fitted and chosen on.

    Attributes:
        own: the train split of the project's own corpus.
        dev: its dev split.
        public: rows of public sets.
        neutral: more of them, that speak without feeling.
    """

    own: Sequence[Labelled]
    dev: Sequence[Labelled]
    public: Sequence[Example]
    neutral: Sequence[Example]


def finish(part: Path, tensors: Tensors, rows: Rows, sentences: Sequence[str], cache: Path) -> None:
    """Measures ranges, fits what is fitted on the served encoder, and makes all choices.

    Args:
        part: a model folder with the network's part of the adapter.
        tensors: of the network's heads.
        rows: what to fit and choose on.
        sentences: for the vectors, beside the train split.
        cache: folder for the encoder's graph.
    """
    learned = Learned(part / registry.ADAPTER, part / registry.RANGES)
    tokenizer = plain_tokenizer(pinned.find().tokenizer)
    shown = samples.of_interactions(rows.own, tokenizer, OWN)
    shown += samples.of_passages(rows.public, tokenizer, PUBLIC)
    quantize.write(_some_windows(shown), part / registry.ADAPTER, part / registry.RANGES)
    vectors.write(learned, vectors.Known(rows.own, sentences), tokenizer, cache)
    encoder = OnnxEncoder.load(learned=learned, cache=cache)
    lexicon, said = words.opinion([example for one in rows.own for example in one.examples])
    fitted = {**tensors, **said, **feelings(encoder, rows)}
    registry.write_heads(part, {**fitted, **choices(fitted, lexicon, encoder, rows.dev)}, lexicon)


def feelings(encoder: OnnxEncoder, rows: Rows) -> dict[str, NDArray[np.float32]]:
    """The sentiment head, fitted again on what the served encoder says.

    The public sets know no neutral passages, so that the network's own head takes whatever does
    not sound like our corpus for a feeling; here neutral ones of theirs stand beside them. On held
    out rows of the public sets macro F1 .54 became .91, on dev .751 became .752.
    """
    own = [example for one in rows.own for example in one.examples]
    public = [one for one in (*rows.public, *rows.neutral) if one.sentiment is not None]
    read = encoder.read([segments(one.interaction) for one in rows.own])
    read += encoder.read([[Segment(one.text)] for one in public])
    states = np.array([one.both for few in read for one in few])
    labels = [SENTIMENTS.index(one.sentiment or "neutral") for one in (*own, *public)]
    middle, spread = states.mean(axis=0), states.std(axis=0)
    learner = LogisticRegression(C=FEELINGS_C, max_iter=300, tol=1e-3)
    learner.fit((states - middle) / spread, labels)
    weights = learner.coef_ / spread
    return {
        "sentiment/weights": weights.astype(np.float32),
        "sentiment/bias": (learner.intercept_ - weights @ middle).astype(np.float32),
    }


def public_examples(root: Path, wanted: Mapping[str, int]) -> list[Example]:
    """A seeded draw from the public sets; a fifth of each is left out for measuring.

    Args:
        root: root of the local cache of public sets.
        wanted: how many rows of each.
    """
    drawn: list[Example] = []
    for name, rows in wanted.items():
        usable = [e for e in corpora.public(name, root) if corpora.split_of(e.group) != "test"]
        rng = random.Random(f"{Plan().seed} {name}")  # noqa: S311 - a draw, not a secret
        drawn += rng.sample(usable, min(len(usable), rows))
    return drawn


def plain_tokenizer(path: Path) -> Tokenizer:
    """The encoder's tokenizer, neither padding nor cutting."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _some_windows(learning: Sequence[Readings]) -> list[Sequence[int]]:
    rng = random.Random(Plan().seed)  # noqa: S311 - a draw, not a secret
    every = [sample for one in learning for sample in one.served]
    drawn = rng.sample(every, min(len(every), RANGE_WINDOWS))
    return [sample.window.ids for sample in drawn]


def network_tensors(network: Network) -> dict[str, NDArray[np.float32]]:
    """The heads of a network under the names that serving reads."""
    heads = {OWN: network.heads[OWN], SENTIMENT: network.heads[SENTIMENT], "quotes": network.tokens}
    return {
        f"{name}/{tensor}": getattr(head, part).detach().numpy().astype(np.float32)
        for name, head in heads.items()
        for tensor, part in (("weights", "weight"), ("bias", "bias"))
    }


def choices(
    tensors: Tensors, lexicon: Lexicon, encoder: OnnxEncoder, dev: Sequence[Labelled]
) -> dict[str, NDArray[np.float32]]:
    """Everything that is chosen on the dev split, as tensors."""
    read = encoder.read([segments(one.interaction) for one in dev])
    encoded = [one for found in read for one in found]
    examples = [example for one in dev for example in one.examples]
    features = Features.of([example.text for example in examples], encoded, lexicon)
    states = Linear.from_tensors(tensors, OWN).scores(features).astype(np.float64)
    words = Lexical.from_tensors(tensors, f"{OWN}/words").scores(features).astype(np.float64)
    decisions = [
        calibrate.decide(
            np.array([name in (example.categories or ()) for example in examples]),
            states[:, column],
            words[:, column],
        )
        for column, name in enumerate(CATEGORIES)
    ]
    feelings = np.array([SENTIMENTS.index(e.sentiment or "neutral") for e in examples])
    scores = Linear.from_tensors(tensors, SENTIMENT).scores(features).astype(np.float64)
    temperature = calibrate.temperature(feelings, scores)
    found = {
        "categories/calibration": np.array([one.calibration for one in decisions]),
        "categories/bands": np.array([one.band for one in decisions]),
        "sentiment/temperature": np.array([temperature]),
        "sentiment/offsets": calibrate.best_offsets(feelings, scores / temperature),
        "quotes/margin": _margins(tensors, examples, encoded),
    }
    return {name: value.astype(np.float32) for name, value in found.items()}


def _margins(tensors: Tensors, examples: Sequence[Example], encoded: Sequence[Encoded]) -> Floats:
    margins = []
    for column, name in enumerate(CATEGORIES):
        rows = [
            row
            for row, example in enumerate(examples)
            if any(quote.category == name for quote in example.quotes) and len(encoded[row].states)
        ]
        margins.append(
            calibrate.best_margin(
                [examples[row] for row in rows],
                [encoded[row] for row in rows],
                [
                    encoded[row].states @ tensors["quotes/weights"][column]
                    + tensors["quotes/bias"][column]
                    for row in rows
                ],
                column,
            )
        )
    return np.array(margins)


def _facts(
    corpus: Path,
    own: Sequence[Labelled],
    dev: Sequence[Labelled],
    public: Sequence[Example],
    way: Way,
) -> dict[str, Any]:
    return {
        "command": "conduit train",
        "device": way.device,
        "settings": way.plan().as_json(),
        "own": {
            "passages": sum(len(one.examples) for one in own),
            "interactions": len(own),
            "dev_passages": sum(len(one.examples) for one in dev),
            "dev_interactions": len(dev),
            "files": corpora.digests(corpus),
        },
        "public": {
            name: {
                "rows": sum(example.source == name for example in public),
                "sha256": corpora.PUBLIC[name].sha256,
                "licence": corpora.PUBLIC[name].licence,
            }
            for name in (*PUBLIC_ROWS, *NEUTRAL_ROWS)
        },
        "vectors": VECTOR_ROWS,
    }
