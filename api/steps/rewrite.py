"""Rewrite: what was mined before and was mined anew is written in the place of what was there.

Findings keep their ids where they are the same, and with them themes, items and departments;
`api.store.rewriting` says which are.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps.assign import Memory, hold, newcomers
from api.steps.route import counting, route_again
from api.store import model_said, rewriting
from nlp.types import Mined


def rewrite(session: Session, results: Mapping[UUID, Mined], memory: Memory) -> None:
    """Writes what was found in interactions that were mined before, and lets all follow that.

    Args:
        session: the transaction, which holds the categories (`categories.hold`).
        results: people's opinions laid over (`api.steps.overlay.overlaid`, which locks the
            interactions).
        memory: of this process, of the themes that findings go into.
    """
    if not results:
        return
    ids = sorted(results)
    found = {one.category for result in results.values() for one in result.findings}
    hold(session, found | model_said.categories_of(session, ids))
    counted = counting(session, ids)
    rewriting.rewrite(session, results)
    newcomers(session, memory, ids)
    route_again(session, ids, counted)
