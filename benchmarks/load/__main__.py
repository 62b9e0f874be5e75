"""`python -m benchmarks.load generate` and `python -m benchmarks.load run`."""

from pathlib import Path
from typing import Annotated

import typer

HOME = Path("~/.cache/conduit/load").expanduser()

app = typer.Typer(help=__doc__, add_completion=False)
Home = Annotated[Path, typer.Option(help="Folder of the embedded database.")]

Only = Annotated[list[str] | None, typer.Option(help="Loads that are measured; all if none.")]


@app.command()
def generate(home: Home = HOME, interactions: int = 100_000) -> None:
    """Fills a store, once."""
    from benchmarks.load.generate import generate as make

    make(home, interactions=interactions)


@app.command()
def run(home: Home = HOME, seconds: int = 20, only: Only = None) -> None:
    """Starts the service over that store and measures what it bears."""
    from benchmarks.load.run import run as measure

    measure(home, seconds=seconds, only=only or ())


if __name__ == "__main__":
    app()
