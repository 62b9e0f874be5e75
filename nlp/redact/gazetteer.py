"""Names that people bear, and which of those are also words, places or brands."""

import unicodedata
from functools import lru_cache

from nlp.redact import lexicon

_STROKES = str.maketrans("łøđıŁØĐİßæœðþ’", "lodiLODIsaodt'")


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """A name in lower case without accents: "Wójcik" is "wojcik"."""
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKD", name.translate(_STROKES))
    return "".join(char for char in plain if not unicodedata.combining(char)).lower()


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Every given name of the lists."""
    return _read("given_names.txt", common=False)


@lru_cache(maxsize=1)
def common_given_names() -> frozenset[str]:
    """Given names that many bear and that are nothing else: one of them alone tells of a person."""
    return _read("given_names.txt", common=True) - _section("words") - _section("others")


@lru_cache(maxsize=1)
def rare_given_names() -> frozenset[str]:
    """Given names that few bear here and that are nothing else, of four letters or more."""
    other = _section("words") | _section("others") | common_given_names() | family_names()
    return frozenset(name for name in given_names() - other if len(name) > 3)


@lru_cache(maxsize=1)
def family_names() -> frozenset[str]:
    """Every family name of the lists."""
    return _read("family_names.txt", common=False)


@lru_cache(maxsize=1)
def family_not_words() -> frozenset[str]:
    """Family names that are no English words, places or brands."""
    return family_names() - _section("words") - _section("family words") - _section("others")


@lru_cache(maxsize=1)
def others() -> frozenset[str]:
    """Brands, places, peoples and days that are also names: never a person by themselves."""
    return _section("others")


@lru_cache(maxsize=1)
def name_words() -> frozenset[str]:
    """Names that are also everyday words ("will", "mark"): a person only where a cue says so."""
    return _section("words")


def _read(file: str, *, common: bool) -> frozenset[str]:
    lines = (lexicon.DATA / file).read_text(encoding="ascii").split()
    if common:
        return frozenset(line[:-1] for line in lines if line.endswith("+"))
    return frozenset(line.rstrip("+") for line in lines)


def _section(title: str) -> frozenset[str]:
    return lexicon.words(title, file="name_words.txt")
