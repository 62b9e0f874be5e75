"""`conduit mine` as a person and as a program use it."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nlp.cli import app
from nlp.errors import OptionError

CALL = """Agent: Thank you for calling, how can I help?
Customer: My name is Dana Miller. The app crashes every time I open the camera.
Agent: I am sorry about that, Dana.
Customer: And the help page is out of date, it shows a menu that does not exist any more.
"""


def mine(*arguments: str) -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(app, ["mine", *arguments])


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """One call as a text file."""
    path = tmp_path / "call.txt"
    path.write_text(CALL, encoding="utf-8")
    return path


def test_json_lines(call: Path) -> None:
    result = mine(str(call), "--format", "jsonl")
    assert result.exit_code == 0, result.stderr
    row = json.loads(result.stdout)
    assert {"id", "source", "channel", "turns", "findings", "sentiment"} <= row.keys()
    assert [turn["speaker"] for turn in row["turns"]] == ["agent", "customer"] * 2
    assert {"index", "speaker", "text", "start", "end"} == row["turns"][0].keys()
    assert row["turns"][0]["start"] is None
    assert ("product_defect", 1) in [(one["category"], one["turn"]) for one in row["findings"]]
    for finding in row["findings"]:
        text = row["turns"][finding["turn"]]["text"]
        assert text[finding["start"] : finding["end"]] == finding["quote"]
        assert finding.keys() == {
            "category", "turn", "start", "end", "quote", "confidence", "sentiment", "unsure",
        }  # fmt: skip
    assert row["sentiment"]["overall"] == "negative"
    assert [point["index"] for point in row["sentiment"]["turns"]] == [1, 3]


def test_names_do_not_come_out(call: Path) -> None:
    assert "Miller" not in mine(str(call), "--format", "jsonl").stdout
    assert "Miller" in mine(str(call), "--format", "jsonl", "--no-redact").stdout


def test_table(call: Path) -> None:
    result = mine(str(call))
    assert result.exit_code == 0
    assert "call.txt" in result.stdout
    assert "documentation error" in result.stdout
    assert "1 interaction;" in result.stderr
    assert mine(str(call), "--min-confidence", "1").stdout.count("nothing found") == 1


def test_folders_archives_and_what_cannot_be_read(call: Path) -> None:
    folder = call.parent
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("inner/second.txt", CALL)
        archive.writestr("inner/broken.json", '{"turns": [')
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (folder / ".hidden").write_text("Agent: no", encoding="utf-8")
    output = folder.parent / f"{folder.name}.jsonl"
    result = mine(str(folder), "--format", "jsonl", "--output", str(output))
    assert result.exit_code == 1
    assert result.stdout == ""
    sources = [json.loads(line)["source"] for line in output.read_text("utf-8").splitlines()]
    assert [Path(source).name for source in sources] == ["call.txt", "second.txt"]
    complaints = [line for line in result.stderr.splitlines() if line.startswith("not read:")]
    assert len(complaints) == 1
    assert "more.zip/inner/broken.json" in complaints[0]
    assert "1 passed over, no interaction" in result.stderr


def test_a_picture_that_was_named_is_a_fault(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    result = mine(str(picture))
    assert result.exit_code == 1
    assert "PNG" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.txt"], "nowhere.txt does not exist"),
        (["--channel", "fax"], "no channel 'fax'; there are call, email, chat"),
        (["--column", "text"], "--column takes FIELD=NAME"),
        (["--model", "models/none"], "no model in models/none"),
    ],
)
def test_wrong_options_name_the_choices(call: Path, arguments: list[str], message: str) -> None:
    result = mine(str(call), *arguments)
    assert result.exit_code == 1
    assert message in str(result.exception)
    if "--model" not in arguments:
        assert isinstance(result.exception, OptionError)


def test_tables_of_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("nr,Body\n7,The kettle leaks from the bottom since Monday.\n", encoding="utf-8")
    result = mine(str(path), "--column", "text=Body", "--column", "id=nr", "--format", "jsonl")
    assert json.loads(result.stdout)["id"] == "7"
