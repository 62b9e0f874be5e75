"""A shelf of models: what is published stays, is checked, and is found again with its parents."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from nlp.errors import ModelError, NotOnShelf, OptionError, WeightsChanged
from nlp.learn import registry
from nlp.learn.shelf import Shelf, children
from nlp.types import CATEGORIES
from nlp.weights import digest

MEMORY = "memory://models"


@pytest.fixture(params=["folder", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty shelf, of each kind."""
    yield Shelf(tmp_path / "shelf" if request.param == "folder" else MEMORY)
    files = fsspec.filesystem("memory")
    if files.exists("/models"):
        files.rm("/models", recursive=True)


def made(folder: Path, name: str, **lineage: Any) -> Path:
    """A copy of the committed model under another name."""
    target = folder / name
    shutil.copytree(registry.default_folder(), target)
    path = target / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**description, "name": name, "lineage": lineage}), encoding="utf-8")
    return target


def other(folder: Path, name: str, **lineage: Any) -> Path:
    """The same with another vocabulary, which makes it another model."""
    target = made(folder, name, **lineage)
    vocabulary = target / registry.VOCABULARY
    words = vocabulary.read_text(encoding="utf-8").splitlines()
    vocabulary.write_text("\n".join([*words[:-1], "zzz"]) + "\n", encoding="utf-8")
    path = target / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    description["files"][registry.VOCABULARY] = digest(vocabulary)
    path.write_text(json.dumps(description), encoding="utf-8")
    return target


def test_the_project_s_own_models_are_a_shelf() -> None:
    shelf = Shelf(registry.MODELS)
    assert shelf.names() == [registry.DEFAULT]  # and not the model that finds names
    entry = shelf.describe(registry.DEFAULT)
    metrics = json.loads((registry.default_folder() / "metrics.json").read_text(encoding="utf-8"))
    assert entry.digest == registry.open_folder().digest
    assert entry.answered
    assert entry.figures is not None
    assert entry.figures.f1 == {name: metrics["categories"][name]["f1"] for name in CATEGORIES}
    assert entry.figures.sentiment == metrics["sentiment"]["macro_f1"]
    assert shelf.card(registry.DEFAULT).startswith("# conduit-en-1")
    assert shelf.fetch(registry.DEFAULT) == registry.default_folder()


def test_what_is_published_is_fetched_byte_for_byte(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(tmp_path, "one")
    entry = shelf.publish(folder)
    assert entry == shelf.describe("one")
    assert shelf.names() == ["one"]
    fetched = shelf.fetch("one", cache=tmp_path / "cache")
    assert fetched.name == "one"
    assert {path.name: path.read_bytes() for path in fetched.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    assert shelf.fetch("one", cache=tmp_path / "cache") == fetched
    assert shelf.publish(folder) == entry  # once more changes nothing


def test_nothing_is_overwritten(shelf: Shelf, tmp_path: Path) -> None:
    shelf.publish(made(tmp_path / "a", "one"))
    before = shelf.describe("one")
    with pytest.raises(ModelError, match=r"one is taken on .* nothing is overwritten; give it"):
        shelf.publish(other(tmp_path / "b", "one"))
    changed = made(tmp_path / "c", "one")
    (changed / "card.md").write_text("# Better\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"one/card\.md is on .* with other content"):
        shelf.publish(changed)
    assert shelf.describe("one") == before
    assert not shelf.card("one").startswith("# Better")


def test_figures_may_come_later(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(tmp_path / "a", "one")
    for name in ("metrics.json", "card.md", "answers.safetensors"):
        (folder / name).unlink()
    entry = shelf.publish(folder)
    assert (entry.figures, entry.answered, shelf.card("one")) == (None, False, "")
    assert shelf.metrics("one") == {}
    first = shelf.fetch("one", cache=tmp_path / "cache")
    entry = shelf.publish(made(tmp_path / "b", "one"))
    assert entry.answered
    assert entry.figures is not None
    later = shelf.fetch("one", cache=tmp_path / "cache")
    assert (later / "answers.safetensors").is_file()
    assert first.is_dir()


def test_what_was_changed_on_the_way_is_not_used(tmp_path: Path) -> None:
    shelf = Shelf("memory://spoiled")
    shelf.publish(made(tmp_path, "one"))
    files = fsspec.filesystem("memory")
    files.pipe_file("/spoiled/one/vocabulary.txt", b"changed")
    with pytest.raises(WeightsChanged, match=r"vocabulary\.txt: expected SHA-256"):
        shelf.fetch("one", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("model.json"))
    files.rm("/spoiled", recursive=True)


def test_what_is_half_there_is_on_no_list(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(tmp_path, "one")
    shelf._files.makedirs(shelf._at("one"), exist_ok=True)
    shelf._files.pipe_file(shelf._at("one", registry.HEADS), b"half")
    assert shelf.names() == []
    shelf.publish(folder)  # and what was left over is in nobody's way
    assert shelf.fetch("one", cache=tmp_path / "cache")


def test_a_broken_model_does_not_hide_the_others(shelf: Shelf, tmp_path: Path) -> None:
    shelf.publish(made(tmp_path, "one"))
    shelf._files.makedirs(shelf._at("two"), exist_ok=True)
    shelf._files.pipe_file(shelf._at("two", registry.DESCRIPTION), b"{")
    names = {entry.name: entry.problem for entry in shelf.entries()}
    assert names["one"] == ""
    assert "cannot be read" in names["two"]
    with pytest.raises(ModelError, match=r"two on .* cannot be read"):
        shelf.fetch("two", cache=tmp_path / "cache")


def test_lineage_is_a_chain_and_a_tree(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.publish(made(tmp_path, "one"))
    shelf.publish(other(tmp_path, "two", parent="one", parent_digest=first.digest))
    shelf.publish(made(tmp_path, "three", parent="two", parent_digest="changed"))
    shelf.publish(made(tmp_path, "four", parent="gone", parent_digest="g"))
    assert [one.name for one in shelf.lineage("two")] == ["two", "one"]
    three = shelf.lineage("three")
    assert [one.name for one in three] == ["three", "two"]
    assert three[-1].problem == "on the shelf is another model of that name"
    assert shelf.lineage("four")[-1].problem == "is not on the shelf"
    tree = children(shelf.entries())
    assert [one.name for one in tree[None]] == ["four", "one"]
    assert [one.name for one in tree["one"]] == ["two"]
    assert [one.name for one in tree["two"]] == ["three"]


@pytest.mark.parametrize("name", ["nobody", "..", "a/b", "", "x" * 65])
def test_what_is_not_there_is_said_with_what_is(shelf: Shelf, tmp_path: Path, name: str) -> None:
    shelf.publish(made(tmp_path, "one"))
    with pytest.raises(NotOnShelf, match="there are one"):
        shelf.describe(name)


def test_a_name_that_cannot_be_one_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be called 'My Model'"):
        shelf.publish(made(tmp_path, "My Model"))


def test_a_place_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(OptionError, match=r"no shelf of models at 'nowhere://x'.*s3://bucket"):
        Shelf("nowhere://x")
