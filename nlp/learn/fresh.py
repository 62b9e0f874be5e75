"""What there is to learn from, as rows: corpus and corrections cut, read and put side by side."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from nlp.encoder import WIDTH
from nlp.learn import corpora, corrections
from nlp.learn.corpora import Example, Labelled
from nlp.learn.corrections import Corrected, Judgement, Learnable
from nlp.learn.refit import Rows
from nlp.learn.states import Halves
from nlp.lexical import Lexicon, terms
from nlp.types import CATEGORIES, SENTIMENTS, Interaction, SentimentLabel
from nlp.weights import digest

# A word of a customer becomes a word of the model only if others use it too: it may be a name that
# redaction missed, and a model is copied to where no interaction goes.
FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a retraining is given, read and checked.

    Attributes:
        train: the train split, in its order.
        new: ids of those of its interactions that the parent did not learn from.
        dev: the dev split.
        corrected: corrections, put on passages.
        files: the corpus's, with their SHA-256.
        sha256: of the file of corrections, or None.
    """

    train: tuple[Labelled, ...]
    new: frozenset[str]
    dev: tuple[Labelled, ...]
    corrected: tuple[Learnable, ...]
    files: Mapping[str, str]
    sha256: str | None

    @property
    def learned(self) -> tuple[Labelled, ...]:
        """Interactions of the train split that the parent learned from."""
        return tuple(one for one in self.train if one.interaction.id not in self.new)

    @property
    def added(self) -> tuple[Labelled, ...]:
        """Interactions of the train split that the parent did not learn from."""
        return tuple(one for one in self.train if one.interaction.id in self.new)

    @property
    def moved(self) -> int:
        """Judgements that were put on passages by their overlap."""
        return sum(len(one.moved) for one in self.corrected)

    @property
    def lost(self) -> int:
        """Judgements that touch no passage."""
        return sum(len(one.lost) for one in self.corrected)

    @property
    def judgements(self) -> int:
        """How many there are."""
        return sum(one is not None for few in self.corrected for one in few.judged)


def gather(corpus: Path, corrected: Path | None, known: Collection[str]) -> Sources:
    """Reads a corpus and corrections.

    Args:
        corpus: a folder or file in the project's format.
        corrected: a file of corrections, or None.
        known: SHA-256 of the files that the parent learned from.

    Raises:
        OptionError: one of them is not there.
        ReadError: a line breaks its format.
    """
    train, dev = corpora.splits(corpus)
    digests = corpora.digests(corpus)
    new = [
        one.interaction.id
        for name, sha256 in digests.items()
        if sha256 not in known
        for one in corpora.interactions(corpus if corpus.is_file() else corpus / name)
    ]
    given: list[Corrected] = [] if corrected is None else corrections.read_file(corrected)
    return Sources(
        train=tuple(train),
        new=frozenset(new),
        dev=tuple(dev),
        corrected=tuple(map(corrections.to_learn, given)),
        files=digests,
        sha256=None if corrected is None else digest(corrected),
    )


def grown(parent: Lexicon, sources: Sources) -> Lexicon:
    """The parent's words, and after them new ones that are said often enough.

    A word of corrections must stand in `FEWEST` different interactions, one of the corpus in as
    many passages, as in training.
    """
    of_passages: Counter[str] = Counter()
    of_interactions: Counter[str] = Counter()
    total = 0
    for one in (*sources.learned, *sources.added):
        for example in one.examples:
            of_passages.update(set(terms(example.text)))
            total += 1
    everywhere = of_passages.copy()
    for learnable in sources.corrected:
        found = [set(terms(passage.text)) for passage in learnable.passages]
        of_interactions.update(set().union(*found))
        for said in found:
            everywhere.update(said)
        total += len(found)
    known = set(parent.vocabulary)
    enough = {term for term, count in of_interactions.items() if count >= FEWEST}
    if sources.added:
        enough |= {term for term, count in of_passages.items() if count >= FEWEST}
    new = sorted(enough - known)
    rarity = [log((1 + total) / (1 + everywhere[term])) + 1 for term in new]
    return Lexicon(
        [*parent.vocabulary, *new],
        np.concatenate([parent.rarity, np.array(rarity, dtype=np.float32)]),
    )


def of_labelled(
    labelled: Sequence[Labelled], states: Mapping[str, Halves], lexicon: Lexicon
) -> Rows:
    """Rows of labelled passages; each counts once."""
    examples = [example for one in labelled for example in one.examples]
    return Rows(
        states=_stacked([states[one.interaction.id] for one in labelled]),
        words=term_matrix(lexicon, [one.text for one in examples]),
        truth=np.array([_truth(one) for one in examples]).reshape(-1, len(CATEGORIES)),
        feeling=np.array([_feeling(one.sentiment) for one in examples], dtype=np.int64),
        mass=np.ones(len(examples)),
        groups=[one.interaction.id for one in labelled for _ in one.examples],
    )


def of_corrected(
    corrected: Sequence[Learnable], states: Mapping[str, Halves], lexicon: Lexicon
) -> Rows:
    """Rows of judged passages; others are left out."""
    judged = [
        (learnable.interaction.id, learnable.passages[number].text, judgement, row)
        for learnable in corrected
        for number, (judgement, row) in enumerate(
            zip(learnable.judged, states[learnable.interaction.id], strict=True)
        )
        if judgement is not None
    ]
    return Rows(
        states=_stacked([row[None] for *_, row in judged]),
        words=term_matrix(lexicon, [text for _, text, _, _ in judged]),
        truth=np.array([_judged(one) for _, _, one, _ in judged]).reshape(-1, len(CATEGORIES)),
        feeling=np.array([_feeling(one.sentiment) for _, _, one, _ in judged], dtype=np.int64),
        mass=np.array([corrections.mass(one) for _, _, one, _ in judged]),
        groups=[group for group, *_ in judged],
    )


def together(first: Rows, second: Rows) -> Rows:
    """Rows of both."""
    return Rows(
        states=np.concatenate([first.states, second.states]),
        words=sparse.vstack([first.words, second.words]).tocsr(),
        truth=np.concatenate([first.truth, second.truth]),
        feeling=np.concatenate([first.feeling, second.feeling]),
        mass=np.concatenate([first.mass, second.mass]),
        groups=[*first.groups, *second.groups],
    )


def interactions(sources: Sources) -> tuple[list[Interaction], list[Interaction]]:
    """What is to be read: of the corpus, and of the corrections."""
    corpus = [one.interaction for one in (*sources.dev, *sources.added, *sources.learned)]
    return corpus, [one.interaction for one in sources.corrected]


def term_matrix(lexicon: Lexicon, texts: Sequence[str]) -> Any:
    """(texts, terms) sparse; scipy ships no types for it."""
    found = [lexicon.vector(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(word.places) for word in found])
    values = np.concatenate([np.zeros(0), *(word.values for word in found)])
    places = np.concatenate([np.zeros(0, dtype=np.int64), *(word.places for word in found)])
    shape = (len(texts), len(lexicon.vocabulary))
    return sparse.csr_matrix((values, (rows, places)), shape=shape)


def _stacked(parts: Sequence[Halves]) -> Any:
    return np.concatenate([np.zeros((0, 2 * WIDTH)), *parts])


def _truth(example: Example) -> list[float]:
    if example.categories is None:
        return [np.nan] * len(CATEGORIES)
    return [float(name in example.categories) for name in CATEGORIES]


def _judged(judgement: Judgement) -> list[float]:
    return [float(judgement.categories.get(name, np.nan)) for name in CATEGORIES]


def _feeling(sentiment: SentimentLabel | None) -> int:
    return -1 if sentiment is None else SENTIMENTS.index(sentiment)
