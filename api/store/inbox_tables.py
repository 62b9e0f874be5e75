"""The tables of inboxes: rules, items, what happened to them, and the answers for customers.

Text in these tables is what people of a department typed, redacted before it came here; customers'
words are looked up by the ids of findings and themes.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Base, one_of
from nlp.heads.custom import NAME

DELIVERS = ("themes", "findings")
ITEM_STATES = ("open", "acknowledged", "planned", "fixed", "declined")
"""From the most open to the least: where two items become one, the first of their states holds."""

ENDED = ("fixed", "declined")
CHANGE_KINDS = (
    *("opened", "changed", "reopened", "folded", "took_in", "unfolded", "gave_back"),
    "split_off",
)
LONGEST_TEXT = 4_000
"""Characters of a note, a reason or an answer."""

LONGEST_VERSION = 100
LONGEST_RULE = 2_000
LONGEST_TITLE = 200


class RuleRow(Base):
    """Which findings reach a department, and what becomes of them there."""

    __tablename__ = "rules"
    __table_args__ = (
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title"),
        CheckConstraint(f"char_length(rule) BETWEEN 1 AND {LONGEST_RULE}", name="rule"),
        one_of("delivers", DELIVERS),
        CheckConstraint("fewest BETWEEN 1 AND 10000", name="fewest"),
        CheckConstraint("due_days BETWEEN 1 AND 3650", name="due_days"),
        CheckConstraint("revision > 0", name="revision"),
        Index("ix_rules_department", "department_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("departments.id", ondelete="CASCADE"))
    # For people.
    title: Mapped[str]
    # In the language of `api.rules`.
    rule: Mapped[str]
    # Ids of the themes that it names, by how it names them: a new name changes no rule.
    themes: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    enabled: Mapped[bool] = mapped_column(Boolean(), server_default="true")
    # themes: one item for each theme with enough findings; findings: each at once.
    delivers: Mapped[str] = mapped_column(server_default="themes")
    # Findings of a theme from which on it makes an item.
    fewest: Mapped[int] = mapped_column(server_default="1")
    # Until its items are due, from when they open; null for never.
    due_days: Mapped[int | None]
    # Goes up with every change: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ItemRow(Base):
    """Something that a department has before it: a theme, or a finding that is in none.

    Its counters are those of the findings that were routed to it (`routed.item_id`): kept up where
    findings are routed, counted anew where something was moved or erased.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("department_id", "theme_id"),
        UniqueConstraint("department_id", "finding_id", name="uq_items_finding"),
        CheckConstraint("(theme_id IS NULL) <> (finding_id IS NULL)", name="about"),
        CheckConstraint(f"category ~ '{NAME}'", name="category"),
        one_of("state", ITEM_STATES),
        CheckConstraint("(state = 'fixed') = (fixed_at IS NOT NULL)", name="fixed"),
        CheckConstraint("state <> 'declined' OR reason <> ''", name="declined_why"),
        CheckConstraint(
            f"greatest(char_length(reason), char_length(answer)) <= {LONGEST_TEXT}"
            f" AND char_length(fixed_in) <= {LONGEST_VERSION}",
            name="texts",
        ),
        CheckConstraint("folded_into <> id", name="folded_into_itself"),
        CheckConstraint("fewest > 0 AND told >= 0", name="fewest"),
        CheckConstraint(
            "findings >= 0 AND interactions >= 0 AND negative >= 0 AND positive >= 0"
            " AND negative + positive <= findings AND interactions <= findings",
            name="counts",
        ),
        CheckConstraint("revision > 0", name="revision"),
        # One for each order of the list, with and without a department.
        *(
            Index(
                f"ix_items_{name}{suffix}",
                *before,
                column,
                "id",
                postgresql_where=text("opened_at IS NOT NULL AND folded_into IS NULL"),
            )
            for suffix, before in (("", ()), ("_department", ("department_id",)))
            for name, column in (
                ("size", "findings"),
                ("newest", "opened_at"),
                ("heard", "last_at"),
                ("due", "due_at"),
            )
        ),
        Index("ix_items_theme", "theme_id"),
        Index("ix_items_folded", "folded_into"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("departments.id", ondelete="CASCADE"))
    theme_id: Mapped[UUID | None] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    # Not a reference: a backfill writes findings anew, under the same ids.
    finding_id: Mapped[UUID | None]
    category: Mapped[str]
    # Null while it has fewer findings than the rule asks for: nobody is shown it until then.
    opened_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="open")
    # When it came to that state.
    state_at: Mapped[datetime] = mapped_column(server_default=func.now())
    fixed_at: Mapped[datetime | None]
    # The version that the department says has it fixed; for people.
    fixed_in: Mapped[str] = mapped_column(server_default="")
    # Why it was declined.
    reason: Mapped[str] = mapped_column(server_default="")
    # What customers may be told.
    answer: Mapped[str] = mapped_column(server_default="")
    due_at: Mapped[datetime | None]
    # Another item has it: its theme was merged, or its finding stands in a theme by now.
    folded_into: Mapped[UUID | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))
    # The rule that brought its first finding, and what that asked for.
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("rules.id", ondelete="SET NULL"))
    fewest: Mapped[int] = mapped_column(server_default="1")
    due_days: Mapped[int | None] = mapped_column(SmallInteger)
    # What was routed to it.
    findings: Mapped[int] = mapped_column(BigInteger, server_default="0")
    interactions: Mapped[int] = mapped_column(BigInteger, server_default="0")
    negative: Mapped[int] = mapped_column(BigInteger, server_default="0")
    positive: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # When the first and the last of its interactions happened.
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    # How many findings it had when its growth was last told.
    told: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Goes up with every change by a person or of its state, not with every finding: the ETag.
    revision: Mapped[int] = mapped_column(server_default="1")


class ItemChangeRow(Base):
    """Something that happened to an item. Rows are added, never changed."""

    __tablename__ = "item_changes"
    __table_args__ = (
        one_of("kind", CHANGE_KINDS),
        one_of("before", ITEM_STATES),
        one_of("after", ITEM_STATES),
        CheckConstraint(
            f"greatest(char_length(note), char_length(reason), char_length(answer))"
            f" <= {LONGEST_TEXT}",
            name="texts",
        ),
        Index("ix_item_changes_item", "item_id", "id"),
        Index("ix_item_changes_department", "department_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    # The item's own: whose keys may read it.
    department_id: Mapped[UUID] = mapped_column(ForeignKey("departments.id", ondelete="CASCADE"))
    kind: Mapped[str]
    # States.
    before: Mapped[str]
    after: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The key or the person, and its name at the time; null and "" where nobody did it.
    caller_id: Mapped[UUID | None]
    caller: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    # As they stood after it.
    reason: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str] = mapped_column(server_default="")
    fixed_in: Mapped[str] = mapped_column(server_default="")
    due_at: Mapped[datetime | None]
    # Findings that the item had.
    findings: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # The item that it was folded into, took in, or was split off from.
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))


class ItemAnswerRow(Base):
    """What customers may be told of an item: whoever sees one of its findings may read it."""

    __tablename__ = "item_answers"
    __table_args__ = (
        one_of("state", ITEM_STATES),
        CheckConstraint(f"char_length(answer) BETWEEN 1 AND {LONGEST_TEXT}", name="answer"),
    )

    item_id: Mapped[UUID] = mapped_column(
        ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
    )
    # Title of the department that gives it.
    department: Mapped[str]
    state: Mapped[str]
    answer: Mapped[str]
    fixed_in: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class RoutingRow(Base):
    """How far the stored interactions were held against a rule that was switched on or changed."""

    __tablename__ = "routings"
    __table_args__ = (CheckConstraint("0 <= done AND 0 <= found", name="counts"),)

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    # Null once the rule is deleted.
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("rules.id", ondelete="SET NULL"))
    # Interactions up to this id are through; those beyond it are still to do.
    after: Mapped[UUID | None]
    # The last interaction that was there when it began.
    until: Mapped[UUID | None]
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    found: Mapped[int] = mapped_column(BigInteger, server_default="0")
