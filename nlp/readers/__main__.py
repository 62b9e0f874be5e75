"""`python -m nlp.readers`: the table of formats; with paths: what each file is read as."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from nlp.errors import ConduitError
from nlp.readers import READERS, read
from nlp.types import Interaction, Rejected


def formats() -> list[tuple[str, str, str, str]]:
    """The formats as rows: key, title, suffixes, and who says that it works."""
    return [
        (key, reader.title, " ".join(reader.suffixes), reader.checked_with)
        for key, reader in READERS.items()
    ]


def describe(item: Interaction | Rejected) -> tuple[str, str, str, str, str]:
    """One interaction as a row: source, format, turns, speakers, roles. No words of it."""
    if isinstance(item, Rejected):
        return item.source, f"rejected ({item.code})", "", "", ""
    counts = Counter(turn.speaker for turn in item.turns)
    speakers = ", ".join(f"{speaker} {count}" for speaker, count in sorted(counts.items()))
    roles = f"{item.roles.source} {item.roles.confidence:.2f}"
    return item.source, item.format, str(len(item.turns)), speakers, roles


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table whose columns are aligned for reading on a terminal, too."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 if a file could not be read, else 0."""
    if not arguments:
        head = ("format", "title", "usual suffixes", "checked with")
        print("\n".join(markdown(head, formats())))
        return 0
    rows: list[tuple[str, ...]] = []
    failures: list[str] = []
    for argument in arguments:
        try:
            rows.extend(describe(item) for item in read(Path(argument).read_bytes(), name=argument))
        except (ConduitError, OSError) as error:
            failures.append(str(error))
    if rows:
        print("\n".join(markdown(("source", "format", "turns", "speakers", "roles"), rows)))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
