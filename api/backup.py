"""Backup and restore: PostgreSQL's own dump, with a manifest of what has to be in it.

Dump and counts are of one snapshot, whatever is mined meanwhile. What was erased since a backup was
made is in the backup: a restore that is given the newer tombstones erases it again.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.store import dumps
from api.store.database import Database
from api.store.errors import EmbeddedFailed
from api.store.programs import programs
from nlp.errors import ConduitError

_MANIFEST = "manifest.json"
_DUMP = "database.dump"
_CHUNK = 1024 * 1024
FORM = 1
"""Of the backup's file."""


class BackupError(ConduitError):
    """A backup cannot be made, or is not what its manifest says."""

    code = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Attributes:
        revision: of the schema.
        rows: by table.
        sha256: of the dump, in hex.
    """

    revision: str
    rows: Mapping[str, int]
    sha256: str


def backup(database: Database, file: Path) -> Manifest:
    """Writes a backup; the file is there whole, or not at all, and for its owner alone.

    Raises:
        BackupError: pg_dump failed.
    """
    with tempfile.TemporaryDirectory(dir=file.resolve().parent, prefix=".backup-") as folder:
        dump, draft = Path(folder, _DUMP), Path(folder, "backup.tar")
        with dumps.snapshot(database) as taken:
            _run(
                "pg_dump",
                *("--format=custom", "--no-owner", "--no-privileges", "--no-comments"),
                *(f"--snapshot={taken.name}", f"--file={dump}"),
                database=database,
            )
        found = Manifest(revision=taken.revision, rows=taken.rows, sha256=_digest(dump))
        said = {"form": FORM, "revision": found.revision, "rows": dict(found.rows)}
        written = json.dumps({**said, "sha256": found.sha256}, indent=1).encode()
        with tarfile.open(draft, "w") as tar:
            entry = tarfile.TarInfo(_MANIFEST)
            entry.size = len(written)
            tar.addfile(entry, io.BytesIO(written))
            tar.add(dump, _DUMP)
        draft.chmod(0o600)
        draft.replace(file)
    return found


def restore(database: Database, file: Path) -> Manifest:
    """Restores a backup into an empty database, and makes sure that all of it is there.

    Raises:
        BackupError: the database is not empty, or the file is not a whole backup.
    """
    if not dumps.is_empty(database):
        raise BackupError(
            f"{database.address} is not empty: name a new database with DATABASE_URL, or another "
            "--home"
        )
    with tempfile.TemporaryDirectory(prefix="conduit-restore-") as folder:
        found, dump = _unpack(file, Path(folder))
        _run(
            "pg_restore",
            *("--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"),
            *("--single-transaction", f"--dbname={_conninfo(database)}", str(dump)),
            database=None,
            password=database.url.password,
        )
    with dumps.snapshot(database) as taken:
        differ = sorted(
            name
            for name in {*found.rows, *taken.rows}
            if found.rows.get(name) != taken.rows.get(name)
        )
    if differ:
        raise BackupError(f"after the restore these tables are not whole: {', '.join(differ)}")
    database.upgrade()
    return found


def _unpack(file: Path, folder: Path) -> tuple[Manifest, Path]:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(
                folder, members=[tar.getmember(_MANIFEST), tar.getmember(_DUMP)], filter="data"
            )
        said: dict[str, Any] = json.loads((folder / _MANIFEST).read_text())
        found = Manifest(revision=said["revision"], rows=said["rows"], sha256=said["sha256"])
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupError(f"{file} is no whole backup ({type(error).__name__})") from error
    if _digest(folder / _DUMP) != found.sha256:
        raise BackupError(f"{file} was changed: its dump is not what its manifest says")
    return found, folder / _DUMP


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _conninfo(database: Database) -> str:
    """The address without its password, which other users of a machine see in a command line."""
    url = database.url.set(drivername="postgresql", password=None)
    return url.render_as_string(hide_password=False)


def _program(name: str) -> str:
    try:
        return str(programs() / name)
    except EmbeddedFailed:
        found = shutil.which(name)
        if found is None:
            raise BackupError(
                f"{name} is not there: install PostgreSQL's client programs"
            ) from None
        return found


def _run(
    name: str, *arguments: str, database: Database | None, password: str | None = None
) -> None:
    place = [] if database is None else [f"--dbname={_conninfo(database)}"]
    secret = password if database is None else database.url.password
    ended = subprocess.run(  # noqa: S603 - a program of PostgreSQL, our own arguments
        [_program(name), *place, *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **({"PGPASSWORD": str(secret)} if secret else {})},
    )
    if ended.returncode != 0:
        # The first line names the object; later ones may quote rows.
        said = ended.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise BackupError(f"{name} ended with {ended.returncode}: {''.join(said)}")
