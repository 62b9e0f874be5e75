"""`conduit themes`: what calls and mails report, gathered into themes, without any service."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from nlp.errors import OptionError
from nlp.types import CATEGORIES, CHANNELS
from nlp.weights import CACHE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.pipeline import Miner
    from nlp.themes.gathered import Gathered
    from nlp.themes.kept import Kept

# What `nlp.themes.material` has, which imports NumPy; a test holds them together.
SCOPES = (*CATEGORIES, "all")


def themes(  # noqa: PLR0913 - each option is a parameter
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, folders, archives.")],
    *,
    category: Annotated[
        list[str] | None,
        typer.Option(
            help=f"One of {', '.join(SCOPES)}; may be repeated. `all` gathers over the categories."
            "  [default: each category]"
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page with plots here, FILE.html.")
    ] = None,
    format: Annotated[Literal["table", "jsonl"], typer.Option(help="What to print.")] = "table",
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave less sure findings out.")
    ] = 0.0,
    sure_only: Annotated[
        bool,
        typer.Option(
            "--sure-only/--include-unsure",
            help="Leave out what the model would leave to a person. Included by default: a theme "
            "needs three interactions, so that a wrong finding seldom makes one, while a third of "
            "what customers say would be missing from the counts.",
        ),
    ] = False,
    top: Annotated[
        int | None,
        typer.Option(min=1, help="Themes of each category.  [default: 10 in a table]"),
    ] = None,
    known: Annotated[
        Path | None, typer.Option(help="Continue the themes of an earlier run, from its --save.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the themes here, FILE.json, for a later --known.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help=f"One of {', '.join(CHANNELS)}.")] = None,
    agent: Annotated[list[str] | None, typer.Option(help="A speaker who is the agent.")] = None,
    customer: Annotated[list[str] | None, typer.Option(help="One who is the customer.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Of a table: FIELD=NAME, e.g. text=Body.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the files, if it is known.")] = None,
    names: Annotated[
        Literal["model", "rules"] | None,
        typer.Option(help="Who finds names and addresses.  [default: the model if it is there]"),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Model folder.  [default: the project's own]")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")] = CACHE,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the encoder.")] = None,
) -> None:
    """Gathers what calls and mails report into themes, and says what moves. Needs no database.

    Personal data is taken out of everything that is printed or written.
    """
    from nlp.cli import keep_pytorch_out, read_options

    keep_pytorch_out()
    from nlp import intake, session
    from nlp.pipeline import Miner
    from nlp.redact.build import build
    from nlp.themes import listing
    from nlp.themes.gather import gather
    from nlp.themes.material import Collector

    scopes = _scopes(category)
    options = read_options(channel, agent, customer, column, encoding)
    files = intake.files(paths)
    _check_places(report, save)
    earlier = _earlier(known, save)
    miner = Miner.load(model, cache=cache, threads=threads)
    redactor = build(names, cache=cache, threads=threads)
    run = session.Session(miner, options, redactor, min_confidence)
    collector = Collector(minimum=min_confidence, sure_only=sure_only)
    for interaction, mined in session.mined(run, files):
        collector.add(interaction, mined)
    found = collector.material()
    if found.repeated:
        typer.echo(f"{found.repeated:,} came twice and count once", err=True)
    same = earlier.digest == miner.digest
    if earlier.scopes and not same:
        line = f"{known} is of the model {earlier.model}: themes are told by their findings alone"
        typer.echo(line, err=True)
    gathered = gather(found, scopes, earlier.scopes, same_vectors=same)
    if format == "jsonl":
        for row in listing.as_lines(gathered, top=top):
            typer.echo(row)
    else:
        # Words from a file are printed as they are: no markup, no emoji codes.
        listing.show(Console(markup=False, emoji=False, highlight=False), gathered, top=top)
    if save is not None:
        _save(save, gathered, earlier, miner)
    if report is not None:
        _report(report, gathered, miner, paths)
    if run.rejected:
        raise typer.Exit(1)


def _scopes(given: list[str] | None) -> tuple[str, ...]:
    """Those that were asked for, each once; each category if none."""
    for scope in given or ():
        if scope not in SCOPES:
            raise OptionError(f"no category {scope!r}; there are {', '.join(SCOPES)}")
    return tuple(dict.fromkeys(given)) if given else CATEGORIES


def _check_places(*places: Path | None) -> None:
    """Whether files can be written there: minutes of mining later is too late to hear of it."""
    for place in places:
        if place is None:
            continue
        if place.is_dir():
            raise OptionError(f"{place} is a folder; name a file in it, such as {place / 'themes'}")
        if not place.parent.is_dir():
            raise OptionError(f"{place} cannot be written: there is no folder {place.parent}")


def _earlier(known: Path | None, save: Path | None) -> "Kept":
    """The themes to continue; the first run of a series has none yet."""
    from nlp.themes.kept import Kept, read

    if known is None or (known == save and not known.exists()):
        return Kept(model="", digest="", scopes={})
    return read(known)


def _save(path: Path, gathered: "Sequence[Gathered]", earlier: "Kept", miner: "Miner") -> None:
    """Saves themes; those of scopes that this run left out stay as they were."""
    from nlp.themes.kept import Kept, write

    scopes = {**earlier.scopes, **{one.scope: one.kept for one in gathered}}
    write(path, Kept(model=miner.model, digest=miner.digest, scopes=scopes))
    typer.echo(f"wrote {path}", err=True)


def _report(
    path: Path, gathered: "Sequence[Gathered]", miner: "Miner", paths: "Sequence[Path]"
) -> None:
    from nlp.themes import report

    report.write(path, gathered, model=miner.model, sources=[str(one) for one in paths])
    typer.echo(f"wrote {path}", err=True)
