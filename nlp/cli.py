"""The commands that need no service: `conduit mine`, `themes`, `train`, `evaluate` and others.

Each imports what it needs when it runs, so that `conduit --help` answers at once.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from nlp.category_cli import app as category_app
from nlp.errors import OptionError
from nlp.models_cli import app as models_app
from nlp.names_cli import train_names
from nlp.retrain_cli import retrain
from nlp.themes_cli import themes
from nlp.types import CHANNELS, Channel
from nlp.weights import CACHE

if TYPE_CHECKING:
    from nlp.readers.base import ReadOptions

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(category_app, name="category")
app.add_typer(models_app, name="models")
app.command("train-names")(train_names)
app.command()(retrain)
app.command()(themes)

CORPUS = Path("corpora/contact_centre")

Model = Annotated[Path | None, typer.Option(help="Model folder.  [default: the project's own]")]
Cache = Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")]


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
    names: Annotated[
        Literal["model", "rules"] | None,
        typer.Option(help="Who finds names and addresses.  [default: the model if it is there]"),
    ] = None,
    model: Model = None,
    cache: Cache = CACHE,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the encoder.")] = None,
) -> None:
    """Finds defects, documentation errors and requests in calls and mails. Needs no database."""
    keep_pytorch_out()
    from nlp import intake, session
    from nlp.pipeline import Miner
    from nlp.redact.build import build

    options = read_options(channel, agent, customer, column, encoding)
    files = intake.files(paths)
    run = session.Session(
        Miner.load(model, cache=cache, threads=threads),
        options,
        build(names, cache=cache, threads=threads) if redact else None,
        min_confidence,
    )
    if output is None:
        session.mine(run, files, format, sys.stdout)
    else:
        with output.open("w", encoding="utf-8") as file:
            session.mine(run, files, format, file)
    if run.rejected:
        raise typer.Exit(1)


def read_options(
    channel: str | None,
    agent: list[str] | None,
    customer: list[str] | None,
    column: list[str] | None,
    encoding: str | None,
) -> "ReadOptions":
    """How files are read, as the options of a command say it.

    Raises:
        OptionError: there is no such channel, or a column is not FIELD=NAME.
    """
    from nlp.readers.base import ReadOptions

    return ReadOptions(
        channel=_channel(channel),
        agent=tuple(agent or ()),
        customer=tuple(customer or ()),
        columns=_columns(column or []),
        encoding=encoding,
    )


def keep_pytorch_out() -> None:
    """Lets every later import of PyTorch in this process fail.

    Under spaCy, thinc loads it wherever it is installed: two seconds and 200 MB that serving never
    uses. It does without when the import fails.
    """
    sys.modules.setdefault("torch", cast("ModuleType", None))


def let_pytorch_in() -> None:
    """Takes back `keep_pytorch_out`, once spaCy is loaded.

    SciPy, under the baseline of an evaluation, fails where the import of PyTorch is blocked.
    """
    if "torch" in sys.modules and sys.modules.get("torch") is None:
        del sys.modules["torch"]


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


@app.command()
def train(
    target: Annotated[Path, typer.Argument(help="Folder of the new model, models/<name>.")],
    *,
    data: Annotated[Path, typer.Option(help="Root of the local copies of the public sets.")],
    corpus: Annotated[Path, typer.Option(help="The project's own corpus.")] = CORPUS,
    device: Annotated[str, typer.Option(help="As PyTorch names it: cpu or cuda.")] = "cpu",
    twice: Annotated[
        bool | None,
        typer.Option(
            "--twice/--once",
            help="Read every window twice a step: surer, and takes twice as long. As a rule on a "
            "GPU alone.",
            show_default=False,
        ),
    ] = None,
    parent: Annotated[
        Path | None,
        typer.Option(help="A model's folder to learn on from, where the corpus has grown."),
    ] = None,
    bfloat16: Annotated[
        bool, typer.Option(help="Compute in bfloat16, on a processor that does so faster.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Of first values and epochs.")] = None,
    cache: Cache = CACHE,
) -> None:
    """Trains an adapter and the heads; needs the extra [train].

    Takes minutes on a GPU, and some two hours on a CPU that computes in bfloat16.
    """
    try:
        from nlp.learn import train as training
    except ImportError as error:
        raise OptionError(
            f"training needs {error.name}, which is not installed: pip install 'conduit-voc[train]'"
        ) from error

    def told(line: str) -> None:
        typer.echo(line, err=True)

    way = training.Way(device=device, twice=twice, parent=parent, bfloat16=bfloat16, seed=seed)
    training.train(corpus, data, target, cache=cache.expanduser(), way=way, told=told)
    typer.echo(f"trained {target}; measure it with: conduit evaluate {target}", err=True)


@app.command()
def evaluate(
    model: Annotated[
        str | None,
        typer.Argument(help="Folder or name under models/; the project's own if left out."),
    ] = None,
    corpus: Annotated[
        Path, typer.Argument(help="Folder or .jsonl file of labelled interactions.")
    ] = CORPUS,
    *,
    split: Annotated[
        Literal["train", "dev", "test", "all"] | None,
        typer.Option(
            help="What counts; if left out, test of the project's corpus and all of others."
        ),
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(help="Compare with this model too; may be repeated.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Folder for a page with curves and the worst errors. It repeats the corpus's "
            "words, personal data among them; nothing else that is printed or written does."
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            help="Keep metrics.json and card.md with the model; done only for the project's "
            "whole test split."
        ),
    ] = True,
    cache: Cache = CACHE,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the encoder.")] = None,
) -> None:
    """Measures a model, as it is served, on labelled interactions; compares it with others."""
    keep_pytorch_out()
    from nlp.learn import measuring

    let_pytorch_in()
    found = measuring.run(
        [model, *(against or ())], corpus, split, cache=cache.expanduser(), threads=threads
    )
    measuring.show(found)
    written = measuring.keep(found) if record and found.record else []
    written += measuring.report(found, report) if report else []
    for path in written:
        typer.echo(f"wrote {path}", err=True)
