"""Themes ranked and measured by counts that are kept, as `api.store.theme_reads` counts rows."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Subquery, case, cast, extract, func, select
from sqlalchemy.orm import Session

from api.store import counters
from api.store.theme_tables import ThemeRow
from api.store.themes import ThemeFilter
from nlp.themes.trends import Window

Sort = Literal["size", "recency", "sentiment"]

MICRO = 1_000_000
LAST = -(10**18)
"""Key of a theme that has none: behind all others."""


def ranks(filter: ThemeFilter, window: Window | None, sort: Sort) -> Subquery:
    """Themes and the values that they are listed by.

    Args:
        filter: which themes.
        window: days that count; themes without anything in them are left out.
        sort: by number of interactions, by the last one, or the most negative first.
    """
    if sort == "recency":
        last = counters.moment(ThemeRow.id, window, last=True)
        value: Any = func.coalesce(cast(extract("epoch", last) * MICRO, BigInteger), LAST)
        query = select(ThemeRow.id, value.label("value")).where(*filter.conditions())
        return (query if window is None else query.where(last.is_not(None))).subquery()
    ledger, conditions = counters.source(window)
    findings, interactions, negative, _, positive = counters.tallied(ledger)
    value = interactions
    if sort == "sentiment":
        value = cast((negative - positive) * MICRO / func.nullif(findings, 0), BigInteger)
    value = case((findings > 0, value), else_=LAST)
    query = (
        select(ThemeRow.id, value.label("value"))
        .join(ledger, ledger.owner_id == ThemeRow.id, isouter=window is None)
        .where(*filter.conditions(), *conditions)
        .group_by(ThemeRow.id)
    )
    return (query if window is None else query.having(findings > 0)).subquery()


def subtheme_sizes(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[Any, int, int]]]:
    """The parts of themes, the largest first: each with its findings and interactions."""
    found: dict[UUID, list[tuple[Any, int, int]]] = {id: [] for id in ids}
    for row in counters.parts(session, ids):
        found[row.theme_id].append((row, row.findings, row.interactions))
    return found
