"""`conduit retrain`: the heads of a model, fitted again with what people corrected."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nlp.learn.retraining import SEED
from nlp.weights import CACHE

Target = Annotated[Path, typer.Argument(help="Folder of the new model, models/<name>.")]
Corrections = Annotated[
    Path | None, typer.Option(help="File of corrections, as the service exports them.")
]
Parent = Annotated[
    str | None, typer.Option(help="Model to start from.  [default: the project's own]")
]
Corpus = Annotated[Path, typer.Option(help="Labelled interactions.")]
Workspace = Annotated[
    Path | None,
    typer.Option(help="Folder for what is needed meanwhile.  [default: beside the target]"),
]
Evaluate = Annotated[bool, typer.Option(help="Measure it on the test split.")]
Seed = Annotated[int, typer.Option(help="Of whatever is drawn.")]
Cache = Annotated[Path, typer.Option(help="Folder for the encoder's graph.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Of the encoder.")]


def retrain(  # noqa: PLR0913 - each option is a parameter
    target: Target,
    *,
    corrections: Corrections = None,
    parent: Parent = None,
    corpus: Corpus = Path("corpora/contact_centre"),
    workspace: Workspace = None,
    evaluate: Evaluate = True,
    seed: Seed = SEED,
    cache: Cache = CACHE,
    threads: Threads = None,
) -> None:
    """Retrains a model's heads with people's corrections. Takes a minute or two; no PyTorch."""
    from nlp.cli import keep_pytorch_out, let_pytorch_in

    keep_pytorch_out()
    from nlp.learn import answers
    from nlp.learn import retrain as retraining

    let_pytorch_in()

    def told(progress: retraining.Progress) -> None:
        if progress.stage != "read" or progress.done in (0, progress.total):
            typer.echo(f"{progress.stage}: {progress.line}", err=True)

    now = datetime.now(UTC).isoformat(timespec="seconds")  # rule: environment, a command knows it
    work = workspace or target.with_name(f"{target.name}.work")
    request = retraining.Retraining(
        parent=answers.find_model(parent),
        target=target,
        corpus=corpus,
        corrections=corrections,
        workspace=work,
        cache=cache.expanduser(),
        threads=threads,
        seed=seed,
        evaluate=evaluate,
        command="conduit retrain",
        made_at=now,
    )
    written = retraining.retrain(request, told=told, stopped=lambda: False)
    if workspace is None:
        shutil.rmtree(work, ignore_errors=True)
    typer.echo(f"retrained {written}; its card: {written / 'card.md'}", err=True)
