"""The formats of exports by their names."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from api.exporting.parquet import as_parquet
from api.exporting.tables import Table
from api.exporting.text import as_csv, as_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of exports.

    Attributes:
        media_type: of the answer.
        suffix: of the file's name.
        write: turns a table into bytes as its rows come.
        packs: whether the format is compressed by itself.
    """

    media_type: str
    suffix: str
    write: Callable[[Table], Iterator[bytes]]
    packs: bool = False


FORMATS: dict[str, Format] = {
    "jsonl": Format(media_type="application/x-ndjson", suffix="jsonl", write=as_lines),
    "csv": Format(media_type="text/csv; charset=utf-8", suffix="csv", write=as_csv),
    "parquet": Format(
        media_type="application/vnd.apache.parquet",
        suffix="parquet",
        write=as_parquet,
        packs=True,
    ),
}


def gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, compressed as they come."""
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()
