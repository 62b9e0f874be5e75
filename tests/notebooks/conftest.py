"""What notebooks work on in the tests: small corpora, and a service of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlp.learn import registry
from tests.acceptance.service import ROOT, Process, make_key, ready, running
from tests.api.training import shelf_with_first

CORPUS = ROOT / "corpora" / "contact_centre"
EVERY = 6  # one interaction of so many is taken


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A sixth of the project's corpus, as a notebook's parameter."""
    folder = tmp_path_factory.mktemp("corpus")
    for file in sorted(CORPUS.glob("*.jsonl")):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / file.name).write_text("".join(lines[::EVERY]), encoding="utf-8")
    return {"CORPUS": str(folder)}


@pytest.fixture
def service(tmp_path: Path, home: Path) -> Iterator[dict[str, str]]:
    """A service that asks for keys and takes models from a shelf of its own, as parameters."""
    log, shelf = tmp_path / "log", tmp_path / "shelf"
    shelf_with_first(shelf)
    environment = {"CONDUIT_AUTH": "keys", "CONDUIT_MODELS": str(shelf)}
    with running(Process(("serve", "--home", str(home), "--port", "0"), environment, log)):
        yield {
            "URL": ready(log, seconds=180),
            "KEY": make_key(home, "notebooks", "--scopes", "submit,read,label,admin"),
            "SHELF": str(shelf),
            "PARENT": str(shelf / registry.DEFAULT),
        }
