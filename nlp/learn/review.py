"""Which passages people should look at next: where they teach a model most, and a random share.

A judgement costs a person half a minute, so the queue asks for what the model can learn from:

- `unsure`: the model is in two minds (uncertainty sampling, Lewis and Gale 1994), measured by how
  near a probability lies to where its category begins to count, which is seldom at one half;
- `rare`: the same, of a category of which fewer cases were judged than of the others, for which it
  counts more;
- `disagreement`: another model says otherwise (query by committee, Seung, Opper and Sompolinsky
  1992);
- `new_words`: several passages hold words that the model has never read;
- `random`: drawn blindly, with a known chance, so that `nlp.learn.production` can say how good the
  model is on all that comes in.

Twenty passages that say the same teach as much as one: whoever is like one that was taken counts
for less (maximal marginal relevance, Carbonell and Goldstein 1998). Settles (2009), "Active
Learning Literature Survey", tells of all of these.
"""

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp.errors import OptionError
from nlp.lexical import terms

if TYPE_CHECKING:  # it loads what cuts passages, which a web process does without
    from nlp.learn.corrections import Reason

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
One = TypeVar("One")

RANDOM_SHARE = 0.2
"""Of what is asked for, this share is drawn blindly."""

SHARES: "Mapping[Reason, float]" = {"disagreement": 0.1, "new_words": 0.1}
"""The most that these reasons get of the rest. Doubt gets what is left, and never lacks: in trials
on the simulated stream, which the benchmark (`python -m benchmarks.review`) does not repeat, a
quarter for passages that surely carry a rare category, and a fifth for disagreement, cost most of
what the queue saves."""

# From this worth on, compared with the average category, a category is rare.
_RARE = 1.15
# A word counts as new vocabulary, and not as a slip, where so many passages hold it.
_RECUR = 2
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*_[0-9]+\]")
_SHORTEST = 3  # letters of a word that counts as one

# The best of so many times as are asked for are looked at for being unlike each other: further down
# stands what the model is sure of. Of a few, more are: they may all be the same words.
_SHORTLIST = 2
_FEWEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Passages that people could look at, and what is known of them.

    Attributes:
        probabilities: (passages, categories) of the model that serves.
        thresholds: (categories,) from which probability on a category counts as found.
        vectors: (passages, width), of length 1.
        judged: (categories,) cases of each that were judged so far.
        other: (passages, categories) of another model, or None.
        new_words: words that the model has never read, those of each passage; may be empty.
        seen: (seen, width) vectors of passages that wait for an answer: no more of the same.
    """

    probabilities: Doubles
    thresholds: Doubles
    vectors: Doubles
    judged: Places
    other: Doubles | None = None
    new_words: Sequence[Sequence[str]] = ()
    seen: Doubles = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One passage that people should look at.

    Attributes:
        place: its row among the candidates.
        reason: why.
        chance: with which it was drawn; only where the reason is `random`.
    """

    place: int
    reason: "Reason"
    chance: float | None = None


def draw(found: Flags, keys: Doubles, count: int) -> list[Chosen]:
    """Draws passages blindly, half of them where something was found and half elsewhere.

    The passages of a stratum with the least keys are taken. Where keys are made from the passages'
    own ids by a hash, the same passage is drawn whoever asks (permanent random numbers, Ohlsson
    1995), and every one of a stratum has the same chance.

    Args:
        found: (passages,) whether anything was found in it.
        keys: (passages,) random numbers that have nothing to do with the words.
        count: how many; all, if there are no more.

    Returns:
        In the order of their keys, whichever the stratum.
    """
    strata = (np.flatnonzero(found), np.flatnonzero(~found))
    sizes = halves(*(len(one) for one in strata), count=count)
    chosen = []
    for rows, size in zip(strata, sizes, strict=True):
        least = rows[np.argsort(keys[rows], kind="stable")[:size]]
        chosen += [
            Chosen(place=int(row), reason="random", chance=size / len(rows)) for row in least
        ]
    return sorted(chosen, key=lambda one: float(keys[one.place]))


def halves(found: int, others: int, *, count: int) -> tuple[int, int]:
    """How many to draw where something was found, and elsewhere: a half each, or what there is.

    Args:
        found: passages in which something was found.
        others: passages in which nothing was.
        count: how many together.
    """
    first = min(found, (count + 1) // 2)
    second = min(others, count - first)
    return min(found, count - second), second


def choose(candidates: Candidates, count: int) -> list[Chosen]:
    """Chooses the passages that teach most; the random share comes from `draw`.

    The choice has nothing random in it: the same candidates, the same choice.

    Args:
        candidates: passages that were not judged and do not wait.
        count: how many; fewer if there are no more.

    Returns:
        The most telling of each reason first, reasons mixed.

    Raises:
        OptionError: parts of the candidates speak of different numbers of passages.
    """
    _check(candidates)
    count = min(count, len(candidates.probabilities))
    picker = _Picker(candidates.vectors, candidates.seen)
    worth = rarity(candidates.judged)
    doubts = closeness(candidates.probabilities, candidates.thresholds) * worth
    lists = []
    for reason, scores in _scores(candidates, worth).items():
        places = picker.take(scores, int(SHARES[reason] * count))
        lists.append([Chosen(place=place, reason=reason) for place in places])
    left = count - sum(len(one) for one in lists)
    about = doubts.argmax(axis=1)
    lists.append(
        [
            Chosen(place=place, reason="rare" if worth[about[place]] >= _RARE else "unsure")
            for place in picker.take(doubts.max(axis=1) + 1e-9, left)
        ]
    )
    return mixed(lists)


def closeness(probabilities: Doubles, thresholds: Doubles) -> Doubles:
    """How near probabilities lie to where their categories begin to count: 1 on it, 0 far away.

    In log-odds, as a step from .01 to .02 says as much as one from .5 to .67.

    Args:
        probabilities: (passages, categories).
        thresholds: (categories,).
    """
    sides = 1 / (1 + np.exp(-(_logit(probabilities) - _logit(thresholds))))
    return np.asarray(4 * sides * (1 - sides))


def rarity(judged: Places) -> Doubles:
    """(categories,) what a case of each is worth, 1 on average: the less, the more were judged."""
    worth = 1 / np.sqrt(judged + 1.0)
    return np.asarray(worth / worth.mean())


def unknown_words(words: Sequence[Sequence[str]]) -> Doubles:
    """(passages,) how much new vocabulary each holds, from 0 to 1.

    A word that one passage alone holds is a slip of a recogniser or of a hand more often than not;
    one that recurs is a new product, a new part, a new fault.

    Args:
        words: those of each passage that the model has never read.
    """
    counts = Counter(word for one in words for word in set(one))
    weights = [
        sum(np.log(counts[word]) for word in set(one) if counts[word] >= _RECUR) for one in words
    ]
    return np.asarray(1 - np.exp(-np.array(weights, dtype=np.float64)))


def unread(text: str, known: Container[str]) -> tuple[str, ...]:
    """The words of a passage that are in no vocabulary; numbers and placeholders are none.

    Args:
        text: the passage, redacted.
        known: a model's vocabulary, in lower case.
    """
    words = dict.fromkeys(terms(_PLACEHOLDER.sub(" ", text)))
    return tuple(
        word for word in words if word.isalpha() and len(word) >= _SHORTEST and word not in known
    )


def mixed(lists: Sequence[Sequence[One]]) -> list[One]:
    """Lists dealt out so that each is spread evenly over the whole, and none comes first."""
    placed = [
        ((place + 0.5) / len(part), number, one)
        for number, part in enumerate(lists)
        for place, one in enumerate(part)
    ]
    return [one for _, _, one in sorted(placed, key=lambda one: one[:2])]


def _scores(candidates: Candidates, worth: Doubles) -> "dict[Reason, Doubles]":
    """What each passage is worth for the reasons that have a share; 0 where they do not apply."""
    found: dict[Reason, Doubles] = {}
    if candidates.other is not None:
        found["disagreement"] = _apart(candidates, candidates.other, worth)
    if candidates.new_words:
        found["new_words"] = unknown_words(candidates.new_words)
    return found


def _apart(candidates: Candidates, other: Doubles, worth: Doubles) -> Doubles:
    """How far two models stand apart, where one of them finds what the other does not."""
    here = candidates.probabilities >= candidates.thresholds
    there = other >= candidates.thresholds
    gap = np.abs(candidates.probabilities - other)
    return np.asarray((np.where(here != there, gap, 0) * worth).max(axis=1))


class _Picker:
    """Takes the best that are unlike what was taken before.

    Args:
        vectors: (passages, width) of all candidates.
        seen: (seen, width) of what counts as taken already.
    """

    def __init__(self, vectors: Doubles, seen: Doubles) -> None:
        self._vectors = vectors
        self._seen = seen
        self._taken: list[int] = []

    def take(self, scores: Doubles, count: int) -> list[int]:
        """The rows that are worth most, each for what it adds to those taken before.

        Args:
            scores: (passages,) what each is worth; those of 0 are not taken.
            count: how many.
        """
        free = scores > 0
        free[self._taken] = False
        rows = np.flatnonzero(free)
        most = max(count * _SHORTLIST, _FEWEST)
        short = rows[np.argsort(-scores[rows], kind="stable")[:most]]
        count = min(count, len(short))
        vectors, value = self._vectors[short], scores[short].copy()
        like = np.zeros(len(short))
        for before in (self._seen, self._vectors[self._taken]):
            if len(before) and len(short):
                like = np.maximum(like, (vectors @ before.T).max(axis=1))
        taken: list[int] = []
        for _ in range(count):
            # The square: passages of one subject have a cosine of a half with each other.
            place = int(np.argmax(value * (1 - np.minimum(like, 1) ** 2 + 1e-6)))
            value[place] = 0
            like = np.maximum(like, vectors @ vectors[place])
            taken.append(int(short[place]))
        self._taken += taken
        return taken


def _logit(values: Doubles) -> Doubles:
    clipped = np.clip(np.asarray(values, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _check(candidates: Candidates) -> None:
    number, labels = candidates.probabilities.shape
    sizes = {
        "vectors": len(candidates.vectors) == number,
        "thresholds": candidates.thresholds.shape == (labels,),
        "judged": candidates.judged.shape == (labels,),
        "other": candidates.other is None or candidates.other.shape == (number, labels),
        "new_words": len(candidates.new_words) in {0, number},
    }
    wrong = [name for name, fits in sizes.items() if not fits]
    if wrong:
        raise OptionError(
            f"{', '.join(wrong)} of another number of passages or categories than probabilities, "
            f"which has {number} and {labels}"
        )
