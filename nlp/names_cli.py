"""`conduit train-names`: the model that finds names and addresses beside the rules."""

from pathlib import Path
from typing import Annotated

import typer

from nlp.weights import CACHE


def train_names(
    target: Annotated[Path, typer.Argument(help="Folder of the new model, models/<name>.")],
    data: Annotated[Path, typer.Option(help="Root of the local copies of the public sets.")],
    corpus: Annotated[Path, typer.Option(help="The project's own corpus.")] = Path(
        "corpora/contact_centre"
    ),
    cache: Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")] = CACHE,
    ranges: Annotated[
        Path | None,
        typer.Option(help="Ranges of the frozen encoder from an earlier model; else measured."),
    ] = None,
) -> None:
    """Trains the names model on the frozen encoder. Takes some minutes on two cores."""
    from nlp.learn import names

    def say(line: str) -> None:
        typer.echo(line, err=True)

    names.train(data, corpus, target, cache=cache.expanduser(), ranges=ranges, say=say)
    say(f"trained {target}; measure it with: python -m benchmarks.names")
