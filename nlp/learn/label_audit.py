"""Labels that are likely to be wrong, found with cleanlab (Northcutt et al. 2021).

Chances come from classifiers that never saw the interaction they speak of. The encoder is the
pinned one without any adapter: a model's own adapter was fitted to these very labels, and would
agree with their errors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.encoder import BASE, OnnxEncoder
from nlp.learn import fresh, pull
from nlp.learn.corpora import Example, Labelled
from nlp.learn.extras import need
from nlp.learn.pull import Doubles
from nlp.learn.refit import Rows
from nlp.learn.states import Reader, encoder_key, halves
from nlp.lexical import Lexicon
from nlp.passages import passages
from nlp.types import CATEGORIES, Category, Passage

SEED = 5  # of the folds
STATES_PENALTY = 10.0
WORDS_PENALTY = 0.1  # as in training


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One label that is likely to be wrong.

    Attributes:
        interaction: its id.
        turn: of the passage.
        start: offset of the passage in its turn.
        end: offset after it.
        text: of the passage.
        category: of the label.
        given: whether people say that the passage carries it.
        chance: that it carries it, as classifiers say that never saw the interaction.
        quality: cleanlab's score of the label, from 0 (wrong) to 1 (right).
        reason: the same in words.
    """

    interaction: str
    turn: int
    start: int
    end: int
    text: str
    category: Category
    given: bool
    chance: float
    quality: float
    reason: str


def audit(
    labelled: Sequence[Labelled],
    *,
    cache: Path,
    threads: int | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> list[Suspicion]:
    """Looks for wrong labels, the likeliest first.

    Args:
        labelled: interactions; a hundred or more.
        cache: folder for the encoder's graph and for what it said, for the next audit.
        threads: of the encoder; None for all cores.
        told: how many interactions are read, and of how many.

    Raises:
        OptionError: cleanlab is not installed.
    """
    rank = need("cleanlab.rank", "an audit of labels")
    filters = need("cleanlab.filter", "an audit of labels")
    encoder = OnnxEncoder.load(cache=cache, threads=threads)
    reader = Reader(encoder=encoder, key=encoder_key(BASE), stopped=lambda: False)
    asked = [one.interaction for one in labelled]
    read = reader.read(asked, cache / "states", lambda done: told(done, len(asked)))
    lexicon = Lexicon.learn(example.text for one in labelled for example in one.examples)
    states = {one.id: halves(rows) for one, rows in zip(asked, read, strict=True)}
    rows = fresh.of_labelled(labelled, states, lexicon)
    chances = out_of_sample(rows)
    flat = [
        (one, passage, example)
        for one in labelled
        for passage, example in zip(passages(one.interaction), one.examples, strict=True)
    ]
    found: list[Suspicion] = []
    for column, category in enumerate(CATEGORIES):
        known = np.flatnonzero(~np.isnan(chances[:, column]))
        if not len(known):
            continue
        truth, there = rows.truth[known, column].astype(np.int64), chances[known, column]
        both = np.stack([1 - there, there], axis=1)
        wrong = filters.find_label_issues(truth, both, n_jobs=1)
        quality = rank.get_label_quality_scores(truth, both)
        cut = [flat[place] for place in known[wrong].tolist()]
        found += _named(cut, category, there[wrong], quality[wrong])
    return sorted(found, key=lambda one: (one.quality, one.interaction, one.turn, one.start))


def out_of_sample(rows: Rows) -> Doubles:
    """(rows, categories) chances, each from a fit without the row's interaction.

    NaN where nobody says whether it is so, and throughout where all say the same of a category.
    """
    states = pull.with_bias(rows.states / np.sqrt(STATES_PENALTY))
    words = rows.words / np.sqrt(WORDS_PENALTY)
    folds = rows.folds(SEED)
    scores = np.full(rows.truth.shape, np.nan)
    for column, truth in enumerate(rows.truth.T):
        known = ~np.isnan(truth)
        if len(np.unique(truth[known])) < 2:
            continue
        scores[known, column] = 0
        for fold in np.unique(folds[known]):
            out, kept = known & (folds == fold), known & (folds != fold)
            nothing, mass = np.zeros(kept.sum()), np.ones(kept.sum())
            for features in (states, words):
                change = pull.binary(features[kept], nothing, truth[kept], mass)
                scores[out, column] += 0.5 * (features[out] @ change)
    return pull.chance(scores)


def _named(
    cut: Sequence[tuple[Labelled, Passage, Example]],
    category: Category,
    chances: Doubles,
    quality: Doubles,
) -> list[Suspicion]:
    found = []
    for (one, passage, example), chance, score in zip(cut, chances, quality, strict=True):
        given = category in (example.categories or ())
        says = "carries" if given else "does not carry"
        found.append(
            Suspicion(
                interaction=one.interaction.id,
                turn=passage.turn,
                start=passage.start,
                end=passage.end,
                text=passage.text,
                category=category,
                given=given,
                chance=float(chance),
                quality=float(score),
                reason=f"people say that it {says} {category}; passages that sound like it "
                f"suggest a chance of {chance:.0%}",
            )
        )
    return found
