"""Zip archives of anything that can be read, also of other zip archives.

What an entry unpacks to is counted while it is being inflated: the sizes that the archive states
are never believed. A bad entry is rejected by name and the others are read; only an archive that
is broken as a whole, or that unpacks to too much, ends the reading.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from nlp.errors import BinaryInput, BrokenInput, EmptyInput, ReadError, TooLarge
from nlp.readers.base import MEBIBYTE, Document, Format, ReadOptions
from nlp.types import Interaction, Rejected

if TYPE_CHECKING:
    from typing import IO

# Zip archives inside the archive are opened down to this depth.
DEEPEST = 2
# An archive of a hundred thousand mails is ordinary; the names of a million fill the memory.
MOST_ENTRIES = 200_000
# Deflate reaches 1,032:1; transcripts stay under 30:1. Small entries may do as they like.
HIGHEST_RATIO = 200
RATIO_COUNTS_FROM = 4 * MEBIBYTE
CHUNK = 64 * 1024

_LOCAL_HEADER = b"PK\x03\x04"
_EMPTY_ARCHIVE = b"PK\x05\x06"
_CENTRAL_ENTRY = b"PK\x01\x02"
_NOT_CONTENT = frozenset(("thumbs.db", "desktop.ini"))


class _Budget:
    """How much may still be unpacked, over an archive and all archives in it."""

    def __init__(self, limit: int, source: str) -> None:
        self.limit = limit
        self.source = source
        self.used = 0

    def spend(self, count: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            TooLarge: it is more than the limit.
        """
        self.used += count
        if self.used > self.limit:
            raise _TooMuchInAll(
                f"unpacks to more than {self.limit:,} bytes ({self.limit // MEBIBYTE} MiB); "
                "split it or raise the limit",
                source=self.source,
            )


class _TooMuchInAll(TooLarge):
    """The archive as a whole is too large, which ends the reading."""


def detect(document: Document) -> bool:
    """Whether the input begins as a zip archive does."""
    return _is_zip(document.data)


def _is_zip(data: bytes) -> bool:
    return data[:4] in (_LOCAL_HEADER, _EMPTY_ARCHIVE)


def read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    """Read every entry of an archive.

    Raises:
        BrokenInput: it is cut off, or no zip archive.
        EmptyInput: there are no files in it.
        TooLarge: it has too many entries, or unpacks to more than `options.max_unpacked_bytes`.
        BinaryInput: it is an office document or a program, which are zip archives as well.
    """
    budget = _Budget(options.max_unpacked_bytes, document.name)
    yield from _read_archive(document.data, document.name, options, budget, DEEPEST)


def _read_archive(
    data: bytes, name: str, options: ReadOptions, budget: _Budget, depth: int
) -> Iterator[Interaction | Rejected]:
    """Read one archive, on the budget of the outermost."""
    with _opened(data, name) as archive:
        entries = [entry for entry in archive.infolist() if _is_content(entry)]
        _refuse_documents(archive, name)
        if not entries:
            raise EmptyInput("there are no files in the archive", source=name)
        for entry in entries:
            source = f"{name}/{entry.filename}"
            try:
                content = _unpacked(archive, entry, source, options.max_bytes, budget)
                yield from _read_entry(content, source, options, budget, depth)
            except _TooMuchInAll:
                raise
            except ReadError as error:
                yield Rejected(source=error.source, code=error.code, message=str(error))


def _opened(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive's directory, after a look at how long it is."""
    if data.count(_CENTRAL_ENTRY) > MOST_ENTRIES:
        raise TooLarge(f"more than {MOST_ENTRIES:,} entries; split it", source=name)
    try:
        return zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError) as error:
        raise BrokenInput(
            "the archive is cut off or damaged: its directory, which stands at the end, "
            "cannot be read; send it again",
            source=name,
        ) from error


def _is_content(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file that somebody put there, and not the system's own."""
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    # Of an entry without a name the library cannot say whether it is a folder.
    if not parts or entry.is_dir() or parts[-1].lower() in _NOT_CONTENT:
        return False
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return not hidden and "__MACOSX" not in parts


def _refuse_documents(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse office documents and programs, which are zip archives of parts."""
    names = set(archive.namelist())
    if names & {"[Content_Types].xml", "META-INF/MANIFEST.MF", "AndroidManifest.xml"} or (
        "mimetype" in names and "META-INF/container.xml" in names | {"META-INF/manifest.xml"}
    ):
        raise BinaryInput(
            "it is an office document or a program, not an archive of files; "
            "save it as plain text, CSV or .eml first",
            source=name,
        )


def _check(entry: zipfile.ZipInfo, source: str) -> None:
    """Refuse entries that are not plain files inside the archive.

    Raises:
        BrokenInput: the path leads outside, it is a link, or it is encrypted.
    """
    path = entry.filename.replace("\\", "/")
    if path.startswith("/") or path[1:3] == ":/" or ".." in path.split("/"):
        raise BrokenInput("its path leads out of the archive; pack it again", source=source)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BrokenInput("it is a link, not a file; pack the file itself", source=source)
    if entry.flag_bits & 0x1:
        raise BrokenInput("it is encrypted; pack it without a password", source=source)


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str, limit: int, budget: _Budget
) -> bytes:
    """An entry's content, counted while it is inflated.

    Raises:
        ReadError: it cannot be unpacked, or is larger than the limits.
    """
    _check(entry, source)
    content = bytearray()
    try:
        with archive.open(entry) as stream:
            for chunk in _chunks(stream):
                content += chunk
                budget.spend(len(chunk))
                if len(content) > limit:
                    raise TooLarge(f"unpacks to more than {limit:,} bytes", source=source)
                _check_ratio(len(content), entry.compress_size, source)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise BrokenInput(
            f"it cannot be unpacked ({type(error).__name__}): cut off or damaged",
            source=source,
            where=f"byte {len(content)}",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BrokenInput(
            "it is packed in a way that is not supported; pack it with deflate", source=source
        ) from error
    return bytes(content)


def _chunks(stream: "IO[bytes]") -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _check_ratio(size: int, packed: int, source: str) -> None:
    """Stop at what only a zip bomb unpacks to.

    Raises:
        TooLarge: the ratio is over `HIGHEST_RATIO`.
    """
    if size > RATIO_COUNTS_FROM and size > HIGHEST_RATIO * max(packed, 1):
        raise TooLarge(
            f"unpacks to more than {HIGHEST_RATIO} times its size, as a zip bomb does",
            source=source,
        )


def _read_entry(
    content: bytes, source: str, options: ReadOptions, budget: _Budget, depth: int
) -> Iterator[Interaction | Rejected]:
    """Read one unpacked entry; archives in it on the same budget."""
    # Imported here because the dict of formats imports this module.
    from nlp.readers import read as read_any

    if not _is_zip(content):
        yield from read_any(content, name=source, options=options)
        return
    if depth == 0:
        raise TooLarge(
            f"archives are nested more than {DEEPEST} deep; unpack the outer ones", source=source
        )
    yield from _read_archive(content, source, options, budget, depth - 1)


FORMAT = Format(
    title="Zip archive of any of these",
    suffixes=(".zip",),
    detect=detect,
    read=read,
    checked_with="own archives, whole and broken, made by the tests",
)
