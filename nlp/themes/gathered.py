"""What is known of the themes of a scope: the values that the table and the page both show."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from nlp.learn.judging import Figure
from nlp.themes.course import Calendar, Point
from nlp.themes.growth import Growth
from nlp.themes.kept import KeptScope
from nlp.themes.quality import Quality
from nlp.types import SentimentLabel

ChangeKind = Literal["born", "grown", "split", "merged", "faded", "returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A customer's words, and where they stand.

    Attributes:
        text: the quote.
        source: of the interaction.
        turn: index of the turn.
        channel: of the interaction.
        day: of the interaction, or None.
        sentiment: of the passage.
    """

    text: str
    source: str
    turn: int
    channel: str
    day: date | None
    sentiment: SentimentLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sub-theme.

    Attributes:
        headline: of it, against the other sub-themes.
        findings: in it.
    """

    headline: str
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another theme that has to do with one.

    Attributes:
        id: of the other.
        headline: of the other.
        scope: of the other.
        kind: `alike` in what is said, or said `together` in the same interactions.
        strength: the cosine of two that are alike; times the number that chance would make.
        interactions: in which both stand; None for two that are alike.
    """

    id: str
    headline: str
    scope: str
    kind: Literal["alike", "together"]
    strength: float
    interactions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often a theme is spoken of where a field has a value.

    Attributes:
        field: "channel", or a name of the metadata.
        value: of it.
        interactions: of the theme with that value.
        inside: share of the theme's interactions that have the field, with that value.
        usual: the same share of all mined interactions.
    """

    field: str
    value: str
    interactions: int
    inside: float
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme.

    Attributes:
        id: which it keeps where a later run continues this one.
        headline: what it is called.
        terms: that set it apart from the other themes of its scope.
        others: headlines that were nearly as good.
        findings: that stand in it; one about two things stands in two themes.
        interactions: that these stand in.
        repeated: findings among them that say word for word, or nearly, what another one does.
        feelings: findings by the sentiment of their passage: negative, neutral, positive.
        sentiment: mean from -1 to 1 with its interval.
        share: of all mined interactions, with its interval.
        quotes: the most central first.
        spread: quotes that show how wide it is; none of them is in `quotes`.
        course: week by week or month by month; empty where too few dates are known.
        growth: None where too few dates are known.
        parts: sub-themes, the largest first; none or several.
        links: other themes that have to do with it.
        breakdown: by channel and metadata, a field's values together, the most frequent first.
        area: index into `Gathered.areas`.
    """

    id: str
    headline: str
    terms: tuple[str, ...]
    others: tuple[str, ...]
    findings: int
    interactions: int
    repeated: int
    feelings: tuple[int, int, int]
    sentiment: Figure | None
    share: Figure | None
    quotes: tuple[Quote, ...]
    spread: tuple[Quote, ...]
    course: tuple[Point, ...]
    growth: Growth | None
    parts: tuple[Part, ...]
    links: tuple[Link, ...]
    breakdown: tuple[Share, ...]
    area: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a theme since the run before.

    Attributes:
        kind: as `nlp.themes.identity.Event` has it; or `returned`, of one that had faded.
        id: of the theme that it happened to.
        headline: of it.
        others: id and headline of what it split from, or of what went into it.
        findings: how many are concerned.
    """

    kind: ChangeKind
    id: str
    headline: str
    others: tuple[tuple[str, str], ...] = ()
    findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The themes of a scope.

    Attributes:
        scope: a category, or `nlp.themes.material.ALL`.
        themes: the largest first, by interactions.
        areas: what each area of themes is about, in a few words.
        findings: that were gathered, those that wait among them.
        interactions: that these stand in.
        mined: all mined interactions.
        waiting: the findings in no theme that are nearest to becoming one.
        pool: how many wait.
        changes: since the run before; None where there was none.
        quality: how far to trust it.
        calendar: the days; None where too few dates are known.
        kept: what a later run continues.
    """

    scope: str
    themes: tuple[Theme, ...]
    areas: tuple[str, ...]
    findings: int
    interactions: int
    mined: int
    waiting: tuple[Quote, ...]
    pool: int
    changes: tuple[Change, ...] | None
    quality: Quality
    calendar: Calendar | None
    kept: KeptScope
