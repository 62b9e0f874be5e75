"""Findings: of one interaction, or over all of them in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.store.prepared import Prepared, given, parameters
from api.store.pull_tables import PassageWordsRow
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import FIRST, ThemeMemberRow

Columns = TypeVarTuple("Columns")

COLUMNS = (
    FindingRow.id,
    FindingRow.interaction_id,
    FindingRow.passage,
    FindingRow.category,
    FindingRow.turn,
    FindingRow.start,
    FindingRow.end,
    FindingRow.quote,
    FindingRow.confidence,
    FindingRow.sentiment,
    FindingRow.unsure,
    FindingRow.model,
    FindingRow.reviewed,
    FindingRow.created_at,
)
"""Of a finding in a list, which are its attributes there."""

IN_OWN_THEME = (
    ThemeMemberRow.finding_id == FindingRow.id,
    ThemeMemberRow.scope == FindingRow.category,
    ThemeMemberRow.place == literal_column(str(FIRST)),
)
"""What a membership has to fulfil to be that of a finding in a theme of its own category."""

OWN_THEME: ColumnElement[Any] = (
    select(ThemeMemberRow.theme_id)
    .where(*IN_OWN_THEME)
    .correlate(FindingRow)
    .scalar_subquery()
    .label("theme")
)
"""The theme of its own category that a finding stands in first; null while it waits for one."""

SHOWN = (*COLUMNS, OWN_THEME)
"""Of a finding that an answer shows whole."""

_PLACE: Mapping[str, Any] = {"interaction": Uuid, "turn": Integer, "start": Integer, "id": Uuid}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """Which findings a list shows; what is None does not narrow it.

    Attributes:
        category: a built-in one, or one of a team's own.
        sentiment: of the passage.
        min_confidence: this probability or more.
        unsure: those that a person should decide about, or those that the model is sure of.
        model: name of the model that found it.
        interaction: those of one interaction.
        theme: those that stand in one theme.
        channel: of the interaction.
        source: of the interaction, exactly.
        since: the interaction was received at or after.
        until: the interaction was received before.
        metadata: of the interaction, keys and their values, exactly.
        words: that the passage has, as a web search takes them.
    """

    category: str | None = None
    sentiment: str | None = None
    min_confidence: float | None = None
    unsure: bool | None = None
    model: str | None = None
    interaction: UUID | None = None
    theme: UUID | None = None
    channel: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    words: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a finding has to fulfil, its interaction's part aside."""
        equal = (
            (FindingRow.category, self.category),
            (FindingRow.sentiment, self.sentiment),
            (FindingRow.unsure, self.unsure),
            (FindingRow.model, self.model),
            (FindingRow.interaction_id, self.interaction),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        if self.min_confidence is not None:
            found.append(FindingRow.confidence >= self.min_confidence)
        if self.theme is not None:
            stands = (
                ThemeMemberRow.finding_id == FindingRow.id,
                ThemeMemberRow.theme_id == self.theme,
            )
            found.append(select(ThemeMemberRow.theme_id).where(*stands).exists())
        if self.words is not None:
            here = (
                PassageWordsRow.interaction_id == FindingRow.interaction_id,
                PassageWordsRow.index == FindingRow.passage,
            )
            asked: Any = func.websearch_to_tsquery("english", self.words)
            said = PassageWordsRow.words.op("@@")(asked)
            found.append(select(PassageWordsRow.index).where(*here, said).exists())
        return found

    def interaction_conditions(self) -> list[ColumnElement[bool]]:
        """What the finding's interaction has to fulfil."""
        equal = ((InteractionRow.channel, self.channel), (InteractionRow.source, self.source))
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        if self.since is not None:
            found.append(InteractionRow.received_at >= self.since)
        if self.until is not None:
            found.append(InteractionRow.received_at < self.until)
        if self.metadata:
            found.append(InteractionRow.meta.contains(dict(self.metadata)))
        return found


@dataclass(frozen=True, slots=True)
class SureKey:
    """The place of a finding in the list by confidence."""

    confidence: float
    id: UUID

    @classmethod
    def of(cls, row: FindingRow) -> Self:
        """The place of this one."""
        return cls(row.confidence, row.id)


@dataclass(frozen=True, slots=True)
class FindingKey:
    """The place of a finding in the list: it holds even when that finding is erased."""

    interaction: UUID
    turn: int
    start: int
    id: UUID

    @classmethod
    def of(cls, row: FindingRow) -> Self:
        """The place of this one."""
        return cls(row.interaction_id, row.turn, row.start, row.id)


def get(session: Session, id: UUID) -> FindingRow | None:
    """One finding, or None."""
    return session.scalar(select(FindingRow).where(FindingRow.id == id))


def of(session: Session, interaction_id: UUID) -> Sequence[Any]:
    """The findings of one interaction, in the order of the words, with `SHOWN`."""
    return _of.rows(session, {"interaction": interaction_id})


@Prepared
def _of() -> Select[*tuple[Any, ...]]:
    query = select(*SHOWN).where(FindingRow.interaction_id == bindparam("interaction"))
    return query.order_by(FindingRow.turn, FindingRow.start, FindingRow.id)


def list_page(
    session: Session, filter: FindingFilter, *, after: FindingKey | None = None, limit: int
) -> Sequence[Any]:
    """Those of the newest interaction first, in the order of its words.

    `after` is the key of the last one of the page before. Rows have `SHOWN`.
    """
    if filter.metadata:
        return session.execute(_page(filter, after).limit(limit)).all()
    values = {**given(filter, _NARROWING), **place(after)}
    return _pages.rows(session, {**values, "limit": limit}, tuple(values))


def _page(filter: FindingFilter, after: FindingKey | None) -> Select[*tuple[Any, ...]]:
    return in_order(_narrowed(filter), after)


def _narrowed(filter: FindingFilter) -> Select[*tuple[Any, ...]]:
    query = select(*SHOWN).where(*filter.conditions())
    conditions = filter.interaction_conditions()
    if conditions:
        query = query.join(InteractionRow, InteractionRow.id == FindingRow.interaction_id).where(
            *conditions
        )
    return query


def place(after: FindingKey | None) -> dict[str, Any]:
    """What the parameters of `following` are for a place; none where a list begins."""
    return {} if after is None else {f"after_{name}": getattr(after, name) for name in _PLACE}


def following(names: Sequence[str]) -> FindingKey | None:
    """A place in the list of which each part is a parameter, where these are among some names."""
    if "after_id" not in names:
        return None
    parts: list[Any] = [bindparam(f"after_{name}", type_=kind) for name, kind in _PLACE.items()]
    return FindingKey(*parts)


@Prepared
def _pages(names: Sequence[str]) -> Select[*tuple[Any, ...]]:
    narrowing = parameters(name for name in names if name in _NARROWING)
    return _page(FindingFilter(**narrowing), following(names)).limit(bindparam("limit"))


_NARROWING = tuple(one.name for one in fields(FindingFilter) if one.name != "metadata")


def list_by_confidence(
    session: Session, filter: FindingFilter, *, after: SureKey | None = None, limit: int
) -> Sequence[Any]:
    """The surest first; `after` is the key of the last one of the page before."""
    query = _narrowed(filter)
    place = tuple_(FindingRow.confidence, FindingRow.id)
    if after is not None:
        query = query.where(place < (after.confidence, after.id))
    ordered = query.order_by(FindingRow.confidence.desc(), FindingRow.id.desc())
    return session.execute(ordered.limit(limit)).all()


def in_order(
    query: Select[*Columns],
    after: FindingKey | None,
    *,
    interaction: InstrumentedAttribute[UUID] = FindingRow.interaction_id,
) -> Select[*Columns]:
    """A query over findings in the order of lists, from behind the last one of a page.

    Args:
        query: over findings, and what is joined to them.
        after: the last one of the page before.
        interaction: the column that tells the interaction: that of the table whose index gives the
            order.
    """
    if after is not None:
        place = tuple_(FindingRow.turn, FindingRow.start, FindingRow.id)
        query = query.where(
            or_(
                interaction < after.interaction,
                and_(
                    interaction == after.interaction,
                    place > tuple_(after.turn, after.start, after.id),
                ),
            )
        )
    return query.order_by(interaction.desc(), FindingRow.turn, FindingRow.start, FindingRow.id)
