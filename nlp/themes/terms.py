"""What sets a theme's words apart from the other themes': log-odds with an informative prior.

Words and pairs of words are counted by interaction, so that one long story counts once. Of each
theme against all the rest, the difference of the log-odds is divided by its standard deviation,
with the frequencies of everything as the prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words",
doi:10.1093/pan/mpn018, equations 15 to 22).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log, sqrt

import numpy as np

from nlp.redact import gazetteer
from nlp.themes.words import (
    Kind,
    Word,
    ends_like_an_adverb,
    has_capitals,
    lists,
    runs,
    stem,
)

PRIOR = 200.0
"""Words that the prior counts for, over all of the vocabulary."""

MOST = 8
"""Key terms of a theme."""

# A pair stands for its word from this share of the word's interactions on, and is worth a place of
# its own from the smaller one on.
_STANDS_FOR, _WORTH = 0.6, 0.3
_FEW = 3
# A name that so many interactions mention is no private person's.
_PUBLIC = 5
_KNOWN = 3  # the same of a capital word that no list holds: a caller may call twice
_NEARLY_ALL, _OFTEN, _SHORT = 0.7, 3, 4
_BEFORE_VERBS = frozenset({Kind.SUBJECT, Kind.AUXILIARY, Kind.NEGATION})
_AFTER_VERBS = frozenset({Kind.OBJECT, Kind.DETERMINER, Kind.POSSESSIVE})
_CLOSERS = frozenset({"in", "on", "out", "off", "up", "down", "back"})

Run = Sequence[Word]


@lru_cache(maxsize=1)
def weak_stems() -> frozenset[str]:
    """Stems of words that say nothing about what a theme is about."""
    weak = lists("weak_words.txt")
    return frozenset(stem(word) for word in weak["vague"] | weak["light verb"])


def terms_of(run: Run) -> Iterator[tuple[str, str]]:
    """The words and pairs of a run that can be terms: what each is counted as, how it was said."""
    telling = [_is_telling(word.lower, word.kind) for word in run]
    for place, word in enumerate(run):
        if telling[place]:
            yield word.stem, word.lower
            if place + 1 < len(run) and _is_pair(run, place, named=telling[place + 1]):
                after = run[place + 1]
                yield f"{word.stem} {after.stem or after.lower}", f"{word.lower} {after.lower}"


def _is_pair(run: Run, place: int, *, named: bool) -> bool:
    """Whether a telling word and the next make one term: two nouns, or a verb and its particle."""
    word, after = run[place], run[place + 1]
    if place + 2 == len(run) and after.lower in _CLOSERS:
        return len(word.lower) > 2  # "log in"
    # "it shows offline", "app logs me out": one of the two is a verb, and no part of a name.
    verb_first = place > 0 and (
        run[place - 1].kind in _BEFORE_VERBS or run[place - 1].lower == "to"
    )
    verb_second = place + 2 < len(run) and run[place + 2].kind in _AFTER_VERBS
    return named and not verb_first and not verb_second


@lru_cache(maxsize=1 << 16)
def _is_telling(lower: str, kind: Kind) -> bool:
    known = kind is Kind.CONTENT and stem(lower) not in weak_stems()
    return known and not ends_like_an_adverb(lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One document, as it was read.

    Attributes:
        runs: of its words.
        cased: whether it has capitals, so that its capitals tell something.
        terms: what a theme counts of it: terms, and the stems of all its words.
    """

    runs: tuple[list[Word], ...]
    cased: bool
    terms: frozenset[str]


@dataclass(slots=True)
class Vocabulary:
    """What is said in all documents of one naming run.

    Attributes:
        interactions: of a stem or pair, how many interactions hold it.
        forms: of it, how it was said, in lower case.
        casings: of a lower-case word, how it is written inside a sentence, in a text that has
            capitals.
    """

    interactions: Counter[str] = field(default_factory=Counter)
    forms: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    casings: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def learn(self, texts: Sequence[str]) -> list[Heard]:
        """Takes in one interaction, the texts of its documents; gives each as it was read."""
        heard = [self._learn_text(text) for text in texts]
        self.interactions.update(set().union(*(one.terms for one in heard)))
        return heard

    def _learn_text(self, text: str) -> Heard:
        found, terms = tuple(runs(text)), set[str]()
        cased = has_capitals(text)
        for run in found:
            for term, form in terms_of(run):
                terms.add(term)
                self.forms[term][form] += 1
            if cased:
                self._learn_casings(run)
            # A phrase may hold what is no term.
            terms.update(word.stem for word in run if word.stem)
        return Heard(runs=found, cased=cased, terms=frozenset(terms))

    def _learn_casings(self, run: Run) -> None:
        for word in run:
            # A sentence's first word is capital by custom; "iPhone" and "PDF" are so by nature.
            customary = word.opening and word.shown[1:].islower()
            if not customary:
                self.casings[word.lower][word.shown] += 1

    def written(self, lower: str, shown: str = "") -> str:
        """A lower-case word as nearly all write it: "Wi-Fi", "PDF", "app".

        Args:
            lower: the word.
            shown: how it was written where it was said, if that says something: "the Basic Plan"
                and "a plan" are both right. "" takes what nearly all write.
        """
        base = lower.partition("'")[0]
        if base == "i" or base in lists("weak_words.txt")["capital"]:
            return lower.capitalize()
        found = self.casings.get(lower)
        if not found or len(lower) == 1:
            return shown or lower
        most = min(found, key=lambda one: (-found[one], one))
        # Who shouts writes in capitals what others do not; "PDF" is short.
        loud = {one for one in (most, shown) if one.isupper() and len(one) > _SHORT}
        if found[most] < _NEARLY_ALL * found.total() or most in loud:
            return lower if shown in loud or not shown else shown
        if not most.istitle():
            return most
        return shown or (most if found[most] >= _OFTEN else lower)

    def form(self, term: str) -> str:
        """A term as it is mostly said, and written."""
        found = self.forms[term]
        most = min(found, key=lambda form: (-found[form], len(form), form))
        return " ".join(self.written(word) for word in most.split())

    def is_private(self, word: Word) -> bool:
        """Whether a word may be somebody's name: a name that few mention, or an unknown capital."""
        if word.kind is not Kind.CONTENT:
            return False
        count = self.interactions[word.stem]
        base = word.lower.removesuffix("'s")
        named = base in gazetteer.common_given_names() or base in gazetteer.family_not_words()
        if count < _PUBLIC and named:
            return True
        found = self.casings.get(word.lower, Counter())
        capital = sum(number for shown, number in found.items() if shown[0].isupper())
        return count < _KNOWN and capital * 2 > found.total() and not word.shown.isupper()


@dataclass(frozen=True, slots=True)
class Contrast:
    """How much a theme holds of a term, and how much more than the rest does.

    Attributes:
        interactions: of the theme, that hold it.
        lift: difference of the log-odds, in nats.
        surprise: the same in standard deviations.
    """

    interactions: int
    lift: float
    surprise: float


def contrasts(
    counts: Counter[str], everything: Counter[str], *, least: int = 1
) -> dict[str, Contrast]:
    """The contrast of each term of a theme against the rest of what was said.

    Args:
        counts: interactions of the theme, by term.
        everything: the sum of these over all themes and over what is in none.
        least: interactions below which a term is left out of the answer, though it counts.
    """
    inside, total = counts.total(), everything.total()
    rest = total - inside
    kept = [(term, here) for term, here in counts.items() if here >= least]
    if rest == 0:  # nothing to stand out from: what is said most tells most
        return {term: Contrast(here, log(1 + here), sqrt(here)) for term, here in kept}
    here = np.array([number for _, number in kept], dtype=np.float64)
    there = np.array([everything[term] for term, _ in kept], dtype=np.float64) - here
    prior = PRIOR * (here + there) / total
    lift = np.log((here + prior) / (inside + PRIOR - here - prior))
    lift -= np.log((there + prior) / (rest + PRIOR - there - prior))
    surprise = lift / np.sqrt(1 / (here + prior) + 1 / (there + prior))
    rows = zip(kept, lift.tolist(), surprise.tolist(), strict=True)
    return {term: Contrast(number, *measured) for (term, number), *measured in rows}


def key_terms(
    found: dict[str, Contrast], vocabulary: Vocabulary, *, size: int, most: int = MOST
) -> tuple[str, ...]:
    """The terms that tell a theme best, no two of them forms or parts of each other.

    Args:
        found: the theme's contrasts.
        vocabulary: of the run.
        size: how many interactions the theme has.
        most: how many terms at most; there are fewer where the theme says less.
    """
    least = 2 if size > 2 else 1
    known = {
        term: one
        for term, one in found.items()
        if term in vocabulary.forms and _pair_is_worth(term, found)
    }
    replaced = {
        part
        for term, one in known.items()
        if " " in term and one.interactions > 1
        for part in term.split()
        if part in found and one.interactions >= _STANDS_FOR * found[part].interactions
    }
    chosen: list[str] = []
    taken: set[str] = set()
    ranked = sorted(
        known.keys() - replaced,
        key=lambda term: (known[term].interactions < least, -known[term].surprise, term),
    )
    for term in ranked:
        # What a single interaction says is taken only where little is shared.
        if len(chosen) >= (most if known[term].interactions >= least else _FEW):
            break
        shown = vocabulary.form(term)
        parts = {*term.split(), _joined(term), *map(_joined, term.split())}
        if parts & taken or _is_private(shown, vocabulary):
            continue
        chosen.append(shown)
        taken |= parts | {piece for part in term.split() for piece in part.split("-")}
    return tuple(chosen)


def _pair_is_worth(term: str, found: dict[str, Contrast]) -> bool:
    parts = term.split()
    rarest = min(found[part].interactions for part in parts if part in found)
    return len(parts) == 1 or (
        found[term].interactions >= max(2, _WORTH * rarest)
        and all(part in found or part in _CLOSERS for part in parts)
    )


def _joined(term: str) -> str:
    return term.replace(" ", "").replace("-", "")


def _is_private(shown: str, vocabulary: Vocabulary) -> bool:
    words = [word for run in runs(shown) for word in run]
    return len(words) < len(shown.split()) or any(map(vocabulary.is_private, words))
