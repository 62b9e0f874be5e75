"""`python -m nlp.readers`: the table of formats, and what files are read as."""

from pathlib import Path

import pytest

from nlp.readers import READERS
from nlp.readers.__main__ import main

SAMPLES = Path(__file__).parents[2] / "data" / "transcripts"


def test_the_table_has_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(READERS)
    assert len({len(line) for line in lines}) == 1


def test_files_are_described_without_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    path = SAMPLES / "csv_table.csv"
    assert main([str(path), str(SAMPLES / "missing.txt")]) == 1
    out, err = capsys.readouterr()
    assert f"{path}:2" in out
    assert "agent 1, customer 1" in out
    assert "rejected (empty)" in out
    assert "no signal" not in out
    assert "missing.txt" in err
