"""The language of rules: what is said, what is refused, and where the error points."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from api.rules.check import FIELDS, OPERATORS, Known, bound, checked
from api.rules.grammar import DEEPEST, LONGEST, MOST_COMPARISONS, parse
from api.rules.values import Comparison, Either, Every, Not, RuleError, comparisons

DOCS = Path(__file__).parents[3] / "docs" / "inbox.md"
THEME = UUID(int=7)
KNOWN = Known(themes={"lid leaks": [THEME], "twice": [UUID(int=8), UUID(int=9)]})


def _documented() -> list[str]:
    block = DOCS.read_text(encoding="utf-8").split("<!-- rules -->")[1].split("```")[1]
    return block.strip().splitlines()


@pytest.mark.parametrize("text", _documented())
def test_the_examples_of_the_docs_are_rules(text: str) -> None:
    assert comparisons(checked(text, KNOWN))


def test_the_docs_name_every_field_and_operator() -> None:
    table = (
        DOCS.read_text(encoding="utf-8").split("<!-- /rules -->")[1].split("<!-- grammar -->")[0]
    )
    for field, kind in FIELDS.items():
        assert f"`{field}" in table
        for operator in OPERATORS[kind]:
            shown = {"missing": "is missing", "is": "alone"}.get(operator, operator)
            assert shown in table


def test_and_binds_closer_than_or() -> None:
    found = parse("unsure or not confidence > 0.5 and channel = call")
    assert isinstance(found, Either)
    first, second = found.terms
    assert isinstance(first, Comparison)
    assert isinstance(second, Every)
    assert isinstance(second.terms[0], Not)


def test_words_are_said_in_any_case_and_values_as_they_are() -> None:
    found = parse('Product NOT IN ("A \\"b\\"", c-1) AND metadata."Sales Region" HAS \'x y\'')
    values = [value.text for one in comparisons(found) for value in one.values]
    assert values == ['A "b"', "c-1", "x y"]
    assert [one.key for one in comparisons(found)] == ["", "Sales Region"]
    assert parse("not not unsure") == Comparison(field="unsure", operator="is", column=9)


def test_words_that_begin_like_others_are_words() -> None:
    found = parse("product = orbit or product = android")
    assert [one.values[0].text for one in comparisons(found)] == ["orbit", "android"]


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "empty"),
        ("catgeory = x", 1, "did you mean 'category'?"),
        ("unsure and colour = red", 12, "There are category, theme"),
        ("category = product_defct", 12, "did you mean 'product_defect'?"),
        ("category has defect", 1, "it takes ="),
        ("confidence", 1, "cannot stand alone"),
        ("confidence > high", 14, "a number from 0 to 1"),
        ("confidence > 1.5", 14, "a number from 0 to 1"),
        ("version >= newest", 12, "such as 2.10"),
        ("theme = nobody", 9, "/v1/themes"),
        ("theme = twice", 9, "use the id of one"),
        ("unsure = maybe", 10, "false, true"),
        ('product = "  "', 11, "is missing"),
        ("metadata = 3", 1, "metadata.region"),
        ("category = ", 11, "the rule ends where"),
        ("category = product_defect and", 30, "the rule ends where"),
        ("(unsure", 8, "the rule ends where"),
        ("unsure unsure", 8, "and, or, in (…)"),
        ("unsure & unsure", 8, "'&' stands where"),
        ('product = "x', 11, "quotation mark"),
        ("x" * (LONGEST + 1), LONGEST + 1, "is the most"),
        (" and ".join(["unsure"] * (MOST_COMPARISONS + 1)), 661, "write two rules"),
        ("(unsure and (unsure or " * DEEPEST + "unsure" + "))" * DEEPEST, 1, "levels"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, column: int, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        checked(text, KNOWN)
    assert words in str(caught.value)
    assert caught.value.column == column


def test_personal_data_is_refused_and_not_repeated() -> None:
    with pytest.raises(RuleError) as caught:
        checked('words has "Dana"', KNOWN, redact=lambda text: text.replace("Dana", "[PERSON_1]"))
    assert "Dana" not in str(caught.value)
    assert caught.value.column == 11


def test_a_theme_is_the_one_that_was_meant() -> None:
    found = checked('theme = "lid leaks"', KNOWN)
    assert comparisons(found)[0].values[0].text == str(THEME)
    assert bound('theme = "lid leaks"', {"lid leaks": str(THEME)}) == found


DEEP = "not " * ((LONGEST - len("unsure")) // len("not ")) + "unsure"
"""As many levels as a text of the greatest length has."""


@pytest.mark.parametrize("text", ["(" * 1_000, "(" * LONGEST, "unsure" + ")" * 900])
def test_no_text_takes_the_parser_down(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert re.match(r"column \d+: ", str(caught.value))


def test_the_deepest_text_is_parsed_and_a_longer_one_refused_for_its_length() -> None:
    assert LONGEST - len("not ") < len(DEEP) <= LONGEST
    assert comparisons(parse(DEEP))
    with pytest.raises(RuleError, match=rf"column {LONGEST + 1}: .*{LONGEST:,} is the most"):
        parse("not " + DEEP)
