"""How far a clustering agrees with the truth, and with the clustering before it."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from nlp.themes.values import NOWHERE, Ints

Ids = Mapping[str, str]
"""Key of a document to the id of its theme, "" where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A clustering beside the true groups.

    Attributes:
        nmi: normalised mutual information, by the arithmetic mean of the entropies.
        ari: adjusted Rand index (Hubert and Arabie 1985).
        found: how many themes there are.
        true: how many groups there are.
        outside: share of the documents without a theme.
        seconds: that it took, vectors given.
    """

    nmi: float
    ari: float
    found: int
    true: int
    outside: float
    seconds: float = 0.0

    @property
    def off(self) -> float:
        """By what share of the true number the number of themes is off."""
        return self.found / self.true - 1


def agreement(truth: Ints, labels: Ints, *, seconds: float = 0.0) -> Agreement:
    """How far labels agree with the truth.

    Documents without a theme count as one theme more in NMI and ARI, which is how such figures are
    usually given. Documents whose truth nobody knows count only as themes that were found.

    Args:
        truth: (documents,) `NOWHERE` where nobody says.
        labels: (documents,) negative for those without a theme.
        seconds: that the clustering took.
    """
    one_bucket = np.maximum(labels, NOWHERE)
    known = truth != NOWHERE
    return Agreement(
        nmi=float(normalized_mutual_info_score(truth[known], one_bucket[known])),
        ari=float(adjusted_rand_score(truth[known], one_bucket[known])),
        found=len(np.unique(labels[labels >= 0])),
        true=len(np.unique(truth[known])),
        outside=float((labels < 0).mean()),
        seconds=seconds,
    )


def middle(runs: Sequence[Agreement]) -> Agreement:
    """Each figure's median over runs."""
    return Agreement(
        nmi=statistics.median(one.nmi for one in runs),
        ari=statistics.median(one.ari for one in runs),
        found=round(statistics.median(one.found for one in runs)),
        true=runs[0].true,
        outside=statistics.median(one.outside for one in runs),
        seconds=statistics.median(one.seconds for one in runs),
    )


def matched(former: Ids, labels: Mapping[str, int], prefix: str) -> dict[str, str]:
    """Ids for a clustering that has none: each of its groups takes over at most one former id.

    The best one-to-one matching by common documents (Kuhn 1955) decides which. That is the most
    that can be had for a clusterer that knows nothing of its last run.

    Args:
        former: the ids before.
        labels: key of a document to its group, negative for none.
        prefix: of the ids of groups that take over none.
    """
    groups = sorted({label for label in labels.values() if label >= 0})
    themes = sorted({theme for theme in former.values() if theme})
    rows = {group: row for row, group in enumerate(groups)}
    columns = {theme: column for column, theme in enumerate(themes)}
    common = np.zeros((len(groups), len(themes)))
    for key, label in labels.items():
        if label >= 0 and former.get(key):
            common[rows[label], columns[former[key]]] += 1
    taken = {}
    for row, column in zip(*linear_sum_assignment(-common), strict=True):
        if common[row, column]:
            taken[groups[row]] = themes[column]
    return {
        key: taken.get(label, f"{prefix}-{label}") if label >= 0 else ""
        for key, label in labels.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many documents are still in the theme that they were in.

    Attributes:
        same: documents with the same theme as before, or without one as before.
        old: documents that there were before.
        same_theme: those of the documents that had a theme which still have it.
        had_theme: documents that had a theme before.
    """

    same: int
    old: int
    same_theme: int
    had_theme: int

    @property
    def share(self) -> float:
        """Of all old documents; one that had no theme and has one now changed, too."""
        return self.same / self.old

    @property
    def share_of_themes(self) -> float:
        """Of the documents that had a theme."""
        return self.same_theme / max(self.had_theme, 1)

    def __add__(self, other: "Kept") -> "Kept":
        """Both counted together."""
        return Kept(
            same=self.same + other.same,
            old=self.old + other.old,
            same_theme=self.same_theme + other.same_theme,
            had_theme=self.had_theme + other.had_theme,
        )


NOTHING_KEPT = Kept(same=0, old=0, same_theme=0, had_theme=0)


def kept(former: Ids, now: Ids) -> Kept:
    """Counts the documents of `former` that `now` has in the same place."""
    return Kept(
        same=sum(now[key] == theme for key, theme in former.items()),
        old=len(former),
        same_theme=sum(now[key] == theme for key, theme in former.items() if theme),
        had_theme=sum(bool(theme) for theme in former.values()),
    )


def same_partition(keys: Sequence[str], labels: Ints, others: Sequence[str], found: Ints) -> bool:
    """Whether two clusterings of the same documents, in two orders, are one, whatever the numbers.

    Args:
        keys: of the documents in the first order.
        labels: (documents,) their groups there, negative for none.
        others: the keys in the second order.
        found: (documents,) their groups there.
    """
    return _parts(keys, labels) == _parts(others, found)


def _parts(keys: Sequence[str], labels: Ints) -> frozenset[tuple[bool, frozenset[str]]]:
    parts: dict[int, set[str]] = {}
    for key, label in zip(keys, labels.tolist(), strict=True):
        parts.setdefault(max(label, NOWHERE), set()).add(key)
    return frozenset((label >= 0, frozenset(members)) for label, members in parts.items())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Markdown, line by line."""
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"
