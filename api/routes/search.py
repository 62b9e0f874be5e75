"""/v1/search: what customers said, by words and meaning together."""

import hashlib
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import needs
from api.context import Served
from api.errors import Fault, InvalidRequest
from api.manners import cursors
from api.routes import answers, filters
from api.routes import search_examples as examples
from api.schemas.problems import problems
from api.schemas.search import (
    FoundInOut,
    HitOut,
    RanksOut,
    SearchBasisOut,
    SearchPage,
    SearchQuery,
    SpanOut,
)
from api.steps import search as steps
from api.steps.search import Hit
from api.store import audit, search_hits
from api.store.search_filter import SearchFilter
from api.store.search_hits import Heard

router = APIRouter(tags=["search"])

List = Literal["words", "meaning"]
LISTS: tuple[List, ...] = get_args(List)


@router.get(
    "/search",
    summary="Search what customers said, by words and meaning together",
    response_model=SearchPage,
    responses={200: examples.FOUND, **problems(422)},
    dependencies=[needs("read")],
)
def search_passages(
    request: Request, context: Served, query: Annotated[SearchQuery, Query()]
) -> Response:
    """Searches the customers' passages, and answers with each one's words, findings and call.

    One list is ordered by the query's words in any of their forms, another by its meaning, and
    reciprocal ranks join both: what stands high in either is found, what stands in both comes
    first. Filters hold before anything is ranked. Nothing of a query is logged.
    """
    fields = answers.chosen(HitOut, query.fields)
    asked = _lists(query, has_encoder=context.embeds is not None)
    listing = _listing(query)
    first = int(cursors.decode(query.cursor, listing)[0]) if query.cursor else 0
    wanted = SearchFilter(
        category=query.category,
        theme=query.theme,
        sentiment=query.sentiment,
        channel=query.channel,
        metadata=filters.metadata(query.metadata, product=query.product) or None,
        since=query.since,
        until=query.until,
    )
    with context.session() as session:
        filters.check_category(session, query.category)
        filters.check_theme(session, query.theme)
        hits = steps.find(session, query.q, wanted, embeds=context.embeds, by=frozenset(asked))
        shown, more = answers.cut(hits[first : first + query.limit + 1], query.limit)
        heard = search_hits.heard(session, [hit.place for hit in shown], query.q)
        found = [_out(hit, heard[hit.place]) for hit in shown if hit.place in heard]
        ids = list({one.interaction.id for one in found})
        audit.read(session, context.caller, "search.asked", ids=ids)
    return answers.page(
        request,
        found,
        fields=fields,
        next_cursor=cursors.encode(listing, first + query.limit) if more else None,
        beside=SearchBasisOut(by=asked),
    )


def _lists(query: SearchQuery, *, has_encoder: bool) -> list[List]:
    """The lists that are asked.

    Raises:
        InvalidRequest: by meaning alone, and there is no encoder.
    """
    if query.by == "meaning" and not has_encoder:
        message = "no encoder is there: use words"
        fault = Fault(place="query", pointer="/by", message=message)
        raise InvalidRequest("Nothing can be found by meaning here.", faults=[fault])
    asked: list[List] = [] if query.by == "meaning" else ["words"]
    return [*asked, "meaning"] if query.by != "words" and has_encoder else asked


def _listing(query: SearchQuery) -> str:
    """The name of a list of hits, so that a cursor of another query is none of it."""
    said = query.model_dump_json(exclude={"cursor", "limit", "fields"})
    return f"search {hashlib.sha256(said.encode()).hexdigest()}"


def _out(hit: Hit, heard: Heard) -> HitOut:
    row = heard.about
    ranks: dict[List, int | None] = {"words": hit.by_words, "meaning": hit.by_meaning}
    return HitOut(
        interaction=FoundInOut.model_validate(
            {
                "id": row.interaction_id,
                "channel": row.channel,
                "started_at": row.started_at,
                "received_at": row.received_at,
                "metadata": row.meta,
                "url": f"/v1/interactions/{row.interaction_id}",
            }
        ),
        passage=hit.place[1],
        turn=heard.turn,
        start=heard.start,
        end=heard.end,
        quote=heard.text,
        highlights=[SpanOut(start=start, end=end) for start, end in heard.marked],
        findings=[answers.finding(one) for one in heard.findings],
        found_by=[name for name in LISTS if ranks[name] is not None],
        ranks=RanksOut.model_validate(ranks),
        likeness=hit.likeness,
        score=hit.score,
    )
