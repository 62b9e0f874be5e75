"""What a rule means: its tree as a condition on a finding and its interaction.

The one evaluator of rules: findings that come in, findings that are stored, and a rule that is
tried are all held against this condition. Every value is a bound parameter. A comparison with
something that is missing does not hold, so that `not` of it does.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from api.rules.values import Comparison, Either, Every, Not, Operator, Term
from api.store.tables import FindingRow, InteractionRow
from api.store.theme_tables import FIRST, ThemeMemberRow

PRODUCT = "product"
VERSION = "version"
"""The keys of an interaction's metadata in which its product and that product's version stand."""

_NUMBERS = r"^[vV]?([0-9]{1,9}(?:\.[0-9]{1,9}){0,7})"


def condition(term: Term, heirs: Mapping[UUID, UUID]) -> ColumnElement[bool]:
    """The condition that a row of findings joined with interactions has to fulfil.

    Args:
        term: checked, themes named by their ids.
        heirs: the theme that each one lives on in that was merged.
    """
    match term:
        case Comparison():
            return func.coalesce(_compared(term, heirs), false())
        case Not():
            return not_(condition(term.term, heirs))
        case Every():
            return and_(*(condition(part, heirs) for part in term.terms))
        case Either():
            return or_(*(condition(part, heirs) for part in term.terms))


def _compared(found: Comparison, heirs: Mapping[UUID, UUID]) -> ColumnElement[bool]:
    values = [value.text for value in found.values]
    match found.field:
        case "theme":
            return _theme(found.operator, values, heirs)
        case "unsure":
            held = FindingRow.unsure.is_(True)
            turned = (found.operator == "!=") != (values == ["false"])
            return not_(held) if turned else held
        case "confidence":
            return _ordered(FindingRow.confidence, found.operator, [float(one) for one in values])
        case "words" | "quote":
            return FindingRow.quote.regexp_match(pattern(values[0]), flags="i")
        case "version" if found.operator in ("<", "<=", ">", ">="):
            return _ordered(_numbers(InteractionRow.meta[VERSION].astext), found.operator, values)
        case _:
            return _text(_column(found), found.operator, values)


def _column(found: Comparison) -> Any:
    columns: dict[str, Any] = {
        "category": FindingRow.category,
        "sentiment": FindingRow.sentiment,
        "channel": InteractionRow.channel,
        "source": InteractionRow.source,
        "product": InteractionRow.meta[PRODUCT].astext,
        "version": InteractionRow.meta[VERSION].astext,
    }
    return columns[found.field] if found.field in columns else InteractionRow.meta[found.key].astext


def _text(column: Any, operator: Operator, values: list[str]) -> ColumnElement[bool]:
    """A text held against others, without regard to case or to spaces around it."""
    plain = func.lower(func.btrim(column))
    wanted = [value.strip().lower() for value in values]
    match operator:
        case "missing":
            return func.coalesce(plain, literal("")) == literal("")
        case "has":
            return plain.contains(wanted[0], autoescape=True)
        case "!=":
            return not_(func.coalesce(plain == wanted[0], false()))
        case _:
            return plain.in_(wanted)


def _ordered(column: Any, operator: Operator, values: list[Any]) -> ColumnElement[bool]:
    listed = [_numbers(literal(one)) if isinstance(one, str) else one for one in values]
    first = listed[0]
    match operator:
        case "<":
            found = column < first
        case "<=":
            found = column <= first
        case ">":
            found = column > first
        case ">=":
            found = column >= first
        case "!=":
            found = column != first
        case _:
            found = column.in_(listed)
    compared: ColumnElement[bool] = found
    return compared


def _numbers(text: Any) -> Any:
    """The parts of a version as numbers: 2.10 comes after 2.9."""
    return cast(func.string_to_array(func.substring(text, _NUMBERS), "."), ARRAY(Integer))


def _theme(
    operator: Operator, values: list[str], heirs: Mapping[UUID, UUID]
) -> ColumnElement[bool]:
    # Under a name of its own: whoever asks may have joined members already.
    member = aliased(ThemeMemberRow)
    here = member.finding_id == FindingRow.id
    if operator == "missing":
        own = (member.scope == FindingRow.category, member.place == FIRST)
        return not_(exists(select(1).where(here, *own)))
    ids = [UUID(one) for one in values]
    among = member.theme_id.in_([heirs.get(id, id) for id in ids])
    found = exists(select(1).where(here, among))
    return not_(found) if operator == "!=" else found


def pattern(words: str) -> str:
    """A regular expression of PostgreSQL for whole words, whatever spaces are between them."""
    escaped = r"\s+".join(re.sub(r"([^\w])", r"\\\1", word) for word in words.split())
    first, last = words.strip()[0], words.strip()[-1]
    begins = r"\m" if re.match(r"\w", first) else ""
    ends = r"\M" if re.match(r"\w", last) else ""
    return f"{begins}{escaped}{ends}"
