"""How well search finds what a department means: `python -m benchmarks.search [train]`.

Queries that were written by hand (`data/search.jsonl`), each with the passages of the corpus's
development split that it means, are asked of a fresh embedded database that holds that split as the
service mines it: by words alone, by meaning alone, and by both as `/v1/search` does. A passage that
answers as well but is not named counts as a miss. What is chosen (weights, depth) was chosen on
every other query; the others tell how that carries over. With `train` the train split lies in the
database, too: five times as much that is not meant.

- recall@10: the share of a query's passages among the first ten hits;
- MRR: one by the rank of the first of them, nothing where none is among the hits;
- in brackets: 95 % of 2,000 bootstrap samples of the queries.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.steps import search as steps
from api.steps.accept import accept
from api.steps.mine import mine
from api.steps.search import OnDemand
from api.store.database import Database
from api.store.embedded import Embedded
from api.store.search import Place
from api.store.search_filter import SearchFilter
from benchmarks.store import Untouched
from nlp.learn import corpora
from nlp.pipeline import Miner
from nlp.weights import CACHE

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data" / "search.jsonl"
FIRST = 10
SAMPLES = 2_000
LISTS: dict[str, frozenset[str]] = {
    "words": frozenset({"words"}),
    "meaning": frozenset({"meaning"}),
    "both": frozenset({"words", "meaning"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query.

    Attributes:
        query: as somebody of a department would type it.
        kind: "words" (codes and names as they stand there), "paraphrase" or "question".
        meant: the passages that it means.
    """

    query: str
    kind: str
    meant: frozenset[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one query did in one list.

    Attributes:
        recall: of what was meant, the share among the first ten.
        reciprocal: one by the rank of the first of it, or 0.
    """

    recall: float
    reciprocal: float


def stored(database: Database, miner: Miner) -> dict[str, UUID]:
    """Mines what is searched; the id of each interaction by that in the corpus."""
    folder = ROOT / "corpora" / "contact_centre"
    split = corpora.to_learn(folder, "dev")
    if "train" in sys.argv[1:]:
        split += corpora.to_learn(folder, "train")
    interactions = [one.interaction for one in split]
    with database.session() as session:
        ids = accept(session, interactions, redactor=Untouched()).ids
    for start in range(0, len(ids), 32):
        mine(database, miner, ids[start : start + 32])
    with database.session() as session:
        # As autovacuum does a while after rows came in.
        session.execute(text("ANALYZE passage_words"))
    return {one.id: id for one, id in zip(interactions, ids, strict=True)}


def queries(ids: dict[str, UUID]) -> list[Asked]:
    """What is asked."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [
        Asked(
            query=row["query"],
            kind=row["kind"],
            meant=frozenset((ids[row["interaction"]], place) for place in row["passages"]),
        )
        for row in rows
    ]


def scored(found: Sequence[Place], meant: frozenset[Place]) -> Score:
    """How hits did, the best of them first."""
    ranks = [rank for rank, place in enumerate(found, start=1) if place in meant]
    return Score(
        recall=sum(rank <= FIRST for rank in ranks) / len(meant),
        reciprocal=1 / ranks[0] if ranks else 0.0,
    )


def interval(values: Sequence[float]) -> str:
    """The mean, and what bootstrap samples make of it."""
    drawn = np.random.default_rng(7).choice(np.array(values), size=(SAMPLES, len(values)))
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return f"{statistics.fmean(values):.2f} ({low:.2f} to {high:.2f})"


def answers(session: Session, asked: Asked, embeds: OnDemand, by: frozenset[str]) -> list[Place]:
    """The hits of a query."""
    hits = steps.find(session, asked.query, SearchFilter(), embeds=embeds, by=by)
    return [hit.place for hit in hits]


def rows(database: Database, miner: Miner) -> Iterator[str]:
    """The table, line by line."""
    asked = queries(stored(database, miner))
    embeds = OnDemand(lambda: miner)
    took = []
    for one in asked:
        began = time.perf_counter()
        embeds.embed([one.query])
        took.append((time.perf_counter() - began) * 1000)
    found: dict[str, list[Score]] = {}
    for name, by in LISTS.items():
        with database.session() as session:
            found[name] = [scored(answers(session, one, embeds, by), one.meant) for one in asked]
    yield f"{len(asked)} queries, {statistics.median(took):.0f} ms to encode one (median)"
    yield ""
    yield "| queries | number | list | recall@10 | MRR |"
    yield "|---|---|---|---|---|"
    groups: dict[str, Callable[[int], bool]] = {
        "all": lambda place: True,
        "chosen on": lambda place: place % 2 == 0,
        "not chosen on": lambda place: place % 2 == 1,
        "exact words": lambda place: asked[place].kind == "words",
        "paraphrases and questions": lambda place: asked[place].kind != "words",
    }
    for group, holds in groups.items():
        places = [place for place in range(len(asked)) if holds(place)]
        for name, scores in found.items():
            recall = interval([scores[place].recall for place in places])
            reciprocal = interval([scores[place].reciprocal for place in places])
            yield f"| {group} | {len(places)} | {name} | {recall} | {reciprocal} |"


def main() -> None:
    """Measures and prints a table."""
    miner = Miner.load(cache=CACHE.expanduser())
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder)) as embedded:
        database = Database(embedded.url)
        database.upgrade()
        for line in rows(database, miner):
            print(line, flush=True)
        database.close()


if __name__ == "__main__":
    main()
