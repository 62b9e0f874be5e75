"""Route: what was found reaches the departments whose rules ask for it, and counts in their items.

It happens in the transaction that writes the findings, or that changes themes: an inbox is never
behind what is stored. A rule that was switched on is applied to older findings by a job.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import assign
from api.store import categories, item_folds, items, routing, routings, rules
from api.store.database import Database
from api.store.inbox_tables import RuleRow
from api.store.routing import Place
from api.store.tables import JobRow
from api.store.theme_tables import ALL

log = logging.getLogger(__name__)

BATCH = 500
"""Interactions that a job holds against its rule in one transaction: no text is read anew."""


def route(session: Session, interactions: Sequence[UUID]) -> int:
    """Holds the new findings of interactions against all rules that are on.

    Args:
        session: the transaction that wrote the findings and put them into themes.
        interactions: whose findings they are.

    Returns:
        How many were routed.
    """
    if not interactions:
        return 0
    rules.hold(session)
    found = routing.deliver(session, rules.enabled(session), interactions=interactions)
    if found:
        place = Place(interactions=interactions)
        routing.make_items(session, place)
        item_folds.settle(session, routing.add(session, place))
    return found


def counting(session: Session, interactions: Collection[UUID]) -> set[UUID]:
    """The items that findings of interactions count in; to be asked before those are replaced."""
    return items.counting(session, interactions)


def route_again(session: Session, interactions: Sequence[UUID], before: Collection[UUID]) -> None:
    """The same where findings were replaced: what they counted in is counted anew.

    Args:
        session: the transaction that replaced them.
        interactions: whose findings they are.
        before: the items of `counting`.
    """
    route(session, interactions)
    place = Place(interactions=interactions)
    touched = item_folds.follow(session, place, None) if before else set()
    items.recount(session, touched | set(before))
    item_folds.settle(session, touched | set(before))


def follow(session: Session, scope: str, themes: Iterable[UUID | None] | None = None) -> None:
    """Lets items follow their themes after these changed: merged, split, moved, gathered anew.

    Args:
        session: the transaction that changed them, which holds the scope.
        scope: of the themes.
        themes: those that were changed; None for all of the scope.
    """
    rules.hold(session)
    asked = rules.enabled(session, asks_themes=True)
    if scope == ALL:
        # Items are of the themes of a category; a rule may ask for any theme all the same.
        if routing.deliver(session, asked):
            for name in categories.names(session):
                _settle_new(session, Place(scope=name))
        return
    routing.deliver(session, asked, scope=scope)
    named = None if themes is None else [id for id in themes if id is not None]
    place = Place(scope=scope) if named is None else Place(themes=named)
    made = routing.make_items(session, place)
    item_folds.inherit(session, made)
    touched = routing.move(session, place)
    items.recount(session, touched)
    touched |= item_folds.follow(session, place, scope)
    item_folds.settle(session, touched)


def _settle_new(session: Session, place: Place) -> set[UUID]:
    """Lets what was routed and counts nowhere yet count in its items."""
    routing.make_items(session, place)
    added = routing.add(session, place)
    item_folds.settle(session, added)
    return added


def apply(session: Session, rule: RuleRow) -> JobRow:
    """Puts a job that holds all that is stored against a rule into the queue.

    Args:
        session: the transaction that switched the rule on, or a later one.
        rule: enabled.
    """
    job = routings.create(session, rule)
    if job.state == "running":
        jobs.defer_routing(session, job.id)
    return job


def apply_next(database: Database, job: UUID) -> None:
    """Holds the next batch against the rule of a job; does nothing where that ended.

    Each batch is one transaction that moves the mark and puts the next one into the queue: killed
    anywhere, it goes on from the mark.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the job is tried again.
    """
    with database.session() as session:
        current = routings.current(session, job)
        if current is None:
            routings.end(session, job)
            return
        row, rule = current
        ids = routings.batch(session, row, limit=BATCH)
        if not ids:
            routings.end(session, job)
            return
        # Themes stay as they are meanwhile, as while findings are written.
        assign.hold(session, categories.names(session))
        rules.hold(session)
        ready = rules.ready(session, [rule])
        found = routing.deliver(session, ready, interactions=ids, again=True)
        place = Place(interactions=ids)
        touched = _settle_new(session, place)
        folded = item_folds.follow(session, place, None)
        items.recount(session, folded)
        item_folds.settle(session, touched | folded)
        routings.advance(session, row, ids, found=found)
        jobs.defer_routing(session, job)
