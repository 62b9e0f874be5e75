"""Seed: files are read into an empty store, so that there is something to look at."""

import logging
from collections.abc import Iterator
from pathlib import Path

from api.steps.accept import Redacts, accept
from api.store import interactions, jobs
from api.store.database import Database
from nlp import intake
from nlp.errors import OptionError
from nlp.readers.base import ReadOptions
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
    for file, _ in intake.files([path]):
        if file.suffix != ".md":  # a card that says what lies beside it
            yield from intake.read_file(file, options=ReadOptions(), name=file.name)
