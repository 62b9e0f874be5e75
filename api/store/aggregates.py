"""Counts of findings and interactions by one or more things, with what they are counted over.

Only mined interactions count, at the time when they began, or else came in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, func, literal, select
from sqlalchemy.orm import Session

from api.store.findings import FindingFilter
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import FIRST, ThemeMemberRow, ThemeRow

_SEVERAL = 5_000
"""Groups that are read at the most, so that what is summed up is bounded too."""

OF_FINDINGS = ("category", "theme", "sentiment")
OF_INTERACTIONS = ("channel", "product", "version", "day", "week", "month", "feeling")
METADATA = "metadata."

_HAPPENED = func.coalesce(InteractionRow.started_at, InteractionRow.received_at)
_UTC = func.timezone("UTC", _HAPPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is counted; what is None or empty does not narrow it.

    Attributes:
        category: findings of it.
        theme: findings that stand in it.
        sentiment: findings in passages that feel so.
        unsure: findings that a person should decide about, or the others.
        min_confidence: findings of this probability or more.
        channel: of the interaction.
        metadata: of the interaction, keys and their values, exactly.
        since: the interaction happened at or after.
        until: the interaction happened before.
    """

    category: str | None = None
    theme: UUID | None = None
    sentiment: str | None = None
    unsure: bool | None = None
    min_confidence: float | None = None
    channel: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None

    def of_findings(self) -> list[ColumnElement[bool]]:
        """What a finding has to fulfil."""
        wanted = FindingFilter(
            category=self.category,
            theme=self.theme,
            sentiment=self.sentiment,
            unsure=self.unsure,
            min_confidence=self.min_confidence,
        )
        return wanted.conditions()

    def of_interactions(self) -> list[ColumnElement[bool]]:
        """What an interaction has to fulfil, beside being mined."""
        found: list[ColumnElement[bool]] = []
        if self.channel is not None:
            found.append(InteractionRow.channel == self.channel)
        if self.metadata:
            found.append(InteractionRow.meta.contains(dict(self.metadata)))
        if self.since is not None:
            found.append(self.since <= _HAPPENED)
        if self.until is not None:
            found.append(self.until > _HAPPENED)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was counted of one combination of values.

    Attributes:
        values: one a dimension, as text; None where there is none, such as no theme.
        findings: how many.
        interactions: those that they stand in, or all where these are counted by themselves.
        feelings: negative, neutral and positive ones of the findings, or of the interactions where
            these are counted by themselves.
    """

    values: tuple[str | None, ...]
    findings: int
    interactions: int
    feelings: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What groups are counted over.

    Attributes:
        received: interactions of any state that the filters let through.
        mined: those of them that are mined.
        first: when the first of these happened; None where there is none.
        last: when the last of them did.
        models: names of the models that mined them.
    """

    received: int
    mined: int
    first: datetime | None
    last: datetime | None
    models: tuple[str, ...]


def groups(session: Session, by: Sequence[str], counted: Counted, *, findings: bool) -> list[Group]:
    """Groups, those of most interactions first, one more than `_SEVERAL` at the most.

    Args:
        session: the transaction.
        by: what to group by; names of `OF_INTERACTIONS`, of `OF_FINDINGS` where findings are
            counted, or `metadata.` and a key.
        counted: what is counted.
        findings: whether findings are counted, or interactions whatever was found in them.
    """
    query = _of_findings(by, counted) if findings else _of_interactions(by, counted)
    width = len(by)
    found = []
    for row in session.execute(query.limit(_SEVERAL)):
        number, interactions, *feelings = (int(value) for value in row[width:])
        found.append(
            Group(
                values=tuple(None if value is None else str(value) for value in row[:width]),
                findings=number,
                interactions=interactions,
                feelings=(feelings[0], feelings[1], feelings[2]),
            )
        )
    return found


def _of_findings(by: Sequence[str], counted: Counted) -> Select[*tuple[Any, ...]]:
    """Counted in two steps: distinct interactions would be sorted for, a group at a time."""
    labels = [f"by_{place}" for place, _ in enumerate(by)]
    columns = [_column(name).label(label) for name, label in zip(by, labels, strict=True)]
    inner: Select[*tuple[Any, ...]] = (
        select(*columns, func.count().label("number"))
        .add_columns(
            *(
                func.count().filter(FindingRow.sentiment == label).label(label)
                for label in ("negative", "neutral", "positive")
            )
        )
        .select_from(FindingRow)
        .join(InteractionRow, InteractionRow.id == FindingRow.interaction_id)
        .where(InteractionRow.state == "mined", *counted.of_findings(), *counted.of_interactions())
        .group_by(*columns, FindingRow.interaction_id)
    )
    if "theme" in by:
        stands = (
            (ThemeMemberRow.finding_id == FindingRow.id)
            & (ThemeMemberRow.scope == FindingRow.category)
            & (ThemeMemberRow.place == FIRST)
        )
        inner = inner.outerjoin(ThemeMemberRow, stands)
    one = inner.subquery()
    values = [one.c[label] for label in labels]
    sums = [func.sum(one.c[name]) for name in ("negative", "neutral", "positive")]
    number = func.count()
    return (
        select(*values, func.sum(one.c.number), number, *sums)
        .group_by(*values)
        .order_by(number.desc(), *values)
    )


def _of_interactions(by: Sequence[str], counted: Counted) -> Select[*tuple[Any, ...]]:
    columns = [_column(name) for name in by]
    feelings = [
        func.count().filter(InteractionRow.sentiment_label == label)
        for label in ("negative", "neutral", "positive")
    ]
    number = func.count()
    places = [column.label(f"by_{place}") for place, column in enumerate(columns)]
    return (
        select(*places, literal(0), number, *feelings)
        .select_from(InteractionRow)
        .where(InteractionRow.state == "mined", *counted.of_interactions())
        .group_by(*places)
        .order_by(number.desc(), *places)
    )


def _column(name: str) -> Any:
    if name.startswith(METADATA):
        return InteractionRow.meta[name.removeprefix(METADATA)].astext
    columns: dict[str, Any] = {
        "category": FindingRow.category,
        "theme": ThemeMemberRow.theme_id,
        "sentiment": FindingRow.sentiment,
        "channel": InteractionRow.channel,
        "product": InteractionRow.meta["product"].astext,
        "version": InteractionRow.meta["version"].astext,
        "feeling": InteractionRow.sentiment_label,
        "day": cast(_UTC, Date),
        "week": cast(func.date_trunc("week", _UTC), Date),
        "month": cast(func.date_trunc("month", _UTC), Date),
    }
    return columns[name]


def base(session: Session, counted: Counted) -> Base:
    """What is counted over: every interaction that the filters of interactions let through."""
    mined = InteractionRow.state == "mined"
    received, number, first, last, models = session.execute(
        select(
            func.count(),
            func.count().filter(mined),
            func.min(_HAPPENED).filter(mined),
            func.max(_HAPPENED).filter(mined),
            func.array_agg(InteractionRow.model.distinct()).filter(mined),
        )
        .select_from(InteractionRow)
        .where(*counted.of_interactions())
    ).one()
    return Base(
        received=received,
        mined=number,
        first=first,
        last=last,
        models=tuple(name for name in models or () if name is not None),
    )


def theme_names(session: Session, ids: Sequence[UUID]) -> dict[str, str]:
    """Names of themes by their ids."""
    rows = session.execute(select(ThemeRow.id, ThemeRow.name).where(ThemeRow.id.in_(ids)))
    return {str(id): name for id, name in rows}
