"""`conduit models promote`, `rollback` and `history`: what serves, on the service's database."""

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer

from nlp.models_cli import AsJson, Name, app, print_verdict

__all__ = ["app"]

Home = Annotated[
    Path | None, typer.Option(help="Folder of the embedded database.  [default: .conduit]")
]
Reason = Annotated[str, typer.Option(help="Why, for whoever looks at the history.")]


@app.command()
def promote(
    name: Name,
    *,
    reason: Reason,
    force: Annotated[
        bool, typer.Option("--force", help="Past a gate that refuses; say in --reason why.")
    ] = False,
    home: Home = None,
) -> None:
    """Lets a model serve where the gate lets it; workers change to it before their next batch."""
    from api.cli import open_database, read_settings
    from api.steps import promote as step
    from api.steps.serving import Where, stands
    from api.store import keys, models

    settings = read_settings(home=home)
    where = Where.of(settings)
    entry = where.shelf.describe(name)
    text = _redacted(settings, reason)
    with open_database(home) as database:
        with database.session() as session:
            serves = stands(session, where)
            known = models.measured(session, entry.digest, serves.digest) is not None
        if serves.digest == entry.digest:
            _fail(f"{serves.name} serves already")
        if not known and not entry.problem:
            _measure(settings, database, name)
        with database.session() as session:
            models.claim(session)
            weighed = step.weigh(session, where, entry)
            row = step.promote(session, weighed, who=keys.COMMAND_LINE, reason=text, force=force)
        print_verdict(weighed.verdict)
        if row is None:
            raise typer.Exit(1)
        typer.echo(f"{name} serves now; {weighed.serves.name} did before")


@app.command()
def rollback(*, reason: Reason, home: Home = None) -> None:
    """Lets what served before the last promotion serve again; again, one further back."""
    from api.cli import open_database, read_settings
    from api.steps import promote as step
    from api.store import keys

    text = _redacted(read_settings(home=home), reason)
    with open_database(home) as database, database.session() as session:
        row = step.rollback(session, who=keys.COMMAND_LINE, reason=text)
        if row is None:
            _fail("no promotion is left to take back: the first model serves")
        typer.echo(f"{row.model} serves now; {row.from_model} did before")


@app.command()
def history(*, as_json: AsJson = False, home: Home = None) -> None:
    """Lists promotions, the newest first."""
    from api.cli import open_database
    from api.store import models

    with open_database(home) as database, database.session() as session:
        rows = models.list_page(session, limit=10_000)
    for row in rows:
        if as_json:
            kept = "id kind model digest from_model reason forced by_name at verdict"
            values: dict[str, Any] = {name: getattr(row, name) for name in kept.split()}
            typer.echo(json.dumps(values, ensure_ascii=False, default=str))
        else:
            how = f"{row.kind}, forced" if row.forced else row.kind
            typer.echo(
                f"{row.at:%Y-%m-%d %H:%M}  {row.from_model} → {row.model}  ({how})  {row.by_name}"
                f"  {row.reason}"
            )


def _measure(settings: Any, database: Any, name: str) -> None:
    """Measures a candidate here, as a worker would."""
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    from api import worker
    from api.steps import measure
    from api.steps.serving import Where, load_folder, stands

    typer.echo(f"measuring {name}; this takes a while", err=True)
    where = Where.of(settings)
    with database.session() as session:
        serves = stands(session, where)
        job: UUID = measure.ask(session, where, where.shelf.describe(name)).id
    bench = measure.Bench(
        serving=load_folder(settings, where.folder(serves)),
        load=lambda one: worker.load_named(settings, one),
    )
    measure.measure(database, job, bench)


def _redacted(settings: Any, reason: str) -> str:
    from api.store.model_tables import LONGEST_REASON
    from nlp.redact.build import build

    said = reason.strip()
    if not 1 <= len(said) <= LONGEST_REASON:
        _fail(f"the reason has {len(said)} characters, and 1 to {LONGEST_REASON} are taken")
    redactor = build(
        settings.redact_names,
        weights=settings.weights,
        cache=settings.cache,
        threads=settings.threads,
    )
    return redactor.redact_text(said)


def _fail(message: str) -> NoReturn:
    typer.echo(f"conduit: {message}", err=True)
    raise typer.Exit(2)
