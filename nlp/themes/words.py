"""How the words of a text are read before anything is named: their kinds, their stems, their runs.

There is no tagger here. English closed-class words are listed in `data/closed_words.txt`, and what
is not listed carries meaning: that is all the grammar that `nlp.themes.phrases` needs, and it holds
for what a speech recogniser writes as well as for an edited mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from pathlib import Path

DATA = Path(__file__).parent / "data"


class Kind(StrEnum):
    """What a word does in a sentence; most are sections of `data/closed_words.txt`."""

    CONTENT = "content"
    NUMBER = "number"
    DETERMINER = "determiner"
    POSSESSIVE = "possessive"
    SUBJECT = "subject"
    OBJECT = "object"
    PREPOSITION = "preposition"
    PARTICLE = "particle"
    JOINER = "joiner"
    AUXILIARY = "auxiliary"
    NEGATION = "negation"
    ADVERB = "adverb"
    FILLER = "filler"
    GAP = "gap"  # something that is never shown stood here


CARRIERS = frozenset({Kind.CONTENT, Kind.NUMBER})
"""Kinds that carry meaning."""

NEGATED = "n't"
"""The stem of every negation."""

LONGEST = 80
"""A run of more words than this is read up to here."""

# What is in brackets is a placeholder, or a note that nobody said.
_BRACKETED = re.compile(r"\[[^\[\]]{0,60}\]|<[^<>]{0,60}>|\{[^{}]{0,60}\}")
_GAP_MARK = "\x00"
# Between two spaces: what is never shown, a word, or a mark that breaks a run. The order decides.
_PIECES = re.compile(
    r"(?P<gap>\x00|\S*@\S*|https?://\S+|www\.\S+|\w*_\w*|[xX*#]{2,}\S*|\d*[xX]{3,}\d*\b|[$£€]\d\S*)"
    r"|(?P<word>\d+(?:[.,:]\d+)+%?|[^\W_]+(?:['’&/+.-][^\W_]+)*%?)"
    r"|(?P<mark>\S)"
)
_OPENERS = frozenset('.?!:"“(')  # a sentence, or what is quoted, begins after these
_VOWEL = re.compile(r"[aeiouy]")
_LINKS = frozenset({"and", "but", "so", "then"})
_CONTRACTED = frozenset({"s", "d", "ll", "ve", "re", "m"})
_UNDOUBLED = frozenset("lsz")
_LONGEST_NUMBER = 4  # digits; more of them look like an identifier
_LONGEST_LEAD_IN = 9  # words
_SPOKEN_RUN = 3  # numbers in a row; more of them are spelled out


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        shown: as it was written, with a plain apostrophe.
        lower: the same in lower case.
        stem: what its forms share; empty where it carries no meaning.
        kind: what it does.
        opening: whether a sentence begins with it, so that a capital says nothing.
    """

    shown: str
    lower: str
    stem: str
    kind: Kind
    opening: bool


@lru_cache(maxsize=8)
def lists(file: str) -> dict[str, frozenset[str]]:
    """A file of word lists: "# title: what for" begins one, the words follow in lower case."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            title = line[2:].split(":")[0]
            found[title] = []
        else:
            found[title] += line.split()
    return {title: frozenset(words) for title, words in found.items()}


@lru_cache(maxsize=1)
def _closed() -> dict[str, Kind]:
    return {
        word: Kind(title) for title, words in lists("closed_words.txt").items() for word in words
    }


@lru_cache(maxsize=1)
def _irregular() -> dict[str, str]:
    lines = (DATA / "irregular.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def _lead_ins() -> dict[str, tuple[str, ...]]:
    """By their first word, the longest first, each with a space behind it."""
    lines = (DATA / "lead_ins.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            found.setdefault(line.split()[0], []).append(f"{line} ")
    return {first: tuple(sorted(some, key=lambda x: (-len(x), x))) for first, some in found.items()}


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """What the forms of a word share: "crashes", "crashed" and "crashing" are one, as are plurals.

    Endings are cut as by the first step of Porter (1980, Program 14(3)), no more: "printer" and
    "print" stay two. Irregular forms are listed in `data/irregular.txt`.

    Args:
        word: in lower case.
    """
    base = word.removesuffix("'s").removesuffix("'")
    known = _irregular().get(base)
    return _without_e(_cut(known or base))


def _cut(word: str) -> str:
    if word in _irregular():
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 4 and word.endswith("ied"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and _VOWEL.search(rest):
            doubled = rest[-1] == rest[-2] and rest[-1] not in _UNDOUBLED
            return rest[:-1] if doubled else rest
    return word


def _without_e(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


@lru_cache(maxsize=1 << 16)
def _read_word(shown: str) -> tuple[str, str, Kind]:
    """Lower case, stem and kind of a word as it is written."""
    lower = shown.lower()
    kind = _closed().get(lower)
    base, _, ending = lower.rpartition("'")
    if kind is None and ending in _CONTRACTED:
        kind = _closed().get(base)  # "she'd", "would've", "two's gone"
    if kind is None:
        kind = (
            Kind.NUMBER if re.fullmatch(r"[\d.,/:-]+(%|'s|st|nd|rd|th)?", lower) else Kind.CONTENT
        )
    if kind is Kind.CONTENT and len(lower) < 2:
        # "terminal C" names something; a small letter alone is spelled out or a slip.
        kind = Kind.NUMBER if shown.isupper() else Kind.GAP
    if kind is Kind.NEGATION:
        return lower, NEGATED, kind
    return lower, stem(lower) if kind in CARRIERS else "", kind


def ends_like_an_adverb(word: str) -> bool:
    """Whether a lower-case word tells how ("properly"), not what ("family")."""
    known = lists("weak_words.txt")["no adverb"]
    return len(word) > 4 and word.endswith("ly") and word not in known


def looks_like_an_identifier(word: str) -> bool:
    """Whether a word has more digits than a step, a version or a model's name has."""
    digits = sum(char.isdigit() for char in word)
    return digits > _LONGEST_NUMBER


def runs(text: str) -> Iterator[list[Word]]:
    """The text's words in runs that nothing breaks, each without what leads it in.

    Punctuation and fillers break a run and are in none. A placeholder, an address, an amount or a
    number that could identify somebody is a `Kind.GAP`: what it was is not in the answer.
    """
    run: list[Word] = []
    opening = True
    plain = _BRACKETED.sub(f" {_GAP_MARK} ", text).replace(" n't", "n't")
    for chunk in plain.split():
        for piece in _read_chunk(chunk):
            if isinstance(piece, str):
                opening = piece in _OPENERS
            elif piece.inside.kind is not Kind.FILLER:
                if piece.begins and run and run[-1].shown.islower():
                    opening = True
                    yield from _finished(run)
                    run = []
                run.append(piece.opening if opening else piece.inside)
                opening = False
                continue
            if run:
                yield from _finished(run)
                run = []
    if run:
        yield from _finished(run)


def has_capitals(text: str) -> bool:
    """Whether a text has capitals outside its placeholders: a recogniser writes none."""
    bare = _BRACKETED.sub(" ", text)
    return bare != bare.lower()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word inside a sentence and at its beginning.

    Attributes:
        inside: as it is inside.
        opening: as it is at the beginning.
        begins: whether its capital tells of a new sentence where a hasty writer set no stop.
    """

    inside: Word
    opening: Word
    begins: bool


@lru_cache(maxsize=1 << 17)
def _read_chunk(chunk: str) -> tuple[str | _Piece, ...]:
    """What stands between two spaces: marks, and words."""
    return tuple(
        piece["mark"] or _both(piece["word"], capital=piece.start() == 0)
        for piece in _PIECES.finditer(chunk)
    )


def _both(shown: str | None, *, capital: bool) -> _Piece:
    word = _word(shown, opening=False)
    title = word.shown[:1].isupper() and word.shown[1:].islower()
    begins = capital and title and word.kind not in CARRIERS
    return _Piece(word, _word(shown, opening=True), begins)


def _word(shown: str | None, *, opening: bool) -> Word:
    if shown is None:
        return Word("", "", "", Kind.GAP, opening)
    plain = shown.replace("’", "'")
    lower, base, kind = _read_word(plain)
    if plain == "A" and not opening:  # "Plan A"
        return Word(plain, lower, lower, Kind.NUMBER, opening)
    if kind is Kind.GAP or looks_like_an_identifier(lower):
        return Word("", "", "", Kind.GAP, opening)
    return Word(plain, lower, base, kind, opening)


def _finished(run: list[Word]) -> Iterator[list[Word]]:
    words = _without_repeats(_without_lead_in(_without_spelled_numbers(run[:LONGEST])))
    if words:
        yield words


def _without_spelled_numbers(run: list[Word]) -> list[Word]:
    """The run, with a gap where numbers follow each other as in a spoken identifier."""
    if sum(word.kind is Kind.NUMBER for word in run) < _SPOKEN_RUN:
        return run
    found: list[Word] = []
    for is_number, some in groupby(run, key=lambda word: word.kind is Kind.NUMBER):
        words = list(some)
        spelled = is_number and len(words) >= _SPOKEN_RUN
        found += [_word(None, opening=words[0].opening)] if spelled else words
    return found


def _without_lead_in(run: list[Word]) -> list[Word]:
    start = 0
    while start < len(run):
        first = run[start].lower
        known = _lead_ins().get(first)
        found = 1 if first in _LINKS else 0
        if known:
            rest = " ".join(word.lower for word in run[start : start + _LONGEST_LEAD_IN]) + " "
            found = next((line.count(" ") for line in known if rest.startswith(line)), found)
        if not found:
            break
        start += found
    return run[start:] if start else run


def _without_repeats(run: list[Word]) -> list[Word]:
    """Without what a speaker said twice over: "it's the it's the screen" is "it's the screen"."""
    found: list[Word] = []
    said: set[str] = set()
    for word in run:
        found.append(word)
        if word.lower not in said:
            said.add(word.lower)
            continue
        for size in (3, 2, 1):
            tail = [one.lower for one in found[-size:]]
            if len(found) >= 2 * size and tail == [one.lower for one in found[-2 * size : -size]]:
                del found[-size:]
                break
    return found
