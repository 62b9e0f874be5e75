"""Themes ranked and measured by counts that are kept, as `api.store.theme_reads` counts rows."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Subquery, case, cast, extract, func, select
from sqlalchemy.orm import Session

from api.store import counters, prepared
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


def one(session: Session, id: UUID) -> Any | None:
    """One theme in one statement, for whoever sees everything (`counters.kept`).

    Returns:
        None where there is none, or a row: its columns, the name of its `area`, when it was heard
        `first` and `last`, `findings`, `interactions`, `negative`, `neutral` and `positive`, its
        `parts` (the largest first: id, name, findings, interactions), its `quotes` (the central
        ones first, as `QuoteOut` names what they are), and what `counters.felt` reads.
    """
    return prepared.run(session, _ONE, {"id": id}).fetchone()


_ONE = f"""
    SELECT theme.id, theme.scope, theme.name, theme.named_by, theme.machine_name,
        theme.description, theme.product, theme.state, theme.pinned, theme.hidden, theme.made_by,
        theme.born_at, theme.revision, theme.key_terms, theme.area_id, area.name AS area, tally.*,
        (SELECT happened FROM theme_stands WHERE owner_id = theme.id
            ORDER BY happened LIMIT 1) AS first,
        (SELECT happened FROM theme_stands WHERE owner_id = theme.id
            ORDER BY happened DESC LIMIT 1) AS last,
        (SELECT coalesce(json_agg(part ORDER BY part.interactions DESC, part.id), '[]') FROM (
            SELECT subthemes.id, subthemes.name, sum(had.findings) AS findings,
                sum(had.interactions) AS interactions
            FROM subthemes JOIN theme_totals had ON had.owner_id = subthemes.id
            WHERE subthemes.theme_id = theme.id
            GROUP BY subthemes.id HAVING sum(had.findings) > 0
        ) part) AS parts,
        (SELECT coalesce(json_agg(json_build_object('kind', said.kind, 'finding', f.id,
            'interaction', f.interaction_id, 'turn', f.turn, 'start', f.start, 'end', f."end",
            'quote', f.quote, 'sentiment', f.sentiment, 'confidence', f.confidence
        ) ORDER BY said.kind, said.place), '[]')
            FROM theme_quotes said
            -- A finding that went to another theme since is no quote of this one.
            JOIN theme_members here
                ON here.finding_id = said.finding_id AND here.theme_id = said.theme_id
            JOIN findings f ON f.id = said.finding_id
            WHERE said.theme_id = theme.id) AS quotes,
        {counters.pulse_of("theme.scope")}
    FROM themes theme
    LEFT JOIN theme_areas area ON area.id = theme.area_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(findings), 0) AS findings, coalesce(sum(interactions), 0)
            AS interactions, coalesce(sum(negative), 0) AS negative,
            coalesce(sum(neutral), 0) AS neutral, coalesce(sum(positive), 0) AS positive
        FROM theme_totals WHERE owner_id = theme.id
    ) tally
    WHERE theme.id = %(id)s
"""  # noqa: S608 - no value of anybody's
