"""Themes as the service answers them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Given, Text
from api.schemas.categories import FigureOut
from api.schemas.findings import FindingOut
from api.store.theme_history import LINEAGE_KINDS
from api.store.theme_tables import ALL
from nlp.heads.custom import LONGEST_NAME
from nlp.types import CATEGORIES, SentimentLabel

ThemeState = Literal["active", "faded", "merged"]
Maker = Literal["machine", "person"]
Placer = Literal["online", "clustering", "person"]
QuoteKind = Literal["central", "diverse"]
Movement = Literal["growing", "shrinking", "steady", "unknown"]
By = Literal["day", "week", "month"]

Scope = Annotated[Text, Field(max_length=LONGEST_NAME)]
SCOPE = (
    f"Themes of which findings: those of one category ({', '.join(CATEGORIES)}, or one of your "
    f"own), or `{ALL}` for those of all findings together."
)


class ThemeRefOut(Given):
    """A theme by its name."""

    id: UUID
    name: str
    url: str


class AreaRefOut(Given):
    """An area by its name."""

    id: UUID
    name: str


class BasisOut(Given):
    """What figures were counted over."""

    since: date | None = Field(description="First day of the window; null: from the beginning.")
    until: date | None = Field(description="Day after its last; null: up to now.")
    interactions: int = Field(description="Mined interactions in the window.")
    coverage: FigureOut | None = Field(
        description="Share of all interactions in the window that are mined: what waits or failed "
        "counts in no figure. Null where there are none."
    )
    model: str | None = Field(
        description="The model whose vectors the themes were gathered by; null before the first "
        "clustering."
    )


class GrowthOut(Given):
    """How a theme's share of interactions changed, the last 28 whole days against the 28 before."""

    movement: Movement
    note: str = Field(description="Why, in plain words.")
    before: int = Field(description="Its interactions in the first 28 days.")
    now: int = Field(description="Its interactions in the last 28 days.")
    ratio: float | None = Field(description="Share now to share before; null: nothing before.")
    low: float | None = Field(description="Lower end of the ratio's 95 % interval.")
    high: float | None = Field(description="Upper end; null where it has none.")
    q: float | None = Field(
        description="Chance of such a change where nothing changed, corrected for all themes that "
        "were asked about at once; null where there is too little to ask."
    )
    since: date = Field(description="First of the 56 days.")
    until: date = Field(description="Day after the last: today.")


class ThemeOut(Given):
    """A theme. Its id never changes meaning; counts are those of the window in `basis`."""

    id: UUID
    scope: str = Field(description=SCOPE)
    name: str = Field(description="As it is shown: a person's name where there is one.")
    named_by: Maker
    machine_name: str = Field(description="From the customers' own words.")
    description: str = Field(description="A person's; empty until somebody wrote one.")
    terms: list[str] = Field(description="What tells it from the others, the most telling first.")
    product: str | None = Field(description="That most of it is about.")
    area: AreaRefOut | None = Field(description="Some themes that are about the same thing.")
    state: ThemeState = Field(
        description="active: shown, takes new findings; faded: nothing is in it any more; "
        "merged: another one took it in."
    )
    merged_into: ThemeRefOut | None = Field(description="What took it in.")
    pinned: bool = Field(description="No clustering splits or merges it.")
    hidden: bool
    made_by: Maker
    findings: int
    interactions: int = Field(description="That its findings stand in: how large it is.")
    share: FigureOut | None = Field(description="Of the mined interactions in the window.")
    sentiment: FigureOut | None = Field(
        description="Mean over its findings, -1 (all negative) to 1; null where there are none."
    )
    growth: GrowthOut | None = Field(description="Null unless it is active.")
    first_seen: datetime | None = Field(description="When the first of its interactions was.")
    last_seen: datetime | None
    born_at: datetime = Field(description="When it became a theme.")
    revision: int = Field(description="Goes up with every change; the ETag.")
    basis: BasisOut
    url: str


class QuoteOut(Given):
    """A finding that shows what a theme is about."""

    kind: QuoteKind = Field(
        description="central: at its heart; diverse: says it otherwise, so that the whole breadth "
        "of the theme is seen."
    )
    finding: UUID
    interaction: UUID
    turn: int = Field(description="Index of the turn.")
    start: int = Field(description="Offset of the quote's first character in the turn's text.")
    end: int = Field(description="Offset after its last; characters are Unicode code points.")
    quote: str = Field(description="`text[start:end]` of that turn.")
    sentiment: SentimentLabel
    confidence: float
    interaction_url: str


class SubthemeOut(Given):
    """A part of a theme."""

    id: UUID
    name: str
    findings: int
    interactions: int


class ThemeDetailOut(ThemeOut):
    """A theme with its parts and quotes."""

    subthemes: list[SubthemeOut] = Field(description="The largest first, over all time.")
    quotes: list[QuoteOut] = Field(description="The central ones first.")


class ThemeFindingOut(FindingOut):
    """A finding, and how it came into the theme."""

    likeness: float = Field(
        description="Cosine to the theme's middle, what all findings have in common taken off."
    )
    placed_by: Placer = Field(
        description="online: when it was mined; clustering: by the last one; person."
    )
    second: bool = Field(description="It has two subjects, and this theme is the second.")
    subtheme: UUID | None


class BucketOut(Given):
    """One day, ISO week (from Monday) or month of a trend."""

    start: date = Field(description="First day, even where the window begins later.")
    end: date = Field(description="Day after the last.")
    partial: bool = Field(
        description="The window cuts it, or it is not over: not to be compared with whole ones."
    )
    findings: int
    interactions: int
    customers: int | None = Field(
        description="Distinct customers, where metadata name them (`customer`, `customer_id`)."
    )
    total: int = Field(description="All mined interactions.")
    share: FigureOut | None = Field(description="Of these; null where there were none.")
    coverage: FigureOut | None = Field(
        description="Share of all interactions of that time that are mined; null: there were none."
    )
    sentiment: FigureOut | None


class TrendOut(Given):
    """The course of a theme: zeros included, in order."""

    theme: UUID
    by: By
    buckets: list[BucketOut]
    customers: int | None = Field(description="Distinct customers over the whole window.")
    basis: BasisOut


class PartOut(Given):
    """One value of what a theme is broken down by."""

    value: str | None = Field(description="Null: interactions that have none.")
    findings: int
    interactions: int
    total: int = Field(description="All mined interactions of that value.")
    share: FigureOut | None = Field(description="Of these.")


class BreakdownOut(Given):
    """A theme by channel, or by a key of metadata."""

    theme: UUID
    by: str
    parts: list[PartOut] = Field(description="Values with the most interactions first.")
    others: PartOut | None = Field(description="All other values together.")
    keys: list[str] = Field(description="What it can be broken down by.")
    basis: BasisOut


class LineageOut(Given):
    """Something that happened to a theme."""

    id: UUID
    kind: Literal[LINEAGE_KINDS] = Field(  # type: ignore[valid-type]  # one list of words
        description="born, grown, split (from `others`), merged (into them, or they into it), "
        "faded, back; seeded, renamed, moved, undone."
    )
    at: datetime
    passages: int | None = Field(
        description="How many it is about; null to a key of a department, which sees some of them."
    )
    others: list[ThemeRefOut]
    edit: UUID | None = Field(description="The person's edit that did it.")
    run: UUID | None = Field(description="Or the clustering.")


class SimilarOut(Given):
    """A theme that is about nearly the same."""

    theme: ThemeRefOut
    likeness: float = Field(description="Cosine, what all findings have in common taken off.")


class RelatedOut(Given):
    """A theme that comes in the same interactions, more often than by chance."""

    theme: ThemeRefOut
    observed: int = Field(description="Interactions in which both stand.")
    expected: float = Field(description="How many it would be by chance.")
    lift: float = Field(description="Observed over expected.")
    q: float = Field(description="Chance of as many, corrected for all pairs of themes.")


class SimilarsOut(Given):
    """The themes most like one."""

    data: list[SimilarOut]


class RelatedsOut(Given):
    """The themes that come with one."""

    data: list[RelatedOut] = Field(description="The surest first.")
    interactions: int = Field(description="Of the theme, in the window.")
    total: int = Field(description="In which any theme stands: what chance is reckoned from.")
    basis: BasisOut


class AreaThemeOut(Given):
    """A theme in its area."""

    id: UUID
    name: str
    interactions: int
    pinned: bool
    url: str
    subthemes: list[SubthemeOut]


class AreaOut(Given):
    """Some themes of a scope that are about the same thing."""

    id: UUID | None = Field(description="Null for the themes that stand in no area yet.")
    name: str | None
    scope: str
    interactions: int = Field(description="In which any of its themes stands.")
    themes: list[AreaThemeOut] = Field(description="Active ones, the largest first.")
    basis: BasisOut


class EmergingOut(Given):
    """What fits no theme yet: it becomes one when enough of its like gathers."""

    scope: str
    waiting: int = Field(description="Findings that wait.")
    findings: int = Field(description="All findings of the scope.")
    share: FigureOut | None = Field(description="Of these, the share that waits.")
    basis: BasisOut
    data: list[FindingOut] = Field(description="Those that wait, of the newest interaction first.")
    next: str | None = Field(description="Pass it as `cursor`; null on the last page.")


class QualityOut(Given):
    """How far to trust the themes of a scope, as of their last clustering."""

    scope: str
    clustered_at: datetime
    model: str | None
    resolution: float | None = Field(description="How fine the themes are: that of the clustering.")
    findings: int = Field(description="That were clustered.")
    passages: int = Field(description="That these stand in.")
    themes: int
    coverage: FigureOut | None = Field(
        description="Share of the passages that stand in a theme; the others wait."
    )
    stability: float | None = Field(
        description="Share of the passages known before whose theme stayed, but for what people "
        "wished, counted over all of them; null the first time."
    )
    moved: int = Field(description="Passages whose theme changed though nobody wished it.")
    coherence: float | None = Field(
        description="Do the words that mark a theme stand together? Mean NPMI, -1 to 1."
    )
    silhouette: float | None = Field(description="How clearly themes stand apart, -1 to 1.")
