"""The command line: `conduit serve`, `conduit worker`, `conduit doctor`, and those of `nlp`.

Each command imports what it needs when it runs, so that `conduit --help` answers at once and no
process holds what it does not use.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from api import backup_cli, receipt_cli
from api.key_cli import app as key_app
from api.models_cli import app as models_app
from api.settings import Settings
from nlp.errors import ConduitError

Command = Any
"""A command as typer builds it; the library does not export its type."""


class Commands(TyperGroup):
    """Ours, and beside them those of `nlp.cli`, which are loaded when somebody asks for them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names for the help page."""
        return list(dict.fromkeys([*super().list_commands(ctx), *_nlp_commands()]))

    def get_command(self, ctx: Any, cmd_name: str) -> Command | None:
        """Ours first: to run one of them, nothing else is imported."""
        return super().get_command(ctx, cmd_name) or _nlp_commands().get(cmd_name)


def _nlp_commands() -> dict[str, Command]:
    from nlp.cli import app as nlp_app

    built: Command = typer.main.get_command(nlp_app)
    commands: dict[str, Command] = getattr(built, "commands", None) or {built.name: built}
    return commands


app = typer.Typer(
    name="conduit",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Finds what customers say of your product in calls and mails.",
)

app.add_typer(key_app, name="key")
app.add_typer(models_app, name="models")

Home = Annotated[
    Path | None, typer.Option(help="Folder of the embedded database.  [default: .conduit]")
]
Lifeline = Annotated[int | None, typer.Option(hidden=True)]


backup_cli.add(app)
app.add_typer(receipt_cli.app, name="receipt")


def main() -> None:
    """Runs the command line."""
    try:
        app()
    except ConduitError as error:
        typer.echo(f"conduit: {error}", err=True)
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    seed: Annotated[
        Path | None, typer.Option(help="File or folder to read in if the store is empty.")
    ] = None,
    home: Home = None,
) -> None:
    """Starts the service: database, web process and workers, until Ctrl-C."""
    from api.supervisor import Supervisor, listen

    settings = _settings(host=host, port=port, workers=workers, home=home)
    _log_to_stderr(settings)
    listener = listen(settings.host, settings.port)
    with _store(settings) as (url, embedded):
        Supervisor(settings, url, embedded, listener, ready=_say_ready).run(
            seed=None if seed is None else str(seed)
        )


@app.command()
def worker(home: Home = None, lifeline: Lifeline = None) -> None:
    """Runs one more worker on the service's database."""
    settings = _settings(home=home)
    _log_to_stderr(settings)
    _follow(lifeline)
    os.nice(settings.worker_niceness)
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    from functools import partial

    from api import worker as process
    from api.steps.serving import Following, Where, load_folder
    from api.store.database import Database
    from nlp.learn.custom import Teacher

    with _store(settings) as (url, _):
        database = Database(url)
        load = partial(load_folder, settings)
        follows = Following(database, Where.of(settings), load, teach=Teacher)
        follows.refits = True
        process.run(settings, database, follows.now(), refit=follows.refit, now=follows.now)
        database.close()


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    home: Home = None,
) -> None:
    """Says what is installed and what is missing; exit code 1 when something needed is."""
    from api import doctor as examination

    missing = False
    for check in examination.examine(_settings(home=home)):
        missing |= check.state == "missing"
        if as_json:
            found = {"name": check.name, "state": check.state, "detail": check.detail}
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            colour = {"ok": "green", "note": "yellow", "missing": "red"}[check.state]
            state = typer.style(f"{check.state:<8}", fg=colour)
            typer.echo(f"{state}{check.name:<22}{check.detail}")
    raise typer.Exit(1 if missing else 0)


@app.command()
def recount(home: Home = None) -> None:
    """Counts findings by theme, day and feeling anew; who writes waits meanwhile."""
    from api.store import counters

    with open_database(home) as database, database.session() as session:
        counters.recount(session)
    typer.echo("counted anew")


@app.command(hidden=True)
def web(socket_number: Annotated[int, typer.Option("--socket")], lifeline: Lifeline = None) -> None:
    """The web process; `serve` starts it."""
    settings = _settings()
    _log_to_stderr(settings)
    _follow(lifeline)
    from api import web as process
    from api.store.database import Database

    with _store(settings) as (url, _):
        database = Database(url)
        process.run(settings, database, socket.socket(fileno=socket_number))
        database.close()


@app.command(hidden=True)
def seed(path: Path, lifeline: Lifeline = None) -> None:
    """Reads files into an empty store; `serve --seed` starts it."""
    settings = _settings()
    _log_to_stderr(settings)
    _follow(lifeline)
    from api.steps.seed import seed as read_in
    from api.store.database import Database
    from nlp.redact.build import build

    redactor = build(
        settings.redact_names,
        weights=settings.weights,
        cache=settings.cache,
        threads=settings.threads,
    )
    with _store(settings) as (url, _):
        database = Database(url)
        read_in(database, path, redactor=redactor)
        database.close()


def _settings(**overrides: Any) -> Settings:
    """The settings of the environment, and over them what the command line says."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors():
            place = ".".join(map(str, fault["loc"]))
            message = fault["msg"].removeprefix("Value error, ")
            typer.echo(f"conduit: {f'{place}: ' if place else ''}{message}", err=True)
        raise typer.Exit(2) from None


read_settings = _settings
"""For commands that stand in files of their own."""


@contextmanager
def opened(settings: Settings, *, upgraded: bool = True) -> Iterator[Any]:
    """The database, for a command; `upgraded` brings its schema to this version first."""
    from api.store.database import Database
    from api.store.embedded import Embedded

    if upgraded or settings.database_url is not None:
        with (
            _store(settings) if upgraded else nullcontext((settings.database_url or "", None)) as (
                url,
                _,
            )
        ):
            database = Database(url)
            yield database
            database.close()
        return
    with Embedded(settings.home) as embedded:
        database = Database(embedded.url)
        yield database
        database.close()


@contextmanager
def _store(settings: Settings) -> Iterator[tuple[str, Any]]:
    """The database, upgraded: the one that is named, or the embedded one, started."""
    from api.store.database import Database
    from api.store.embedded import Embedded

    embedded = None if settings.database_url is not None else Embedded(settings.home)
    url = settings.database_url or ""
    if embedded is not None:
        url = embedded.start()
    try:
        database = Database(url)
        database.upgrade()
        database.close()
        yield url, embedded
    finally:
        if embedded is not None:
            embedded.release()


@contextmanager
def open_database(home: Path | None) -> Iterator[Any]:
    """The service's database, for a command that works on it and ends."""
    from api.store.database import Database

    with _store(_settings(home=home)) as (url, _):
        database = Database(url)
        try:
            yield database
        finally:
            database.close()


def _follow(lifeline: int | None) -> None:
    if lifeline is not None:
        from api.lifeline import follow

        follow(lifeline)


def _say_ready(address: str) -> None:
    typer.echo(f"Conduit is ready: {address}  (API: {address}/docs; Ctrl-C stops it)")


def _log_to_stderr(settings: Settings) -> None:
    from api import logs

    logs.to_stderr(settings.log_format)
