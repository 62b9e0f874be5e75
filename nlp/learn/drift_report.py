"""What a report on drift says: figures, verdicts and words that moved, for machines and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from nlp.learn.drift_words import MovedWord
from nlp.learn.figures import rounded
from nlp.learn.sketches import Floats

Verdict = Literal["steady", "swing", "moved", "untold"]
Against = Literal["history", "training"]
VERDICTS: Mapping[Verdict, str] = {
    "steady": "steady",
    "swing": "within its usual swing",
    "moved": "moved",
    "untold": "too little to tell",
}

FEWEST = 30
"""Interactions of a window that counts."""

HISTORY = 8
"""Weeks from which on there is a history to judge by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is said of one figure of one channel.

    Attributes:
        figure: its name: `label.…`, `confidence.…`, `agreement.…` of a category, `sentiment.…`,
            `unsure`, `vocabulary.unknown`, `vocabulary.words`, `vectors`.
        channel: that it is about; "all" for all together, in their usual proportions.
        against: what it is compared with.
        value: in the latest weeks; None where there is nothing to count.
        interval: 95 % of it, by sampling alone.
        usual: where it is expected, 95 %, swings included.
        windows: weeks or industries that it was compared with.
        p: chance of so much, raised for how many figures are looked at.
        verdict: what to make of it.
        said: the same in words.
    """

    figure: str
    channel: str
    against: Against
    value: float | None
    interval: tuple[float, float] | None
    usual: tuple[float, float] | None
    windows: int
    p: float | None
    verdict: Verdict
    said: str

    def as_json(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        pairs = {"interval": self.interval, "usual": self.usual}
        return {
            "figure": self.figure,
            "channel": self.channel,
            "against": self.against,
            "value": None if self.value is None else rounded(self.value, 4),
            **{
                name: None if pair is None else [rounded(end, 4) for end in pair]
                for name, pair in pairs.items()
            },
            "windows": self.windows,
            "p": None if self.p is None else rounded(self.p, 6),
            "verdict": self.verdict,
            "said": self.said,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What moved, and what did not.

    Attributes:
        since: first day of the weeks that are judged.
        until: the day after their last.
        interactions: of these weeks that were read.
        weeks: of history that they are judged by, those of the channel with most.
        knows_seasons: whether there is a year of history.
        figures: all that were looked at, what moved first.
        words: that are said far more often than before, the most telling first.
        directions: of a channel whose vectors moved: by features, where to.
    """

    since: date
    until: date
    interactions: int
    weeks: int
    knows_seasons: bool
    figures: tuple[Judged, ...]
    words: tuple[MovedWord, ...]
    directions: Mapping[str, Floats]

    @property
    def moved(self) -> tuple[Judged, ...]:
        """The figures that moved."""
        return tuple(one for one in self.figures if one.verdict == "moved")

    def as_json(self) -> dict[str, Any]:
        """Everything but the directions."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "interactions": self.interactions,
            "weeks": self.weeks,
            "knows_seasons": self.knows_seasons,
            "summary": summary(self),
            "figures": [one.as_json() for one in self.figures],
            "words": [one.as_json() for one in self.words],
        }


_MEANINGS = {
    "label": "share of interactions with {of}",
    "confidence": "mean confidence in {of}",
    "agreement": "how far people agree with {of} beyond its confidence",
    "sentiment": "share of {of} interactions",
    "unsure": "share of interactions with findings that a person should decide",
    "vocabulary.unknown": "share of a customer's words that the training data do not hold",
    "vocabulary.words": "words that are said far more often than before",
    "vectors": "distance of what passages mean",
    "all": "everything",
}


def meaning(figure: str) -> str:
    """What a figure is, in words."""
    kind, _, of = figure.partition(".")
    words = _MEANINGS.get(figure) or _MEANINGS.get(kind, figure)
    return words.format(of=of.replace("_", " "))


def said(one: Judged) -> str:
    """What is said of a figure, as a sentence."""
    what = f"{one.channel if one.channel != 'all' else 'all channels'}: {meaning(one.figure)}"
    if one.verdict == "untold" or one.value is None:
        return f"{what}: too little to tell, with {one.windows} windows to compare with."
    beside = (
        "the weeks before" if one.against == "history" else "the industries of the training data"
    )
    where = ""
    if one.usual is not None:
        where = f", and {one.usual[0]:.3g} to {one.usual[1]:.3g} is usual by {beside}"
    return f"{what}: {VERDICTS[one.verdict]}. It is {one.value:.3g}{where}."


def with_words(one: Judged, told: Sequence[MovedWord]) -> Judged:
    """A figure that names the words by which it moved, if it is that figure."""
    if one.figure != "vocabulary.words" or one.verdict != "moved":
        return one
    named = [word.word for word in told if word.channel == one.channel]
    return replace(one, said=f"{one.said} Above all: {', '.join(named[:8])}.")


def summary(found: Report) -> str:
    """The report in a few sentences."""
    if all(one.verdict == "untold" for one in found.figures):
        return (
            f"Too little to tell: a channel needs {FEWEST} interactions a week, and {HISTORY} "
            "weeks of history."
        )
    moved = found.moved
    parts = []
    for against, beside in (("history", "the weeks before"), ("training", "the training data")):
        names = [
            f"{meaning(one.figure)} ({one.channel})" for one in moved if one.against == against
        ]
        if names:
            parts.append(f"Moved against {beside}: {'; '.join(names)}.")
    if not moved:
        parts.append("Nothing moved that could not be chance or its usual swing.")
    if found.words:
        named = list(dict.fromkeys(one.word for one in found.words))
        parts.append(f"New words: {', '.join(named[:8])}.")
    if not found.knows_seasons:
        parts.append(
            f"There are {found.weeks} weeks of history: with less than a year, a wave that comes "
            "every year looks like a drift, or hides one."
        )
    return " ".join(parts)
