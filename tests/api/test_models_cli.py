"""`conduit models` on the command line: on files, and on the service's database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import cli
from api.store import models
from api.store.database import Database
from nlp.errors import ModelError, NotOnShelf
from nlp.learn import promotion, registry
from tests.api.remade import remade
from tests.api.training import shelf_with_first

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed model, one that is as good, and one that is worse."""
    folder = shelf_with_first(tmp_path_factory.mktemp("shelf"))
    remade(folder, "as-good")
    remade(folder, "shuffled", shuffled=True)
    return folder


@pytest.fixture
def run(database: Database, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `conduit models …` on the module's database and shelf."""
    monkeypatch.setenv("DATABASE_URL", database.conninfo)
    monkeypatch.setenv("CONDUIT_MODELS", str(shelf))
    monkeypatch.setenv("CONDUIT_REDACT_NAMES", "rules")
    monkeypatch.setattr(promotion, "PASSAGES", 16)

    def models(*arguments: str) -> Result:
        return CliRunner().invoke(cli.app, ["models", *arguments])

    return models


def test_models_are_listed_and_shown(run: Run) -> None:
    listed = run("list")
    assert listed.exit_code == 0, listed.output
    assert [name in listed.stdout for name in ("as-good", "conduit-en-1", "shuffled")] == [True] * 3
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert {row["name"]: row["answered"] for row in rows}["shuffled"]
    shown = run("show", "as-good").stdout
    assert "from as-good ← conduit-en-1" in shown
    assert "Trained on" in shown
    assert json.loads(run("show", "as-good", "--json").stdout)["chain"][1]["name"] == "conduit-en-1"
    tree = run("lineage").stdout
    assert tree.index("└── conduit-en-1") < tree.index("    ├── as-good")
    assert run("lineage", "as-good").stdout.strip() == "as-good ← conduit-en-1"
    assert isinstance(run("show", "nobody").exception, NotOnShelf)


def test_what_is_worse_is_named(run: Run) -> None:
    refused = run("compare", "shuffled", "conduit-en-1")
    assert refused.exit_code == 1
    assert "F1 of documentation_error falls from 0.852 (conduit-en-1)" in " ".join(
        refused.stdout.split()
    )
    verdict = json.loads(run("compare", "as-good", "conduit-en-1", "--json").stdout)
    assert verdict["passed"]


def test_a_model_is_published_and_fetched(run: Run, tmp_path: Path) -> None:
    folder = remade(tmp_path, "mine")
    there = f"memory://{tmp_path.name}"
    said = run("publish", str(folder), "--shelf", there)
    assert "mine is on the shelf" in said.stdout
    fetched = run("fetch", "mine", "--shelf", there, "--cache", str(tmp_path / "cache"))
    assert registry.open_folder(Path(fetched.stdout.strip())).name == "mine"
    other = remade(tmp_path / "other", "mine", shuffled=True)
    refused = run("publish", str(other), "--shelf", there)
    assert isinstance(refused.exception, ModelError)


def test_promoted_by_the_gate_and_taken_back(run: Run, database: Database) -> None:
    refused = run("promote", "shuffled", "--reason", "new")
    assert refused.exit_code == 1, refused.output
    assert "It is refused" in refused.stdout
    with database.session() as session:
        assert models.newest(session) is None
    done = run("promote", "as-good", "--reason", "as good, says dana@example.com")
    assert done.exit_code == 0, done.output
    assert "as-good serves now; conduit-en-1 did before" in done.stdout
    assert run("promote", "as-good", "--reason", "again").exit_code == 2
    assert run("promote", "shuffled", "--reason", " ").exit_code == 2
    assert run("rollback", "--reason", "it was a try").exit_code == 0
    assert run("rollback", "--reason", "once more").exit_code == 2
    history = run("history").stdout.splitlines()
    assert "as-good → conduit-en-1  (rollback)" in history[0]
    assert "conduit-en-1 → as-good  (promote)  command line" in history[1]
    assert "dana@" not in history[1]
    first = json.loads(run("history", "--json").stdout.splitlines()[1])
    assert first["verdict"]["passed"]
