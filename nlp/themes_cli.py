"""`conduit themes`: what calls and mails report, gathered into themes, without any service."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer
from rich.console import Console

from nlp.errors import OptionError
from nlp.types import CATEGORIES, CHANNELS
from nlp.weights import CACHE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.pipeline import Miner
    from nlp.session import Session
    from nlp.themes.gathered import Gathered
    from nlp.themes.kept import Kept
    from nlp.themes.material import Material

# What `nlp.themes.material` has, which imports NumPy; a test holds them together.
SCOPES = (*CATEGORIES, "all")

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, folders, archives.")]
Category = Annotated[
    list[str] | None,
    typer.Option(
        help=f"One of {', '.join(SCOPES)}; may be repeated. `all` gathers across the categories."
        "  [default: each category]"
    ),
]
Report = Annotated[Path | None, typer.Option(help="Write a page with plots here, FILE.html.")]
Format: TypeAlias = Annotated[Literal["table", "jsonl"], typer.Option(help="What to print.")]
MinConfidence = Annotated[float, typer.Option(min=0, max=1, help="Leave less sure findings out.")]
SureOnly = Annotated[
    bool,
    typer.Option(
        "--sure-only/--include-unsure",
        help="Leave out what the model would leave to a person. It is included by default: a theme "
        "needs three interactions, so that a wrong finding seldom makes one, while a good part of "
        "what customers say would be missing from the counts.",
    ),
]
Top = Annotated[
    int | None, typer.Option(min=1, help="Themes of each category.  [default: 10 in a table]")
]
Known = Annotated[
    Path | None, typer.Option(help="Continue the themes of an earlier run, from its --save.")
]
Save = Annotated[
    Path | None, typer.Option(help="Save the themes here, FILE.json, for a later --known.")
]
OneChannel = Annotated[str | None, typer.Option(help=f"One of {', '.join(CHANNELS)}.")]
Agent = Annotated[list[str] | None, typer.Option(help="A speaker who is the agent.")]
Customer = Annotated[list[str] | None, typer.Option(help="One who is the customer.")]
Column = Annotated[list[str] | None, typer.Option(help="Of a table: FIELD=NAME, e.g. text=Body.")]
Encoding = Annotated[str | None, typer.Option(help="Of the files, if it is known.")]
Names: TypeAlias = Annotated[
    Literal["model", "rules"] | None,
    typer.Option(help="Who finds names and addresses.  [default: the model if it is there]"),
]
Model = Annotated[Path | None, typer.Option(help="Model folder.  [default: the project's own]")]
Cache = Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Of the encoder.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Files that a run reads and writes beside what it mines; each may be left out.

    Attributes:
        known: themes of an earlier run.
        save: where this run's are saved.
        report: where the page is written.
    """

    known: Path | None
    save: Path | None
    report: Path | None

    def check(self) -> None:
        """Whether files can be written there: after minutes of mining is too late to hear of it.

        Raises:
            OptionError: a folder does not exist, or there is a folder in the file's place.
        """
        for place in (self.save, self.report):
            if place is None:
                continue
            if place.is_dir():
                raise OptionError(f"{place} is a folder; name a file in it")
            if not place.parent.is_dir():
                raise OptionError(f"{place} cannot be written: there is no folder {place.parent}")

    def earlier(self) -> "Kept":
        """The themes to continue; the first run of a series has none yet.

        Raises:
            OptionError: there are none in the file.
        """
        from nlp.themes.kept import Kept, read

        if self.known is None or (self.known == self.save and not self.known.exists()):
            return Kept(model="", digest="", scopes={})
        return read(self.known)


def themes(  # noqa: PLR0913 - each option is a parameter
    paths: Paths,
    *,
    category: Category = None,
    report: Report = None,
    format: Format = "table",
    min_confidence: MinConfidence = 0.0,
    sure_only: SureOnly = False,
    top: Top = None,
    known: Known = None,
    save: Save = None,
    channel: OneChannel = None,
    agent: Agent = None,
    customer: Customer = None,
    column: Column = None,
    encoding: Encoding = None,
    names: Names = None,
    model: Model = None,
    cache: Cache = CACHE,
    threads: Threads = None,
) -> None:
    """Gathers what calls and mails report into themes, and says what moves. Needs no database.

    Personal data is taken out of everything that is printed or written.
    """
    from nlp.cli import keep_pytorch_out, read_options

    keep_pytorch_out()
    from nlp import intake, session
    from nlp.pipeline import Miner
    from nlp.redact.build import build

    scopes = _scopes(category)
    options = read_options(channel, agent, customer, column, encoding)
    files = intake.files(paths)
    places = Places(known=known, save=save, report=report)
    places.check()
    earlier = places.earlier()
    miner = Miner.load(model, cache=cache, threads=threads)
    redactor = build(names, cache=cache, threads=threads)
    run = session.Session(miner, options, redactor, min_confidence)
    found = _mined(run, files, sure_only=sure_only)
    gathered = _gathered(found, scopes, earlier, miner)
    _print(gathered, format, top)
    _write(places, gathered, earlier, miner, paths)
    if run.rejected:
        raise typer.Exit(1)


def _scopes(given: list[str] | None) -> tuple[str, ...]:
    """Those that were asked for, each once; each category if none."""
    for scope in given or ():
        if scope not in SCOPES:
            raise OptionError(f"no category {scope!r}; there are {', '.join(SCOPES)}")
    return tuple(dict.fromkeys(given)) if given else CATEGORIES


def _mined(run: "Session", files: list[tuple[Path, bool]], *, sure_only: bool) -> "Material":
    from nlp import session
    from nlp.themes.material import Collector

    collector = Collector(sure_only=sure_only)
    for interaction, mined in session.mined(run, files):
        collector.add(interaction, mined)
    found = collector.material()
    if found.repeated:
        typer.echo(f"{found.repeated:,} came twice and count once", err=True)
    return found


def _gathered(
    found: "Material", scopes: tuple[str, ...], earlier: "Kept", miner: "Miner"
) -> "tuple[Gathered, ...]":
    from nlp.themes.gather import gather

    same = earlier.digest == miner.digest
    if earlier.scopes and not same:
        typer.echo(
            f"the known themes are of the model {earlier.model}, and this is another: which is "
            "which is told by their findings alone",
            err=True,
        )
    return gather(found, scopes, earlier.scopes, same_vectors=same)


def _print(
    gathered: "Sequence[Gathered]", format: Literal["table", "jsonl"], top: int | None
) -> None:
    from nlp.themes import listing

    if format == "jsonl":
        for row in listing.as_lines(gathered, top=top):
            typer.echo(row)
    else:
        # Words from a file are printed as they are: no markup, no emoji codes.
        listing.show(Console(markup=False, emoji=False, highlight=False), gathered, top=top)


def _write(
    places: Places,
    gathered: "Sequence[Gathered]",
    earlier: "Kept",
    miner: "Miner",
    paths: "Sequence[Path]",
) -> None:
    from nlp.themes import kept, report

    if places.save is not None:
        # Themes of scopes that this run left out stay as they were.
        scopes = {**earlier.scopes, **{one.scope: one.kept for one in gathered}}
        value = kept.Kept(model=miner.model, digest=miner.digest, scopes=scopes)
        kept.write(places.save, value)
        typer.echo(f"wrote {places.save}", err=True)
    if places.report is not None:
        sources = [str(path) for path in paths]
        report.write(places.report, gathered, model=miner.model, sources=sources)
        typer.echo(f"wrote {places.report}", err=True)
