"""Personal names by rules: what announces them, which names people bear, and how they are written.

Names that are also words or brands ("will", "alexa") count only where a cue says that they are
names. Without capitals, as speech recognisers write, only cues and names that are nothing else
count.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

from nlp.redact import gazetteer, lexicon
from nlp.redact.name_cues import (
    CLOSING_WORDS,
    FIRST_SIGNATURE,
    INTRO,
    LAST_WORDS,
    MAYBE,
    ORG_WORDS,
    PARTICLES,
    SIGNATURE,
    STOP,
    SURE,
)
from nlp.redact.name_text import CONTRACTED, NameText
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spelled import spelled_names

_GOES_ON = re.compile(
    r"\s+(?:from|calling|speaking|here|again|and i|with|originally)\b", re.IGNORECASE
)
_FILLER = re.compile(
    r"(?:[\s,.]|\b(?:uh|um|er|ah|oh|yeah|yes|yep|sure|ok|okay|well|so|hi|hello|it's|it’s|its|it is"
    r"|that's|that’s|that is|is|this is|i'm|i am|my|first|last|full|name|names|name's|and|the|mr"
    r"|mrs"
    r"|ms|miss|dr|would be|would|be|of course|absolutely|no problem|thanks|thank you|speaking"
    r"|certainly|hey|here|under|spelled|spelt|as)\b)*+",
    re.IGNORECASE,
)
_MAX_WORDS = 4
# A capital inside a sentence, or after a comma: at the start of one it says nothing.
_CAPITAL_INSIDE = re.compile(r"[A-Z](?:(?<=[a-z] .)|(?<=[a-z][,:] .))[a-z]")
_CAPITAL_WORDS = re.compile(r"[A-Z](?<![A-Za-z].)[A-Za-z]*(?:['-][A-Za-z]+)*")
_LONE_INITIAL = re.compile(r"[A-Z](?<![A-Za-z].)\. ")
_LETTER_RUN = re.compile(r"[a-z]+")
# The last letters of the words before a name that announces one: "m" of "I'm".
_LAST_LETTERS = frozenset(
    run for word in LAST_WORDS for run in _LETTER_RUN.findall(word.split("-")[-1])[-1:]
)
# Words that never begin a name as they stand in a text, with or without what is cut off of them.
_NEVER_FIRST = frozenset(
    word
    for word in STOP | ORG_WORDS
    if not word.endswith("'s") or word.removesuffix("'s") in CONTRACTED
)
_INITIAL = re.compile(r" [A-Z]\. [A-Z]")
_INTRODUCING = frozenset({"am", "im", "m", "this"})


def wants(reading: Reading) -> bool:
    """Whether a word that people bear as a name occurs, or one that announces a name."""
    words = reading.words
    if not announcing_or_common().isdisjoint(words) or reading.asked == "PERSON":
        return True
    if "\n" in reading.text and not CLOSING_WORDS.isdisjoint(words):
        return True
    if not reading.known.isdisjoint(words) or not reading.text.isascii():
        return True
    if _CAPITAL_INSIDE.search(reading.text) is None:
        return False
    return (
        not _INTRODUCING.isdisjoint(words)
        or not gazetteer.given_names().isdisjoint(words - gazetteer.name_words())
        or _INITIAL.search(reading.text) is not None
    )


@lru_cache(maxsize=1)
def announcing_or_common() -> frozenset[str]:
    """The words that announce a name, and the names that many bear and that are nothing else."""
    return gazetteer.common_given_names() | lexicon.words("name cues")


def find(reading: Reading) -> Iterator[Span]:
    """The names."""
    yield from spelled_names(reading)
    if _holds_none(reading):
        return
    text = NameText(reading)
    if reading.known:
        yield from _known(text, reading.known)
    if reading.asked == "PERSON":
        yield from _answered(text, reading.lower)
    if not CLOSING_WORDS.isdisjoint(reading.words):
        yield from _signatures(text)
    yield from _running(text)


def _holds_none(reading: Reading) -> bool:
    """Whether it is plain without reading word by word that there are no names.

    So it is where capitals tell something (at most half of the words have one), every word with a
    capital never begins a name or is borne by nobody and not announced, and nothing else announces
    a name.
    """
    text, words = reading.plain, reading.words
    if (
        reading.asked == "PERSON"
        or not text.isascii()
        or not reading.known.isdisjoint(words)
        or not gazetteer.common_given_names().isdisjoint(words)
    ):
        return False
    capitals = _CAPITAL_WORDS.findall(text)
    fewest = len(words) - text.count("'") - text.count("-")
    if not 0 < 2 * len(capitals) <= fewest or text.isupper():
        return False
    if not _NEVER_FIRST.issuperset(map(str.lower, capitals)) and _one_may_begin(text):
        return False
    return CLOSING_WORDS.isdisjoint(words) or not ("\n" in text or ", " in text)


def _one_may_begin(text: str) -> bool:
    """Whether one of the words with a capital may begin a name."""
    if _LONE_INITIAL.search(text) is not None:
        return True
    for match in _CAPITAL_WORDS.finditer(text):
        word = match.group().lower()
        if word not in _NEVER_FIRST and _may_begin(text, match.start(), word):
            return True
    return False


def _may_begin(text: str, start: int, word: str) -> bool:
    """Whether a word with a capital may begin a name: people bear it, or what is before it cues."""
    if word.split("-", maxsplit=1)[0].removesuffix("'s") in gazetteer.given_names():
        return True
    before = _LETTER_RUN.findall(text[max(0, start - 24) : start].lower())
    return bool(before) and before[-1] in _LAST_LETTERS


def known_names(reading: Reading) -> Iterator[Span]:
    """Only the names that the interaction is known to hold."""
    return _known(NameText(reading), reading.known)


def _span(text: NameText, first: int, last: int, score: float) -> Span:
    return Span(text.spans[first][0], text.spans[last][1], "PERSON", score)


def _borne(fold: str) -> bool:
    """Whether people bear it, as a given or a family name; of a double name, either half."""
    given, family = gazetteer.given_names(), gazetteer.family_names()
    if fold in given or fold in family:
        return True
    return "-" in fold and any(part in given or part in family for part in fold.split("-"))


def _common(fold: str) -> bool:
    common = gazetteer.common_given_names()
    return fold in common or ("-" in fold and fold.split("-", maxsplit=1)[0] in common)


def _is_word(fold: str) -> bool:
    """Whether it is a name by the lists, and an everyday word or a brand as well."""
    return _borne(fold) and not _common(fold) and fold not in gazetteer.family_not_words()


def _running(text: NameText) -> Iterator[Span]:
    """Names in running text, announced or not."""
    after = 0
    for index in _candidates(text):
        if index < after or text.stops(index):
            continue
        strength = text.announced(index)
        if strength is not None:
            last = _extend(text, index, sure=strength == SURE)
            if not text.before_thing(last) and _fits(text, index, last, strength):
                yield _span(text, index, last, 0.9 if strength == SURE else 0.8)
                after = last + 1
                continue
        last = _pair(text, index)
        if last > index:
            yield _span(text, index, last, 0.78)
        elif _lone(text, index):
            yield _span(text, index, index, 0.7)
        after = last + 1


def _candidates(text: NameText) -> Iterable[int]:
    """The words that may begin a name: with a capital, borne by many, or after a cue."""
    if text.cased:
        found = set(text.capitals)
        borne = gazetteer.common_given_names() & text.words
        if borne:
            found.update(index for index, fold in enumerate(text.folds) if fold in borne)
        return sorted(found)
    return [
        index
        for index, fold in enumerate(text.folds)
        if _common(fold) or (index and text.folds[index - 1] in LAST_WORDS)
    ]


def _extend(text: NameText, first: int, *, sure: bool) -> int:
    """The last word of the name that begins at `first`."""
    last = index = first
    while index + 1 < len(text.spans) and index - first < _MAX_WORDS - 1 and text.joined(index):
        following = index + 1
        if text.folds[following] in PARTICLES and following + 1 < len(text.spans):
            index = following
            continue
        if not _continues(text, following, sure=sure):
            break
        last = index = following
    return last


def _continues(text: NameText, index: int, *, sure: bool) -> bool:
    fold = text.folds[index]
    if text.stops(index):
        return False
    if text.cased:
        return text.capital(index) and (
            fold not in gazetteer.others() or fold in gazetteer.family_names()
        )
    if fold in gazetteer.family_not_words() or _common(fold):
        return True
    return sure and _borne(fold) and len(fold) > 2


def _fits(text: NameText, index: int, last: int, strength: str) -> bool:
    """Whether what a cue announces is a name."""
    fold = text.folds[index]
    if strength == MAYBE:
        return _common(fold) and len(fold) > 2 and (text.capital(index) or not text.cased)
    if text.cased:
        if not text.capital(index):
            # "my name is dana": capitals in the text, none in the name.
            return strength == SURE and _common(fold)
        return _fits_cased(text, index, last, strength)
    if strength == SURE:
        return fold not in gazetteer.others() and (_borne(fold) or last > index or len(fold) > 4)
    if fold in gazetteer.name_words() or fold in gazetteer.others():
        return False
    given = fold in gazetteer.given_names()
    return _common(fold) or (given and (last > index or text.ends_clause(last)))


def _fits_cased(text: NameText, index: int, last: int, strength: str) -> bool:
    fold = text.folds[index]
    shouted = text.written(index).isupper()
    if strength == SURE:
        return not (shouted and last == index and len(fold) < 6 and not _borne(fold))
    if fold in gazetteer.others():
        return last > index and text.folds[last] in gazetteer.family_not_words()
    ends = text.ends_clause(last)
    if fold in gazetteer.name_words():
        return ends or last > index
    if _borne(fold):
        return fold in gazetteer.given_names() or ends or last > index
    goes_on = _GOES_ON.match(text.text, text.spans[last][1]) is not None
    return strength == INTRO and (ends or goes_on) and not shouted and len(fold) > 2


def _answered(text: NameText, lower: str) -> Iterator[Span]:
    """The answer to a question for a name: what is left when the fillers are taken off."""
    filler = _FILLER.match(lower)
    begin = filler.end() if filler else 0
    index = next((place for place, (start, _) in enumerate(text.spans) if start >= begin), None)
    if index is None or text.stops(index) or len(text.folds[index]) < 2:
        return
    last = index
    while last + 1 < len(text.spans) and last - index < _MAX_WORDS - 1:
        if not text.joined(last) or text.stops(last + 1):
            break
        if not (text.capital(last + 1) or _borne(text.folds[last + 1])):
            break
        last += 1
    short = len(text.spans) - last <= 6
    known = _borne(text.folds[index]) or (text.cased and text.capital(index))
    if known and (text.ends_clause(last) or last > index or short):
        yield _span(text, index, last, 0.85)


def _signatures(text: NameText) -> Iterator[Span]:
    """The line after "Kind regards," and the name after "Cheers, "."""
    first = FIRST_SIGNATURE.match(text.text)
    rest = SIGNATURE.finditer(text.text, first.end() if first else 0)
    for match in (first, *rest) if first else rest:
        index = bisect_left(text.spans, (match.end(), 0))
        if index == len(text.spans) or text.spans[index][0] != match.end():
            continue
        last = index
        while last + 1 < len(text.spans) and last - index < _MAX_WORDS - 1 and text.joined(last):
            last += 1
        line = range(index, last + 1)
        if not text.ends_clause(last) or any(text.stops(place) for place in line):
            continue
        written = all(text.capital(place) or text.folds[place] in PARTICLES for place in line)
        if written or all(_borne(text.folds[place]) for place in line):
            yield _span(text, index, last, 0.88)


def _pair(text: NameText, index: int) -> int:
    """The last word of a given name with what follows it, or `index` itself."""
    fold = text.folds[index]
    if (text.cased and not text.capital(index)) or not text.joined(index):
        return index
    given = fold.split("-")[0] in gazetteer.given_names()
    if not given and not text.cased:
        return index
    last = _extend(text, index, sure=False)
    if last == index or text.before_thing(last):
        return index
    if _has_initial(text, index, last):
        return last
    return last if given and _is_pair(text, index, last) else index


def _is_pair(text: NameText, index: int, last: int) -> bool:
    fold, family = text.folds[index], text.folds[last]
    if _common(fold):
        return text.cased or family in gazetteer.family_not_words()
    if not text.cased:
        return False
    if fold not in gazetteer.name_words() and fold not in gazetteer.others():
        return family.split("-")[-1] in gazetteer.family_names()
    # "Will Dana call?" is no Will Dana.
    if text.starts_clause(index) and family in gazetteer.given_names():
        return False
    return family in gazetteer.family_not_words()


def _has_initial(text: NameText, first: int, last: int) -> bool:
    """Whether it is written like "Soib K. Kishiev", known or not."""
    if not text.cased or last - first != 2 or text.gap(first + 1) != ". ":
        return False
    return len(text.folds[first + 1]) == 1


def _lone(text: NameText, index: int) -> bool:
    """Whether one word by itself tells of a person."""
    fold = text.folds[index]
    if not text.cased:
        return len(fold) > 3 and _common(fold) and not text.text.isupper()
    if not text.capital(index) or len(fold) < 3 or text.before_thing(index):
        return False
    if _common(fold):
        return True
    if text.written(index).isupper():
        return False
    return fold in gazetteer.rare_given_names() and not text.starts_clause(index)


def _known(text: NameText, known: frozenset[str]) -> Iterator[Span]:
    """Names that the interaction itself states, wherever they are said again."""
    index = 0
    while index < len(text.spans):
        fold = text.folds[index]
        if fold not in known:
            index += 1
            continue
        last = index
        while last + 1 < len(text.spans) and text.folds[last + 1] in known and text.joined(last):
            last += 1
        word = fold in STOP or fold in ORG_WORDS or len(fold) < 3 or _is_word(fold)
        placed = text.ends_clause(last) or not text.starts_clause(index)
        written = text.capital(index) and text.cased and placed and len(fold) > 2
        if last > index or not word or written:
            yield _span(text, index, last, 0.93)
        index = last + 1
