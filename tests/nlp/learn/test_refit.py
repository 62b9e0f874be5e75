"""How heads leave their parent's: on small numbers."""

import numpy as np
import pytest
from scipy import sparse

from nlp.heads.linear import Tensors
from nlp.learn import refit
from nlp.learn.refit import Material, Rows
from nlp.types import CATEGORIES, SENTIMENTS

WIDTH = 6


def rows(seed: int, count: int, *, shift: int = 0) -> Rows:
    """Rows whose feeling is that of their largest state of three, or of the one beside it.

    A fifth of them feels otherwise, so that no temperature is the best for all.
    """
    draw = np.random.default_rng(seed)
    states = draw.normal(size=(count, WIDTH))
    feeling = (states[:, :3].argmax(axis=1) + shift) % 3
    feeling = np.where(draw.random(count) < 0.2, draw.integers(3, size=count), feeling)
    return Rows(
        states=states,
        words=sparse.csr_matrix((count, 1)),
        truth=np.full((count, len(CATEGORIES)), np.nan),
        feeling=feeling.astype(np.int64),
        mass=np.ones(count),
        groups=[f"{seed}-{number}" for number in range(count)],
    )


def silent(name: str) -> None:
    """Nobody listens."""


@pytest.fixture
def parent() -> Tensors:
    """A head that says the largest of three states."""
    return {
        "sentiment/weights": np.eye(len(SENTIMENTS), WIDTH, dtype=np.float32),
        "sentiment/bias": np.zeros(len(SENTIMENTS), dtype=np.float32),
    }


def material(fresh: Rows) -> Material:
    """What a head is fitted on."""
    return Material(learned=rows(1, 50), fresh=fresh, dev=rows(2, 200), known=1, seed=3)


def test_strength_0_leaves_the_balance_of_feelings_whatever_was_corrected(
    parent: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refit, "STRENGTHS", (0.0,))
    nothing, _ = refit.feelings(parent, material(rows(4, 0)), silent)
    contrary, choice = refit.feelings(parent, material(rows(4, 150, shift=1)), silent)
    assert choice.rows == 150
    assert choice.strength == 0
    assert {name: one.tolist() for name, one in contrary.items()} == {
        name: one.tolist() for name, one in nothing.items()
    }


def test_a_strength_that_loses_on_dev_is_not_held_out_and_never_chosen(parent: Tensors) -> None:
    fits: list[str] = []
    found, choice = refit.feelings(parent, material(rows(4, 600, shift=1)), fits.append)
    assert choice.dev >= choice.dev_before - refit.ALLOWED
    # All strengths are fitted once; those that are dropped are not fitted fold by fold.
    every = 1 + len(refit.STRENGTHS) + refit.FOLDS * (len(refit.STRENGTHS) - 1)
    assert len(refit.STRENGTHS) < len(fits) < every
    assert np.isfinite(choice.held_out)
    assert found["sentiment/weights"].shape == (len(SENTIMENTS), WIDTH)
