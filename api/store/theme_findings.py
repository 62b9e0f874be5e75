"""The findings of themes: what stands in one, in pages, and which theme each of some stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, literal_column, select
from sqlalchemy.orm import Session

from api.store import counters
from api.store.count_tables import ThemeStandRow
from api.store.findings import COLUMNS, FindingKey, following, in_order, place
from api.store.prepared import Prepared, among, given, parameters
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_counts import Slice
from api.store.theme_tables import FIRST, ThemeMemberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFilter:
    """Which findings of a theme a list shows; what is None does not narrow it.

    Attributes:
        slice: which interactions count.
        sentiment: of the passage.
        unsure: those that a person should decide about, or the others.
        min_confidence: this probability or more.
        subtheme: those of one part.
    """

    slice: Slice
    sentiment: str | None = None
    unsure: bool | None = None
    min_confidence: float | None = None
    subtheme: UUID | None = None


def members_page(
    session: Session,
    id: UUID,
    filter: MemberFilter,
    *,
    after: FindingKey | None = None,
    limit: int,
) -> Sequence[Any]:
    """The findings of a theme with their membership, those of the newest interaction first.

    Rows have `findings.COLUMNS`, and of the membership what `_MEMBERSHIP` names.
    """
    if filter.slice != Slice():
        return session.execute(_members(id, filter, after).limit(limit)).all()
    values = {**given(filter, _NARROWING), **place(after)}
    asked = {**values, "theme": id, "limit": limit}
    counted = counters.kept(session, Slice())
    return _member_pages.rows(session, asked, tuple(values), filter.sentiment if counted else None)


_MEMBERSHIP = (
    ThemeMemberRow.likeness,
    ThemeMemberRow.placed_by,
    ThemeMemberRow.place,
    ThemeMemberRow.subtheme_id,
)
_NARROWING = ("sentiment", "unsure", "min_confidence", "subtheme")


def _members(id: Any, filter: MemberFilter, after: FindingKey | None) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(*COLUMNS, *_MEMBERSHIP)
        .join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id)
        .where(ThemeMemberRow.theme_id == id)
    )
    equal = (
        (FindingRow.sentiment, filter.sentiment),
        (FindingRow.unsure, filter.unsure),
        (ThemeMemberRow.subtheme_id, filter.subtheme),
    )
    query = query.where(*(column == value for column, value in equal if value is not None))
    if filter.min_confidence is not None:
        query = query.where(FindingRow.confidence >= filter.min_confidence)
    if filter.slice != Slice():
        query = query.join(InteractionRow, InteractionRow.id == FindingRow.interaction_id)
        query = query.where(*filter.slice.conditions())
    return in_order(query, after, interaction=ThemeMemberRow.interaction_id)


@Prepared
def _member_pages(names: Sequence[str], feeling: str | None) -> Select[*tuple[Any, ...]]:
    narrowing = parameters(name for name in names if name in _NARROWING)
    filter = MemberFilter(slice=Slice(), **narrowing)
    query = _members(bindparam("theme"), filter, following(names))
    if feeling is not None:
        # Of what a theme rarely feels like, an index of the counts knows the interactions.
        query = query.join(
            ThemeStandRow,
            and_(
                ThemeStandRow.owner_id == ThemeMemberRow.theme_id,
                ThemeStandRow.interaction_id == ThemeMemberRow.interaction_id,
                getattr(ThemeStandRow, feeling) > literal_column("0"),
            ),
        )
    return query.limit(bindparam("limit"))


def own_themes(session: Session, rows: Sequence[Any]) -> dict[UUID, UUID]:
    """The theme of its own category that each finding stands in first; others are left out.

    Args:
        session: the transaction.
        rows: findings, with their `id` and `category`.
    """
    categories = {row.id: row.category for row in rows}
    if not categories:
        return {}
    found = _own_themes.rows(session, {"ids": list(categories)})
    return {
        row.finding_id: row.theme_id for row in found if row.scope == categories[row.finding_id]
    }


@Prepared
def _own_themes() -> Select[*tuple[Any, ...]]:
    return select(ThemeMemberRow.finding_id, ThemeMemberRow.theme_id, ThemeMemberRow.scope).where(
        among(ThemeMemberRow.finding_id), ThemeMemberRow.place == FIRST
    )
