"""What each notebook is run on by the tests, and what it has to say then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a notebook is run.

    Attributes:
        values: of its parameters, instead of its own.
        fixture: name of a fixture that gives more of them, or None.
        says: words that stand in what it prints.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    fixture: str | None = None
    says: tuple[str, ...] = ()


PARAMETERS: Mapping[str, Run] = {
    "custom_category": Run(says=("precision", "churn_risk", "AP ")),
}
