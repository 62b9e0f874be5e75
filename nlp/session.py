"""One run over files: read, mined, printed as tables or JSON Lines, and what could not be read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from nlp import intake, report
from nlp.pipeline import Miner
from nlp.readers.base import ReadOptions
from nlp.redact import Redactor
from nlp.types import CATEGORIES, Interaction, Mined, Rejected

BATCH = 32  # interactions that are encoded together


@dataclass
class Session:
    """What a run works with, and what it has met so far.

    Attributes:
        miner: finds.
        options: how files are read.
        redactor: takes personal data out, or None to leave it in.
        minimum: confidence below which findings are not shown.
        rejected: what could not be read.
        counts: interactions, passages, findings by category, other files passed over.
    """

    miner: Miner
    options: ReadOptions
    redactor: Redactor | None
    minimum: float
    rejected: list[Rejected] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def mine(
    session: Session,
    files: list[tuple[Path, bool]],
    format: Literal["table", "jsonl"],
    file: TextIO,
) -> None:
    """Mines files and writes what was found; progress and a summary go to standard error.

    Args:
        session: what to work with; filled on the way.
        files: paths, with whether each was named itself (`nlp.intake.files`).
        format: a table for a person or JSON Lines for a program.
        file: where to write.
    """
    # Words from a file are printed as they are: no markup, no emoji codes.
    console = Console(file=file, markup=False, emoji=False, highlight=False)
    for interaction, found in mined(session, files):
        if format == "jsonl":
            file.write(report.as_json(interaction, found) + "\n")
            file.flush()
        else:
            console.print(report.as_table(interaction, found), end="\n\n")


def mined(session: Session, files: list[tuple[Path, bool]]) -> Iterator[tuple[Interaction, Mined]]:
    """Mines files, one interaction after the other; progress and a summary go to standard error.

    Args:
        session: what to work with; filled on the way.
        files: paths, with whether each was named itself (`nlp.intake.files`).
    """
    errors = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[interactions]:,} interactions"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("mining", total=len(files), interactions=0)

        def read() -> Iterator[Interaction]:
            for path, named in files:
                yield from _of_file(session, path, named=named)
                progress.advance(task)

        for batch in intake.batches(read(), BATCH):
            yield from _results(session, batch)
            progress.update(task, interactions=session.counts["interactions"])
    for rejected in session.rejected:
        line = Text(f"not read: {rejected.message}", style="red")
        errors.print(line, soft_wrap=True)
    _summarise(session, errors)


def _of_file(session: Session, path: Path, *, named: bool) -> Iterator[Interaction]:
    for item in intake.read_file(path, options=session.options):
        if isinstance(item, Rejected):
            if named or not intake.is_stray(item, path):
                session.rejected.append(item)
            else:
                session.counts["passed over"] += 1
        else:
            yield session.redactor.redact(item).interaction if session.redactor else item


def _results(session: Session, batch: list[Interaction]) -> Iterator[tuple[Interaction, Mined]]:
    for interaction, found in zip(batch, session.miner.mine(batch), strict=True):
        mined = report.at_least(found, session.minimum)
        session.counts["interactions"] += 1
        session.counts["passages"] += len(mined.passages)
        session.counts.update(
            finding.category if finding.category in CATEGORIES else "own"
            for finding in mined.findings
        )
        yield interaction, mined


def _summarise(session: Session, errors: Console) -> None:
    counts = session.counts
    report.summary(
        errors,
        {
            "interactions": counts["interactions"],
            "customer passages": counts["passages"],
            "product defects": counts["product_defect"],
            "documentation errors": counts["documentation_error"],
            "feature requests": counts["feature_request"],
            "findings of own categories": counts["own"],
            "not read": len(session.rejected),
            "passed over, no interaction": counts["passed over"],
        },
    )
