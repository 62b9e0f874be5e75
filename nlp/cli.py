"""The commands that need no service: `conduit mine`, `conduit train`, `conduit evaluate`."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from nlp import intake, report
from nlp.errors import OptionError
from nlp.pipeline import CACHE, Miner
from nlp.readers.base import ReadOptions
from nlp.redact.redactor import Redactor
from nlp.types import CHANNELS, Channel, Interaction, Mined, Rejected

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

BATCH = 32  # interactions that are encoded together
CORPUS = Path("corpora/contact_centre")

Model = Annotated[Path | None, typer.Option(help="Model folder.  [default: the project's own]")]
Cache = Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")]


@dataclass
class _Session:
    """What one run of `mine` has met so far."""

    miner: Miner
    options: ReadOptions
    redactor: Redactor | None
    minimum: float
    rejected: list[Rejected] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@app.command()
def mine(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, folders, archives.")],
    *,
    format: Annotated[Literal["table", "jsonl"], typer.Option(help="What to print.")] = "table",
    output: Annotated[Path | None, typer.Option(help="Write here instead of printing.")] = None,
    channel: Annotated[str | None, typer.Option(help=f"One of {', '.join(CHANNELS)}.")] = None,
    agent: Annotated[list[str] | None, typer.Option(help="A speaker who is the agent.")] = None,
    customer: Annotated[list[str] | None, typer.Option(help="One who is the customer.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Of a table: FIELD=NAME, e.g. text=Body.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the files, if it is known.")] = None,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Hide less sure ones.")] = 0.0,
    redact: Annotated[bool, typer.Option(help="Take personal data out.")] = True,
    model: Model = None,
    cache: Cache = CACHE,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the encoder.")] = None,
) -> None:
    """Finds defects, documentation errors and requests in calls and mails. Needs no database."""
    options = ReadOptions(
        channel=_channel(channel),
        agent=tuple(agent or ()),
        customer=tuple(customer or ()),
        columns=_columns(column or []),
        encoding=encoding,
    )
    files = intake.files(paths)
    session = _Session(
        Miner.load(model, cache=cache, threads=threads),
        options,
        Redactor() if redact else None,
        min_confidence,
    )
    if output is None:
        _mine(session, files, format, None)
    else:
        with output.open("w", encoding="utf-8") as file:
            _mine(session, files, format, file)
    if session.rejected:
        raise typer.Exit(1)


def _channel(given: str | None) -> Channel | None:
    if given is None:
        return None
    for known in CHANNELS:
        if known == given:
            return known
    raise OptionError(f"no channel {given!r}; there are {', '.join(CHANNELS)}")


def _columns(given: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for one in given:
        name, separator, column = one.partition("=")
        if not separator or not name or not column:
            raise OptionError(f"--column takes FIELD=NAME, such as text=Body, not {one!r}")
        columns[name] = column
    return columns


def _mine(
    session: _Session,
    files: list[tuple[Path, bool]],
    format: Literal["table", "jsonl"],
    file: TextIO | None,
) -> None:
    errors = Console(stderr=True)
    # Words from a file are printed as they are: no markup, no emoji codes.
    console = Console(file=file, markup=False, emoji=False, highlight=False)
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
            for interaction, mined in _results(session, batch):
                if format == "jsonl":
                    print(report.as_json(interaction, mined), file=file or sys.stdout, flush=True)
                else:
                    console.print(report.as_table(interaction, mined), end="\n\n")
            progress.update(task, interactions=session.counts["interactions"])
    for rejected in session.rejected:
        line = Text(f"not read: {rejected.message}", style="red")
        errors.print(line, soft_wrap=True)
    _summarise(session, errors)


def _of_file(session: _Session, path: Path, *, named: bool) -> Iterator[Interaction]:
    for item in intake.read_file(path, options=session.options):
        if isinstance(item, Rejected):
            if named or not intake.is_stray(item, path):
                session.rejected.append(item)
            else:
                session.counts["passed over"] += 1
        else:
            yield session.redactor.redact(item).interaction if session.redactor else item


def _results(session: _Session, batch: list[Interaction]) -> Iterator[tuple[Interaction, Mined]]:
    for interaction, found in zip(batch, session.miner.mine(batch), strict=True):
        mined = report.at_least(found, session.minimum)
        session.counts["interactions"] += 1
        session.counts["passages"] += len(mined.passages)
        session.counts.update(finding.category for finding in mined.findings)
        yield interaction, mined


def _summarise(session: _Session, errors: Console) -> None:
    counts = session.counts
    report.summary(
        errors,
        {
            "interactions": counts["interactions"],
            "customer passages": counts["passages"],
            "product defects": counts["product_defect"],
            "documentation errors": counts["documentation_error"],
            "feature requests": counts["feature_request"],
            "not read": len(session.rejected),
            "other files passed over": counts["passed over"],
        },
    )


@app.command()
def train(
    target: Annotated[Path, typer.Argument(help="Folder of the new model, models/<name>.")],
    data: Annotated[Path, typer.Option(help="Root of the local copies of the public sets.")],
    corpus: Annotated[Path, typer.Option(help="The project's own corpus.")] = CORPUS,
    cache: Cache = CACHE,
) -> None:
    """Trains the heads on the frozen encoder. Takes some minutes on two cores."""
    from nlp.learn import train as training

    training.train(corpus, data, target, cache=cache.expanduser())
    Console(stderr=True).print(f"trained {target}; measure it with: conduit evaluate {target}")


@app.command()
def evaluate(
    model: Annotated[Path | None, typer.Argument(help="Model folder.")] = None,
    corpus: Annotated[Path, typer.Option(help="The project's own corpus.")] = CORPUS,
    cache: Cache = CACHE,
) -> None:
    """Measures a model on the test split; writes its metrics.json and card.md."""
    from nlp.encoder import OnnxEncoder
    from nlp.learn import card, registry
    from nlp.learn import evaluate as evaluation

    found = registry.open_folder(model)
    encoder = OnnxEncoder.load(ranges=found.ranges, cache=cache.expanduser())
    metrics = evaluation.evaluate(found, encoder, corpus)
    evaluation.write(found, metrics)
    print(card.write(found, metrics))
