"""`conduit themes` as a person and as a program use it, with the committed model."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nlp import themes_cli
from nlp.cli import app
from nlp.errors import OptionError
from nlp.themes import material
from nlp.types import CATEGORIES

SAMPLES = Path(__file__).parents[3] / "corpora" / "samples"
READ = (
    "calls-of-one-week.csv",
    "calls-of-october.jsonl",
    "inbox-late-september.mbox",
    "app-logs-out-after-update.vtt",
    "logged-out-on-holiday.eml",
    "thermostat-guide-step-four.txt",
)

NAMED = """Agent: Thank you for calling, how can I help?
Customer: My name is Dana Miller. The app shows Miller logged out after lunch, every single day.
"""


def themes(*arguments: str | Path) -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(app, ["themes", *map(str, arguments)], env={"COLUMNS": "100"})


@dataclass(frozen=True)
class Run:
    """What a run printed and wrote."""

    result: Result
    saved: dict[str, Any]
    page: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the sample calls and mails, one of them twice."""
    path = tmp_path_factory.mktemp("calls")
    for name in READ:
        shutil.copy(SAMPLES / name, path)
    shutil.copy(SAMPLES / READ[-1], path / "the-same-again.txt")
    (path / "named.txt").write_text(NAMED, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs write."""
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def first(folder: Path, place: Path) -> Run:
    """The first run of a series: there is nothing to continue yet."""
    saved, page = place / "themes.json", place / "themes.html"
    result = themes(folder, "--names", "rules", "--known", saved, "--save", saved, "--report", page)
    assert result.exit_code == 0, result.output
    return Run(result, json.loads(saved.read_text("utf-8")), page.read_text("utf-8"))


@pytest.fixture(scope="module")
def second(first: Run, folder: Path, place: Path) -> list[dict[str, Any]]:
    """The rows of a second run over the same folder, which continues the first."""
    assert first.saved
    result = themes(
        folder, "--names", "rules", "--known", place / "themes.json", "--format", "jsonl"
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_category_is_printed_with_its_themes(first: Run) -> None:
    printed = first.result.stdout
    places = [
        printed.index(title)
        for title in ("product defects  ", "documentation errors  ", "feature requests  ")
    ]
    assert places == sorted(places)
    assert re.search(r"^ +1\. .+  defect-\d", printed, re.MULTILINE)
    assert re.search(r"\d+ findings in \d+ interactions, negative -0\.\d\d", printed)
    assert re.search(r"[▁▂▃▄▅▆▇█]  by week", printed)
    assert re.search(r"“.+”", printed)
    assert printed.count("quality: ") == 3
    assert "since the last run" not in printed


def test_progress_and_what_came_twice_go_to_standard_error(first: Run, folder: Path) -> None:
    told = first.result.stderr
    assert re.search(r"\d+ interactions; \d+ customer passages", told)
    assert "1 came twice and count once" in told
    assert "wrote " in told
    assert "wrote " not in first.result.stdout
    assert str(folder) not in told


def test_the_second_run_continues_the_first(first: Run, second: list[dict[str, Any]]) -> None:
    saved = {
        (theme["id"], theme["name"])
        for scope in first.saved["scopes"].values()
        for theme in scope["themes"]
    }
    assert {(row["id"], row["headline"]) for row in second if row["type"] == "theme"} == saved
    assert len(saved) >= 3
    for row in second:
        if row["type"] == "scope":
            assert row["changes"] == []
            assert row["quality"]["stability"] == 1


def test_rows_agree_with_themselves_and_with_the_page(
    first: Run, second: list[dict[str, Any]], folder: Path
) -> None:
    scopes = {row["scope"]: row for row in second if row["type"] == "scope"}
    assert tuple(scopes) == CATEGORIES
    for row in second:
        if row["type"] != "theme":
            continue
        mean = row["sentiment"]["mean"]
        counts = [row["sentiment"][name] for name in ("negative", "neutral", "positive")]
        assert sum(counts) == row["findings"] >= row["interactions"] >= 3
        assert mean["value"] == pytest.approx((counts[2] - counts[0]) / sum(counts), abs=1e-4)
        assert mean["low"] <= mean["value"] <= mean["high"]
        assert row["share"]["value"] == pytest.approx(
            row["interactions"] / scopes[row["scope"]]["mined"], abs=1e-4
        )
        assert sum(bucket["interactions"] for bucket in row["trend"]) <= row["interactions"]
        assert f'<article id="{row["id"]}"' in first.page
        for quote in row["quotes"]:
            assert quote["source"].startswith(str(folder))
    for scope in scopes.values():
        assert scope["waiting"]["findings"] <= scope["findings"]
        assert scope["findings"] > 0


def test_nothing_private_is_printed_or_written(
    first: Run, second: list[dict[str, Any]], folder: Path
) -> None:
    assert "Miller" in (folder / "named.txt").read_text("utf-8")
    written = first.result.output + first.page + json.dumps([first.saved, second])
    assert "Miller" not in written
    assert "logged out after lunch" in written
    assert "logged out after lunch" not in json.dumps(first.saved)


def test_less_may_be_asked_for(folder: Path, tmp_path: Path) -> None:
    result = themes(
        folder / READ[0], folder / READ[1], "--category", "all", "--top", "1", "--names", "rules",
        "--sure-only", "--min-confidence", "0.9", "--save", tmp_path / "themes.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "across categories  " in result.stdout
    assert "product defects  " not in result.stdout
    assert result.stdout.count("\n   1. ") <= 1
    assert "\n   2. " not in result.stdout
    saved = json.loads((tmp_path / "themes.json").read_text("utf-8"))
    assert list(saved["scopes"]) == ["all"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--category", "bugs"], "no category 'bugs'; there are product_defect, .*, all"),
        (["--known", "none.json"], "there is no file 'none.json' with themes: save one with"),
        (["--save", "none/themes.json"], "there is no folder none"),
        (["--report", "{folder}"], "is a folder; name a file in it"),
        (["--known", "{folder}/calls-of-one-week.csv"], "does not hold themes"),
        (["--model", "models/none"], "no model in models/none"),
    ],
)
def test_wrong_options_name_the_way_out(folder: Path, arguments: list[str], message: str) -> None:
    result = themes(folder, *(one.format(folder=folder) for one in arguments))
    assert result.exit_code == 1
    assert re.search(message, str(result.exception))
    if "--model" not in arguments:
        assert isinstance(result.exception, OptionError)


def test_the_command_knows_the_scopes_there_are() -> None:
    assert themes_cli.SCOPES == material.SCOPES
