"""Parsing: the text of a rule to its tree, or an error that points at the column."""

import re
from collections.abc import Iterator
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.exceptions import UnexpectedInput

from api.rules.values import (
    Comparison,
    Either,
    Every,
    Not,
    Operator,
    RuleError,
    Term,
    Value,
    comparisons,
    depth,
)

GRAMMAR = r"""
start: either

?either: every (_OR every)*
?every: term (_AND term)*
?term: NOT term -> negated
     | "(" either ")"
     | comparison

?comparison: field                                -> alone
           | field OPERATOR value                 -> compared
           | field NOT? _IN "(" value ("," value)* ")" -> among
           | field NOT? _HAS value              -> holds
           | field _IS NOT? _MISSING          -> missing

field: NAME | METADATA
value: STRING | BARE

OPERATOR: "!=" | "<=" | ">=" | "=" | "<" | ">"
NOT.3: /not\b/i
_OR.3: /or\b/i
_AND.3: /and\b/i
_IN.3: /in\b/i
_HAS.3: /has\b/i
_IS.3: /is\b/i
_MISSING.3: /missing\b/i
METADATA.2: /metadata\.([A-Za-z0-9_-]+|"[^"\n]+")/i
NAME: /[A-Za-z_][A-Za-z0-9_]*/
STRING: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
BARE: /[A-Za-z0-9_+.-]+/

%ignore /\s+/
"""

LONGEST = 2_000
"""Characters of a rule."""

MOST_COMPARISONS = 60
MOST_VALUES = 100
"""Values of one list."""

DEEPEST = 12
"""Levels of brackets and `not`: enough for people, and few enough for the database."""

_WORDS = {
    "NOT": "not",
    "_AND": "and",
    "_OR": "or",
    "_IN": "in (…)",
    "_HAS": "has",
    "_IS": "is missing",
    "_MISSING": "missing",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "NAME": "a field",
    "METADATA": "metadata.<key>",
    "STRING": 'a value in quotes such as "Aria 3"',
    "BARE": "a value",
    "OPERATOR": "one of = != < <= > >=",
    "$END": "the end",
}
_ORDER = tuple(_WORDS)


class _Tree(Transformer[Token, Any]):
    """Builds the tree while the text is parsed."""

    def start(self, parts: list[Any]) -> Any:
        return parts[0]

    def either(self, parts: list[Any]) -> Either:
        return Either(terms=tuple(_flat(parts, Either)))

    def every(self, parts: list[Any]) -> Every:
        return Every(terms=tuple(_flat(parts, Every)))

    def negated(self, parts: list[Any]) -> Any:
        return _negated(parts[-1])

    def field(self, parts: list[Token]) -> Token:
        return parts[0]

    def value(self, parts: list[Token]) -> Value:
        token = parts[0]
        text = str(token)
        if token.type == "STRING":
            text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        return Value(text=text, column=_column(token))

    def alone(self, parts: list[Token]) -> Comparison:
        return _compared(parts[0], "is")

    def compared(self, parts: list[Any]) -> Any:
        field, operator, value = parts
        found = _compared(field, cast("Operator", str(operator)), value)
        return found

    def among(self, parts: list[Any]) -> Any:
        return _maybe(parts, "in")

    def holds(self, parts: list[Any]) -> Any:
        return _maybe(parts, "has")

    def missing(self, parts: list[Any]) -> Any:
        return _maybe(parts, "missing")


def _flat(parts: list[Any], kind: type[Either] | type[Every]) -> Iterator[Term]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.terms
        else:
            yield part


def _negated(term: Term) -> Term:
    return term.term if isinstance(term, Not) else Not(term=term)


def _maybe(parts: list[Any], operator: Operator) -> Term:
    """A comparison, which a `not` inside of it turns around."""
    values = [part for part in parts if isinstance(part, Value)]
    found = _compared(parts[0], operator, *values)
    turned = any(isinstance(part, Token) and part.type == "NOT" for part in parts[1:])
    return _negated(found) if turned else found


def _compared(field: Token, operator: Operator, *values: Value) -> Comparison:
    name, _, key = str(field).partition(".")
    return Comparison(
        field=name.lower(),
        key=key.strip('"'),
        operator=operator,
        values=values,
        column=_column(field),
    )


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


_parser = Lark(
    GRAMMAR,
    parser="lalr",
    transformer=_Tree(),
    maybe_placeholders=False,
)


def parse(text: str) -> Term:
    """The tree of a rule; which fields and values there are is checked by `api.rules.check`.

    Raises:
        RuleError: with the column, and what could stand there.
    """
    if len(text) > LONGEST:
        message = f"the rule has {len(text):,} characters, and {LONGEST:,} is the most"
        raise RuleError(message, column=LONGEST + 1)
    if not text.strip():
        raise RuleError(
            "the rule is empty: say what it is about, such as category = product_defect", column=1
        )
    try:
        found = cast("Term", _parser.parse(text))
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    _check_size(found)
    return found


def _check_size(term: Term) -> None:
    if depth(term) > DEEPEST:
        message = (
            f"the rule has more than {DEEPEST} levels of brackets: write it flatter, or as two"
        )
        raise RuleError(message, column=1)
    found = comparisons(term)
    if len(found) > MOST_COMPARISONS:
        message = f"{len(found)} comparisons, and {MOST_COMPARISONS} is the most: write two rules"
        raise RuleError(message, column=found[MOST_COMPARISONS].column)
    for one in found:
        if len(one.values) > MOST_VALUES:
            message = f"{len(one.values)} values in one list, and {MOST_VALUES} is the most"
            raise RuleError(message, column=one.values[MOST_VALUES].column)


def _unexpected(text: str, error: UnexpectedInput) -> RuleError:
    """What stands where something else was expected, without repeating much of it."""
    at = error.pos_in_stream
    expected: set[str] = set()
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type == "$END":
            at = len(text.rstrip())
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    at = len(text.rstrip()) if at is None or isinstance(error, UnexpectedEOF) else at
    rest = text[at:].split(maxsplit=1)
    stands = f"{rest[0][:30]!r} stands" if rest else "the rule ends"
    choices = [_WORDS[name] for name in _ORDER if name in expected]
    if "NAME" in expected and at and not rest:
        choices = [choice for choice in choices if choice != "metadata.<key>"]
    wanted = ", ".join(choices) if choices else "something else"
    quote = " (a text with a quotation mark needs one at its end)" if _open(text, at) else ""
    return RuleError(f"{stands} where {wanted} would be right{quote}", column=at + 1)


def _open(text: str, at: int) -> bool:
    return text[at : at + 1] in ('"', "'")
