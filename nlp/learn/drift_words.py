"""Words that are said far more often than before, one by one.

How many interactions of a week say a word varies more than chance lets it: words come in bursts
(Church & Gale 1995, "Poisson mixtures"). A count is therefore taken for a Gamma-Poisson mixture,
whose spread is that of the word's own past or of its fellows', whichever is more; and a word has
moved only if it is said too often in each of the weeks that are judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from nlp.learn.drift_series import FEWEST_WINDOWS, UNKNOWN, Outlook
from nlp.learn.figures import rounded
from nlp.learn.sketches import LEAST, Floats, Sketch

CHANCE = 0.01
MOST = 20
_LASTS = 0.05
_ENOUGH = 10.0  # expected interactions of all weeks from which on a word tells how words spread


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedWord:
    """A word that is said far more often than before.

    Attributes:
        word: in lower case.
        channel: over which it came.
        share: of the interactions that are judged.
        usual: share of those before; less than this where they named it too seldom to be counted.
        times: how many times as often.
        p: chance of so many, raised for how many words are looked at.
    """

    word: str
    channel: str
    share: float
    usual: float
    times: float
    p: float

    def as_json(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "word": self.word,
            "channel": self.channel,
            "share": rounded(self.share, 4),
            "usual": rounded(self.usual, 4),
            "times": rounded(self.times, 1),
            "p": rounded(self.p, 6),
        }


def moved(
    now: Sequence[Sketch],
    past: Sequence[Sketch],
    *,
    channel: str,
    seasons: Sequence[Sequence[Sketch]] = (),
) -> tuple[list[MovedWord], Outlook]:
    """The words that moved, the most telling first, and what they say together.

    Args:
        now: the windows that are judged, in order.
        past: windows to judge by; they name words from `LEAST` interactions on.
        channel: of all of them.
        seasons: windows of the same time of earlier years: a word that was said as often then is no
            news.
    """
    said = [word for word, count in now[0].words.items() if count >= LEAST]
    names = sorted(word for word in said if all(one.words.get(word, 0) >= LEAST for one in now))
    windows = len(past)
    if windows < FEWEST_WINDOWS:
        return [], UNKNOWN
    if not names:
        return [], replace(
            UNKNOWN, value=0.0, usual=(0.0, 0.0), windows=windows, p=1.0, noise_p=1.0
        )
    judged = np.array([[one.words[word] for word in names] for one in now], dtype=float)
    numbers = np.array([one.interactions for one in now], dtype=float)
    rates, together, each = _held(judged, numbers, names, past, seasons)
    raised = np.minimum(together * len(names), 1.0)
    shares = judged.sum(axis=0) / numbers.sum()
    found = [
        MovedWord(
            word=names[place],
            channel=channel,
            share=float(shares[place]),
            usual=float(rates[place]),
            times=float(shares[place] / rates[place]),
            p=float(raised[place]),
        )
        for place in np.argsort(raised, kind="stable")
        if raised[place] < CHANCE and (each[:, place] < _LASTS).all()
    ]
    first = float(raised.min())
    outlook = Outlook(
        value=float(len(found)),
        interval=None,
        usual=(0.0, 0.0),
        windows=windows,
        p=found[0].p if found else max(first, CHANCE),
        noise_p=first,
        lasts=bool(found),
    )
    return found[:MOST], outlook


def _held(
    judged: Floats,
    numbers: Floats,
    names: Sequence[str],
    past: Sequence[Sketch],
    seasons: Sequence[Sequence[Sketch]],
) -> tuple[Floats, Floats, Floats]:
    """Counts of words held against the past: its rates, and chances together and in each window."""
    sizes = np.array([one.interactions for one in past], dtype=float)
    counts = _counts(past, names)
    rates = counts.sum(axis=0) / sizes.sum()
    spread = _spread(counts, sizes, rates)
    doubt = 1 / (counts.sum(axis=0) + 0.5)
    together, each = _chances(judged, numbers, rates, spread + doubt)
    for season in seasons:
        # A word that an earlier year does not name at this time was no more frequent than ever.
        then = np.array([[one.words.get(word, 0) for word in names] for one in season])
        named = then.sum(axis=0) > 0
        rate = np.maximum(then.sum(axis=0) / sum(one.interactions for one in season), rates)
        least, lone = _chances(judged, numbers, rate, spread + 1 / (then.sum(axis=0) + 0.5))
        # The windows to which these come nearest count.
        together = np.where(named, np.maximum(together, least), together)
        each = np.where(named, np.maximum(each, lone), each)
    return rates, together, each


def _chances(
    counts: Floats, numbers: Floats, rates: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Chance of so many in all windows together, and in each."""
    together = _tail(counts.sum(axis=0), numbers.sum() * rates, spread)
    return together, _tail(counts, numbers[:, None] * rates, spread)


def _counts(past: Sequence[Sketch], names: Sequence[str]) -> Floats:
    """(windows, words) interactions that said a word.

    A window that does not name a word had it in fewer than `LEAST` interactions. As many of these
    are taken as would leave so many windows without it in one case of two.
    """
    rows: list[Mapping[str, float]] = [one.words for one in past]
    found = np.array([[row.get(word, -1) for word in names] for row in rows], dtype=float)
    hidden = (found < 0).sum(axis=0)
    few = special.gammainccinv(LEAST, 0.5 ** (1 / np.maximum(hidden, 1)))
    return np.where(found < 0, few, found)


def _spread(counts: Floats, sizes: Floats, rates: Floats) -> Floats:
    """(words,) squared coefficient of variation of each word's rate, from window to window."""
    expected = sizes[:, None] * rates
    # Of a Gamma-Poisson count: variance = mean + spread * mean^2.
    beyond = ((counts - expected) ** 2).sum(axis=0) - expected.sum(axis=0)
    own = beyond / np.maximum((expected**2).sum(axis=0), 1e-9)
    telling = expected.sum(axis=0) >= _ENOUGH
    fellows = float(np.quantile(own[telling], 0.75)) if telling.any() else 0.0
    return np.asarray(np.maximum(own, max(fellows, 0.0)), dtype=np.float64)


def _tail(counts: Floats, means: Floats, spread: Floats) -> Floats:
    """Chance of at least so many."""
    size = 1 / np.maximum(spread, 1e-6)
    # Of a negative binomial count: an incomplete beta function.
    return np.asarray(special.betainc(counts, size, means / (size + means)), dtype=np.float64)
