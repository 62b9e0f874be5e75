"""Lists of words that the recognisers ask, kept as text: `data/cue_words.txt` and `name_words.txt`.

A section begins with a line "# title" or "# title: what it is for" and holds words in lower case.
"""

from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=64)
def words(title: str, *, file: str = "cue_words.txt") -> frozenset[str]:
    """The words of one section.

    Raises:
        KeyError: the file has no section of that title.
    """
    return _sections(file)[title]


@lru_cache(maxsize=4)
def _sections(file: str) -> dict[str, frozenset[str]]:
    sections: dict[str, list[str]] = {}
    title = ""
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            title = line[2:].split(":")[0]
            sections[title] = []
        else:
            sections[title].extend(line.split())
    return {title: frozenset(found) for title, found in sections.items()}
