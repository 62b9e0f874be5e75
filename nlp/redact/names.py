"""Personal names by rules: what announces them, which names people bear, and how they are written.

Names that are also words or brands ("will", "alexa") count only where a cue says that they are names.
Without capitals, as speech recognisers write, only cues and names that are nothing else count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.redact import gazetteer, lexicon
from nlp.redact.name_cues import CUE, LIKELY, MAYBE, ORG_WORDS, PARTICLES, SIGNATURE, STOP, SURE
from nlp.redact.reading import Reading
from nlp.redact.spans import Span
from nlp.redact.spelled import spelled_names

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_CLAUSE_ENDS = re.compile(r"\s*(?:[,.!?;:\n<(\])\"]|$|-- |– )|['’]s\b")
_GOES_ON = re.compile(
    r"\s+(?:from|calling|speaking|here|again|and|at|in|with|on the|is|was|the|said|please|who)\b",
    re.IGNORECASE,
)
_INITIAL_GAP = re.compile(r" (?:[A-Z]\.? )?|\. (?=[A-Z])|-")
_FILLER = re.compile(
    r"(?:\s|[,.]|\b(?:uh|um|er|ah|oh|yeah|yes|yep|sure|ok|okay|well|so|hi|hello|it's|it’s|its"
    r"|it is|that's|that’s|that is|is|this is|i'm|i am"
    r"|my|first|last|full|name|names|name's|and|the|mr|mrs|ms|miss|dr|would be|would|be|of course"
    r"|absolutely|no problem|thanks|thank you"
    r"|speaking|certainly|hey|here|under|spelled|spelt|as)\b)*",
    re.IGNORECASE,
)
_MAX_WORDS = 4
_BEFORE_CAPITAL = re.compile(
    r"(?:\b(?:am|[Ii]m|is|to|with|for|by|under|called)|['’][ms]) [^\W\d_a-z][^\W\d_A-Z]"
)
_CUE_WORDS = lexicon.words("name cues")


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    fold: str
    cap: bool


class _Words:
    """The words of one text and what the lists say of them."""

    def __init__(self, reading: Reading) -> None:
        self.text = reading.text
        self.lower = reading.lower
        self.tokens = tuple(_tokens(reading.text))
        self.at = {token.start: index for index, token in enumerate(self.tokens)}
        letters = sum(token.cap for token in self.tokens)
        # Without capitals, or with nothing but capitals, writing says nothing of names.
        self.cased = letters > 0 and not reading.text.isupper()

    def gap(self, index: int) -> str:
        """The text between a word and the next; a new line when there is none."""
        if index + 1 >= len(self.tokens):
            return "\n"
        return self.text[self.tokens[index].end : self.tokens[index + 1].start]

    def ends_clause(self, index: int) -> bool:
        return _CLAUSE_ENDS.match(self.text, self.tokens[index].end) is not None

    def starts_clause(self, index: int) -> bool:
        before = self.text[: self.tokens[index].start].rstrip(" \"'“*")
        return not before or before[-1] in ".!?:\n"


def wants(reading: Reading) -> bool:
    """Whether a word that people bear as a name occurs, or one that announces a name."""
    words = reading.words
    if reading.asked == "PERSON" or not reading.known.isdisjoint(words):
        return True
    if not _CUE_WORDS.isdisjoint(words):
        return True
    if not gazetteer.common_given_names().isdisjoint(words):
        return True
    if reading.text.islower():
        return False
    return _BEFORE_CAPITAL.search(
        reading.text
    ) is not None or not gazetteer.given_names().isdisjoint(words - gazetteer.name_words())


def find(reading: Reading) -> Iterator[Span]:
    """The names."""
    words = _Words(reading)
    yield from spelled_names(reading)
    if reading.known:
        yield from _known(words, reading.known)
    if reading.asked == "PERSON":
        yield from _answered(words)
    for strength in (SURE, LIKELY, MAYBE):
        for match in CUE[strength].finditer(words.lower):
            index = words.at.get(match.end())
            if index is not None:
                yield from _after_cue(words, index, strength)
    yield from _signatures(words)
    yield from _alone(words)


def known_names(reading: Reading) -> Iterator[Span]:
    """Only the names that the interaction is known to hold."""
    return _known(_Words(reading), reading.known)


def find_names(texts: Sequence[str]) -> list[list[Span]]:
    """The rules as a `NameFinder`."""
    found = []
    for text in texts:
        reading = Reading(text)
        found.append(list(find(reading)) if wants(reading) else [])
    return found


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        word = match.group()
        end = match.end()
        possessive = _POSSESSIVE.search(word)
        if possessive is not None:
            end -= len(possessive.group())
            word = word[: possessive.start()]
        yield _Token(match.start(), end, gazetteer.fold(word), word[:1].isupper())


def _span(words: _Words, first: int, last: int, score: float) -> Span:
    return Span(words.tokens[first].start, words.tokens[last].end, "PERSON", score)


def _borne(fold: str) -> bool:
    """Whether people bear it, as a given or a family name; of a double name, either half."""
    given, family = gazetteer.given_names(), gazetteer.family_names()
    return any(part in given or part in family for part in (fold, *fold.split("-")))


def _common(fold: str) -> bool:
    common = gazetteer.common_given_names()
    return fold in common or ("-" in fold and fold.split("-", maxsplit=1)[0] in common)


def _is_word(fold: str) -> bool:
    """Whether it is a name by the lists, and an everyday word or a brand as well."""
    return _borne(fold) and not _common(fold) and fold not in gazetteer.family_not_words()


def _stops(fold: str) -> bool:
    return fold in STOP or fold in ORG_WORDS


def _extend(words: _Words, first: int, *, sure: bool) -> int:
    """The last word of the name that begins at `first`."""
    last = first
    index = first
    while index + 1 < len(words.tokens) and index - first < _MAX_WORDS - 1:
        following = words.tokens[index + 1]
        if _INITIAL_GAP.fullmatch(words.gap(index)) is None:
            break
        if following.fold in PARTICLES and index + 2 < len(words.tokens):
            index += 1
            continue
        if not _continues(words, following, sure=sure):
            break
        index += 1
        last = index
    return last


def _continues(words: _Words, token: _Token, *, sure: bool) -> bool:
    if _stops(token.fold):
        return False
    if words.cased and token.cap:
        return token.fold not in gazetteer.others() or token.fold in gazetteer.family_names()
    if words.cased and not sure:
        return False
    if token.fold in gazetteer.family_not_words() or _common(token.fold):
        return True
    return sure and not words.cased and _borne(token.fold) and len(token.fold) > 2


def _after_cue(words: _Words, index: int, strength: str) -> Iterator[Span]:
    token = words.tokens[index]
    if _stops(token.fold) or (len(token.fold) < 2 and not token.cap):
        return
    sure = strength == SURE
    last = _extend(words, index, sure=sure)
    after = (
        words.tokens[last + 1].fold
        if last + 1 < len(words.tokens) and words.gap(last) == " "
        else ""
    )
    if after in ORG_WORDS and words.tokens[last + 1].cap:
        return
    if words.cased:
        good = _cased_after_cue(words, index, last, strength)
    else:
        good = _plain_after_cue(words, index, last, strength)
    if good:
        yield _span(words, index, last, 0.9 if sure else 0.8)


def _cased_after_cue(words: _Words, index: int, last: int, strength: str) -> bool:
    token = words.tokens[index]
    if not token.cap:
        # "my name is dana": half a capital in the text, none in the name.
        return strength == SURE and _borne(token.fold) and token.fold not in gazetteer.name_words()
    if strength == SURE:
        return True
    if strength == MAYBE:
        return _common(token.fold)
    if token.fold in gazetteer.others():
        return last > index and words.tokens[last].fold in gazetteer.family_not_words()
    ends = words.ends_clause(last)
    if token.fold in gazetteer.name_words():
        return ends or last > index
    given = token.fold in gazetteer.given_names()
    goes_on = _GOES_ON.match(words.text, words.tokens[last].end) is not None
    return given or (
        (ends or goes_on or last > index) and not words.text[token.start : token.end].isupper()
    )


def _plain_after_cue(words: _Words, index: int, last: int, strength: str) -> bool:
    fold = words.tokens[index].fold
    if strength == SURE:
        return fold not in gazetteer.others() and (_borne(fold) or last > index or len(fold) > 4)
    if strength == LIKELY:
        word = fold in gazetteer.name_words() or fold in gazetteer.others()
        pair = last > index and fold in gazetteer.given_names()
        return (
            _common(fold)
            or (pair and not word)
            or (fold in gazetteer.given_names() and not word and words.ends_clause(last))
        )
    return _common(fold) and len(fold) > 2


def _answered(words: _Words) -> Iterator[Span]:
    """The answer to a question for a name: what is left when the fillers are taken off."""
    filler = _FILLER.match(words.lower)
    begin = filler.end() if filler else 0
    index = next((place for place, token in enumerate(words.tokens) if token.start >= begin), None)
    if index is None:
        return
    token = words.tokens[index]
    if _stops(token.fold) or len(token.fold) < 2:
        return
    last = index
    while last + 1 < len(words.tokens) and last - index < _MAX_WORDS - 1:
        following = words.tokens[last + 1]
        if _INITIAL_GAP.fullmatch(words.gap(last)) is None or _stops(following.fold):
            break
        if not (following.cap or _borne(following.fold)):
            break
        last += 1
    short = len(words.tokens) - last <= 6
    known = _borne(token.fold) or (words.cased and token.cap)
    if known and (words.ends_clause(last) or last > index or short):
        yield _span(words, index, last, 0.85)


def _signatures(words: _Words) -> Iterator[Span]:
    """The line after "Kind regards," and the name after "Cheers, "."""
    for match in SIGNATURE.finditer(words.text):
        index = words.at.get(match.end())
        if index is None:
            continue
        last = index
        while last + 1 < len(words.tokens) and last - index < _MAX_WORDS - 1:
            if _INITIAL_GAP.fullmatch(words.gap(last)) is None:
                break
            last += 1
        line = words.tokens[index : last + 1]
        whole = words.ends_clause(last)
        if not whole or any(token.fold in ORG_WORDS or token.fold in STOP for token in line):
            continue
        if all(token.cap or token.fold in PARTICLES for token in line) or all(
            _borne(token.fold) for token in line
        ):
            yield _span(words, index, last, 0.88)


def _alone(words: _Words) -> Iterator[Span]:
    """Names that nothing announces: pairs of names, and names that are nothing else."""
    index = 0
    while index < len(words.tokens):
        token = words.tokens[index]
        last = _pair(words, index) if token.cap or not words.cased else index
        if last > index:
            yield _span(words, index, last, 0.78)
        elif _lone(words, index):
            yield _span(words, index, index, 0.7)
        index = last + 1


def _pair(words: _Words, index: int) -> int:
    """The last word of a given name with what follows it, or `index` itself."""
    token = words.tokens[index]
    if token.fold in STOP or token.fold.split("-")[0] not in gazetteer.given_names():
        return index
    last = _extend(words, index, sure=False)
    if last == index:
        return index
    if last + 1 < len(words.tokens) and words.gap(last) == " " and words.tokens[last + 1].cap:
        if words.tokens[last + 1].fold in ORG_WORDS:
            return index
    family = words.tokens[last].fold
    if _common(token.fold):
        if words.cased or family in gazetteer.family_not_words():
            return last
        return index
    if not words.cased:
        return index
    word = token.fold in gazetteer.name_words() or token.fold in gazetteer.others()
    fits = (
        family in gazetteer.family_not_words()
        if word
        else family.split("-")[-1] in gazetteer.family_names()
    )
    if word and words.starts_clause(index) and family in gazetteer.given_names():
        return index  # "Will Dana call?" is no Will Dana
    return last if fits else index


def _lone(words: _Words, index: int) -> bool:
    token = words.tokens[index]
    if not _common(token.fold):
        return False
    if not words.cased:
        return False
    if not token.cap or len(token.fold) < 3:
        return False
    following = words.tokens[index + 1] if index + 1 < len(words.tokens) else None
    branded = (
        following is not None
        and words.gap(index) == " "
        and following.cap
        and following.fold in ORG_WORDS
    )
    return not branded


def _known(words: _Words, known: frozenset[str]) -> Iterator[Span]:
    """Names that the interaction itself states, wherever they are said again."""
    index = 0
    while index < len(words.tokens):
        token = words.tokens[index]
        if token.fold not in known:
            index += 1
            continue
        last = index
        while (
            last + 1 < len(words.tokens)
            and words.tokens[last + 1].fold in known
            and _INITIAL_GAP.fullmatch(words.gap(last)) is not None
        ):
            last += 1
        word = token.fold in STOP or len(token.fold) < 3 or _is_word(token.fold)
        written = (
            token.cap
            and words.cased
            and (words.ends_clause(last) or not words.starts_clause(index))
        )
        if last > index or not word or (written and len(token.fold) > 2):
            yield _span(words, index, last, 0.93)
        index = last + 1
