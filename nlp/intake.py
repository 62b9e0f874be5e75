"""Paths to interactions: files, folders and archives, one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nlp.errors import BinaryInput, OptionError, ReadError, UnknownFormat
from nlp.readers import check_size, read
from nlp.readers.base import ReadOptions
from nlp.types import Interaction, Rejected


def files(paths: Sequence[Path]) -> list[tuple[Path, bool]]:
    """Every file at or below the paths, with whether it was named itself.

    Folders are walked in the order of names; hidden files in them are passed over.

    Raises:
        OptionError: a path does not exist.
    """
    found: list[tuple[Path, bool]] = []
    for path in paths:
        if path.is_dir():
            below = (one for one in sorted(path.rglob("*")) if one.is_file())
            found += [(one, False) for one in below if not _hidden(one.relative_to(path))]
        elif path.exists():
            found.append((path, True))
        else:
            raise OptionError(f"{path} does not exist; give files, folders or archives")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def read_file(
    path: Path, *, options: ReadOptions, name: str | None = None
) -> Iterator[Interaction | Rejected]:
    """What one file holds; a file that cannot be read gives one `Rejected`.

    Args:
        path: of the file.
        options: as for `nlp.readers.read`.
        name: what to call it; its path if None.
    """
    source = name or str(path)
    try:
        # A file over the limit is not read into memory.
        check_size(path.stat().st_size, name=source, options=options)
        yield from read(path.read_bytes(), name=source, options=options)
    except ReadError as error:
        yield Rejected(source=source, code=error.code, message=str(error))
    except OSError as error:
        yield Rejected(source=source, code="unreadable", message=f"{source}: {error.strerror}")


def is_stray(rejected: Rejected, path: Path) -> bool:
    """Whether this merely says that a file is no interaction: folders hold all sorts."""
    strays = (UnknownFormat.code, BinaryInput.code)
    return rejected.code in strays and rejected.source == str(path)


def batches(items: Iterable[Interaction], size: int) -> Iterator[list[Interaction]]:
    """Interactions in lists of at most `size`."""
    batch: list[Interaction] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
