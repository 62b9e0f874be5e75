"""Retheme: the findings of a scope are gathered anew, and what is found is written in one go.

Nothing is locked while it computes: findings come in and are put into the themes that are known,
and people go on editing. Where somebody edited meanwhile, it is computed again with that. Killed
anywhere it leaves the themes as they were, and begins again.
"""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import alerts
from api.steps.reword import Endpoint, reworded
from api.steps.route import follow as items_follow
from api.steps.theme_outcome import Gathered, outcome
from api.steps.theme_wishes import Decided, decided, key_of
from api.store import theme_documents, theme_members, theme_runs, theme_writing, themes
from api.store.database import Database
from api.store.errors import StoreError
from api.store.ids import new_id
from api.store.tables import JobRow
from api.store.theme_documents import Read
from api.store.theme_history import ThemeRunRow
from api.store.theme_runs import Patience
from api.store.theme_tables import FIRST
from api.store.theme_writing import Outcome
from nlp.errors import ConduitError
from nlp.themes import quality
from nlp.themes.cluster import cluster
from nlp.themes.identity import follow
from nlp.themes.values import Documents, Known

log = logging.getLogger(__name__)

ASKED = "asked"
"""Why a scope is gathered where a person wants it."""

ATTEMPTS = 3
"""Times that a scope is computed where people edit it meanwhile, before it is left for later."""

GIVE_UP_AFTER = 3
"""Workers that may die over one scope before its re-clustering has failed."""


def ask(session: Session, scopes: Mapping[str, str], *, source: str) -> JobRow | None:
    """Puts a job that gathers scopes anew into the queue, in this transaction.

    Args:
        session: the transaction.
        scopes: each with the reason: `ASKED`, or as `theme_runs.due` says.
        source: what a person sees of the job: a scope, or "themes".

    Returns:
        The job; None where all of them are under way already.
    """
    job = theme_runs.ask(session, scopes, source=source)
    if job is not None:
        jobs.defer_themes(session, job.id)
    return job


def ask_due(database: Database, patience: Patience) -> list[str]:
    """Has those scopes gathered anew that changed enough; which they are."""
    with database.session() as session:
        if not jobs.alone(session):
            return []
        scopes = theme_runs.due(session, patience)
        ask(session, scopes, source="themes")
    return sorted(scopes)


def retheme(
    database: Database, job: UUID, *, deaths: int = 0, endpoint: Endpoint | None = None
) -> None:
    """Gathers the scopes of a job anew, one after the other; does nothing where another does so.

    Args:
        database: where the findings are.
        job: of kind `themes`.
        deaths: workers that died over this job before.
        endpoint: that may reword headlines.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.alone(theme_runs.LOCK) as alone:
        if not alone:
            log.info("themes are being gathered already: job %s waits", job)
            return
        if deaths >= GIVE_UP_AFTER:
            with database.session() as session:
                run = theme_runs.take_up(session, job)
                if run is not None:
                    _fail(session, run, "worker_died")
        while _next(database, job, endpoint):
            pass


def _next(database: Database, job: UUID, endpoint: Endpoint | None) -> bool:
    """Gathers one scope; whether there was one."""
    with database.session() as session:
        run = theme_runs.take_up(session, job)
        if run is None:
            theme_runs.end_job(session, job)
            return False
    try:
        _gather(database, run, endpoint)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it raises, the other scopes go on
        code = error.code if isinstance(error, ConduitError) else f"raised_{type(error).__name__}"
        # The frames alone: the message may quote a customer.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("themes of %s: %s\n%s", run.scope, code, frames)
        with database.session() as session:
            _fail(session, run, code)
    else:
        alerts.watch(database, run.scope, today=datetime.now(UTC).date())
    return True


def _fail(session: Session, run: ThemeRunRow, code: str) -> None:
    claimed = theme_runs.claim(session, run.id)
    if claimed is not None:
        theme_runs.finish(session, claimed, {"state": "failed", "error_code": code})


def _gather(database: Database, run: ThemeRunRow, endpoint: Endpoint | None) -> None:
    for _ in range(ATTEMPTS):
        with database.session() as session:
            taken = _taken(session, run.scope)
        gathered = _gathered(run.scope, taken)
        found = outcome(gathered, make_id=new_id, reword=lambda asked: reworded(endpoint, asked))
        if _write(database, run, taken, gathered, found):
            return
        log.info("themes of %s: edited meanwhile, computed again", run.scope)
    with database.session() as session:
        _fail(session, run, "edited_meanwhile")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A scope as it was read.

    Attributes:
        version: of the scope, at which an outcome of this can be written.
        model: whose vectors were read; None where there is no finding.
        read: its passages.
        known: its themes as they were; None the first time.
        decided: what people decided.
        areas: id of each theme's area.
        called: the machine's name of each theme.
    """

    version: int
    model: str | None
    read: Read
    known: Known | None
    decided: Decided
    areas: dict[UUID, UUID]
    called: dict[UUID, str]


def _taken(session: Session, scope: str) -> _Taken:
    # Read first: what changes after that is seen when the outcome is written.
    row = themes.scope(session, scope)
    model = theme_documents.model(session)
    read = theme_documents.read(session, scope, model or "")
    before = theme_members.centroids(session, scope)
    known = None
    if row is not None and row.resolution is not None and before.themes:
        places = {id: place for place, id in enumerate(before.themes)}
        standing = zip(read.places, read.themes, strict=True)
        known = Known(
            themes=tuple(str(id) for id in before.themes),
            members={key_of(place): places[id] for place, id in standing if id in places},
            centroids=before.centroids,
            resolution=row.resolution,
        )
    return _Taken(
        version=0 if row is None else row.version,
        model=model,
        read=read,
        known=known,
        decided=decided(session, scope),
        areas=before.areas,
        called=before.names,
    )


def _gathered(scope: str, taken: _Taken) -> Gathered:
    read = taken.read
    documents = Documents(
        keys=tuple(key_of(place) for place in read.places),
        texts=read.texts,
        vectors=read.vectors,
        groups=tuple(str(interaction) for interaction, _ in read.places),
    )
    wishes = taken.decided.wishes
    clustering = cluster(documents, known=taken.known, wishes=wishes)
    return Gathered(
        scope=scope,
        model=taken.model,
        read=read,
        documents=documents,
        clustering=clustering,
        followed=follow(documents, clustering, known=taken.known, wishes=wishes),
        held=taken.decided.held,
        placed=frozenset(wishes.placed),
        areas=taken.areas,
        called=taken.called,
    )


def _write(
    database: Database, run: ThemeRunRow, taken: _Taken, gathered: Gathered, found: Outcome
) -> bool:
    """Writes the outcome; False where the scope was edited since it was read.

    A re-clustering that was cancelled meanwhile writes nothing, and that is that.
    """
    stability, moved = _stability(taken, found)
    figures = quality.report(gathered.documents, gathered.clustering, stability=stability)
    with database.session() as session:
        claimed = theme_runs.claim(session, run.id)
        if claimed is None:
            return True
        row = themes.scope(session, run.scope, lock=True)
        if row is None or row.version != taken.version:
            return row is None
        theme_writing.write(session, found, run.id)
        items_follow(session, run.scope)
        theme_runs.finish(
            session,
            claimed,
            {
                "state": "done",
                "findings": taken.read.count,
                "documents": len(taken.read.places),
                "themes": len(found.themes),
                "waiting": themes.pool(session, run.scope).waiting,
                "moved": moved,
                "quality": asdict(figures),
            },
        )
    return True


def _stability(taken: _Taken, found: Outcome) -> tuple[float | None, int]:
    """Share of the passages whose theme stayed, and how many left it, but for people's wishes."""
    now = {one.place: str(one.theme or "") for one in found.placed if one.rank == FIRST}
    known = taken.known
    if known is None:
        return None, 0
    keys = {key_of(place): now[place] for place in taken.read.places}
    before = [known.themes[place] for place in known.members.values()]
    after = [keys[key] for key in known.members]
    wished = [key in taken.decided.wished for key in known.members]
    share = quality.stayed(before, after, wished)
    counted = len(wished) - sum(wished)
    return share, round((1 - share) * counted) if share is not None else 0
