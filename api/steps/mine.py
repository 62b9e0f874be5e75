"""Mine: stored interactions are read, mined with no transaction open, and what was found written.

Run twice it writes the same rows once. An interaction that the miner fails on is tried again alone,
and then given up with the reason, and the others of its batch are not harmed.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Protocol, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy.orm import Session

from api import jobs
from api.steps import speakers
from api.steps.assign import Memory, newcomers
from api.steps.overlay import overlaid
from api.steps.rewrite import rewrite
from api.steps.route import route
from api.steps.sample import offer
from api.store import categories, interactions, mined, rewriting, turns
from api.store.category_tables import CategoryRow
from api.store.database import Database
from api.store.errors import StoreError
from api.store.jobs import settle
from api.store.tables import InteractionRow, TurnRow
from nlp.errors import ConduitError
from nlp.heads.custom import CustomCategory
from nlp.types import CHANNELS, SPEAKERS, Finding, Interaction, Mined, Roles, Turn

Word = TypeVar("Word", bound=str)
MinerLike = TypeVar("MinerLike", bound="Mines")

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Times that the miner may raise on an interaction before it has failed."""

SPLIT_AFTER = 2
"""Workers that may die over a batch before its interactions are tried one by one."""

GIVE_UP_AFTER = 10
"""Workers that may die over one interaction before it has failed: then it is what kills them."""


class Mines(Protocol):
    """Whatever finds: `nlp.pipeline.Miner`, or a test's."""

    @property
    def digest(self) -> str:
        """Of its model: categories that were fitted on another one mean nothing to it."""
        ...

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each, in the same order."""
        ...

    def mine_custom(self, interactions: list[Interaction]) -> list[list[Finding]]:
        """What the team's own categories find in each, in the same order, and nothing else."""
        ...

    def with_categories(self, custom: Sequence[CustomCategory]) -> Self:
        """The same, which finds these categories too."""
        ...


def mine(
    database: Database,
    miner: Mines,
    ids: Sequence[UUID],
    *,
    deaths: int = 0,
    memory: Memory | None = None,
) -> None:
    """Mines those of the interactions that still wait.

    Args:
        database: where they are.
        miner: what finds.
        ids: the interactions.
        deaths: workers that died over this very batch before.
        memory: what this process keeps of the themes that findings go into.

    Raises:
        StoreError: the database does not answer. Nothing is lost: the rows still wait.
    """
    if deaths >= GIVE_UP_AFTER and len(ids) == 1:
        with database.session() as session:
            interactions.tried(session, ids, code="worker_died", limit=1)
        log.error("interaction %s is given up: %d workers died over it", ids[0], deaths)
        return
    if deaths >= SPLIT_AFTER and len(ids) > 1:
        with database.session() as session:
            for id in ids:
                jobs.defer_mining(session, [id])
        return
    _mine(database, miner, ids, memory or Memory())


def _mine(database: Database, miner: Mines, ids: Sequence[UUID], memory: Memory) -> None:
    with database.session() as session:
        waiting = read(session, ids)
        # Read first: a change that comes in between is seen when the findings are written.
        version = categories.version(session)
        finder = with_custom(session, miner)
    if not waiting:
        return
    try:
        found = finder.mine(list(waiting.values()))
        with database.session() as session:
            current = categories.hold(session) == version
            if current:
                # First, so that what a twin has mined meanwhile keeps what its model said.
                claimed = dict(interactions.claim(session, list(waiting)))
                stale = speakers.stale(session, {id: waiting[id] for id in claimed})
                fresh = {
                    id: one
                    for id, one in zip(waiting, found, strict=True)
                    if id in claimed and id not in stale
                }
                _write(session, overlaid(session, fresh), claimed, memory)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it raises is kept from the others
        if len(waiting) > 1:
            for id in waiting:
                _mine(database, miner, [id], memory)
        else:
            _note(database, next(iter(waiting)), error)
    else:
        if not current:  # a category was added, changed or deleted meanwhile
            _mine(database, miner, ids, memory)
        elif stale:  # somebody said meanwhile that another one speaks
            _mine(database, miner, stale, memory)


def _write(
    session: Session,
    results: Mapping[UUID, Mined],
    claimed: Mapping[UUID, UUID | None],
    memory: Memory,
) -> None:
    """Writes what was found; where something was found before, in the place of that.

    Args:
        session: the transaction.
        results: people's opinions laid over.
        claimed: the job of each interaction that this transaction has claimed, or None.
        memory: of this process, of the themes that findings go into.
    """
    again = {id: results[id] for id in rewriting.before(session, list(results))}
    written = mined.write(session, {id: one for id, one in results.items() if id not in again})
    newcomers(session, memory, written)
    route(session, written)
    offer(session, written)
    if again:
        rewrite(session, again, memory)
        settle(session, {job for id in again if (job := claimed[id]) is not None})


def with_custom(session: Session, miner: MinerLike) -> MinerLike:
    """The miner with the team's own categories, as they are now.

    One that was fitted on another model is left out: the worker that starts with a new model fits
    them anew before it mines (`api.steps.categories.refit`).
    """
    rows = categories.everyone(session, enabled=True)
    fit = [custom_of(row) for row in rows if row.digest == miner.digest]
    if len(fit) < len(rows):
        names = ", ".join(row.name for row in rows if row.digest != miner.digest)
        log.warning("fitted on another model, and left out here: %s", names)
    return miner.with_categories(fit) if fit else miner


def custom_of(row: CategoryRow) -> CustomCategory:
    """The category that a row holds, as it is served."""
    return CustomCategory.from_json(row.head, name=row.name, threshold=row.threshold)


def _note(database: Database, id: UUID, error: Exception) -> None:
    """Counts a failed attempt, and arranges for the next one unless it was the last."""
    code = error.code if isinstance(error, ConduitError) else f"raised_{type(error).__name__}"
    with database.session() as session:
        again = interactions.tried(session, [id], code=code, limit=ATTEMPTS)
        jobs.defer_mining(session, again, delay=1)
    # The frames alone: the message may quote the interaction.
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "interaction %s: %s, %s\n%s", id, code, "tried again" if again else "given up", frames
    )


def read(session: Session, ids: Sequence[UUID]) -> dict[UUID, Interaction]:
    """Those of the interactions that wait, as the miner takes them."""
    waiting = interactions.waiting(session, ids)
    said = turns.of_many(session, [row.id for row in waiting])
    return {row.id: interaction_of(row, said[row.id]) for row in waiting}


def interaction_of(row: InteractionRow, said: Sequence[TurnRow]) -> Interaction:
    """The value that these rows were made from; its words are those that were stored."""
    return Interaction(
        id=row.external_id,
        source=row.source,
        format=row.format,
        channel=_word(row.channel, CHANNELS),
        turns=tuple(
            Turn(
                index=turn.index,
                speaker=_word(turn.speaker, SPEAKERS),
                text=turn.text,
                start=turn.start_seconds,
                end=turn.end_seconds,
            )
            for turn in said
        ),
        roles=Roles(**row.roles),
        started_at=row.started_at,
        subject=row.subject,
        metadata=row.meta,
    )


def _word(value: str, words: tuple[Word, ...]) -> Word:
    """The value as one of the words, which the table's constraint says it is."""
    return words[words.index(cast("Word", value))]
