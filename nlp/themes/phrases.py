"""Phrases that could head a theme: short runs of the customer's words that stand by themselves.

A phrase begins and ends where the closed-class words around it say that something begins and ends:
after a determiner, a conjunction or a subject; before a new clause, an adverb, the end. Two words
that carry meaning are never torn apart, a negation is never lost, and a verb that wants an object
is never last. How well a phrase is cut is a number from 0 to 1, its `shape`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.themes.words import (
    CARRIERS,
    NEGATED,
    Kind,
    Word,
    ends_like_an_adverb,
    lists,
    runs,
)

SHORTEST, LONGEST = 2, 9
"""Words in a phrase."""

_LENGTHS = (0.0, 0.0, 0.5, 0.92, 1.0, 1.05, 1.05, 1.0, 0.85, 0.6)
_LEAST = 0.25

_WEAK = lists("weak_words.txt")
_NEVER_FIRST, _NEVER_LAST = _WEAK["never first"], _WEAK["never last"]
_OPENS, _REVERSES, _PREDICATE = _WEAK["opens"], _WEAK["reverses"], _WEAK["predicate"]

# How well a phrase is cut when this kind of word stands right before it.
_BEFORE = {
    Kind.JOINER: 0.95,
    Kind.SUBJECT: 0.8,
    Kind.OBJECT: 0.7,
    Kind.PREPOSITION: 0.7,
    Kind.PARTICLE: 0.65,
    Kind.AUXILIARY: 0.6,
    Kind.GAP: 0.5,
}
_BEFORE_WORD = {
    # What ought to be is the reverse of what is.
    **dict.fromkeys(("should", "would", "could", "might", "may", "must", "ought"), 0.35),
    # Half of what was said.
    **dict.fromkeys(("when", "whenever", "if", "while", "until", "where", "unless", "how"), 0.75),
}
# And when it stands right after it; what is missing here cannot.
_AFTER = {
    Kind.JOINER: 0.9,
    Kind.SUBJECT: 0.8,
    Kind.ADVERB: 0.85,
    Kind.PREPOSITION: 0.65,
    Kind.PARTICLE: 0.4,
    Kind.AUXILIARY: 0.5,
    Kind.NEGATION: 0.4,
    Kind.GAP: 0.5,
}
_CONTINUED = frozenset({"to", "of", "than", "like", "as", "ago"})
_MAY_OPEN = frozenset({"still", "always", "constantly", "only"})
_MAY_CLOSE = frozenset(
    {"again", "anymore", "twice", "yet", "enough", "properly", "straight", "right", "well", "apart"}
    | {"often", "either", "correctly", "constantly", "completely", "suddenly", "immediately"}
)
_EMPTY_ADVERBS = frozenset({"just", "really", "even", "also", "simply", "very", "quite", "pretty"})
_AFTER_DETERMINER = frozenset({Kind.CONTENT, Kind.NUMBER, Kind.ADVERB, Kind.DETERMINER})
_WHEN = frozenset({"when", "whenever", "if", "while", "until", "where", "unless", "how"})
_INDEFINITE = frozenset({"nothing", "none", "nowhere"})
_COUPLING = frozenset({"and", "or", "&", "nor"})
# What a word inside costs: one that points at what is not there or at
# one day, one that ends a clause.
_COSTS = {
    **dict.fromkeys(("this", "that", "these", "those", "here", "there"), 0.8),
    **dict.fromkeys(("ago", "yesterday", "today", "tonight"), 0.6),
    **dict.fromkeys(("last", "past"), 0.85),
    **dict.fromkeys(("nothing", "none", "nowhere"), 0.5),
    **dict.fromkeys(("again", "anymore", "yet", "either", "apart"), 0.6),
    **dict.fromkeys(("me", "us", "him", "them", "her"), 0.95),
}
_MINE = frozenset({"my", "our"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that stands by itself.

    Attributes:
        words: of the text, without empty adverbs.
        stems: of those that carry meaning and of negations, in order, each once.
        shape: how well it is cut, above 0 to about 1.
        clause: whether something is said of something, rather than something named.
    """

    words: tuple[Word, ...]
    stems: tuple[str, ...]
    shape: float
    clause: bool


def phrases(text: str) -> list[Phrase]:
    """Every phrase of a text that is cut well enough, in the order of their beginnings."""
    return [phrase for run in runs(text) for phrase in of_run(run)]


def of_run(run: Sequence[Word]) -> list[Phrase]:
    """The phrases of one run of words."""
    found = []
    ends = [_end(run, place) for place in range(len(run))]
    for first in range(len(run)):
        begin = _begin(run, first)
        if begin < _LEAST:
            continue
        inside, last = begin, first
        while inside >= _LEAST and last - first < LONGEST + 1 and last < len(run):
            if last > first:
                inside *= _inside(run, first, last - 1)
            if ends[last] and last > first:
                phrase = _phrase(run[first : last + 1], inside * ends[last])
                if phrase is not None:
                    found.append(phrase)
            last += 1
    return found


def _begin(run: Sequence[Word], place: int) -> float:
    """How well a phrase begins at this word."""
    word, quality = run[place], 1.0
    if word.kind is Kind.CONTENT:
        if word.lower in _NEVER_FIRST:
            return 0.0
        quality = 0.7 if ends_like_an_adverb(word.lower) else 1.0
    elif word.kind is Kind.POSSESSIVE:
        named = place + 1 < len(run) and run[place + 1].kind in _AFTER_DETERMINER
        quality = 0.95 if named and word.lower in _MINE else 0.0
    elif word.kind is Kind.ADVERB:
        quality = 0.85 if word.lower in _MAY_OPEN else 0.0
    elif word.kind is Kind.NUMBER:
        # "3 days after": when, not what.
        counted = place + 1 < len(run) and run[place + 1].lower in _WEAK["vague"]
        quality = 0.3 if counted or word.lower[0].isdigit() else 0.7
    elif word.kind is Kind.NEGATION:
        quality = 0.6 if word.lower in _INDEFINITE else 1.0
        if word.lower == "not" and place > 0 and _goes_with_not(run, place - 1):
            return 0.0  # begins with "does not", not with "not"
    elif not _goes_with_not(run, place):
        return 0.0
    return quality * _after_what(run, place)


def _goes_with_not(run: Sequence[Word], place: int) -> bool:
    """Whether this is the "does" of "does not"; "I am not" loses its "am" with the "I"."""
    word = run[place]
    follows = place + 1 < len(run) and run[place + 1].lower == "not"
    return follows and word.kind is Kind.AUXILIARY and word.lower != "am"


def _after_what(run: Sequence[Word], place: int) -> float:
    """How free a word is of what stands before it."""
    if place == 0:
        return 1.0
    before = run[place - 1]
    if before.kind is Kind.ADVERB:
        return 0.95 * _after_what(run, place - 1)
    if before.kind in (Kind.DETERMINER, Kind.POSSESSIVE):
        own = 1.0 if before.kind is Kind.DETERMINER else 0.9
        return own * max(_after_what(run, place - 1), 0.7 if _is_verb_like(run, place - 2) else 0)
    if before.kind is Kind.SUBJECT:
        return _after_subject(run, place - 1)
    if before.lower == "to" and _is_reversed(run, place - 1):
        return 0.0
    # After a word that carries meaning, or a negation, nothing begins; but see `_OPENS`.
    otherwise = 0.85 if before.lower in _OPENS else _BEFORE.get(before.kind, 0.0)
    return _BEFORE_WORD.get(before.lower, otherwise)


def _after_subject(run: Sequence[Word], place: int) -> float:
    """How well a phrase begins after this subject, which it drops."""
    if place == 0:
        return _BEFORE[Kind.SUBJECT]
    earlier = run[place - 1].kind
    denied = run[place + 1].kind is Kind.NEGATION
    # "the one I bought" says more of a noun; "can I not tell it" asks for the reverse.
    if earlier in CARRIERS or (earlier is Kind.AUXILIARY and denied):
        return 0.35
    return _BEFORE[Kind.SUBJECT]


def _is_verb_like(run: Sequence[Word], place: int) -> bool:
    """Whether the word before a determiner governs it: a verb, since nouns do not."""
    return place >= 0 and run[place].kind in CARRIERS and not _negated(run, place)


def _negated(run: Sequence[Word], place: int) -> bool:
    return any(word.kind is Kind.NEGATION for word in run[max(0, place - 5) : place])


def _is_reversed(run: Sequence[Word], place: int) -> bool:
    """Whether what follows this "to" did not happen: "unable to", "doesn't seem to"."""
    return _negated(run, place) or any(
        word.lower in _REVERSES for word in run[max(0, place - 2) : place]
    )


def _end(run: Sequence[Word], place: int) -> float:
    """How well a phrase ends with this word."""
    word = run[place]
    if word.kind is Kind.PARTICLE:
        if place == 0 or run[place - 1].kind not in (*CARRIERS, Kind.OBJECT):
            return 0.0
    elif word.kind is Kind.ADVERB:
        if word.lower not in _MAY_CLOSE:
            return 0.0
    elif word.kind not in CARRIERS or word.lower in _NEVER_LAST:
        return 0.0
    elif word.kind is Kind.NUMBER and place > 0 and run[place - 1].kind is Kind.DETERMINER:
        return 0.4 * _before_what(run, place)
    return _before_what(run, place)


def _before_what(run: Sequence[Word], place: int) -> float:
    """How free a word is of what stands after it."""
    if place + 1 == len(run):
        return 1.0
    after = run[place + 1]
    if after.lower in _CONTINUED:
        return 0.0
    if run[place].kind is Kind.PARTICLE and after.kind not in (Kind.JOINER, Kind.SUBJECT):
        return 0.6 if after.kind in (Kind.PREPOSITION, Kind.ADVERB) else 0.0
    if after.lower in ("it", "you"):
        # "restart it" or "the app it crashed": an auxiliary tells that a clause begins.
        following = run[place + 2].kind if place + 2 < len(run) else None
        return 0.7 if following in (Kind.AUXILIARY, Kind.NEGATION) else 0.0
    return _AFTER.get(after.kind, 0.0)


def _inside(run: Sequence[Word], first: int, place: int) -> float:
    """What it costs a phrase to go on after this word of it."""
    word = run[place]
    quality = _COSTS.get(word.lower, 1.0)
    if word.kind is Kind.GAP:
        return 0.0
    if word.kind is Kind.JOINER:
        quality = _joined(run, place)
    elif word.kind is Kind.SUBJECT:
        quality = _second_subject(run, first, place)
    elif word.kind is Kind.DETERMINER and run[place + 1].kind not in _AFTER_DETERMINER:
        quality = 0.3
    elif word.kind is Kind.AUXILIARY:
        earlier = {one.kind for one in run[first : place - 1]}
        quality = 0.75 if Kind.AUXILIARY in earlier else 1.0
    if place > first > 0 and run[first - 1].kind is Kind.PREPOSITION:
        # What stands after a preposition is named by a noun: a clause there has run on.
        quality *= 0.7 if word.kind in (Kind.DETERMINER, Kind.AUXILIARY, Kind.OBJECT) else 1.0
    return quality


def _joined(run: Sequence[Word], place: int) -> float:
    """What it costs to go on over a conjunction."""
    word = run[place].lower
    if word in _WHEN:
        return 0.95
    if run[place + 1].kind is Kind.SUBJECT:
        return 0.4
    return 0.8 if word in _COUPLING else 0.55


def _second_subject(run: Sequence[Word], first: int, place: int) -> float:
    """What it costs to go on over a subject inside: "when I", but not "that's"."""
    before, word = run[place - 1], run[place].lower
    if place > first and before.kind is Kind.JOINER:
        return 0.9
    goes_on = run[place + 1].kind in (Kind.AUXILIARY, Kind.NEGATION) or "'" in word
    if before.kind is Kind.AUXILIARY:
        return 0.4  # "what age can I" is a question cut short
    # A speaker who doubles ("the app it says") or goes on without a stop.
    return 0.4 if goes_on or (before.kind in CARRIERS and word == "it") else 0.6


def _phrase(words: Sequence[Word], quality: float) -> Phrase | None:
    kept: list[Word] = []
    for word in words:
        free = not kept or kept[-1].kind is not Kind.NEGATION
        if not (word.kind is Kind.ADVERB and word.lower in _EMPTY_ADVERBS and free):
            kept.append(word)
    if not SHORTEST <= len(kept) <= LONGEST:
        return None
    clause = _is_clause(kept)
    if kept[-1].lower in _PREDICATE and not clause:
        return None
    shape = quality * _LENGTHS[len(kept)]
    stems = tuple(dict.fromkeys(word.stem for word in kept if word.stem))
    if shape < _LEAST or not any(stem != NEGATED for stem in stems):
        return None
    return Phrase(tuple(kept), stems, shape, clause)


def _is_clause(words: Sequence[Word]) -> bool:
    kinds = [word.kind for word in words]
    inner = {Kind.AUXILIARY, Kind.NEGATION, Kind.OBJECT, Kind.SUBJECT}
    return kinds[0] is Kind.NEGATION or any(kind in inner for kind in kinds[1:])
