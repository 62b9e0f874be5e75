"""The tables of departments: who is there, which findings reached them, and what happened.

No table here holds customers' words: events and routings name findings, items and themes by id.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.marks import Marked
from api.store.tables import Base
from nlp.heads.custom import NAME

LONGEST_TITLE = 200
EVENT_TYPE = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
"""Two or more words with dots between them, such as `item.opened`, as Standard Webhooks has it."""


class DepartmentRow(Base):
    """A department that can act: such as product marketing or engineering."""

    __tablename__ = "departments"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint(f"name ~ '{NAME}' AND char_length(name) <= 60", name="name"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title"),
        CheckConstraint("char_length(description) <= 2000", name="description"),
        CheckConstraint("revision > 0", name="revision"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # As it stands in addresses and rules.
    name: Mapped[str]
    # As a person reads it.
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    # Goes up with every change: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RoutedRow(Marked, Base):
    """A finding reached a department: from then on its keys may see these words (`View`)."""

    __tablename__ = "routed"
    __table_args__ = (
        Index("ix_routed_finding", "finding_id"),
        Index("ix_routed_interaction", "department_id", "interaction_id", "passage"),
        Index("ix_routed_item", "item_id", "interaction_id"),
    )

    department_id: Mapped[UUID] = mapped_column(
        ForeignKey("departments.id", ondelete="CASCADE"), primary_key=True
    )
    finding_id: Mapped[UUID] = mapped_column(
        ForeignKey("findings.id", ondelete="CASCADE"), primary_key=True
    )
    # The finding's own, so that what a department may see is told without reading findings.
    interaction_id: Mapped[UUID]
    passage: Mapped[int]
    turn: Mapped[int]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The rule that brought it, and the item that it counts in; null while it is in none.
    # No reference to the rule: it may be deleted, and what it brought stays.
    rule_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))


WHOLE = ("finding.reviewed",)
"""Types of events that, with no department, are for those alone who see everything."""


class EventRow(Base):
    """Something happened that somebody may wait for. Its id is the id of every delivery of it.

    Sequences are drawn before a transaction commits, so that the order of `position` alone is not
    the order in which events become visible: who reads on goes by (transaction, position), up to
    the oldest transaction that still runs.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint(f"type ~ '{EVENT_TYPE}'", name="type"),
        Index("ix_events_order", "transaction", "position"),
        Index("ix_events_department", "department_id", "transaction", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    transaction: Mapped[int] = mapped_column(
        BigInteger, server_default=text("((pg_current_xact_id())::text)::bigint")
    )
    type: Mapped[str]
    # Whom it concerns; null where it concerns everybody, or for `WHOLE` those alone who see
    # everything.
    department_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("departments.id", ondelete="CASCADE")
    )
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Ids, states and numbers: never a customer's words, nor what was made of them.
    data: Mapped[dict[str, Any]]
