"""The findings of a theme, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, literal_column, select
from sqlalchemy.orm import Session

from api.store import counters
from api.store.count_tables import ThemeStandRow
from api.store.findings import SHOWN, FindingKey, following, in_order, place
from api.store.prepared import Prepared, given, parameters
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_counts import Slice
from api.store.theme_tables import ThemeMemberRow


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

    Rows have `findings.SHOWN`, and of the membership what `_MEMBERSHIP` names.
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
        select(*SHOWN, *_MEMBERSHIP)
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
        stands = _stands(feeling, names).subquery()
        query = query.join(stands, stands.c.interaction_id == ThemeMemberRow.interaction_id)
    return query.limit(bindparam("limit"))


def _stands(feeling: str, names: Sequence[str]) -> Select[UUID]:
    """The interactions in which a theme feels so: an index of the counts knows how few they are."""
    stand = ThemeStandRow.interaction_id
    felt = getattr(ThemeStandRow, feeling) > literal_column("0")
    query = select(stand).where(ThemeStandRow.owner_id == bindparam("theme"), felt)
    if any(name in names for name in _NARROWING if name != "sentiment"):
        return query
    # Each has one such finding at least, so that a page needs no more of them than it has rows, and
    # the one that the page before ended in. The planner would guess far too few, and sort them all.
    if "after_id" in names:
        query = query.where(stand <= bindparam("after_interaction", type_=Uuid))
    return query.order_by(stand.desc()).limit(bindparam("limit") + literal_column("1"))
