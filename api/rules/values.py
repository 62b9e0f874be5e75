"""What a rule is made of, and the error that points at what is wrong with one."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nlp.errors import OptionError

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "has", "missing", "is"]
"""`is` stands for a field that is named alone, such as `unsure`."""


class RuleError(OptionError):
    """A rule that is not one.

    Attributes:
        column: of the character that it is about, from 1.
        message: what is wrong there, and what would be right.
    """

    code = "bad_rule"

    def __init__(self, message: str, *, column: int) -> None:
        self.column = column
        self.message = message
        super().__init__(f"column {column}: {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Something that a field is compared with.

    Attributes:
        text: as it was written, quotes taken off.
        column: where it stands, from 1.
    """

    text: str
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One field held against values.

    Attributes:
        field: such as `category` or `metadata`.
        key: of the metadata; "" for other fields.
        operator: how it is held against them.
        values: one, or several for `in`; none for `missing` and `is`.
        column: where the field stands, from 1.
    """

    field: str
    key: str = ""
    operator: Operator
    values: tuple[Value, ...] = ()
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What holds where its term does not."""

    term: "Term"


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """What holds where all of its terms do."""

    terms: "tuple[Term, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """What holds where one of its terms does."""

    terms: "tuple[Term, ...]"


Term: TypeAlias = Comparison | Not | Every | Either


def comparisons(term: Term) -> list[Comparison]:
    """All comparisons of a rule, in the order in which they are written."""
    match term:
        case Comparison():
            return [term]
        case Not():
            return comparisons(term.term)
        case Every() | Either():
            return [found for part in term.terms for found in comparisons(part)]


def depth(term: Term) -> int:
    """How many levels a rule has; one comparison has one."""
    match term:
        case Comparison():
            return 1
        case Not():
            return 1 + depth(term.term)
        case Every() | Either():
            return 1 + max(depth(part) for part in term.terms)
