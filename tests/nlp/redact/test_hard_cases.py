"""The hard cases: lifelike lines with what is personal in them, and near misses that must stay."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.redaction import HARD_CASES, unmark
from nlp.redact import KINDS, Redactor

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(HARD_CASES).read_text(encoding="utf-8").splitlines()
]
# Lines of the third that was held out while the rules were written, and that they do not get right.
# They stay here so that the figures of the benchmark stay honest.
NOT_YET = {36, 54, 66, 84}


def cases() -> list[Any]:
    marks = {number: [pytest.mark.xfail(reason="held out, not met yet")] for number in NOT_YET}
    return [pytest.param(row, id=str(row["id"]), marks=marks.get(row["id"], [])) for row in ROWS]


@pytest.mark.parametrize("row", cases())
def test_hard_case(row: dict[str, Any]) -> None:
    text, gold = unmark(row["marked"])
    spans = Redactor().find(text, context_kind=row.get("context"))
    assert [(text[start:end], kind) for start, end, kind in gold] == [
        (text[span.start : span.end], span.kind) for span in spans
    ]


def test_there_are_enough_of_each_sort() -> None:
    near = [row for row in ROWS if "[[" not in row["marked"]]
    kinds = {kind for row in ROWS for _, _, kind in unmark(row["marked"])[1]}
    assert len(ROWS) >= 150
    assert len(near) >= 60
    assert kinds == set(KINDS)
