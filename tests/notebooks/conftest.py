"""Small corpora for notebooks."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "corpora" / "contact_centre"
EVERY = 6  # one interaction of so many is taken


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A sixth of the project's corpus, as a notebook's parameter."""
    folder = tmp_path_factory.mktemp("corpus")
    for file in sorted(CORPUS.glob("*.jsonl")):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / file.name).write_text("".join(lines[::EVERY]), encoding="utf-8")
    return {"CORPUS": str(folder)}
