"""Drift: a new product is found, a wave of the year is not, and chance is held to its share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest

from benchmarks.drift import CORPORA, MONDAY, NEW, Pool, World, reports
from nlp.errors import ModelError
from nlp.learn import corpora, drift, drift_series, drift_words, reference, registry, sketches
from nlp.learn.corpora import Labelled
from nlp.learn.drift_report import Report
from nlp.learn.drift_series import Point
from nlp.learn.reference import Read, Reference
from nlp.learn.sketches import Arrived, Kernel, Sketch, Sums, Window
from nlp.pipeline import Miner

PER_INDUSTRY = 3
WEEKLY = 120
BEGINS = 110
"""Two years of history, and some weeks."""


@pytest.fixture(scope="module")
def reads(miner: Miner) -> list[Read]:
    """Some of what the model learned from, and a new product, read as served."""
    counts: dict[tuple[str, str], int] = {}
    chosen: list[Labelled] = []
    for one in corpora.to_learn(CORPORA / "contact_centre", "train"):
        key = (one.interaction.channel, one.examples[0].industry if one.examples else "")
        counts[key] = counts.get(key, 0) + 1
        if len(one.examples) in range(1, 7) and counts[key] <= PER_INDUSTRY:
            chosen.append(one)
    new = corpora.interactions(CORPORA / "new_product" / "corrections.jsonl")
    few = [one for one in new if len(one.examples) in range(1, 9)][:50]
    usual = reference.reads(miner, chosen[:: max(1, len(chosen) // 150)])
    return [*usual, *(replace(one, industry=NEW) for one in reference.reads(miner, few))]


@pytest.fixture(scope="module")
def known() -> Reference:
    """That of the project's own model."""
    found = reference.read(registry.default_folder())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pool(reads: list[Read], known: Reference) -> Pool:
    """What streams are drawn from."""
    return Pool.of(reads, known.kernel, set(known.words))


def moved(found: Report, against: str = "history") -> set[str]:
    return {one.figure for one in found.moved if one.against == against}


def test_a_new_product_is_found_and_named(pool: Pool) -> None:
    world = World(weekly=WEEKLY, weeks=BEGINS + 2, begins=BEGINS, share=0.3)
    windows = world.drawn(pool, 5)
    ((_, before), (_, after)) = reports(windows, (BEGINS - 1, BEGINS + 1))
    assert moved(before) == set()
    assert moved(after)
    assert "vocabulary.words" in moved(after)
    names = {pool.vocabulary[place] for place in np.flatnonzero(_new_words(pool))}
    assert {word.word for word in after.words} & names
    assert after.words[0].word in after.as_json()["summary"]
    assert set(after.directions) <= {"call", "email", "chat"}
    assert after.directions


def _new_words(pool: Pool) -> np.ndarray:
    new = pool.industries == NEW
    inside = np.asarray(pool.words[new].mean(axis=0)).ravel()
    outside = np.asarray(pool.words[~new].mean(axis=0)).ravel()
    return np.asarray(inside > 4 * outside)


@pytest.mark.parametrize("kind", ["yearly", "christmas"])
def test_a_wave_that_returns_each_year_does_not_alarm(pool: Pool, kind: str) -> None:
    world = World(kind=kind, weekly=WEEKLY, weeks=158)  # type: ignore[arg-type]  # one of both
    windows = world.drawn(pool, 11)
    weeks = (112, 124, 137, 150, 154, 156)  # through the third year, and Christmas
    said = {week: moved(found) for week, found in reports(windows, weeks)}
    assert said == {week: set() for week in weeks}
    ((_, last),) = reports(windows, weeks[-1:])
    assert last.knows_seasons
    assert "less than a year" not in last.as_json()["summary"]


def test_what_cannot_be_known_in_a_first_year_is_said(pool: Pool) -> None:
    windows = World(weekly=WEEKLY, weeks=20).drawn(pool, 3)
    ((_, found),) = reports(windows, (19,))
    assert not found.knows_seasons
    assert "16 weeks of history" in found.as_json()["summary"]
    ((_, early),) = reports(windows[: 3 * 6], (5,))
    assert {one.verdict for one in early.figures} == {"untold"}
    assert early.as_json()["summary"].startswith("Too little to tell")


def test_what_was_settled_is_the_new_state(pool: Pool) -> None:
    world = World(weekly=WEEKLY, weeks=BEGINS + 16, begins=BEGINS, share=0.4)
    windows = world.drawn(pool, 7)
    begins = MONDAY + timedelta(weeks=BEGINS)
    until = begins + timedelta(weeks=16)
    frozen = drift.report(windows, until=until, steady_until=begins)
    assert moved(frozen), "unanswered, it is told of still"
    settled = drift.report(windows, until=until, steps=[begins])
    assert moved(settled) == set()
    assert {one.verdict for one in settled.figures} & {"steady", "swing"}
    soon = drift.report(windows, until=begins + timedelta(weeks=3), steps=[begins])
    assert {one.verdict for one in soon.figures} == {"untold"}, "nothing of it to judge by yet"


def test_the_training_data_are_no_drift_from_themselves(pool: Pool, known: Reference) -> None:
    usual = World(kind="still", weekly=WEEKLY, weeks=2).drawn(pool, 2)
    ((_, found),) = reports(usual, (1,), known)
    assert not moved(found, "training") & {"vocabulary.unknown", "vectors"}
    strange = World(weekly=WEEKLY, weeks=2, begins=0, share=1.0).drawn(pool, 2)
    ((_, other),) = reports(strange, (1,), known)
    assert "vectors" in moved(other, "training")


def test_false_alarms_of_one_figure_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(1)
    monday = date(2024, 1, 1)
    wrong, number = 0, 600
    for _ in range(number):
        rates = np.clip(rng.normal(0.3, 0.04, 24), 0.01, 0.99)  # twice what chance explains
        counts = rng.binomial(250, rates)
        points = [
            Point(monday + timedelta(weeks=week), Sums(250, float(count), float(count)))
            for week, count in enumerate(counts)
        ]
        p = drift_series.outlook(points[22:], points[:20]).p
        assert p is not None
        wrong += p < 0.05
    assert wrong / number < 0.07


def test_words_that_come_in_bursts_are_no_drift() -> None:
    rng = np.random.default_rng(2)

    def week(words: Mapping[str, float]) -> Sketch:
        kept = {word: count for word, count in words.items() if count >= sketches.LEAST}
        return Sketch(
            interactions=500,
            figures={},
            confidences={},
            words=kept,
            embedding=np.zeros(2),
            norms=0.0,
            embedded=500,
        )

    usual = [f"word{number}" for number in range(300)]
    wrong = 0
    for _ in range(100):
        weeks = [
            week({word: int(rng.poisson(rng.gamma(2, 6))) for word in usual}) for _ in range(22)
        ]
        found, _ = drift_words.moved(weeks[20:], weeks[:20], channel="call")
        wrong += bool(found)
    assert wrong <= 5
    with_new = [week({**one.words, "nook": 15}) for one in weeks[20:]]
    found, outlook = drift_words.moved(with_new, weeks[:20], channel="call")
    assert [one.word for one in found] == ["nook"]
    assert outlook.lasts
    assert found[0].share == 0.03
    last_year = [week({"nook": 14}), week({"nook": 16})]
    again, _ = drift_words.moved(with_new, weeks[:20], channel="call", seasons=[last_year])
    assert again == [], "so it was at that time of another year"
    once = [with_new[0], weeks[21]]
    assert drift_words.moved(once, weeks[:20], channel="call")[0] == [], "it did not last"


def test_sketches_add_up_and_are_what_the_benchmark_sums(
    reads: list[Read], known: Reference
) -> None:
    some = [one.arrived for one in reads[:30]]
    whole = sketches.sketch(some, known.kernel, known.words)
    halves = [sketches.sketch(part, known.kernel, known.words) for part in (some[:11], some[11:])]
    same(reduce(add, halves), whole)
    pool = Pool.of(reads[:30], known.kernel, set(known.words))
    same(pool.sketch(np.arange(30)), replace(whole, confidences={}).without_rare_words())
    again = Sketch.of_json(whole.as_json(), whole.embedding)
    same(again, whole)


def same(one: Sketch, two: Sketch) -> None:
    assert one.interactions == two.interactions
    assert one.words == two.words
    assert set(one.figures) == set(two.figures)
    for name, sums in one.figures.items():
        other = two.figures[name]
        assert sums.number == other.number
        assert sums.total == pytest.approx(other.total)
    assert np.allclose(one.embedding, two.embedding)
    assert one.norms == pytest.approx(two.norms)


def test_random_features_are_a_kernel() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 8)).astype(np.float32)
    kernel = Kernel.drawn(width=8, scale=3.0, features=20_000, seed=1)
    features = kernel.features(vectors)
    gaps = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    assert np.abs(features @ features.T - np.exp(-gaps / 18)).max() < 0.03


def arrived(*words: str) -> Arrived:
    return Arrived(
        words=frozenset(words),
        vectors=np.eye(2, 384, dtype=np.float32),
        confidences={"product_defect": [0.75, 0.95]},
        unsure=True,
        sentiment="negative",
        agreement={"product_defect": [0.25, -0.95]},
    )


def test_the_figures_of_an_interaction() -> None:
    found = sketches.values(arrived("the", "nook"), {"the"})
    assert found == {
        "label.product_defect": 1,
        "label.documentation_error": 0,
        "label.feature_request": 0,
        "sentiment.negative": 1,
        "sentiment.positive": 0,
        "confidence.product_defect": pytest.approx(0.85),
        "unsure": 1,
        "vocabulary.unknown": 0.5,
        "agreement.product_defect": pytest.approx(-0.35),
    }
    assert "vocabulary.unknown" not in sketches.values(arrived("nook"), None)
    assert sketches.words("The fault – it’s NEW, 3rd") == [
        "the",
        "fault",
        "it's",
        "new",
        "rd",
    ]


def test_a_reference_is_small_and_read_as_it_was_written(tmp_path: Path, known: Reference) -> None:
    path = registry.default_folder() / reference.FILE
    assert path.stat().st_size < 1_000_000
    assert known.model == registry.DEFAULT
    assert {one.channel for one in known.groups} == {"call", "email", "chat"}
    assert all(not one.sketch.words for one in known.groups)
    again = reference.read(reference.write(tmp_path, known).parent)
    assert again is not None
    assert (again.words, len(again.groups)) == (known.words, len(known.groups))
    renamed = reference.read(reference.write(tmp_path, replace(known, model="another")).parent)
    assert renamed is not None
    assert renamed.digest == again.digest == known.digest, "weeks need no new count"
    reference.write(tmp_path, known)
    assert (again.kernel.frequencies == known.kernel.frequencies).all()
    assert (tmp_path / reference.FILE).read_bytes() == path.read_bytes()
    (tmp_path / reference.FILE).write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"python -m nlp\.learn\.reference"):
        reference.read(tmp_path)
    assert reference.read(tmp_path / "nowhere") is None
    with pytest.raises(ModelError, match="no training data"):
        reference.make("m", [], [])


def windows_of(counts: Sequence[int]) -> list[Window]:
    """Weeks of 100 interactions of which so many have a defect; they have no vectors."""
    found = []
    for week, count in enumerate(counts):
        sketch = Sketch(
            interactions=100,
            figures={"label.product_defect": Sums(100, count, count)},
            confidences={},
            words={},
            embedding=np.zeros(4),
            norms=0.0,
            embedded=0,
        )
        found.append(Window(start=MONDAY + timedelta(weeks=week), channel="call", sketch=sketch))
    return found


@pytest.mark.parametrize(
    ("latest", "verdict"),
    [((31, 30), "steady"), ((80, 82), "moved"), ((30, 82), "untold"), ((80, 30), "untold")],
)
def test_what_lasts_one_week_is_no_drift(latest: tuple[int, int], verdict: str) -> None:
    usual = [30, 28, 33, 31, 27, 30, 32, 29, 30, 31, 28, 33, 30, 30]
    until = MONDAY + timedelta(weeks=16)
    found = drift.report(windows_of([*usual, *latest]), until=until)
    (one,) = [one for one in found.figures if one.figure == "label.product_defect"]
    if verdict == "untold":  # it is seen, and is not called a drift
        verdict = "swing"
    assert one.verdict == verdict
    assert one.usual is not None
    assert one.usual[0] < 0.3 < one.usual[1]
    if verdict == "moved":
        assert one.said.startswith("call: share of interactions with product defect: moved.")
