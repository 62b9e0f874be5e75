"""What holds for every text: offsets, what stays, redacting twice, and the work that it costs."""

import re
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.redact import KINDS, Redactor, redact
from nlp.types import Interaction, Roles, Turn

PIECES = st.sampled_from(
    [
        "my name is", "Dana Miller", "dana", "card number", "4111 1111 1111 1111", "call me at",
        "312-555-0148", "five five five oh one", "jo@example.com", "at", "dot com", "password is",
        "hunter2", "born on", "12/04/1987", "12 Main Street", "Portland, OR 97205", "[PERSON_1]",
        "[CARD_2]", "order", "4839201746", "1.2.3.4", "version", "Hi Will,", "Kind regards,\n", "?",
        ".", "what is your name", "zip", "60614", "D-A-N-A", "ß", "İ", "é", "pin", "1234", "_", "@",
    ]
)  # fmt: skip
HOSTILE = (
    "1", "a@", "1 1 1 1 ", "one two ", "Aa ", "ab12 ", "1.", "my name is ", "1:", "Rue Aa ", "((",
    "1 Aa Street, ", "Dana Miller ", "4111-", "1 Aa 1 Apt ", "card number 1234 ", "born march 3 ",
    "password is ", "://a:b@", "?token=", "GB29NWBK6016", "regards\n", "a b ", "eyJa.",
    "[PERSON_1] ",
)  # fmt: skip
_BETWEEN = re.compile(r"\[[A-Z_]+_\d+\]")
TEXTS = st.one_of(st.lists(PIECES, min_size=1, max_size=8).map(" ".join), st.text(max_size=60))


@given(TEXTS, st.sampled_from([None, *KINDS]))
@settings(max_examples=300, deadline=None)
def test_spans_lie_in_the_text_and_do_not_overlap(text: str, asked: str | None) -> None:
    end = 0
    for span in Redactor().find(text, context_kind=asked):
        assert end <= span.start < span.end <= len(text)
        assert span.kind in KINDS
        assert 0 <= span.score <= 1
        end = span.end


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = Redactor().redact_text(text)
    assert Redactor().redact_text(once) == once


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_nothing_outside_the_placeholders_changes(text: str) -> None:
    place = 0
    for piece in _BETWEEN.split(Redactor().redact_text(text)):
        found = text.find(piece, place)
        assert found >= 0
        place = found + len(piece)


@given(st.lists(st.tuples(st.sampled_from(["agent", "customer"]), TEXTS), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_an_interaction_redacted_twice_is_the_same(lines: list[tuple[str, str]]) -> None:
    turns = tuple(
        Turn(index=index, speaker="agent" if who == "agent" else "customer", text=text)
        for index, (who, text) in enumerate(lines)
        if text
    )
    whole = Interaction(
        id="x", source="x.txt", format="lines", channel="call", turns=turns,
        roles=Roles(source="file", confidence=1.0), subject="Dana Miller",
    )  # fmt: skip
    once = redact(whole)
    assert redact(once.interaction) == once
    assert all(turn.text for turn in once.interaction.turns)


def test_hostile_texts_cost_work_in_proportion_to_their_length() -> None:
    # Work is counted in lines of Python run, which a busy machine does not change; the patterns'
    # own steps are bounded one by one, so a quadratic rule shows in what is yielded and joined.
    for unit in HOSTILE:
        small, large = (_lines_run((unit * 4000)[:size]) for size in (2000, 8000))
        assert large < 6 * small + 2000, unit


@pytest.mark.benchmark
@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_are_read_in_linear_time(unit: str) -> None:
    redactor = Redactor()
    times = []
    for size in (25_000, 100_000):
        began = time.process_time()
        redactor.find((unit * size)[:size])
        times.append(time.process_time() - began)
    assert times[1] < 10 * times[0] + 0.5, times


def _lines_run(text: str) -> int:
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        Redactor().find(text)
    finally:
        sys.settrace(before)
    return count
