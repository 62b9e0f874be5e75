"""`conduit backup` and `conduit restore`."""

from pathlib import Path
from typing import Annotated

import typer


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup.")],
    home: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
) -> None:
    """Writes a backup of the database; the service may go on meanwhile."""
    from api import backup as work
    from api.cli import opened, read_settings

    with opened(read_settings(home=home)) as database:
        found = work.backup(database, file)
    typer.echo(f"{file}: schema {found.revision}, {sum(found.rows.values()):,} rows")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    erased: Annotated[
        Path | None,
        typer.Option(help="What was erased since, from `conduit receipt export`."),
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
) -> None:
    """Restores a backup into an empty database, and erases again what was erased since."""
    from api import backup as work
    from api.cli import opened, read_settings
    from api.store import dumps

    with opened(read_settings(home=home), upgraded=False) as database:
        found = work.restore(database, file)
        typer.echo(f"restored: schema {found.revision}, {sum(found.rows.values()):,} rows")
        if erased is None:
            typer.echo(
                "What was erased since is back: erase it again with --erased FILE.", err=True
            )
        else:
            with erased.open(encoding="utf-8") as lines:
                number = dumps.erase_again(database, lines)
            typer.echo(f"erased again: {number:,} interactions")


def add(app: typer.Typer) -> None:
    """Puts both beside the other commands."""
    app.command()(backup)
    app.command()(restore)
