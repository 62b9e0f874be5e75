"""/v1/categories: a team's own ones, from a few examples: add, correct, look, remove."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import jobs as queue
from api.auth import needs
from api.context import Context, Served, Session
from api.errors import Fault, InvalidRequest, NameTaken, NotFound
from api.manners import cursors, versions
from api.manners.body import Body, read_as
from api.manners.idempotency import Answer, once
from api.routes import answers, category_examples
from api.schemas.base import Page
from api.schemas.categories import (
    CategoryChangeIn,
    CategoryIn,
    CategoryOut,
    CategoryPreviewOut,
    CategoryQuery,
    MoreExamplesIn,
    PreviewOut,
    PreviewQuery,
)
from api.schemas.jobs import JobOut
from api.schemas.problems import problems
from api.steps import categories as step
from api.store import audit, backfills, categories, jobs, view
from api.store.category_tables import CategoryRow
from nlp.errors import OptionError
from nlp.heads.custom import checked_name

router = APIRouter(tags=["categories"])

_LISTING = "categories"
_SAMPLES = 5
_BODY = 8 * 1024 * 1024


@router.post(
    "/categories",
    status_code=201,
    dependencies=[needs("label", whole=True)],
    summary="Add a category from a few examples",
    response_model=CategoryPreviewOut,
    responses={201: category_examples.ADDED, **problems(400, 409, 413, 415, 422)},
    openapi_extra=category_examples.ADD,
)
def add(request: Request, context: Served) -> Response:
    """Learns a category from 8 examples or more, within seconds, beside the built-in ones.

    The answer says how good it is (every passage held out once), what to know about that in plain
    words, and what it would find in what is stored. New interactions are read for it from then on;
    `/backfill` reads the stored ones again.
    """
    body = Body(request, limit=_BODY)
    given = read_as(body, CategoryIn)

    def work(session: Session) -> Answer:
        name = _named(given.name)
        wanted = step.Wanted(
            name=name,
            description=given.description,
            more=step.More(
                examples=tuple(given.examples), counterexamples=tuple(given.counterexamples)
            ),
            precision=given.precision,
        )
        row = step.create(session, wanted, teacher=context.teacher, redactor=context.redactor)
        if row is None:
            raise _taken(name)
        audit.note(session, context.caller, "category.added", ids=[row.id])
        return _answer(session, row, status=201)

    return once(request, context, body, work)


@router.get(
    "/categories",
    dependencies=[needs("read")],
    summary="List your own categories, the newest first",
    response_model=Page[CategoryOut],
    responses={200: category_examples.LISTED, **problems(422)},
)
def list_categories(
    request: Request, context: Served, query: Annotated[CategoryQuery, Query()]
) -> Response:
    """Lists the categories that were added; the three built-in ones are not among them."""
    fields = answers.chosen(CategoryOut, query.fields)
    after = UUID(cursors.decode(query.cursor, _LISTING)[0]) if query.cursor else None
    with context.reading() as session:
        listed = categories.list_page(session, after=after, limit=query.limit + 1)
        rows, more = answers.cut(listed, query.limit)
        found = [CategoryOut.model_validate(_values(session, row)) for row in rows]
    following = cursors.encode(_LISTING, rows[-1].id) if more else None
    return answers.page(request, found, fields=fields, next_cursor=following)


@router.get(
    "/categories/{id}",
    dependencies=[needs("read")],
    summary="Read a category: its examples, estimate and warnings",
    response_model=CategoryOut,
    responses={200: category_examples.READ, **problems(404, 422)},
)
def read(context: Served, id: UUID) -> Response:
    """Reads one category; its `ETag` goes into `If-Match` when it is changed."""
    with context.reading() as session:
        row = _existing(session, id)
        answer = answers.one(CategoryOut.model_validate(_values(session, row)), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


@router.get(
    "/categories/{id}/preview",
    dependencies=[needs("read", whole=True)],
    summary="See what a category would find in what is stored",
    response_model=PreviewOut,
    responses={200: category_examples.PREVIEWED, **problems(404, 422)},
)
def preview(context: Served, id: UUID, query: Annotated[PreviewQuery, Query()]) -> Response:
    """Looks among the newest 100,000 stored passages, and writes nothing.

    What stands under `unsure` is next to the threshold: adding such passages as examples or
    counterexamples teaches the most.
    """
    with context.reading() as session:
        found = categories.preview(session, _existing(session, id), limit=query.limit)
        audit.read(session, context.caller, "category.previewed", ids=[id])
    return answers.one(PreviewOut.model_validate(found), None)


@router.patch(
    "/categories/{id}",
    dependencies=[needs("label", whole=True)],
    summary="Change a category's name, description, threshold or state",
    response_model=CategoryOut,
    responses={200: category_examples.READ, **problems(404, 409, 412, 413, 422, 428)},
    openapi_extra=category_examples.CHANGE,
)
def change(request: Request, context: Served, id: UUID) -> Response:
    """Changes what is sent and leaves the rest; `If-Match` says which version was read.

    Another `precision` fits the category anew. Findings that are stored stay as they are, until a
    backfill; they are renamed with the category.
    """
    given = read_as(Body(request, limit=_BODY), CategoryChangeIn)
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision)
        _change(session, context, row, given)
        fields = ",".join(sorted(given.model_fields_set))
        audit.note(session, context.caller, "category.changed", ids=[id], fields=fields)
        answer = answers.one(CategoryOut.model_validate(_values(session, row)), None)
    answer.headers["ETag"] = versions.etag(row.revision)
    return answer


@router.delete(
    "/categories/{id}",
    status_code=204,
    dependencies=[needs("label", whole=True)],
    summary="Delete a category with its examples and findings",
    responses={
        204: {"description": "Deleted for good."},
        **problems(404, 412, 422),
    },
    openapi_extra={"parameters": [category_examples.IF_MATCH]},
)
def remove(request: Request, context: Served, id: UUID) -> Response:
    """Deletes it, its examples and its findings, for good; what else was found stays."""
    with context.session() as session:
        row = _existing(session, id, lock=True)
        versions.check(request, row.revision, needed=False)
        categories.remove(session, row)
        audit.note(session, context.caller, "category.deleted", ids=[id])
    return Response(status_code=204)


@router.post(
    "/categories/{id}/examples",
    dependencies=[needs("label", whole=True)],
    summary="Add examples and counterexamples, and fit the category anew",
    response_model=CategoryPreviewOut,
    responses={200: category_examples.FITTED_ANEW, **problems(400, 404, 409, 413, 422)},
    openapi_extra=category_examples.MORE,
)
def add_examples(request: Request, context: Served, id: UUID) -> Response:
    """Corrects a category: passages that it missed, and passages that it should not have found."""
    body = Body(request, limit=_BODY)
    given = read_as(body, MoreExamplesIn)
    if not given.examples and not given.counterexamples:
        fault = Fault(place="body", pointer="/examples", message="one of the two has to be there")
        raise InvalidRequest("There are neither examples nor counterexamples.", faults=[fault])
    more = step.More(examples=tuple(given.examples), counterexamples=tuple(given.counterexamples))

    def work(session: Session) -> Answer:
        row = _existing(session, id, lock=True)
        step.add(session, row, more, redactor=context.redactor)
        number = len(more.examples) + len(more.counterexamples)
        audit.note(session, context.caller, "category.taught", ids=[id], examples=number)
        step.fit_again(session, row, teacher=context.teacher)
        return _answer(session, row, status=200)

    return once(request, context, body, work)


@router.delete(
    "/categories/{id}/examples/{example}",
    dependencies=[needs("label", whole=True)],
    summary="Take an example away, and fit the category anew",
    response_model=CategoryPreviewOut,
    responses={200: category_examples.FITTED_ANEW, **problems(404, 422)},
)
def remove_example(context: Served, id: UUID, example: UUID) -> Response:
    """Takes away an example or counterexample; the last 8 examples stay."""
    with context.session() as session:
        row = _existing(session, id, lock=True)
        if not categories.remove_example(session, id, example):
            raise NotFound(f"The category {row.name!r} has no example with the id {example}.")
        audit.note(session, context.caller, "category.taught", ids=[id, example], examples=-1)
        step.fit_again(session, row, teacher=context.teacher)
        answer = _answer(session, row, status=200)
    return answers.one(CategoryPreviewOut.model_validate(answer.body), None)


@router.post(
    "/categories/{id}/backfill",
    status_code=202,
    dependencies=[needs("label", whole=True)],
    summary="Read the stored interactions again for a category",
    response_model=JobOut,
    responses={202: category_examples.BACKFILL, **problems(400, 404, 409, 413, 422)},
    openapi_extra=category_examples.WITH_KEY,
)
def backfill(request: Request, context: Served, id: UUID) -> Response:
    """Starts a job that puts its findings of now in the place of its earlier ones, everywhere.

    No other category's findings are touched. New interactions go first. A backfill of the same
    category that still runs is given up.
    """
    body = Body(request, limit=_BODY)

    def work(session: Session) -> Answer:
        job = backfills.create(session, _existing(session, id, lock=True))
        if job.state == "running":
            queue.defer_backfill(session, job.id)
        found = answers.job(job, jobs.progress(session, job.id))
        headers = {"Location": found.url}
        return Answer(status=202, body=found.model_dump(mode="json"), headers=headers)

    return once(request, context, body, work)


def _named(name: str) -> str:
    """A name that a category can have.

    Raises:
        InvalidRequest: it is none, with the way out.
    """
    try:
        return checked_name(name)
    except OptionError as error:
        fault = Fault(place="body", pointer="/name", message=str(error))
        raise InvalidRequest("The name cannot be a category's.", faults=[fault]) from None


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"There is a category {name!r} already: change that one, or take another name."
    )


def _existing(session: Session, id: UUID, *, lock: bool = False) -> CategoryRow:
    """A category that is there.

    Raises:
        NotFound: it is not.
    """
    row = categories.get(session, id, lock=lock)
    if row is None:
        raise NotFound(f"No category of your own has the id {id}.")
    return row


def _change(session: Session, context: Context, row: CategoryRow, given: CategoryChangeIn) -> None:
    values: dict[str, Any] = {}
    if given.name is not None and given.name != row.name:
        values["name"] = _named(given.name)
        # Of two that take the same name at once, the second waits here and then sees the first.
        categories.changed(session)
        if categories.by_name(session, given.name) is not None:
            raise _taken(given.name)
    if given.description is not None:
        values["description"] = context.redactor.redact_text(given.description)
    if given.enabled is not None:
        values["enabled"] = given.enabled
    if given.threshold is not None:
        values |= {"threshold": given.threshold, "threshold_set": True}
    if given.precision is not None:
        values = {"threshold_set": False, **values, "wanted": given.precision}
        step.fit_again(session, row, teacher=context.teacher, **values)
    elif values:
        categories.change(session, row, values)


def _answer(session: Session, row: CategoryRow, *, status: int) -> Answer:
    """A category with what it would find."""
    found = CategoryPreviewOut.model_validate(
        {
            **_values(session, row),
            "preview": categories.preview(session, row, limit=_SAMPLES),
        }
    )
    headers = {"ETag": versions.etag(row.revision)}
    if status == 201:
        headers["Location"] = found.url
    return Answer(status=status, body=found.model_dump(mode="json"), headers=headers)


def _values(session: Session, row: CategoryRow) -> dict[str, Any]:
    """A category as the schema has it; whoever sees some of the words sees none of it quoted."""
    judged = row.judged
    if view.of(session).department is not None:
        judged = {**judged, "lookalikes": [], "warnings": []}
    names = (
        "id name description enabled threshold threshold_set revision model note "
        "created_at fitted_at"
    )
    return {
        **{name: getattr(row, name) for name in names.split()},
        **judged,
        "examples": categories.examples(session, [row.id])[row.id],
        "url": f"/v1/categories/{row.id}",
    }
