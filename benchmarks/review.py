"""How many judgements the review queue saves against random choice: `python -m benchmarks.review`.

A stream is simulated. What comes in is the train split of `corpora/contact_centre`; people answer
as its labels say; and what a model knows is measured on the development split. The test split plays
no part. A model starts from 100 passages drawn at random; each round 100 more are judged (200
from the thousandth on), chosen by the queue (its random share of a fifth included) or all at
random, and the model is fitted anew.

The shipped model's encoder has learned from these very labels, and states read by it would flatter
whoever asks few questions. The passages are therefore read by the pinned encoder as it came, which
has seen none of them. The learner has the shape of the served heads: a linear opinion of the
encoder's states beside one of the words (as `nlp.learn.train` fits it), both weighed, calibrated
and given a threshold (`nlp.learn.calibrate`) on one half of the development split, and measured on
the other; odd seeds swap the halves. The queue sees probabilities, thresholds, vectors, and how
many cases of each category were judged. In the service it sees less: probabilities of findings
alone, and of what a shadow run tells of; passages just below a threshold look like all others.

States are kept below the cache folder, so that a second run begins at once.
"""

import argparse
import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from benchmarks.review_drawing import drawing
from nlp.encoder import OnnxEncoder
from nlp.learn import corpora, review
from nlp.learn.calibrate import best_threshold
from nlp.learn.review import RANDOM_SHARE, Candidates
from nlp.lexical import Lexicon
from nlp.passages import segments
from nlp.types import CATEGORIES
from nlp.weights import CACHE, WEIGHTS_SHA256

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpora" / "contact_centre"
DOCUMENT = ROOT / "docs" / "review.md"
DRAWING = ROOT / "docs" / "review.svg"
BEGIN, END = "<!-- review -->", "<!-- /review -->"

SEEDS = 12
FIRST = 100
ROUND = 100
QUEUE_AT = (*range(FIRST, 1000, ROUND), *range(1000, 3401, 2 * ROUND))
RANDOM_AT = (
    *(100, 200, 300, 400, 500, 600, 800, 1000, 1250, 1500),
    *(2000, 2500, 3000, 4000, 5000, 6000, 8000),
)
SHOWN = (200, 300, 500, 800, 1000, 1400, 2000, 2600, 3400)
OF_ALL = (0.8, 0.85, 0.9, 0.95)
WORDS_C = 10.0  # inverse strength of the L2 penalty of the words' opinion, as in training
STATES_C = 0.01  # the same of the states', on their scale here; .003 to .1 were tried at random
BATCH = 32  # interactions that are read together


@dataclass(frozen=True, slots=True)
class Pool:
    """A split as the heads see it.

    Attributes:
        states: (passages, 2 * width).
        vectors: (passages, width), of length 1.
        labels: (passages, categories).
        groups: (passages,) number of the interaction.
        texts: the passages.
    """

    states: Floats
    vectors: Floats
    labels: Bools
    groups: Ints
    texts: Sequence[str]


def pool(part: str, cache: Path) -> Pool:
    """A split, read by the pinned encoder as it came; kept by the corpus's and weights' digests."""
    labelled = corpora.to_learn(CORPUS, "train" if part == "train" else "dev")
    examples = [example for one in labelled for example in one.examples]
    texts = [example.text for example in examples]
    made_from = "\0".join([WEIGHTS_SHA256, part, *texts]).encode()
    kept = cache / f"review-{part}-{hashlib.sha256(made_from).hexdigest()[:12]}.npz"
    if not kept.is_file():
        encoder = OnnxEncoder.load(cache=cache)
        read = []
        for first in range(0, len(labelled), BATCH):
            batch = labelled[first : first + BATCH]
            found = encoder.read([segments(one.interaction) for one in batch])
            read += [one for encoded in found for one in encoded]
        np.savez(
            kept,
            states=np.stack([np.concatenate([one.mean, one.closing]) for one in read]),
            vectors=np.stack([one.vector for one in read]),
        )
    with np.load(kept) as arrays:
        states, vectors = arrays["states"], arrays["vectors"]
    sizes = [len(one.examples) for one in labelled]
    return Pool(
        states=states,
        vectors=vectors,
        labels=np.array(
            [[name in (one.categories or ()) for name in CATEGORIES] for one in examples]
        ),
        groups=np.repeat(np.arange(len(sizes)), sizes),
        texts=texts,
    )


@dataclass(frozen=True, slots=True)
class Views:
    """Both splits as the two opinions read them: states on one scale, and words.

    Attributes:
        train: what comes in.
        dev: what is measured on.
        states: of both.
        words: of both.
    """

    train: Pool
    dev: Pool
    states: tuple[Floats, Floats]
    words: tuple[csr_matrix, csr_matrix]

    @classmethod
    def of(cls, train: Pool, dev: Pool) -> "Views":
        """From what was read; the vocabulary is that of what comes in, without its labels."""
        mean, scale = train.states.mean(axis=0), train.states.std()
        lexicon = Lexicon.learn(train.texts)
        return cls(
            train,
            dev,
            ((train.states - mean) / scale, (dev.states - mean) / scale),
            (_matrix(lexicon, train.texts), _matrix(lexicon, dev.texts)),
        )


def _matrix(lexicon: Lexicon, texts: Sequence[str]) -> csr_matrix:
    found = [lexicon.vector(text) for text in texts]
    ends = np.cumsum([0, *(len(one.places) for one in found)])
    places = np.concatenate([one.places for one in found])
    values = np.concatenate([one.values for one in found])
    return csr_matrix((values, places, ends), shape=(len(texts), len(lexicon.vocabulary)))


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned from some judgements, and what it says.

    Attributes:
        here: (train passages, categories) probabilities.
        thresholds: (categories,).
        f1: macro F1 on the half of the development split that nothing was chosen on.
    """

    here: Doubles
    thresholds: Doubles
    f1: float


def learn(views: Views, rows: Ints, choosing: Bools) -> Model:
    """Fits the heads on judged passages, calibrates them on one half of dev, measures on the other.

    Args:
        views: both splits.
        rows: of the train split, those that were judged.
        choosing: (dev passages,) the half that thresholds are chosen on.
    """
    here = np.zeros((len(views.train.labels), len(CATEGORIES)))
    held = np.zeros((len(views.dev.labels), len(CATEGORIES)))
    thresholds = np.zeros(len(CATEGORIES))
    for column in range(len(CATEGORIES)):
        truth = views.train.labels[rows, column].copy()
        if not truth.any():  # nobody met the category yet: nothing is known of it
            truth[0] = True
        states = LogisticRegression(C=STATES_C, max_iter=100, tol=1e-3)
        words = LogisticRegression(C=WORDS_C, max_iter=100, tol=1e-3)
        states.fit(views.states[0][rows], truth)
        words.fit(views.words[0][rows], truth)
        opinions = [
            np.stack([states.decision_function(a), words.decision_function(b)], axis=1)
            for a, b in zip(views.states, views.words, strict=True)
        ]
        labels = views.dev.labels[choosing, column]
        both = LogisticRegression(C=100).fit(opinions[1][choosing], labels)
        here[:, column] = both.predict_proba(opinions[0])[:, 1]
        held[:, column] = both.predict_proba(opinions[1])[:, 1]
        thresholds[column] = best_threshold(labels, held[choosing, column])
    said, gold = held[~choosing] >= thresholds, views.dev.labels[~choosing]
    f1 = 2 * (said & gold).sum(axis=0) / (said.sum(axis=0) + gold.sum(axis=0))
    return Model(here, thresholds, float(f1.mean()))


def by_queue(
    views: Views, model: Model, judged: Bools, random: np.random.Generator, count: int
) -> Sequence[int]:
    """The next passages that the review queue asks for."""
    free = np.flatnonzero(~judged)
    found = np.asarray((model.here[free] >= model.thresholds).any(axis=1))
    drawn = review.draw(found, random.random(len(free)), int(count * RANDOM_SHARE))
    rows = [int(free[one.place]) for one in drawn]
    free = np.setdiff1d(free, rows)
    candidates = Candidates(
        probabilities=model.here[free],
        thresholds=model.thresholds,
        vectors=views.train.vectors[free].astype(np.float64),
        judged=views.train.labels[judged].sum(axis=0),
    )
    chosen = review.choose(candidates, count - len(rows))
    return [*rows, *(int(free[one.place]) for one in chosen)]


def by_chance(
    _views: Views, _model: Model, judged: Bools, random: np.random.Generator, count: int
) -> Sequence[int]:
    """Passages drawn at random."""
    found: list[int] = random.choice(np.flatnonzero(~judged), count, replace=False).tolist()
    return found


CHOICES = {"queue": by_queue, "random": by_chance}
AT = {"queue": QUEUE_AT, "random": RANDOM_AT}


def curve(views: Views, name: str, seed: int) -> Doubles:
    """Macro F1 after each of `AT[name]` judged passages."""
    choose, at = CHOICES[name], AT[name]
    random = np.random.default_rng(seed)
    choosing = views.dev.groups % 2 == seed % 2
    judged = np.zeros(len(views.train.labels), dtype=bool)
    judged[random.permutation(len(judged))[: at[0]]] = True
    values = []
    for number, following in zip(at, (*at[1:], None), strict=True):
        model = learn(views, np.flatnonzero(judged), choosing)
        values.append(model.f1)
        if following is not None:
            judged[choose(views, model, judged, random, following - number)] = True
    return np.array(values)


def labels_for(mean: Doubles, wanted: float, at: Sequence[int]) -> float | None:
    """Judgements after which a curve is at a value, between rounds by a straight line.

    None where it never is. What counts is the running best: a mean over few seeds wavers.
    """
    best = np.maximum.accumulate(mean)
    if best[-1] < wanted:
        return None
    return float(np.interp(wanted, best, at))


def _band(values: Doubles) -> tuple[float, float]:
    low, high = np.quantile(values, [0.1, 0.9])
    return float(low), float(high)


def table(queue: Doubles, random: Doubles) -> list[str]:
    """The table: F1 of both, and how many judgements random choice takes for the queue's F1.

    Args:
        queue: (seeds, len(QUEUE_AT)).
        random: (seeds, len(RANDOM_AT)).
    """
    lines = [
        "| judged passages | queue, macro F1 | random, macro F1 | random needs for the queue's F1 "
        "| the queue needs of that |",
        "|---|---|---|---|---|",
    ]
    mean = random.mean(axis=0)
    for number in SHOWN:
        first = queue[:, QUEUE_AT.index(number)]
        second = np.array([np.interp(number, RANDOM_AT, one) for one in random])
        needed = labels_for(mean, float(first.mean()), RANDOM_AT)
        lines.append(
            f"| {number:,} | {first.mean():.3f} ({_band(first)[0]:.3f} to {_band(first)[1]:.3f}) "
            f"| {second.mean():.3f} ({_band(second)[0]:.3f} to {_band(second)[1]:.3f}) | "
            + (
                f"more than {RANDOM_AT[-1]:,} | below {number / RANDOM_AT[-1]:.0%} |"
                if needed is None
                else f"{needed:,.0f} | {number / needed:.0%} |"
            )
        )
    return lines


def write(lines: Sequence[str]) -> None:
    """Puts the lines between their marks in the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    block = "\n".join([BEGIN, *lines, END])
    DOCUMENT.write_text(before + block + after, encoding="utf-8")


def reached(queue: Doubles, random: Doubles, ceiling: float) -> list[str]:
    """A second table: the judgements that both take for parts of what all of them would give."""
    lines = [
        "",
        "| macro F1 | of what all judgements give | queue | random | the queue needs of that |",
        "|---|---|---|---|---|",
    ]
    for part in OF_ALL:
        wanted = part * ceiling
        first = labels_for(queue.mean(axis=0), wanted, QUEUE_AT)
        second = labels_for(random.mean(axis=0), wanted, RANDOM_AT)
        if first is not None and second is not None:
            lines.append(
                f"| {wanted:.3f} | {part:.0%} | {first:,.0f} | {second:,.0f} "
                f"| {first / second:.0%} |"
            )
    return lines


_views: Views | None = None


def _load() -> Views:
    """Both splits, read once a process."""
    global _views  # noqa: PLW0603 - each process of the pool reads them once
    if _views is None:
        cache = CACHE.expanduser()
        cache.mkdir(parents=True, exist_ok=True)
        _views = Views.of(pool("train", cache), pool("dev", cache))
    return _views


def _one(task: tuple[str, int]) -> Doubles:
    return curve(_load(), *task)


def main() -> None:
    """Measures, prints the tables, and writes them and the curve into the documents."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    asked = parser.parse_args()
    views = _load()
    tasks = [(name, seed) for seed in range(asked.seeds) for name in CHOICES]
    with ProcessPoolExecutor(max_workers=2) as workers:
        curves = dict(zip(tasks, workers.map(_one, tasks), strict=True))
    queue, random = (
        np.stack([curves[name, seed] for seed in range(asked.seeds)]) for name in CHOICES
    )
    ceiling = _ceiling(views)
    lines = [
        *table(queue, random),
        *reached(queue, random, ceiling),
        "",
        f"{asked.seeds} seeds; in brackets the middle four fifths of them. "
        f"{len(views.train.texts):,} passages came in, {len(views.dev.texts):,} were measured on. "
        f"With all of them judged the same learner comes to {ceiling:.3f}.",
    ]
    print("\n".join(lines), flush=True)
    if not asked.dry:
        write(lines)
        DRAWING.write_text(drawing((QUEUE_AT, queue), (RANDOM_AT, random)), encoding="utf-8")


def _ceiling(views: Views) -> float:
    rows = np.arange(len(views.train.labels))
    halves = (views.dev.groups % 2 == 0, views.dev.groups % 2 == 1)
    return float(np.mean([learn(views, rows, half).f1 for half in halves]))


if __name__ == "__main__":
    main()
