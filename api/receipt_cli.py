"""`conduit receipt`: check a receipt of erasure, and write down what was erased."""

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Receipts of erasure.")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt, as /v1/erasures/{id} answers it.")],
    key: Annotated[
        str | None, typer.Option(help="The public key, in base64, as you keep it.")
    ] = None,
    previous: Annotated[Path | None, typer.Option(help="The receipt before.")] = None,
) -> None:
    """Checks a receipt's signature, without the service; exit code 1 where something is wrong."""
    from api.receipts import Signed, faults

    document = _document(file)
    public = document["public_key"]
    signed = Signed(
        digest=bytes.fromhex(document["sha256"]),
        signature=base64.b64decode(document["signature"]),
        public_key=base64.b64decode(public),
    )
    found = faults(document["receipt"], signed)
    if key is not None and key != public:
        found.append("it was signed with another key than the one that you name")
    if previous is not None and document["receipt"]["previous"] != _document(previous)["sha256"]:
        found.append("the receipt before it is another one")
    for fault in found:
        typer.echo(f"{file}: {fault}", err=True)
    if found:
        raise typer.Exit(1)
    receipt = document["receipt"]
    typer.echo(
        f"{file}: valid; receipt {receipt['sequence']}, {receipt['ids']['count']:,} interactions "
        f"erased, {receipt['held']:,} held, {receipt['finished_at']}"
    )
    if key is None:
        typer.echo("The key came with the receipt: name yours with --key.", err=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    home: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
) -> None:
    """Writes down every receipt and erased id, for `conduit restore --erased`."""
    from api.cli import opened, read_settings
    from api.store import dumps

    with opened(read_settings(home=home)) as database, file.open("w", encoding="utf-8") as stream:
        for line in dumps.tombstones(database):
            stream.write(line + "\n")


def _document(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        # The whole answer of the service will do, too.
        if "signature" not in found:
            found = found["receipt"]
        if not {"receipt", "sha256", "signature", "public_key"} <= set(found):
            raise KeyError("receipt")
    except (OSError, ValueError, KeyError, TypeError) as error:
        typer.echo(f"{file} is no receipt ({type(error).__name__})", err=True)
        sys.exit(2)
    return found
