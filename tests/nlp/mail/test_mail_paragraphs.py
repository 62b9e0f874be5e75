"""Paragraphs: wraps undone, a person's own lines left."""

import pytest

from nlp.clean.mail_paragraphs import paragraphs, unflow

WRAPPED = (
    "The lamp on my desk has flickered since the day on which I bought it, and\n"
    "no bulb that I have tried so far makes any difference to that, whatever I\n"
    "do."
)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("One\n\nTwo", [("One", 0), ("Two", 0)]),
        (WRAPPED, [(WRAPPED.replace("\n", " "), 0)]),
        ("It flickers.\nIt hums.\nIt smells.", [("It flickers.\nIt hums.\nIt smells.", 0)]),
        ("- one\n- two\n- three", [("- one\n- two\n- three", 0)]),
        (
            "- the first of the points is so long that the mail program had to\n  wrap it\n- two",
            [
                (
                    "- the first of the points is so long that the mail program had to wrap it\n"
                    "- two",
                    0,
                )
            ],
        ),
        ("> Which bulb?\nLED.\n> Why?", [("Which bulb?", 1), ("LED.", 0), ("Why?", 1)]),
        (">> deep\n> less", [("deep", 2), ("less", 1)]),
        ("Part    Price\nLamp    20\nBulb    5", [("Part    Price\nLamp    20\nBulb    5", 0)]),
        (" \n\n", []),
        ("", []),
    ],
)
def test_paragraphs(reply: str, expected: list[tuple[str, int]]) -> None:
    assert [(paragraph.text, paragraph.depth) for paragraph in paragraphs(reply)] == expected


@pytest.mark.parametrize(
    ("flowed", "delete_space", "expected"),
    [
        ("a \nb\nc", False, "a b\nc"),
        ("a \nb", True, "ab"),
        ("> a \n> b\nc", False, "> a b\nc"),
        ("> a \nb", False, "> a \nb"),
        ("a\n-- \nb", False, "a\n-- \nb"),
        (" >not a quote", False, ">not a quote"),
    ],
)
def test_format_flowed(flowed: str, delete_space: bool, expected: str) -> None:
    assert unflow(flowed, delete_space=delete_space) == expected
