"""Categories of a team's own: taught from redacted examples, stored, refitted with a new model."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps.accept import Redacts
from api.store import categories
from api.store.category_tables import CategoryRow
from api.store.database import Database
from nlp.errors import OptionError
from nlp.learn.lessons import Fitted, Lesson

log = logging.getLogger(__name__)


class Teaches(Protocol):
    """Whatever fits categories: `nlp.learn.custom.Teacher`, or a test's."""

    @property
    def model(self) -> str:
        """Name of the model that categories are fitted on."""
        ...

    @property
    def digest(self) -> str:
        """Of that model."""
        ...

    def fit(self, lesson: Lesson) -> Fitted:
        """Learns a category."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """Examples, not redacted yet.

    Attributes:
        examples: passages that carry the category.
        counterexamples: passages that do not.
    """

    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller asks for.

    Attributes:
        name: of the category.
        description: for people.
        more: its examples.
        precision: that the threshold should have.
    """

    name: str
    description: str
    more: More
    precision: float


def create(
    session: Session, wanted: Wanted, *, teacher: Teaches, redactor: Redacts
) -> CategoryRow | None:
    """Fits and stores a category; None where one of that name is there already.

    Raises:
        OptionError: nothing can be learned from it; with the way out.
    """
    if categories.by_name(session, wanted.name) is not None:
        return None
    lesson = Lesson(
        name=wanted.name,
        examples=_clean(wanted.more.examples, redactor),
        counterexamples=_clean(wanted.more.counterexamples, redactor),
        precision=wanted.precision,
    )
    fitted = teacher.fit(lesson)
    row = categories.create(
        session,
        {
            "name": wanted.name,
            "description": redactor.redact_text(wanted.description),
            "wanted": wanted.precision,
            **_learned(fitted, teacher),
        },
    )
    if row is not None:
        categories.add_examples(session, row.id, lesson.examples, carries=True)
        categories.add_examples(session, row.id, lesson.counterexamples, carries=False)
    return row


def add(session: Session, row: CategoryRow, more: More, *, redactor: Redacts) -> None:
    """Adds examples to a category, which the caller has locked and then fits anew."""
    categories.add_examples(session, row.id, _clean(more.examples, redactor), carries=True)
    counter = _clean(more.counterexamples, redactor)
    categories.add_examples(session, row.id, counter, carries=False)


def fit_again(
    session: Session, row: CategoryRow, *, teacher: Teaches, note: str = "", **values: Any
) -> None:
    """Fits a category anew from its stored examples, and writes what was learned.

    Args:
        session: the transaction.
        row: the category, locked.
        teacher: fits it.
        note: why, where nobody asked.
        values: further columns to change; `wanted` is taken into account.

    Raises:
        OptionError: nothing can be learned from them.
    """
    own = categories.examples(session, [row.id])[row.id]
    fitted = teacher.fit(
        Lesson(
            name=row.name,
            examples=tuple(one.text for one in own if one.carries),
            counterexamples=tuple(one.text for one in own if not one.carries),
            precision=values.get("wanted", row.wanted),
        )
    )
    learned = _learned(fitted, teacher)
    if row.threshold_set and "threshold_set" not in values:
        del learned["threshold"]
    now = datetime.now(UTC)
    categories.change(session, row, {**learned, "note": note, "fitted_at": now, **values})


def refit(database: Database, teacher: Teaches) -> list[str]:
    """Fits anew what was fitted on another model, or lost examples, and says so in its row.

    A worker does so before it mines, and now and then.

    Returns:
        The names of those that were fitted.
    """
    done: list[str] = []
    with database.session() as session:
        ids: list[UUID] = [
            row.id
            for row in categories.everyone(session)
            if row.stale or row.digest != teacher.digest
        ]
    for id in ids:
        with database.session() as session:
            row = categories.get(session, id, lock=True)
            # A worker beside this one may have been faster, or somebody deleted it.
            if row is None or not (row.stale or row.digest != teacher.digest):
                continue
            if row.stale:
                _fit_without(session, row, teacher)
            else:
                note = f"fitted anew on {teacher.model}, as the model changed from {row.model}"
                fit_again(session, row, teacher=teacher, note=note)
            done.append(row.name)
    if done:
        log.warning("the model changed, or examples were erased; fitted anew: %s", ", ".join(done))
    return done


def _fit_without(session: Session, row: CategoryRow, teacher: Teaches) -> None:
    """Fits a category anew of which examples were erased.

    Where too few are left, what was learned from them goes all the same, and it rests until
    somebody adds others.
    """
    note = "fitted anew, as examples were erased"
    try:
        fit_again(session, row, teacher=teacher, note=note, stale=False)
    except OptionError:
        empty = {**row.head, "weights": [0.0] * len(row.head["weights"])}
        note = "switched off, as too few examples were left after an erasure: add others"
        learned = {"head": empty, "enabled": False, "note": note, "stale": False}
        categories.change(session, row, {**learned, "digest": teacher.digest})


def _clean(texts: Sequence[str], redactor: Redacts) -> tuple[str, ...]:
    return tuple(redactor.redact_text(" ".join(text.split())) for text in texts)


def _learned(fitted: Fitted, teacher: Teaches) -> dict[str, Any]:
    return {
        "threshold": fitted.category.threshold,
        "model": teacher.model,
        "digest": fitted.category.digest,
        "head": fitted.category.as_json(),
        "judged": {
            "estimate": asdict(fitted.estimate),
            "warnings": list(fitted.warnings),
            "lookalikes": list(fitted.lookalikes),
        },
    }
