"""/v1/areas: the hierarchy of themes, area by area."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served, Session
from api.manners import cursors
from api.routes import answers, theme_answers
from api.routes import theme_examples as examples
from api.schemas.base import Page
from api.schemas.problems import problems
from api.schemas.theme_queries import AreaQuery
from api.schemas.themes import AreaOut, AreaThemeOut
from api.store import theme_areas, theme_reads
from api.store.theme_counts import Slice

router = APIRouter(tags=["themes"])


@router.get(
    "/areas",
    dependencies=[needs("read")],
    summary="Read the hierarchy: areas, their themes, and the parts of these",
    response_model=Page[AreaOut],
    responses={200: examples.AREAS, **problems(422)},
)
def list_areas(request: Request, context: Served, query: Annotated[AreaQuery, Query()]) -> Response:
    """Lists the areas of a scope with their active themes and sub-themes, each with its size.

    Themes that stand in no area yet, such as those that somebody made since the last clustering,
    come last, under an area without an id.
    """
    fields = answers.chosen(AreaOut, query.fields)
    listing = f"areas of {query.scope}"
    after = UUID(cursors.decode(query.cursor, listing)[0]) if query.cursor else None
    with context.session() as session:
        theme_reads.snapshot(session)
        theme_answers.check_scope(session, query.scope)
        listed = theme_areas.page(session, query.scope, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        names: dict[UUID | None, str | None] = {row.id: row.name for row in rows}
        if not more:
            names[None] = None
        found = _areas(session, query.scope, names)
    following = cursors.encode(listing, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


def _areas(session: Session, scope: str, names: Mapping[UUID | None, str | None]) -> list[AreaOut]:
    groups = theme_areas.in_areas(session, scope, list(names))
    everyone = [id for ids in groups.values() for id in ids]
    themes = _themes(session, everyone)
    heard = theme_areas.heard(session, groups)
    over = theme_answers.basis(session, scope, Slice())
    return [
        AreaOut(
            id=id,
            name=name,
            scope=scope,
            interactions=heard[id],
            themes=sorted(
                (themes[theme] for theme in groups[id]),
                key=lambda theme: (-theme.interactions, theme.id),
            ),
            basis=over,
        )
        for id, name in names.items()
        if groups[id]
    ]


def _themes(session: Session, ids: Sequence[UUID]) -> dict[UUID, AreaThemeOut]:
    counted = theme_reads.tallies(session, ids, Slice())
    parts = theme_answers.subthemes(session, ids)
    return {
        row.id: AreaThemeOut(
            id=row.id,
            name=row.name,
            interactions=counted[row.id].interactions,
            pinned=row.pinned,
            url=theme_answers.url(row.id),
            subthemes=parts[row.id],
        )
        for row in theme_reads.rows(session, ids)
    }
