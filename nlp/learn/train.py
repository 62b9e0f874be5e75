"""Trains an adapter and heads, and writes a model folder.

The network learns from the train split of the project's own corpus and, where a teacher's answers
lie in the folder (`nlp.learn.teacher`), from them and from public texts that nobody labelled but
it. Everything chosen afterwards is chosen on the dev split, from the int8 encoder as it is served
(`nlp.learn.calibrate`). The test split is never read here.
"""

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from nlp import weights as pinned
from nlp.encoder import Encoded, Learned, OnnxEncoder
from nlp.heads.linear import Features, Lexical, Linear, Tensors
from nlp.learn import calibrate, corpora, quantize, registry, samples, taught, unlabelled
from nlp.learn.corpora import Example, Labelled
from nlp.learn.device import device
from nlp.learn.fit import SENTIMENT, Plan, fit, read_alone
from nlp.learn.network import Network
from nlp.learn.samples import Sample
from nlp.lexical import Lexicon
from nlp.passages import segments
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.weights import digest
from nlp.windows import Segment

HEAD = "categories"

# On dev, mean average precision .848 with people's labels alone, .858 with the teacher's mixed in,
# .862 with its answers on other texts too, and passages as a recogniser writes them.
TEACHER_SHARE = 0.7
UNLABELLED_SHARE = 0.5  # of the windows that only the teacher labelled
PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'  # all marks but the apostrophe

# How many rows are drawn of each public set for the sentiment head, the last of which knows what
# customers ask a bot for, without feeling.
PUBLIC_ROWS = {
    "maalej_rej2015": 2500,
    "pros_cons": 1500,
    "hu_liu_product_reviews": 2000,
    "multidogo_sentences": 3000,
}
RANGE_WINDOWS = 300
FEELINGS_C = 0.003  # inverse strength of the L2 penalty; .03 was tried too
WORDS_C = 10.0  # inverse strength of the L2 penalty of the words' opinion

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


def train(
    corpus: Path,
    root: Path,
    target: Path,
    *,
    cache: Path,
    told: Callable[[str], None] = lambda line: None,
) -> None:
    """Trains and writes a model folder.

    Args:
        corpus: folder of the project's own corpus.
        root: root of the local cache of public sets.
        target: `models/<name>`.
        cache: folder for the encoder's graph.
        told: is told how it goes, a line at a time.

    Raises:
        OptionError: a public set is missing or another file.
    """
    plan = Plan()
    own, dev = corpora.to_learn(corpus, "train"), corpora.to_learn(corpus, "dev")
    files = pinned.find()
    pinned.verify(files)
    tokenizer = plain_tokenizer(files.tokenizer)
    answers = target / taught.FILE
    learning = lessons(own, tokenizer, answers if answers.is_file() else None, root)
    told(f"{len(learning)} windows, {sum(len(one.targets) for one in learning)} passages")
    weights = load_file(files.weights)
    sizes = {HEAD: len(CATEGORIES), SENTIMENT: len(SENTIMENTS)}
    network = Network(weights, sizes, seed=plan.seed)
    fit(network, learning, plan, alone=read_alone(weights, learning), told=told)
    # Beside the target, which may be serving meanwhile; it takes its place when it is whole.
    part = target.with_name(f"{target.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    if answers.is_file():
        shutil.copyfile(answers, part / taught.FILE)
    save_file(network.learned(), part / registry.ADAPTER)
    rows = Rows(own, dev, public_examples(root, PUBLIC_ROWS))
    finish(part, network_tensors(network), rows, cache)
    registry.describe(part, name=target.name, facts={"trained": _facts(corpus, rows, part, plan)})
    if target.exists():
        shutil.rmtree(target)
    part.rename(target)


def lessons(
    own: Sequence[Labelled], tokenizer: Tokenizer, answers: Path | None, root: Path
) -> list[Sample]:
    """The windows that the network learns from.

    Args:
        own: the train split of the project's own corpus.
        tokenizer: the encoder's.
        answers: a teacher's; None for people's labels alone.
        root: root of the local cache of public sets.
    """
    windows = samples.of_interactions(own, tokenizer, HEAD)
    others: list[Sample] = []
    if answers is not None:
        unlabelled_ones = unlabelled.interactions(root)
        asked = {taught.OWN: own, taught.UNLABELLED: unlabelled_ones}
        said = taught.read(answers, asked)
        windows = said[taught.OWN].mixed(windows, TEACHER_SHARE)
        others = samples.of_interactions(unlabelled_ones, tokenizer, HEAD)
        others = said[taught.UNLABELLED].mixed(others, 1)
        rng = random.Random(Plan().seed)  # noqa: S311 - a draw, not a secret
        others = rng.sample(others, int(len(others) * UNLABELLED_SHARE))
    marks = frozenset(tokenizer.token_to_id(mark) or 0 for mark in PUNCTUATION)
    heard = [samples.spoken(sample, marks) for sample in windows]
    return [*windows, *(sample for sample in heard if sample.targets), *others]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the heads are fitted and chosen on.

    Attributes:
        own: the train split of the project's own corpus.
        dev: its dev split.
        public: rows of public sets, for the sentiment head.
    """

    own: Sequence[Labelled]
    dev: Sequence[Labelled]
    public: Sequence[Example]


def finish(part: Path, tensors: Tensors, rows: Rows, cache: Path) -> None:
    """What comes after the network: ranges, what is fitted on the served encoder, all choices.

    Args:
        part: a model folder with an adapter.
        tensors: of the network's heads.
        rows: what to fit and choose on.
        cache: folder for the encoder's graph.
    """
    tokenizer = plain_tokenizer(pinned.find().tokenizer)
    windows = samples.of_interactions(rows.own, tokenizer, HEAD)
    windows += samples.of_passages(rows.public, tokenizer, HEAD)
    rng = random.Random(Plan().seed)  # noqa: S311 - a draw, not a secret
    drawn = rng.sample(windows, min(len(windows), RANGE_WINDOWS))
    adapter, ranges = part / registry.ADAPTER, part / registry.RANGES
    quantize.write([sample.window.ids for sample in drawn], adapter, ranges)
    encoder = OnnxEncoder.load(learned=Learned(adapter, ranges), cache=cache)
    own = [example for one in rows.own for example in one.examples]
    states = served_states(encoder, rows)
    lexicon, words = words_opinion(own)
    fitted = {**tensors, **words, **feelings(states, (*own, *rows.public))}
    registry.write_heads(part, {**fitted, **choices(fitted, lexicon, encoder, rows.dev)}, lexicon)


def served_states(encoder: OnnxEncoder, rows: Rows) -> Vectors:
    """(passages, 2 * width) what the heads read of the own train split and then of public rows."""
    read = encoder.read([segments(one.interaction) for one in rows.own])
    read += encoder.read([[Segment(one.text)] for one in rows.public])
    return np.array([np.concatenate([one.mean, one.closing]) for few in read for one in few])


def feelings(states: Vectors, examples: Sequence[Example]) -> dict[str, Vectors]:
    """The sentiment head, fitted again on what the served encoder says.

    The public sets know no neutral passages, so that the network's own head takes whatever does
    not sound like our corpus for a feeling; here neutral ones of theirs stand beside them. On held
    out rows of the public sets macro F1 .771 became .895, on dev .789 became .775.

    Args:
        states: (passages, 2 * width).
        examples: the passages.
    """
    known = [row for row, one in enumerate(examples) if one.sentiment is not None]
    states = states[known]
    labels = [SENTIMENTS.index(examples[row].sentiment or "neutral") for row in known]
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


def words_opinion(examples: Sequence[Example]) -> tuple[Lexicon, dict[str, NDArray[np.float32]]]:
    """What words alone say of the categories: a vocabulary and a logistic regression over it.

    Beside the network it brought, on dev, .006 to .012 of average precision.
    """
    lexicon = Lexicon.learn(example.text for example in examples)
    matrix = term_matrix(lexicon, [example.text for example in examples])
    weights, biases = [], []
    for category in CATEGORIES:
        labels = [category in (example.categories or ()) for example in examples]
        model = LogisticRegression(C=WORDS_C, max_iter=1000).fit(matrix, labels)
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return lexicon, {
        "categories/words/weights": np.array(weights, dtype=np.float32),
        "categories/words/bias": np.array(biases, dtype=np.float32),
    }


def term_matrix(lexicon: Lexicon, texts: Sequence[str]) -> Any:
    """(texts, terms) sparse; scipy ships no types for it."""
    found = [lexicon.vector(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(word.places) for word in found])
    values = np.concatenate([word.values for word in found])
    places = np.concatenate([word.places for word in found])
    shape = (len(texts), len(lexicon.vocabulary))
    return sparse.csr_matrix((values, (rows, places)), shape=shape)


def network_tensors(network: Network) -> dict[str, NDArray[np.float32]]:
    """The heads of a network under the names that serving reads."""
    heads = {
        HEAD: network.heads[HEAD],
        SENTIMENT: network.heads[SENTIMENT],
        "quotes": network.tokens,
    }
    return {
        f"{name}/{tensor}": getattr(head, part).detach().cpu().numpy().astype(np.float32)
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
    states = Linear.from_tensors(tensors, HEAD).scores(features).astype(np.float64)
    words = Lexical.from_tensors(tensors, f"{HEAD}/words").scores(features).astype(np.float64)
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


def _facts(corpus: Path, rows: Rows, part: Path, plan: Plan) -> Mapping[str, Any]:
    answers = part / taught.FILE
    return {
        "command": "conduit train",
        "settings": plan.as_json(),
        "device": device().type,
        "own": {
            "passages": sum(len(one.examples) for one in rows.own),
            "interactions": len(rows.own),
            "dev_passages": sum(len(one.examples) for one in rows.dev),
            "dev_interactions": len(rows.dev),
            "files": {file.name: digest(file) for file in sorted(corpus.glob("*.jsonl"))},
        },
        "teacher": taught.facts(answers) if answers.is_file() else None,
        "public": {
            name: {
                "rows": sum(example.source == name for example in rows.public),
                "sha256": corpora.PUBLIC[name].sha256,
                "licence": corpora.PUBLIC[name].licence,
            }
            for name in PUBLIC_ROWS
        },
    }
