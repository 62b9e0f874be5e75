"""Checking: a parsed rule against the fields and names that there are, with the way out.

What a field is, which operators it takes and which values make sense for it stands in `FIELDS`.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal, TypeAlias
from uuid import UUID

from api.rules.grammar import parse
from api.rules.values import (
    Comparison,
    Either,
    Every,
    Not,
    Operator,
    RuleError,
    Term,
    Value,
)
from nlp.types import CATEGORIES, CHANNELS, SENTIMENTS

Kind: TypeAlias = Literal["name", "word", "number", "flag", "text", "version", "said"]

_SAME: tuple[Operator, ...] = ("=", "!=", "in")
_ORDER: tuple[Operator, ...] = ("<", "<=", ">", ">=")
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    "name": (*_SAME, "missing"),
    "word": _SAME,
    "number": (*_SAME, *_ORDER),
    "flag": ("is", "=", "!="),
    "text": (*_SAME, "has", "missing"),
    "version": (*_SAME, *_ORDER, "has", "missing"),
    "said": ("has",),
}
"""Which operators a field of each kind takes."""

FIELDS: Mapping[str, Kind] = {
    "category": "word",
    "theme": "name",
    "product": "text",
    "version": "version",
    "sentiment": "word",
    "confidence": "number",
    "unsure": "flag",
    "channel": "word",
    "source": "text",
    "words": "said",
    "quote": "said",
    "metadata": "text",
}
_NAMED = ", ".join(("metadata.<key>" if name == "metadata" else name) for name in FIELDS)
_VERSION = re.compile(r"[vV]?[0-9]{1,9}(\.[0-9]{1,9}){0,7}")
_LONGEST_VALUE = 500
_SHOWN = 12
"""Choices that a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names that a rule may use.

    Attributes:
        categories: built-in ones, and the team's own.
        themes: ids of the themes of each name, with those that have ended left out.
    """

    categories: Collection[str] = CATEGORIES
    themes: Mapping[str, Sequence[UUID]] = field(default_factory=dict)


def checked(text: str, known: Known, *, redact: Callable[[str], str] = str) -> Term:
    """The tree of a rule whose fields, operators and values all make sense.

    Args:
        text: as it was typed.
        known: names of categories and themes.
        redact: takes personal data out of a text. What is stored was redacted, so that a rule about
            a person's name would match nothing, and would keep the name here.

    Returns:
        The tree; themes are named by their ids in it, so that a new name changes no rule.

    Raises:
        RuleError: with the column, the choices and the way out.
    """
    return _checked(parse(text), known, redact)


def bound(text: str, themes: Mapping[str, str]) -> Term:
    """The tree of a rule that was checked when it was saved.

    Args:
        text: of the rule.
        themes: the id of each theme, by how the rule names it.
    """
    return _bound(parse(text), themes)


def _bound(term: Term, themes: Mapping[str, str]) -> Term:
    match term:
        case Comparison(field="theme"):
            values = (replace(one, text=themes.get(one.text, one.text)) for one in term.values)
            return replace(term, values=tuple(values))
        case Comparison():
            return term
        case Not():
            return Not(term=_bound(term.term, themes))
        case Every():
            return Every(terms=tuple(_bound(part, themes) for part in term.terms))
        case Either():
            return Either(terms=tuple(_bound(part, themes) for part in term.terms))


def _checked(term: Term, known: Known, redact: Callable[[str], str]) -> Term:
    match term:
        case Comparison():
            return _comparison(term, known, redact)
        case Not():
            return Not(term=_checked(term.term, known, redact))
        case Every():
            return Every(terms=tuple(_checked(part, known, redact) for part in term.terms))
        case Either():
            return Either(terms=tuple(_checked(part, known, redact) for part in term.terms))


def _comparison(found: Comparison, known: Known, redact: Callable[[str], str]) -> Comparison:
    kind = FIELDS.get(found.field)
    if kind is None or (found.field == "metadata" and not found.key):
        raise _no_field(found)
    taken = OPERATORS[kind]
    if found.operator not in taken:
        raise RuleError(_wrong_operator(found, taken), column=found.column)
    for value in found.values:
        if not value.text.strip():
            message = f"the value is empty: write {found.field} is missing"
            raise RuleError(message, column=value.column)
        if len(value.text) > _LONGEST_VALUE:
            message = f"the value has {len(value.text)} characters: {_LONGEST_VALUE} is the most"
            raise RuleError(message, column=value.column)
    return _CHECKS.get(found.field, _as_it_is)(found, known, redact)


def _no_field(found: Comparison) -> RuleError:
    if found.field == "metadata":
        message = "name a key of the metadata, such as metadata.region"
        return RuleError(message, column=found.column)
    near = get_close_matches(found.field, FIELDS, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    message = f"no field is called {found.field[:40]!r}; {hint}There are {_NAMED}"
    return RuleError(message, column=found.column)


def _wrong_operator(found: Comparison, taken: Sequence[Operator]) -> str:
    shown = {"in": "in (…)", "missing": "is missing", "is": "stand alone"}
    choices = ", ".join(shown.get(one, one) for one in taken)
    if found.operator == "is":
        return f"{found.field} cannot stand alone: follow it by one of {choices}"
    used = shown.get(found.operator, found.operator)
    return f"{found.field} does not take {used}: it takes {choices}"


Redact: TypeAlias = Callable[[str], str]
Check: TypeAlias = Callable[[Comparison, Known, Redact], Comparison]


def _as_it_is(found: Comparison, known: Known, redact: Redact) -> Comparison:
    return found


def _one_of(what: str, choices: Collection[str] | None) -> Check:
    """The check of a field that has one of some words; None takes the categories."""

    def check(found: Comparison, known: Known, redact: Redact) -> Comparison:
        words = known.categories if choices is None else choices
        for value in found.values:
            if value.text not in words:
                near = get_close_matches(value.text.lower(), words, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                said = f"no {what} is called {value.text[:40]!r}"
                raise RuleError(f"{said}; {hint}There are {_list(words)}", column=value.column)
        return found

    return check


def _list(choices: Collection[str]) -> str:
    listed = sorted(choices)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _numbers(found: Comparison, known: Known, redact: Redact) -> Comparison:
    for value in found.values:
        if not re.fullmatch(r"[01](\.[0-9]{1,15})?", value.text) or float(value.text) > 1:
            said = f"{value.text[:40]!r} is no confidence"
            message = f"{said}: write a number from 0 to 1, such as 0.8"
            raise RuleError(message, column=value.column)
    return found


def _versions(found: Comparison, known: Known, redact: Redact) -> Comparison:
    for value in found.values if found.operator in _ORDER else ():
        if not _VERSION.fullmatch(value.text):
            said = f"{value.text[:40]!r} is no version that has an order"
            message = f"{said}: write numbers with dots, such as 2.10"
            raise RuleError(message, column=value.column)
    return found


def _themes(found: Comparison, known: Known, redact: Redact) -> Comparison:
    return replace(found, values=tuple(_theme(value, known) for value in found.values))


def _theme(value: Value, known: Known) -> Value:
    ids = {str(id) for found in known.themes.values() for id in found}
    if value.text.lower() in ids:
        return replace(value, text=value.text.lower())
    found = known.themes.get(value.text, ())
    if len(found) == 1:
        return replace(value, text=str(found[0]))
    if found:
        message = f"{len(found)} themes have this name: use the id of one, {found[0]} or {found[1]}"
        raise RuleError(message, column=value.column)
    message = "no theme that is active has this name or id; /v1/themes lists all of them"
    raise RuleError(message, column=value.column)


def _impersonal(found: Comparison, known: Known, redact: Redact) -> Comparison:
    for value in found.values:
        if redact(value.text) != value.text:
            message = (
                "this looks like a person's data, which is taken out of all that is stored: it "
                "would match nothing"
            )
            raise RuleError(message, column=value.column)
    return found


_CHECKS: Mapping[str, Check] = {
    "category": _one_of("category", None),
    "sentiment": _one_of("sentiment", SENTIMENTS),
    "channel": _one_of("channel", CHANNELS),
    "unsure": _one_of("value of unsure", ("true", "false")),
    "confidence": _numbers,
    "version": _versions,
    "theme": _themes,
    "words": _impersonal,
    "quote": _impersonal,
    "metadata": _impersonal,
}
