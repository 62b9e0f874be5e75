"""What a generated store is made of: real words with real vectors, in clusters."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.store.ids import new_id
from nlp.learn.corpora import to_learn
from nlp.pipeline import Miner
from nlp.types import Interaction
from nlp.weights import CACHE

CORPUS = Path(__file__).parents[2] / "corpora" / "contact_centre"
READ = 700
"""Interactions of the train split whose passages are used again and again."""

SCOPES = {"product_defect": 160, "documentation_error": 80, "feature_request": 80, "all": 180}
"""Themes of each scope."""

PARTS = 3
"""Sub-themes of every second theme."""

_NOISE = 0.35
_SHAPE = 1.1  # of the sizes of themes: as 1 / rank ** 1.1

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A passage that a customer said.

    Attributes:
        text: its words.
        sentiment: of it.
    """

    text: str
    sentiment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme that is made up.

    Attributes:
        id: its id.
        scope: a category, or all.
        words: of the passage that it was drawn around.
        members: indexes of the passages that are about it.
        parts: ids of its sub-themes.
        weight: how much of its scope is about it.
    """

    id: UUID
    scope: str
    words: str
    members: NDArray[np.int64]
    parts: tuple[UUID, ...]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that is drawn from.

    Attributes:
        model: whose vectors they are.
        folder: of that model.
        said: passages.
        agents: what agents said.
        vectors: (passages, width) of length 1.
        centre: (width,) what all of them have in common.
        themes: of each scope.
        overall: (passages,) index of the theme of the scope `all` that each is about.
    """

    model: str
    folder: Path
    said: tuple[Said, ...]
    agents: tuple[str, ...]
    vectors: Floats
    centre: Floats
    themes: dict[str, tuple[Theme, ...]]
    overall: NDArray[np.int64]


def gather(rng: np.random.Generator) -> Material:
    """Reads the train split, encodes it and draws themes around passages of it."""
    miner = Miner.load(cache=CACHE.expanduser())
    calls = [one.interaction for one in to_learn(CORPUS, "train")][:READ]
    mined = miner.mine(calls)
    feelings = [{point.index: point.label for point in one.arc} for one in mined]
    said = tuple(
        Said(text=passage.text, sentiment=feeling.get(passage.turn, "neutral"))
        for one, feeling in zip(mined, feelings, strict=True)
        for passage in one.passages
    )
    vectors = unit(np.array([v for one in mined for v in one.vectors], dtype=np.float32))
    centre = vectors.mean(axis=0)
    themes, overall = {}, np.zeros(len(said), dtype=np.int64)
    for scope, number in SCOPES.items():
        drawn = rng.choice(len(said), size=number, replace=False)
        nearest = (vectors @ vectors[drawn].T).argmax(axis=1)
        themes[scope] = tuple(
            _theme(scope, said[place].text, np.flatnonzero(nearest == rank), rank)
            for rank, place in enumerate(drawn)
        )
        if scope == "all":
            overall = nearest
    return Material(
        model=mined[0].model,
        folder=miner.folder,
        said=said,
        agents=_agents(calls),
        vectors=vectors,
        centre=centre,
        themes=themes,
        overall=overall,
    )


def unit(vectors: Floats) -> Floats:
    """The same, of length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


def noisy(vectors: Floats, rng: np.random.Generator) -> Floats:
    """Other passages about the same, of length 1."""
    drawn = rng.normal(size=vectors.shape).astype(np.float32)
    return unit(vectors + _NOISE * unit(drawn))


def _theme(scope: str, words: str, members: NDArray[np.int64], rank: int) -> Theme:
    return Theme(
        id=new_id(),
        scope=scope,
        words=" ".join(words.split()[:8]),
        members=members,
        parts=tuple(new_id() for _ in range(PARTS)) if rank % 2 == 0 else (),
        weight=1 / (rank + 1) ** _SHAPE,
    )


def _agents(calls: list[Interaction]) -> tuple[str, ...]:
    found = (turn.text for one in calls for turn in one.turns if turn.speaker == "agent")
    return tuple(text for text in found if text.strip())
