"""Seed: files are read into an empty store, so that there is something to look at."""

import logging
from collections.abc import Iterator
from pathlib import Path

from api.steps.accept import Redacts, accept
from api.store import interactions, jobs
from api.store.database import Database
from nlp.errors import OptionError, ReadError
from nlp.readers import read
from nlp.types import Interaction, Rejected

log = logging.getLogger(__name__)


def seed(database: Database, path: Path, *, redactor: Redacts) -> int:
    """Reads a file, or all files below a folder, if nothing is stored and nothing was erased.

    Args:
        database: where they go.
        path: the file or folder. Hidden files and Markdown are passed over.
        redactor: takes personal data out.

    Returns:
        How many interactions were stored.

    Raises:
        OptionError: there is no such file or folder.
    """
    if not path.exists():
        raise OptionError(f"there is no file or folder {str(path)!r} to seed from")
    with database.session() as session:
        if not interactions.untouched(session):
            return 0
        job = jobs.create(session, source=path.name)
        taken = accept(session, _items(path), redactor=redactor, job=job.id)
    for rejected in taken.rejected:
        log.warning("not seeded: %s", rejected.message)
    return len(taken.ids)


def _items(path: Path) -> Iterator[Interaction | Rejected]:
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if not file.is_file() or file.name.startswith(".") or file.suffix == ".md":
            continue
        try:
            yield from read(file.read_bytes(), name=file.name)
        except ReadError as error:
            yield Rejected(source=file.name, code=error.code, message=str(error))
