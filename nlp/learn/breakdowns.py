"""Where a model errs: by industry, style and length, and which category it takes for which."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp.learn.answers import Answers
from nlp.learn.figures import Bools, Counts, rounded
from nlp.types import CATEGORIES

# Least and most words of a passage; the last is as long as passages get.
LENGTHS: tuple[tuple[int, int | None], ...] = ((1, 5), (6, 15), (16, 30), (31, None))
NOT_GIVEN = "not given"
NONE = "none"


def breakdowns(answers: Answers) -> dict[str, dict[str, Any]]:
    """Counts and F1 of every category for each industry, style and band of length."""
    keys = {
        "industry": [one.industry or NOT_GIVEN for one in answers.examples],
        "style": [one.style or NOT_GIVEN for one in answers.examples],
        "words": [band(len(one.text.split())) for one in answers.examples],
    }
    bands = [_named(low, high) for low, high in LENGTHS]
    return {
        by: {
            name: _part(answers, np.array([one == name for one in given]))
            for name in (bands if by == "words" else sorted(set(given)))
            if name in given
        }
        for by, given in keys.items()
    }


def band(words: int) -> str:
    """The band of lengths that a number of words falls in."""
    low, high = next((low, high) for low, high in LENGTHS if high is None or words <= high)
    return _named(low, high)


def _named(low: int, high: int | None) -> str:
    return f"{low} or more" if high is None else f"{low} to {high}"


def _part(answers: Answers, inside: Bools) -> dict[str, Any]:
    return {
        "passages": int(inside.sum()),
        "interactions": len(np.unique(answers.groups[inside])),
        **{
            name: rates(answers.gold[inside, column], answers.found[inside, column])
            for column, name in enumerate(CATEGORIES)
        },
    }


def rates(gold: Bools, found: Bools) -> dict[str, Any]:
    """True and false positives, what was missed, and F1 (None where there is nothing to find)."""
    counts = Counts.of(gold, found)
    return {
        "tp": int(counts.hits),
        "fp": int(counts.said - counts.hits),
        "fn": int(counts.gold - counts.hits),
        "f1": rounded(counts.f1),
    }


def confusion(gold: Bools, found: Bools) -> dict[str, dict[str, int]]:
    """Which category is taken for which: a row says what is there, a column what was found.

    On the diagonal stand the right ones. Elsewhere a passage is counted only for a category that
    it does not carry, so that two categories in one breath are no confusion, and in the column
    `none` where nothing at all was found. A passage with two errors stands in two cells.
    """
    names: Sequence[str] = (*CATEGORIES, NONE)
    there = np.column_stack([gold, ~gold.any(axis=1)])
    said = np.column_stack([found, ~found.any(axis=1)])
    table: dict[str, dict[str, int]] = {}
    for row, name in enumerate(names):
        cells = {}
        for column, other in enumerate(names):
            counted = there[:, row] & said[:, column]
            if row != column and other != NONE:
                counted &= ~gold[:, column]
            cells[other] = int(counted.sum())
        table[name] = cells
    return table
