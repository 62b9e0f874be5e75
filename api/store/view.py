"""What a caller may see: the one place where reads of customers' words are narrowed.

A caller of a department sees the findings that were routed to it, the passages in which they
stand, and of interactions and themes those in which there are any. `narrowed` marks a session, and
from then on every SELECT of these tables in it carries the condition, wherever it is written: a
query that forgets about it cannot be written. Statements that change rows are not narrowed; who may
make them is asked by scopes (`api.auth`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, event, exists, false, or_, select
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, with_loader_criteria

from api.store.category_tables import CategoryExampleRow
from api.store.count_tables import (
    FindingTotalRow,
    InteractionDayRow,
    ThemeDayRow,
    ThemeStandRow,
    ThemeTotalRow,
)
from api.store.department_tables import WHOLE, DepartmentRow, EventRow, RoutedRow
from api.store.drift_tables import DriftAlertRow, DriftReportRow, DriftWindowRow
from api.store.erasure_tables import ErasureRow, ErasureTargetRow, HoldRow
from api.store.inbox_tables import ItemChangeRow, ItemRow, RuleRow
from api.store.key_tables import AuditRow, KeyRow
from api.store.model_tables import ModelAnswerRow, PromotionRow
from api.store.opinion_tables import ModelSaidRow, OpinionRow
from api.store.pull_tables import PassageWordsRow, TombstoneRow
from api.store.push_tables import (
    DeliveryRow,
    DeliveryTryRow,
    DigestMailRow,
    DigestRow,
    WebhookRow,
)
from api.store.review_tables import ReviewDrawRow, ReviewRow
from api.store.tables import FindingRow, InteractionRow, JobRow, PassageRow, RejectionRow, TurnRow
from api.store.theme_history import ThemeAlertRow
from api.store.theme_tables import SubthemeRow, ThemeMemberRow, ThemeQuoteRow, ThemeRow
from api.store.training_tables import ShadowDifferenceRow, ShadowReadRow

_KEY = "conduit.view"

MASK = "█"
"""Stands for each character that a caller may not see, so that offsets keep their meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a caller may see.

    Attributes:
        department: what was routed to it and no more; None sees everything.
    """

    department: UUID | None = None


EVERYTHING = View()


def narrowed(session: Session, view: View) -> None:
    """Lets a session see no more than a view."""
    session.info[_KEY] = view


@contextmanager
def lifted(session: Session) -> Iterator[None]:
    """Lets the service count and lock what a caller does not see, and hand none of it on.

    For its own books, such as the progress of a job whose interactions reached no department yet.
    """
    before = of(session)
    narrowed(session, EVERYTHING)
    try:
        yield
    finally:
        narrowed(session, before)


def of(session: Session) -> View:
    """What a session may see."""
    found: View = session.info.get(_KEY, EVERYTHING)
    return found


def criteria(department: UUID) -> Sequence[tuple[type[Any], ColumnElement[bool]]]:
    """Each table that is narrowed, and what a row has to fulfil to be seen by a department."""
    routed = _routed()
    ours = routed.department_id == department
    finding = exists(select(1).where(ours, routed.finding_id == FindingRow.id))
    interaction = exists(select(1).where(ours, routed.interaction_id == InteractionRow.id))
    turn = exists(
        select(1).where(
            ours,
            routed.interaction_id == TurnRow.interaction_id,
            routed.turn == TurnRow.index,
        )
    )
    passage = exists(
        select(1).where(
            ours,
            routed.interaction_id == PassageRow.interaction_id,
            routed.passage == PassageRow.index,
        )
    )
    words = exists(
        select(1).where(
            ours,
            routed.interaction_id == PassageWordsRow.interaction_id,
            routed.passage == PassageWordsRow.index,
        )
    )
    member = exists(select(1).where(ours, routed.finding_id == ThemeMemberRow.finding_id))
    quote = exists(select(1).where(ours, routed.finding_id == ThemeQuoteRow.finding_id))
    return (
        (FindingRow, finding),
        (InteractionRow, interaction),
        (TurnRow, turn),
        (PassageRow, passage),
        (PassageWordsRow, words),
        (TombstoneRow, TombstoneRow.department_id == department),
        (ThemeMemberRow, member),
        (ThemeQuoteRow, quote),
        (ThemeRow, _theme(department, ThemeRow.id)),
        (SubthemeRow, _theme(department, SubthemeRow.theme_id)),
        (ThemeAlertRow, _theme(department, ThemeAlertRow.theme_id)),
        *_owned(department),
        *_pushed(department),
    )


def _owned(department: UUID) -> Sequence[tuple[type[Any], ColumnElement[bool]]]:
    """What belongs to a department, and what no department is shown."""
    return (
        (JobRow, JobRow.department_id == department),
        (RejectionRow, _rejection(department)),
        (CategoryExampleRow, false()),
        (OpinionRow, OpinionRow.department_id == department),
        (ModelSaidRow, false()),
        (ErasureRow, false()),
        (ErasureTargetRow, false()),
        (HoldRow, false()),
        (DriftWindowRow, false()),
        (DriftReportRow, false()),
        (DriftAlertRow, false()),
        (ModelAnswerRow, false()),
        (PromotionRow, false()),
        (ShadowReadRow, false()),
        (ShadowDifferenceRow, false()),
        (ReviewRow, false()),
        (ReviewDrawRow, false()),
        (DepartmentRow, DepartmentRow.id == department),
        (RuleRow, RuleRow.department_id == department),
        (ItemRow, ItemRow.department_id == department),
        (ItemChangeRow, ItemChangeRow.department_id == department),
        (KeyRow, KeyRow.department_id == department),
        (AuditRow, AuditRow.department_id == department),
        # Counts over everything: for a department they are counted from the rows that it sees.
        (ThemeStandRow, false()),
        (ThemeDayRow, false()),
        (ThemeTotalRow, false()),
        (InteractionDayRow, false()),
        (FindingTotalRow, false()),
        (EventRow, or_(EventRow.department_id == department, _everybodys())),
    )


def _everybodys() -> ColumnElement[bool]:
    return and_(EventRow.department_id.is_(None), EventRow.type.not_in(WHOLE))


def _pushed(department: UUID) -> Sequence[tuple[type[Any], ColumnElement[bool]]]:
    """Webhooks and digests are seen by whose they are, with what became of them."""
    hook, delivery = WebhookRow.__table__.c, DeliveryRow.__table__.c
    digest = DigestRow.__table__.c
    ours = hook.department_id == department
    return (
        (WebhookRow, WebhookRow.department_id == department),
        (DeliveryRow, exists(select(1).where(ours, hook.id == DeliveryRow.webhook_id))),
        (
            DeliveryTryRow,
            exists(
                select(1).where(
                    ours, hook.id == delivery.webhook_id, delivery.id == DeliveryTryRow.delivery_id
                )
            ),
        ),
        (DigestRow, DigestRow.department_id == department),
        (
            DigestMailRow,
            exists(
                select(1).where(
                    digest.department_id == department, digest.id == DigestMailRow.digest_id
                )
            ),
        ),
    )


def _routed() -> Any:
    """What reached departments, by a name of its own: a query may read that table itself."""
    return RoutedRow.__table__.alias("reached").c


def _theme(department: UUID, theme: Any) -> ColumnElement[bool]:
    """A theme is seen by whom one of its findings reached."""
    routed = _routed()
    members = ThemeMemberRow.__table__.alias("its_members").c
    return exists(
        select(1).where(
            members.theme_id == theme,
            routed.finding_id == members.finding_id,
            routed.department_id == department,
        )
    )


def _rejection(department: UUID) -> ColumnElement[bool]:
    jobs = JobRow.__table__.c
    return exists(select(1).where(jobs.id == RejectionRow.job_id, jobs.department_id == department))


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    view = of(state.session)
    if view.department is None or not state.is_select:
        return
    state.statement = state.statement.options(*_options(view.department))


@lru_cache(maxsize=1_000)
def _options(department: UUID) -> tuple[LoaderCriteriaOption, ...]:
    """The conditions of a department; to write them anew takes longer than most queries do."""
    return tuple(
        with_loader_criteria(table, condition, include_aliases=True)
        for table, condition in criteria(department)
    )


def masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text of which only these spans are seen.

    Args:
        text: whole.
        spans: start and end in characters, in any order.

    Returns:
        A text of the same length, in which `MASK` stands for what is not seen. Spaces stay.
    """
    shown = [False] * len(text)
    for start, end in spans:
        for at in range(max(start, 0), min(end, len(text))):
            shown[at] = True
    return "".join(
        char if seen or char.isspace() else MASK for char, seen in zip(text, shown, strict=True)
    )
