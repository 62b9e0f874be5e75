"""Themes: one by its id, their quotes, names and lineage, what waits, and what is like them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, defer

from api.store import seen
from api.store.findings import COLUMNS, SHOWN, FindingKey, in_order
from api.store.prepared import Prepared, among
from api.store.tables import FindingRow
from api.store.theme_history import ThemeLineageRow
from api.store.theme_tables import (
    ALL,
    FIRST,
    ThemeMemberRow,
    ThemeQuoteRow,
    ThemeRow,
    ThemeScopeRow,
)

_VECTORS = (defer(ThemeRow.centroid), defer(ThemeRow.middle))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeFilter:
    """Which themes a list shows; what is None does not narrow it.

    Attributes:
        scope: a category, or all findings together.
        state: active, faded or merged.
        hidden: those that people hid, or the others.
        pinned: those that people pinned, or the others.
        area: those of one area.
        product: that most of it is about.
        words: that its name, the machine's name or its description holds, in any case.
        seen_by: a department, to which what the machine made of words tells a theme only where it
            sees all of it.
    """

    scope: str | None = None
    state: str | None = "active"
    hidden: bool | None = None
    pinned: bool | None = None
    area: UUID | None = None
    product: str | None = None
    words: str | None = None
    seen_by: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to fulfil."""
        equal = (
            (ThemeRow.scope, self.scope),
            (ThemeRow.state, self.state),
            (ThemeRow.hidden, self.hidden),
            (ThemeRow.pinned, self.pinned),
            (ThemeRow.area_id, self.area),
            (ThemeRow.product, self.product),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal if value is not None
        ]
        clear = [] if self.seen_by is None else [seen.whole(self.seen_by, ThemeRow.id)]
        if self.product is not None:
            found += clear
        if self.words:
            said = (ThemeRow.name, ThemeRow.machine_name, ThemeRow.description)
            name, machine, description = (
                column.icontains(self.words, autoescape=True) for column in said
            )
            typed = and_(name, ThemeRow.named_by == "person")
            found.append(or_(typed, description, and_(or_(name, machine), *clear)))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A theme that is like another.

    Attributes:
        theme: the other one.
        likeness: cosine of their middles, what all findings have in common taken off.
    """

    theme: ThemeRow
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What waits until enough of its like gathers.

    Attributes:
        waiting: findings of the scope without a theme.
        findings: all findings of the scope.
    """

    waiting: int
    findings: int


def scope(session: Session, name: str, *, lock: bool = False) -> ThemeScopeRow | None:
    """One scope, or None where nothing was found in it yet; locked, its themes stay as they are."""
    return session.get(ThemeScopeRow, name, with_for_update=lock, populate_existing=True)


def make_scopes(session: Session, names: Sequence[str]) -> None:
    """Makes those of the scopes that are not there yet."""
    if names:
        # A scope that is deleted and made again must not come to a version that it had before.
        version = time.time_ns() // 1_000
        rows = [{"scope": name, "version": version} for name in sorted(set(names))]
        session.execute(upsert(ThemeScopeRow).values(rows).on_conflict_do_nothing())


def get(session: Session, id: UUID, *, lock: bool = False) -> ThemeRow | None:
    """One theme, or None; locked, nobody else changes it until this transaction ends.

    Who locks a theme locks its scope before (`scope`), so that no two wait for each other. Its
    vectors are read when somebody looks at them, or where it is locked.
    """
    options = () if lock else _VECTORS
    row = session.get(ThemeRow, id, with_for_update=lock, populate_existing=True, options=options)
    if row is not None:
        seen.show(session, [row])
    return row


def state(session: Session, id: UUID) -> str | None:
    """Whether a theme is active, or another one took it in; None where it never was."""
    found = _state.rows(session, {"id": id})
    return found[0].state if found else None


@Prepared
def _state() -> Select[*tuple[Any, ...]]:
    return select(ThemeRow.state).where(ThemeRow.id == bindparam("id"))


def successor(session: Session, row: ThemeRow) -> ThemeRow:
    """The theme that a merged one lives on in, over any number of merges; or the theme itself."""
    heir = row
    while heir.merged_into is not None:
        following = session.get(ThemeRow, heir.merged_into)
        if following is None:
            break
        heir = following
    return heir


def area_names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of areas by their ids."""
    return seen.area_names(session, ids)


def quotes(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, list[Any]]]:
    """The quotes that were chosen for themes: by theme, then `central` or `diverse`, in order.

    Each has `findings.COLUMNS`.
    """
    found: dict[UUID, dict[str, list[Any]]] = {id: {"central": [], "diverse": []} for id in ids}
    for row in _quotes.rows(session, {"ids": list(ids)}):
        found[row.theme_id][row.kind].append(row)
    return found


@Prepared
def _quotes() -> Select[*tuple[Any, ...]]:
    wanted = among(ThemeQuoteRow.theme_id)
    return (
        select(ThemeQuoteRow.theme_id, ThemeQuoteRow.kind, *COLUMNS)
        .join(FindingRow, FindingRow.id == ThemeQuoteRow.finding_id)
        # A finding that went to another theme since is no quote of this one.
        .join(
            ThemeMemberRow,
            and_(
                ThemeMemberRow.finding_id == ThemeQuoteRow.finding_id,
                ThemeMemberRow.theme_id == ThemeQuoteRow.theme_id,
            ),
        )
        .where(wanted)
        .order_by(ThemeQuoteRow.theme_id, ThemeQuoteRow.kind, ThemeQuoteRow.place)
    )


def in_scope(scope: str) -> list[ColumnElement[bool]]:
    """What a finding has to fulfil to be of a scope."""
    return [] if scope == ALL else [FindingRow.category == scope]


def waits(scope: str) -> ColumnElement[bool]:
    """What a finding of a scope has to fulfil to be in its emerging pool."""
    return ~exists().where(
        ThemeMemberRow.finding_id == FindingRow.id,
        ThemeMemberRow.scope == scope,
        ThemeMemberRow.place == FIRST,
    )


def pool(session: Session, scope: str) -> Pool:
    """How much of a scope waits."""
    total = select(func.count()).select_from(FindingRow).where(*in_scope(scope))
    placed = (
        select(func.count())
        .select_from(ThemeMemberRow)
        .where(ThemeMemberRow.scope == scope, ThemeMemberRow.place == FIRST)
    )
    findings = session.scalar(total) or 0
    return Pool(waiting=findings - (session.scalar(placed) or 0), findings=findings)


def pool_page(
    session: Session, scope: str, *, after: FindingKey | None = None, limit: int
) -> Sequence[Any]:
    """The findings of a scope that wait, with `SHOWN`, those of the newest interaction first."""
    query = select(*SHOWN).where(*in_scope(scope), waits(scope))
    return session.execute(in_order(query, after).limit(limit)).all()


def similar(session: Session, row: ThemeRow, *, limit: int) -> list[Alike]:
    """The active themes of the same scope that are most like a theme, the likest first."""
    distance = ThemeRow.middle.max_inner_product(row.middle)
    rows = session.execute(
        select(ThemeRow, distance)
        .where(ThemeRow.scope == row.scope, ThemeRow.state == "active", ThemeRow.id != row.id)
        .where(ThemeRow.hidden.is_(False))
        .options(*_VECTORS)
        .order_by(distance, ThemeRow.id)
        .limit(limit)
    )
    found = [Alike(theme=theme, likeness=min(1.0, max(-1.0, -far))) for theme, far in rows]
    seen.show(session, [one.theme for one in found])
    return found


def lineage_page(
    session: Session, id: UUID, *, after: UUID | None = None, limit: int
) -> list[ThemeLineageRow]:
    """What happened to a theme, the newest first; `after` is the id of the last of a page."""
    query = select(ThemeLineageRow).where(ThemeLineageRow.theme_id == id)
    if after is not None:
        query = query.where(ThemeLineageRow.id < after)
    return list(session.scalars(query.order_by(ThemeLineageRow.id.desc()).limit(limit)))


def names(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Names of themes by their ids."""
    return seen.names(session, ids)
