"""How soon a drift is found, and how often a wave is taken for one: `python -m benchmarks.drift`.

Streams of weeks are drawn, with replacement, from the train and dev splits of the project's corpus,
as the model reads it; the test split is not touched. Each industry has its own share of a week's
traffic, which strays from week to week (log-normal, 30 per cent). Four streams have no drift:

- still: nothing else;
- yearly: each industry swings by up to half through the year, in a phase of its own, and complaints
  with it: interactions with a product defect come more often by up to 30 per cent;
- Christmas: for three weeks of each year some industries have four times their share, and
  interactions with negative sentiment come twice as often;
- first year: the yearly wave, and no more than 40 weeks of history: nothing can know it.

A report is made each week; false is one that says that anything moved against the weeks before.

Drift is a new product with new words (`corpora/new_product`), mixed into the yearly stream from a
week on, or an existing kind of interaction that takes a greater share.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from scipy import sparse

from nlp.learn import corpora, drift, reference
from nlp.learn.drift_report import Report
from nlp.learn.reference import Read, Reference
from nlp.learn.sketches import BINS, Kernel, Sketch, Sums, Window, values
from nlp.pipeline import Miner
from nlp.types import CATEGORIES, CHANNELS

CORPORA = Path(__file__).parents[1] / "corpora"
NEW = "new product"
MONDAY = date(2023, 1, 2)
Kind = Literal["still", "yearly", "christmas"]
Drift = Literal["product", "defects"]
BEGINS = 118
DRIFTS: tuple[tuple[str, Drift, float], ...] = (
    ("a new product", "product", 0.05),
    ("a new product", "product", 0.1),
    ("a new product", "product", 0.2),
    ("more product defects", "defects", 0.1),
    ("more product defects", "defects", 0.2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Interactions that streams are drawn from, ready to be summed up; a row is one of them.

    Attributes:
        channels: of each.
        industries: of each; `NEW` for those of the new product.
        names: of the figures.
        figures: (interactions, figures), NaN where one does not apply.
        features: (interactions, features).
        words: (interactions, words) said or not.
        vocabulary: the words.
    """

    channels: np.ndarray
    industries: np.ndarray
    names: tuple[str, ...]
    figures: np.ndarray
    features: np.ndarray
    words: sparse.csr_matrix
    vocabulary: tuple[str, ...]

    @classmethod
    def of(cls, reads: Sequence[Read], kernel: Kernel, known: set[str]) -> "Pool":
        """The pool of interactions as a model read them."""
        found = [values(read.arrived, known) for read in reads]
        names = tuple(sorted({name for one in found for name in one}))
        vocabulary = tuple(sorted({word for read in reads for word in read.arrived.words}))
        places = {word: place for place, word in enumerate(vocabulary)}
        rows = [row for row, read in enumerate(reads) for _ in read.arrived.words]
        columns = [places[word] for read in reads for word in read.arrived.words]
        shape = (len(reads), len(vocabulary))
        return cls(
            channels=np.array([read.channel for read in reads]),
            industries=np.array([read.industry for read in reads]),
            names=names,
            figures=np.array([[one.get(name, np.nan) for name in names] for one in found]),
            features=np.stack([kernel.features(one.arrived.vectors).mean(axis=0) for one in reads]),
            words=sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape),
            vocabulary=vocabulary,
        )

    def sketch(self, rows: np.ndarray) -> Sketch:
        """What `nlp.learn.sketches.sketch` makes of these interactions, sooner."""
        drawn = self.figures[rows]
        known = ~np.isnan(drawn)
        filled = np.where(known, drawn, 0)
        sums = zip(
            self.names,
            known.sum(axis=0).tolist(),
            filled.sum(axis=0).tolist(),
            (filled**2).sum(axis=0).tolist(),
            strict=True,
        )
        said = np.asarray(self.words[rows].sum(axis=0)).ravel()
        features = self.features[rows]
        found = Sketch(
            interactions=len(rows),
            figures={name: Sums(int(n), total, squares) for name, n, total, squares in sums if n},
            confidences=dict.fromkeys(CATEGORIES, (0,) * BINS),
            words={self.vocabulary[place]: int(said[place]) for place in np.flatnonzero(said)},
            embedding=features.sum(axis=0),
            norms=float((features**2).sum()),
            embedded=len(rows),
        )
        return found.without_rare_words()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A stream of weeks.

    Attributes:
        kind: how it swings.
        weekly: interactions of each channel and week.
        weeks: how many.
        begins: week in which a drift begins, or None.
        share: of the traffic, from then on.
        drift: what it is: the new product, or more product defects than there were.
    """

    kind: Kind = "yearly"
    weekly: int = 200
    weeks: int = 130
    begins: int | None = None
    share: float = 0.1
    drift: Drift = "product"

    def drawn(self, pool: Pool, seed: int, *, since: int = 0) -> list[Window]:
        """The weeks of a seed, from one of them on."""
        rng = np.random.default_rng([seed, self.weekly])
        industries = sorted(set(pool.industries) - {NEW})
        phases = dict(zip(industries, rng.random(len(industries)), strict=True))
        festive = set(rng.choice(industries, max(1, len(industries) // 12), replace=False))
        found = []
        for week in range(since, self.weeks):
            rng = np.random.default_rng([seed, self.weekly, week])
            own = np.exp(rng.normal(0, 0.3, len(industries)))
            shares = dict(zip(industries, own, strict=True))
            chances = self._chances(pool, week, shares, phases, festive)
            for channel in CHANNELS:
                here = pool.channels == channel
                number = int(rng.poisson(self.weekly))
                new = 0
                if self.begins is not None and week >= self.begins:
                    new = int(rng.binomial(number, self.share))
                rows = _choose(rng, np.where(here, chances, 0.0), number - new)
                if new:
                    rows = np.concatenate([rows, _choose(rng, self._kind(pool, here), new)])
                start = MONDAY + timedelta(weeks=week)
                found.append(Window(start=start, channel=channel, sketch=pool.sketch(rows)))
        return found

    def _kind(self, pool: Pool, here: np.ndarray) -> np.ndarray:
        """Which interactions a drift brings."""
        if self.drift == "product":
            mine = pool.industries == NEW
            return np.where(mine & here, 1.0, 0.0) if (mine & here).any() else 1.0 * mine
        defect = pool.figures[:, pool.names.index("label.product_defect")] == 1
        return np.where(defect & here & (pool.industries != NEW), 1.0, 0.0)

    def _chances(
        self,
        pool: Pool,
        week: int,
        shares: dict[str, float],
        phases: dict[str, float],
        festive: set[str],
    ) -> np.ndarray:
        chances = np.array([shares.get(name, 0.0) for name in pool.industries])
        angle = 2 * np.pi * week / 52.18
        if self.kind == "yearly":
            wave = np.array([phases.get(name, 0.0) for name in pool.industries])
            chances = chances * (1 + 0.5 * np.sin(angle + 2 * np.pi * wave))
            defect = pool.figures[:, pool.names.index("label.product_defect")] == 1
            chances = np.where(defect, chances * (1 + 0.3 * np.sin(angle)), chances)
        if self.kind == "christmas" and (MONDAY + timedelta(weeks=week)).isocalendar().week >= 50:
            busy = np.array([name in festive for name in pool.industries])
            angry = pool.figures[:, pool.names.index("sentiment.negative")] == 1
            chances = chances * np.where(busy, 4.0, 1.0) * np.where(angry, 2.0, 1.0)
        return np.asarray(chances)


def _choose(rng: np.random.Generator, chances: np.ndarray, number: int) -> np.ndarray:
    return rng.choice(len(chances), number, p=chances / chances.sum())


def reports(
    windows: Sequence[Window], weeks: Sequence[int], known: Reference | None = None
) -> Iterator[tuple[int, Report]]:
    """The report at the end of each of these weeks."""
    for week in weeks:
        until = MONDAY + timedelta(weeks=week + 1)
        past = [one for one in windows if one.start < until]
        yield week, drift.report(past, until=until, reference=known)


def false_alarms(pool: Pool, world: World, *, first: int, streams: int) -> tuple[int, int]:
    """Reports that say that anything moved, of all."""
    wrong = number = 0
    for seed in range(streams):
        windows = world.drawn(pool, seed)
        for _, found in reports(windows, range(first, world.weeks)):
            wrong += any(one.against == "history" for one in found.moved)
            number += 1
    return wrong, number


def delay(
    pool: Pool, world: World, seed: int, before: Sequence[Window], *, patience: int = 12
) -> int | None:
    """Weeks from a drift's beginning until a report says so; None where none did in time.

    Args:
        pool: that its interactions are drawn from.
        world: with a drift.
        seed: of the stream.
        before: its weeks until the drift begins.
        patience: weeks that are waited for.
    """
    begins = world.begins or 0
    windows = [*before, *world.drawn(pool, seed, since=begins)]
    for week, found in reports(windows, range(begins, begins + patience)):
        if any(one.against == "history" for one in found.moved):
            return week - begins + 1
    return None


def read(folder: Path) -> tuple[Reference, Pool]:
    """The model's reference, and what streams are drawn from."""
    known = reference.read(folder)
    if known is None:
        raise SystemExit(f"{folder} has no reference: python -m nlp.learn.reference {folder}")
    own = corpora.interactions(CORPORA / "contact_centre")
    new = corpora.interactions(CORPORA / "new_product" / "corrections.jsonl")
    miner = Miner.load(folder)
    usual = reference.reads(miner, [one for one in own if corpora.split(one) != "test"])
    strange = reference.reads(miner, new)
    every = [*usual, *(replace(one, industry=NEW) for one in strange)]
    every = [one for one in every if len(one.arrived.vectors)]
    return known, Pool.of(every, known.kernel, set(known.words))


def steadiness(pool: Pool, *, streams: int) -> Iterator[str]:
    """The table of false alarms."""
    yield "| stream without a drift | weeks of history | false reports | of |"
    yield "|---|---|---|---|"
    worlds = (
        ("still", World(kind="still", weeks=60), 20),
        ("yearly wave", World(kind="yearly", weeks=156), 116),
        ("Christmas", World(kind="christmas", weeks=156), 116),
        ("yearly wave, first year", World(kind="yearly", weeks=44), 16),
    )
    ahead = drift.RECENT + drift.GUARD
    for name, world, first in worlds:
        wrong, number = false_alarms(pool, world, first=first, streams=streams)
        weeks = f"{first + 1 - ahead} to {world.weeks - ahead}"
        yield f"| {name} | {weeks} | {wrong / number:.1%} | {number} |"


def promptness(pool: Pool, *, streams: int) -> Iterator[str]:
    """The table of drifts that were found."""
    yield "| drift | share of traffic | interactions a week | found | weeks |"
    yield "|---|---|---|---|---|"
    for weekly in (600, 200):
        usual = World(weekly=weekly, weeks=BEGINS)
        seeds = range(1000, 1000 + streams)
        before = {seed: usual.drawn(pool, seed) for seed in seeds}
        for name, kind, share in DRIFTS:
            world = World(weekly=weekly, weeks=BEGINS + 12, begins=BEGINS, share=share, drift=kind)
            found = [delay(pool, world, seed, before[seed]) for seed in seeds]
            told = ", ".join("-" if one is None else str(one) for one in found)
            number = sum(one is not None for one in found)
            yield f"| {name} | {share:.0%} | {3 * weekly} | {number} of {len(found)} | {told} |"


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=4, help="that are drawn of each kind")
    parser.add_argument("--model", type=Path, default=Path("models/conduit-en-1"))
    asked = parser.parse_args()
    _, pool = read(asked.model)
    for table in (steadiness, promptness):
        for line in table(pool, streams=asked.streams):
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
