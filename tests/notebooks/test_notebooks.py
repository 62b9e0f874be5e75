"""Every notebook runs from its first cell to its last, in a kernel of its own, on small data.

A cell tagged `parameters` names what a notebook works on; the tests put another one behind it, as
papermill does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks.material import PARAMETERS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 900.0  # for one cell: what hangs ends some time

pytestmark = pytest.mark.slow


def test_every_notebook_is_run() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(PARAMETERS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_what_one_machine_printed(path: Path) -> None:
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert book.cells[0].cell_type == "markdown"
    assert book.cells[0].source.startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    wanted = PARAMETERS[path.stem]
    values = {"WORK": str(tmp_path), **wanted.values}
    if wanted.fixture is not None:
        values |= request.getfixturevalue(wanted.fixture)
    printed = run(path, values)
    for words in wanted.says:
        assert words in printed, f"{path.name} does not say {words!r}:\n{printed}"


def run(path: Path, values: Mapping[str, Any]) -> str:
    """What a notebook prints and shows, with these values for those of its parameters."""
    book = nbformat.read(path, as_version=4)
    place = next(
        (n for n, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", [])),
        None,
    )
    if place is not None:
        named = [line.partition(" = ")[0] for line in book.cells[place].source.splitlines()]
        lines = [f"{name} = {value!r}" for name, value in values.items() if name in named]
        book.cells.insert(place + 1, nbformat.v4.new_code_cell("\n".join(lines)))
    NotebookClient(
        book,
        timeout=SECONDS,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for cell in book.cells
        for output in cell.get("outputs", [])
    )
