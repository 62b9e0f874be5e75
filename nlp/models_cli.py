"""`conduit models`: what is on the shelf, where it comes from, and which of two is better."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.weights import CACHE

if TYPE_CHECKING:
    from rich.tree import Tree

    from nlp.learn.shelf import Entry, Shelf
    from nlp.learn.verdict import Verdict

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Models: listed, compared, published, promoted and taken back.",
)

On = Annotated[
    str | None,
    typer.Option(
        "--shelf",
        envvar="CONDUIT_MODELS",
        help="A folder, or a URL such as s3://bucket/models.  [default: the project's models/]",
    ),
]
Name = Annotated[str, typer.Argument(help="Of a model on the shelf.")]
Cache = Annotated[Path, typer.Option(help="Folder for what is fetched and built.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]

WIDTH = 150  # columns where the output is no terminal


@app.command(name="list")
def list_models(*, shelf: On = None, as_json: AsJson = False) -> None:
    """Lists models with their key figures on the frozen test."""
    from rich.table import Table

    entries = _open(shelf).entries()
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(plain(entry), ensure_ascii=False))
        return
    table = Table()
    for name in ("model", "digest", "from", "made"):
        table.add_column(name)
    for name in ("macro F1", "sentiment", "kept answers"):
        table.add_column(name, justify="right")
    for entry in entries:
        figures = entry.figures
        table.add_row(
            entry.name,
            entry.digest[:12] or entry.problem,
            entry.parent or "–",
            str(entry.lineage.get("made_at") or "–")[:10],
            _number(None if figures is None else figures.macro_f1),
            _number(None if figures is None else figures.sentiment),
            "yes" if entry.answered else "no",
        )
    _console().print(table)


@app.command()
def show(name: Name, *, shelf: On = None, as_json: AsJson = False) -> None:
    """Shows one model: files, lineage, key figures and its card."""
    from rich.markdown import Markdown

    place = _open(shelf)
    chain = place.lineage(name)
    if as_json:
        steps = [plain(one) for one in chain]
        typer.echo(json.dumps({**steps[0], "chain": steps}, ensure_ascii=False))
        return
    console = _console()
    console.print(f"{name}  {chain[0].digest}")
    for file, size in sorted(chain[0].files.items()):
        console.print(f"  {size:>12,}  {file}")
    console.print("from " + _chain(chain))
    console.print(Markdown(place.card(name) or "It has no card: conduit evaluate makes one."))


@app.command()
def compare(
    candidate: Name,
    serving: Annotated[str, typer.Argument(help="The one that it would take over from.")],
    *,
    speed: Annotated[
        bool, typer.Option(help="Measure how fast both read: some ten seconds.")
    ] = False,
    shelf: On = None,
    as_json: AsJson = False,
) -> None:
    """Says what the gate says of two models; exit code 1 where it refuses the first."""
    from nlp.learn import promotion

    place, cache = _open(shelf), CACHE.expanduser()
    folders = [place.fetch(name, cache=cache) for name in (candidate, serving)]
    timed = None
    if speed:
        from time import perf_counter

        from nlp.pipeline import Miner

        miners = [Miner.load(folder, cache=cache) for folder in folders]
        timed = promotion.speed(miners[0], miners[1], clock=perf_counter)
    verdict = promotion.verdict(folders[0], folders[1], speed=timed)
    if as_json:
        typer.echo(json.dumps(verdict.as_json(), ensure_ascii=False))
    else:
        print_verdict(verdict)
    raise typer.Exit(0 if verdict.passed else 1)


@app.command()
def lineage(
    name: Annotated[str | None, typer.Argument(help="Of one; all as a tree if left out.")] = None,
    *,
    shelf: On = None,
    as_json: AsJson = False,
) -> None:
    """Shows which model was trained from which."""
    from rich.tree import Tree

    from nlp.learn.shelf import children

    place = _open(shelf)
    if name is not None:
        chain = place.lineage(name)
        said = json.dumps([plain(one) for one in chain]) if as_json else _chain(chain)
        typer.echo(said)
        return
    entries = place.entries()
    if as_json:
        pairs = [{"name": one.name, "parent": one.parent} for one in entries]
        typer.echo(json.dumps(pairs))
        return
    tree = Tree(place.place)
    _grow(tree, children(entries), None)
    _console().print(tree)


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(help="Of a trained model.")], *, shelf: On = None
) -> None:
    """Puts a model on the shelf, for good: a name that is taken is refused."""
    entry = _open(shelf).publish(folder)
    typer.echo(f"{entry.name} is on the shelf (digest {entry.digest[:12]})")
    if not entry.answered:
        typer.echo(
            f"No answers are kept with it, so no gate can judge it: conduit evaluate {folder}, "
            "and publish it again.",
            err=True,
        )


@app.command()
def fetch(name: Name, *, shelf: On = None, cache: Cache = CACHE) -> None:
    """Fetches a model, checks every file that is served, and prints the folder."""
    typer.echo(str(_open(shelf).fetch(name, cache=cache.expanduser())))


@app.command(name="export-mlflow")
def export_mlflow(
    name: Name,
    *,
    tracking: Annotated[
        str, typer.Option(envvar="MLFLOW_TRACKING_URI", help="URI of the MLflow server.")
    ],
    experiment: Annotated[str, typer.Option(help="That the run belongs to.")] = "conduit",
    shelf: On = None,
    cache: Cache = CACHE,
) -> None:
    """Writes a model as a run of MLflow: lineage, figures, card. Needs the extra mlflow."""
    from nlp.learn.mlflow_export import export

    place = _open(shelf)
    folder = place.fetch(name, cache=cache.expanduser())
    run = export(place, name, folder=folder, tracking=tracking, experiment=experiment)
    typer.echo(f"{name} is run {run} of the experiment {experiment}")


def plain(entry: "Entry") -> dict[str, Any]:
    """An entry, ready for JSON."""
    from dataclasses import asdict

    return {**asdict(entry), "answered": entry.answered}


def print_verdict(verdict: "Verdict") -> None:
    """Prints every figure of a verdict, and its reasons."""
    from rich.table import Table

    console = _console()
    table = Table(title=f"{verdict.candidate} beside {verdict.serving}", title_justify="left")
    for name in ("figure", "measured on"):
        table.add_column(name)
    for name in (verdict.candidate, verdict.serving, "95 % of the difference", "cases"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for one in verdict.figures:
        digits = 6 if one.data == "speed" else 3
        spread = "–"
        if one.interval is not None:
            spread = f"{one.interval[0]:+.3f} to {one.interval[1]:+.3f}"
        table.add_row(
            one.name,
            one.data,
            _number(one.candidate, digits),
            _number(one.serving, digits),
            spread,
            str(one.cases),
            ("passes" if one.passed else "refused") + (f": {one.note}" if one.note else ""),
        )
    if verdict.figures:
        console.print(table)
    for reason in verdict.reasons:
        console.print(f"{reason.message}.")
    console.print("It may take over." if verdict.passed else "It is refused.")


def _open(place: str | None) -> "Shelf":
    from nlp.learn import registry
    from nlp.learn.shelf import Shelf

    return Shelf(place or registry.MODELS)


def _console() -> Any:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    if console.is_terminal:
        return console
    return Console(markup=False, emoji=False, highlight=False, width=WIDTH)


def _chain(chain: "Sequence[Entry]") -> str:
    return " ← ".join(one.name + (f" ({one.problem})" if one.problem else "") for one in chain)


def _grow(tree: "Tree", known: "Mapping[str | None, Sequence[Entry]]", parent: str | None) -> None:
    for one in known.get(parent, ()):
        _grow(tree.add(f"{one.name}  {one.digest[:12]}"), known, one.name)


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
