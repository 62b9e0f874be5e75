"""The public mails with their answers: the bar that mail cleaning must not fall under."""

from pathlib import Path

import pytest

from benchmarks import mail as benchmark
from nlp.errors import EmptyInput, ReadError
from nlp.readers import read
from nlp.types import Interaction


@pytest.mark.parametrize(
    ("title", "count"),
    [("discourse trimmed", 64), ("crisp", 85), ("zapier", 24), ("talon", 21)],
)
def test_replies_agree(public_data: Path, title: str, count: int) -> None:
    cases = list(benchmark.SETS[title](public_data))
    assert len(cases) == count
    wrong = benchmark.disagreements(cases, benchmark.parsers()["conduit"])
    assert 1 - len(wrong) / len(cases) >= 0.95, wrong


def test_embedded_mails_agree(public_data: Path) -> None:
    right, count = benchmark.embedded_agreements(public_data)
    assert count == 10
    assert right == count


def test_signature_lines(public_data: Path) -> None:
    precision, recall, marked = benchmark.signature_scores(
        public_data, benchmark.parsers()["conduit"]
    )
    assert marked == 199
    assert precision >= 0.95
    assert recall >= 0.9


def test_every_malformed_mail_is_read_or_refused_with_a_reason(public_data: Path) -> None:
    paths = sorted((public_data / benchmark.MAILS / "mikel_mail_eml").rglob("*.eml"))
    assert len(paths) == 102
    refused = 0
    for path in paths:
        try:
            (item,) = read(path.read_bytes(), name=path.name, format="eml")
        except EmptyInput:
            refused += 1
            continue
        assert isinstance(item, Interaction)
        assert not any("@" in value for value in item.metadata.values())
    assert refused <= 13


def test_most_malformed_mails_are_recognised(public_data: Path) -> None:
    paths = sorted((public_data / benchmark.MAILS / "mikel_mail_eml").rglob("*.eml"))
    formats = []
    for path in paths:
        try:
            formats += [
                item.format
                for item in read(path.read_bytes(), name=path.name)
                if isinstance(item, Interaction)
            ]
        except ReadError:
            continue
    assert set(formats) <= {"eml", "plain_text"}
    assert formats.count("eml") >= 85
