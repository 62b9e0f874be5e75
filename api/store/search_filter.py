"""Which passages a search looks at."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from api.store.findings import FindingFilter
from api.store.tables import FindingRow, InteractionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """Which passages are searched; what is None does not narrow it.

    Attributes:
        category: those in which it was found.
        theme: those with a finding in it.
        sentiment: those with a finding, and that feeling.
        channel: of the interaction.
        metadata: of the interaction, keys and their values, exactly.
        since: the interaction was received at or after.
        until: the interaction was received before.
    """

    category: str | None = None
    theme: UUID | None = None
    sentiment: str | None = None
    channel: str | None = None
    metadata: Mapping[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def shape(self) -> tuple[str, ...]:
        """Which of its fields narrow: that much of a query is written once."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is not None)

    def values(self) -> dict[str, Any]:
        """The parameters of a query of its shape."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.shape()}
        if self.metadata is not None:
            found["metadata"] = json.dumps(dict(self.metadata))
        return found

    @classmethod
    def of_shape(cls, names: Sequence[str]) -> Self:
        """A filter of some shape whose values are parameters."""
        found: dict[str, Any] = {name: bindparam(name) for name in names}
        if "metadata" in found:
            found["metadata"] = cast(bindparam("metadata", type_=Text), JSONB)
        return cls(**found)

    def conditions(self, row: Any, *, few: bool = False) -> list[ColumnElement[bool]]:
        """What a row of a passage, or of its words, has to fulfil.

        Args:
            row: the table.
            few: interactions are left, and sought first: the planner's own guess may be far off.
        """
        conditions: list[ColumnElement[bool]] = []
        if whose := self.of_interaction():
            ids = select(InteractionRow.id).where(*whose)
            these = ids.where(InteractionRow.id == row.interaction_id).exists()
            first = row.interaction_id == any_(func.array(ids.scalar_subquery()))
            conditions.append(first if few else these)
        if found := self.of_finding():
            here = (
                FindingRow.interaction_id == row.interaction_id,
                FindingRow.passage == row.index,
            )
            conditions.append(select(FindingRow.id).where(*here, *found).exists())
        return conditions

    def of_finding(self) -> list[ColumnElement[bool]]:
        """What a finding in a passage has to fulfil; nothing where it need not have any."""
        wanted = FindingFilter(category=self.category, sentiment=self.sentiment, theme=self.theme)
        return wanted.conditions()

    def of_interaction(self) -> list[ColumnElement[bool]]:
        """What the interaction of a passage has to fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.channel is not None:
            found.append(InteractionRow.channel == self.channel)
        if self.metadata is not None:
            found.append(InteractionRow.meta.contains(self.metadata))
        if self.since is not None:
            found.append(InteractionRow.received_at >= self.since)
        if self.until is not None:
            found.append(InteractionRow.received_at < self.until)
        return found
