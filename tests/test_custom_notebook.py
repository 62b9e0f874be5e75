"""The notebook on categories of one's own runs from its first cell to its last."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "custom_category.ipynb"


def test_the_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    known: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # committed without what one machine printed
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), known)  # noqa: S102 - our own
    printed = capsys.readouterr().out
    assert "precision" in printed
    assert "churn_risk" in printed.partition("AP ")[0].rpartition("ordinary")[2]
    assert known["fitted"].estimate.examples == 10
