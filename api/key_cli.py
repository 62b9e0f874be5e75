"""`conduit key`: make, list and revoke keys on the machine; the first admin's key is made here."""

from pathlib import Path
from typing import Annotated, NoReturn, get_args

import typer

from api.auth import Scope

app = typer.Typer(no_args_is_help=True, help="Makes, lists and revokes keys of the service.")

Home = Annotated[
    Path | None, typer.Option(help="Folder of the embedded database.  [default: .conduit]")
]
_ALL = ",".join(get_args(Scope))


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scopes: Annotated[str, typer.Option(help=f"Of {_ALL}, with commas between them.")] = _ALL,
    department: Annotated[
        str | None, typer.Option(help="Name of the one whose findings it may see; all if unset.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="After which it ends.")] = None,
    home: Home = None,
) -> None:
    """Makes a key and prints it, this once."""
    from datetime import UTC, datetime, timedelta

    from api.cli import open_database
    from api.store import audit, keys
    from api.store.key_tables import LONGEST_NAME

    wanted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    unknown = sorted(wanted - set(get_args(Scope)))
    if unknown or not wanted:
        _fail(f"no scope is called {', '.join(unknown) or repr(scopes)}; there are {_ALL}")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        _fail(f"the name has {len(name.strip())} characters, and 1 to {LONGEST_NAME} are taken")
    with open_database(home) as database, database.session() as session:
        of = None
        if department is not None:
            of = keys.department_named(session, department)
            if of is None:
                _fail(f"no department is called {department!r}: GET /v1/departments lists them")
        expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
        row, whole = keys.create(
            session,
            keys.NewKey(name=name.strip(), scopes=wanted, department=of, expires=expires),
        )
        audit.note(session, keys.COMMAND_LINE, "key.created", ids=[row.id])
    typer.echo(whole)
    typer.echo("Keep it: nobody can read it again.", err=True)


@app.command(name="list")
def list_keys(home: Home = None) -> None:
    """Lists keys without their secrets, the newest first."""
    from api.cli import open_database
    from api.store import keys

    with open_database(home) as database, database.session() as session:
        rows = keys.list_page(session, limit=10_000)
    for row in rows:
        state = "revoked" if row.revoked_at is not None else "active"
        used = "never used" if row.last_used_at is None else f"used {row.last_used_at:%Y-%m-%d}"
        ends = "" if row.expires_at is None else f"  ends {row.expires_at:%Y-%m-%d}"
        typer.echo(f"{row.prefix}  {state:<8}{','.join(row.scopes):<26}{used}{ends}  {row.name}")


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="Of the key, as `conduit key list` has it.")],
    home: Home = None,
) -> None:
    """Takes a key away for good; the service knows within seconds."""
    from api.cli import open_database
    from api.store import audit, keys

    with open_database(home) as database, database.session() as session:
        row = keys.by_prefix(session, prefix)
        if row is None:
            _fail(f"no key has the prefix {prefix!r}: conduit key list shows them")
        keys.revoke(session, row)
        audit.note(session, keys.COMMAND_LINE, "key.revoked", ids=[row.id])
    typer.echo(f"{prefix} is revoked")


def _fail(message: str) -> NoReturn:
    typer.echo(f"conduit: {message}", err=True)
    raise typer.Exit(2)
