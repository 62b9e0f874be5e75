"""Names for themes: a headline in the customers' own words, and the terms that set a theme apart.

A headline is a phrase that one of the most central members says (`nlp.themes.phrases`). It is worth
what its words are: of each, the share of the theme's interactions that hold it, times how much more
the theme holds of it than the others do (`nlp.themes.terms`). What nobody else says costs. No model
is asked, and no word is invented: who doubts a name finds it in the quotes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2

import numpy as np

from nlp.themes import phrases, terms
from nlp.themes.phrases import Phrase
from nlp.themes.terms import Contrast, Heard, Vocabulary
from nlp.themes.values import NOWHERE, Documents, Floats, Ints
from nlp.themes.words import NEGATED, Kind, looks_like_an_identifier, runs

READ = 16
"""Most central members whose phrases are weighed."""

COUNTED = 64
"""Most central members whose words are counted; a hundred times as many of those in no theme."""

# A product is named from this share of the theme's interactions on, unless it is everybody's.
_DOMINANT, _EVERYBODYS = 0.6, 0.6
_FEWEST = 3
_MANY = 10  # interactions from which on what one of them says is of no account
# How much a word counts beside a telling one, and what one costs that only one interaction says.
_WEAK, _SPOKEN, _LONE, _LEAST = 0.3, 0.4, 0.15, 0.05
# What a phrase is worth that says something of something, and one of vague words alone.
_CLAUSE, _VAGUE = 1.2, 0.6
# A runner-up that is nearly as good spares a theme the word in brackets.
_NEARLY = 0.8
_RARE = 0.04
_KEPT = 12
# A headline from before stays while this share of its words is said.
_BORNE_OUT = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What a theme is called.

    Attributes:
        headline: a few words, unlike every other theme's of the same run.
        terms: what sets it apart, the most telling first; may be empty where little is said.
        others: headlines that were nearly as good, for a person who renames it.
    """

    headline: str
    terms: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    stems: frozenset[str]
    score: float


@dataclass(slots=True)
class _Theme:
    """One theme on its way to a name; `rows` from the most central member on, `read` of these."""

    rows: list[int]
    read: list[int]
    centrality: dict[int, float]
    counts: Counter[str]
    size: int
    heard: int
    found: dict[str, Contrast]
    candidates: list[_Candidate]
    terms: tuple[str, ...]
    product: str = ""


def names(
    documents: Documents,
    labels: Ints,
    *,
    products: Sequence[str] | None = None,
    before: Mapping[int, str] | None = None,
) -> list[Name]:
    """A name for each theme, the same for the same documents in any order.

    Args:
        documents: findings or passages, redacted; what stands in square brackets is never shown.
        labels: (documents,) index of each one's theme, `NOWHERE` for none.
        products: of each document, the product that it is about, or "" where that is not known.
        before: index of a theme to the headline that it had: it keeps it while several
            interactions still say most of its words.

    Returns:
        One a theme, in the order of their indices.

    Raises:
        ValueError: labels or products are not one a document, or a theme is empty.
    """
    lengths = {len(documents), len(labels), len(documents if products is None else products)}
    if len(lengths) > 1:
        raise ValueError(f"documents, labels and products differ in length: {sorted(lengths)}")
    themes = _themes(documents, labels)
    vocabulary, read = _count(documents, labels, themes)
    everything: Counter[str] = Counter()
    for counts in read.counts.values():
        everything.update(counts)
    for index, theme in enumerate(themes):
        theme.counts, theme.heard = read.counts[index], read.heard[index]
        theme.found = terms.contrasts(
            theme.counts, everything, least=1 if theme.heard < _MANY else 2
        )
        theme.terms = terms.key_terms(theme.found, vocabulary, size=theme.heard)
        theme.candidates = _candidates(theme, read.central, vocabulary, documents.groups)
    if products is not None:
        _name_products(themes, documents.groups, products)
    return _told_apart(themes, before or {})


def _themes(documents: Documents, labels: Ints) -> list[_Theme]:
    order = sorted(range(len(documents)), key=documents.keys.__getitem__)
    members: dict[int, list[int]] = {}
    for row in order:
        members.setdefault(int(labels[row]), []).append(row)
    count = max(members, default=NOWHERE) + 1
    empty = [index for index in range(count) if index not in members]
    if empty or min(members, default=0) < NOWHERE:
        raise ValueError(f"themes are numbered from 0 without gaps: nothing is in {empty[:5]}")
    return [_theme(documents, members[index]) for index in range(count)]


def _theme(documents: Documents, rows: list[int]) -> _Theme:
    near = central(documents.vectors[rows])
    by_row = {row: float(value) for row, value in zip(rows, near, strict=True)}
    ranked = sorted(rows, key=lambda row: (-by_row[row], documents.keys[row]))
    size = len({documents.groups[row] for row in rows})
    return _Theme(ranked, [], by_row, Counter(), size, 0, {}, [], ())


def central(vectors: Floats) -> Floats:
    """(members,) cosine of each member with the mean of all, to six places: ties stay ties."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    near = vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-12))
    return np.asarray(np.round(near, 6), dtype=np.float32)


@dataclass(slots=True)
class _Read:
    """What was read: of each theme its interactions and their terms, and its central members."""

    counts: dict[int, Counter[str]]
    heard: Counter[int]
    central: dict[int, Heard]


def _count(documents: Documents, labels: Ints, themes: list[_Theme]) -> tuple[Vocabulary, _Read]:
    for theme in themes:
        theme.read = _distinct_texts(theme.rows, documents.texts)
    kept = {row for theme in themes for row in theme.read}
    counted = [row for theme in themes for row in theme.rows[:COUNTED]]
    nowhere = np.flatnonzero(labels == NOWHERE).tolist()
    counted += sorted(nowhere, key=documents.keys.__getitem__)[: 100 * COUNTED]
    counted.sort(key=lambda row: (documents.groups[row], documents.keys[row]))
    vocabulary = Vocabulary()
    read = _Read({}, Counter(), {})
    for _, rows in groupby(counted, key=documents.groups.__getitem__):
        together = list(rows)
        said: dict[int, set[str]] = {}
        heard = vocabulary.learn([documents.texts[row] for row in together])
        for row, one in zip(together, heard, strict=True):
            said.setdefault(int(labels[row]), set()).update(one.terms)
            if row in kept:
                read.central[row] = one
        for index, learned in said.items():
            read.counts.setdefault(index, Counter()).update(learned)
            read.heard[index] += 1
    return vocabulary, read


def _distinct_texts(rows: Sequence[int], texts: Sequence[str]) -> list[int]:
    """The first rows whose texts differ in more than case: what is repeated says nothing new."""
    first: dict[str, int] = {}
    for row in rows[:COUNTED]:
        first.setdefault(texts[row].casefold().strip(), row)
        if len(first) == READ:
            break
    return list(first.values())


def _candidates(
    theme: _Theme,
    read: dict[int, Heard],
    vocabulary: Vocabulary,
    groups: Sequence[str],
) -> list[_Candidate]:
    """The best headlines of a theme, no two with the same words, the best first."""
    weights = _weights(theme)
    support: dict[tuple[str, ...], set[str]] = {}
    said: list[tuple[Phrase, int]] = []
    for row in theme.read:
        for run in read[row].runs:
            for phrase in phrases.of_run(run):
                support.setdefault(phrase.stems, set()).add(groups[row])
                said.append((phrase, row))
    nearest = max(theme.centrality[theme.rows[0]], 1e-6)
    weighed: list[tuple[float, str, Phrase, int]] = []
    for phrase, row in said:
        closeness = max(theme.centrality[row], 0) / nearest
        score = _worth(phrase, weights) * (0.6 + 0.4 * closeness)
        score *= 1 + 0.25 * log2(len(support[phrase.stems]))
        weighed.append((-round(score, 9), " ".join(one.lower for one in phrase.words), phrase, row))
    best: dict[frozenset[str], _Candidate] = {}
    for score, _, phrase, row in sorted(weighed, key=lambda one: one[:2]):
        stems = frozenset(phrase.stems)
        if stems not in best and _shows(phrase, vocabulary):
            text = _written(phrase, vocabulary, cased=read[row].cased)
            best[stems] = _Candidate(text, stems, -score)
            if len(best) == _KEPT:
                break
    return list(best.values())


def _weights(theme: _Theme) -> dict[str, float]:
    """What each stem is worth in a headline: the most telling is worth 1, a lone one costs."""
    enough = min(theme.heard / 2, max(2, _RARE * theme.heard))
    weights = {}
    for stem, one in theme.found.items():
        if " " not in stem and one.interactions >= enough:
            weight = one.interactions / theme.heard * max(one.lift, 0.1)
            weak = stem in terms.weak_stems() or stem == NEGATED
            weights[stem] = weight * (_WEAK if weak else 1.0)
    most = max(weights.values(), default=1.0)
    return {stem: weight / most for stem, weight in weights.items()}


def _worth(phrase: Phrase, weights: dict[str, float]) -> float:
    numbers = {word.stem for word in phrase.words if word.kind is Kind.NUMBER}
    told = sum(
        weights.get(stem, -_LONE) * (_SPOKEN if stem in numbers else 1.0) for stem in phrase.stems
    )
    # "my second one" says nothing of what it is about.
    vague = all(stem in terms.weak_stems() or stem in numbers for stem in phrase.stems)
    form = _VAGUE if vague else _CLAUSE if phrase.clause else 1.0
    return max(told, _LEAST) * phrase.shape * form


def _shows(phrase: Phrase, vocabulary: Vocabulary) -> bool:
    """Whether a phrase may be shown: it holds nobody's name and no identifier."""
    digits = "".join(char for word in phrase.words for char in word.lower if char.isdigit())
    return not looks_like_an_identifier(digits) and not any(
        map(vocabulary.is_private, phrase.words)
    )


def _written(phrase: Phrase, vocabulary: Vocabulary, *, cased: bool) -> str:
    return " ".join(
        vocabulary.written(word.lower, word.shown if cased and not word.opening else "")
        for word in phrase.words
    )


def _name_products(themes: list[_Theme], groups: Sequence[str], products: Sequence[str]) -> None:
    """Notes the product of each theme that one dominates, unless it dominates everything."""
    everywhere = _product_counts([row for one in themes for row in one.rows], groups, products)
    for theme in themes:
        found = _product_counts(theme.rows, groups, products)
        if not found or theme.size < _FEWEST:
            continue
        product = min(found, key=lambda one: (-found[one], one))
        common = everywhere[product] / max(everywhere.total(), 1)
        if found[product] >= _DOMINANT * theme.size and common < _EVERYBODYS:
            theme.product = product


def _product_counts(
    rows: Sequence[int], groups: Sequence[str], products: Sequence[str]
) -> Counter[str]:
    pairs = {(groups[row], products[row]) for row in rows if products[row]}
    return Counter(product for _, product in pairs)


def _told_apart(themes: list[_Theme], before: Mapping[int, str]) -> list[Name]:
    """Names, the surest first; who comes later says something else, or says a word more."""
    kept = {
        index: headline
        for index, headline in before.items()
        if index < len(themes) and _is_still_said(headline, themes[index])
    }
    order = sorted(
        range(len(themes)),
        key=lambda index: (index not in kept, -_surety(themes[index]), themes[index].terms, index),
    )
    taken: set[frozenset[str]] = set()
    shown: set[str] = set()
    found: dict[int, Name] = {}
    for index in order:
        theme = themes[index]
        chosen = _free(theme, taken)
        wanted = kept.get(index) or _headline(theme, chosen)
        headline = _distinct(wanted, theme, shown)
        taken.add(_stems(headline) if index in kept else chosen.stems)
        shown.add(headline.casefold())
        others = tuple(one.text for one in theme.candidates if one.text not in headline)[:4]
        found[index] = Name(headline=headline, terms=theme.terms, others=others)
    return [found[index] for index in range(len(themes))]


def _is_still_said(headline: str, theme: _Theme) -> bool:
    """Whether the members bear out most of a headline that their theme had before."""
    stems = _stems(headline.removeprefix(f"{theme.product}: "))
    said = [stem for stem in stems if stem in theme.found and theme.found[stem].interactions > 1]
    return bool(said) and len(said) >= _BORNE_OUT * len(stems)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.stem for run in runs(text) for word in run if word.stem)


def _surety(theme: _Theme) -> float:
    return theme.candidates[0].score * log2(1 + theme.size) if theme.candidates else 0.0


def _free(theme: _Theme, taken: set[frozenset[str]]) -> _Candidate:
    """The best headline that no other theme bears, if it is nearly as good as the best of all."""
    if not theme.candidates:
        return _Candidate(_of_terms(theme), frozenset(), 0.0)
    best = theme.candidates[0]
    return next(
        (
            one
            for one in theme.candidates
            if one.stems not in taken and one.score >= _NEARLY * best.score
        ),
        best,
    )


def _of_terms(theme: _Theme) -> str:
    """A theme that says no whole phrase is named by its terms."""
    return ", ".join(theme.terms[:3]) or "unnamed"


def _headline(theme: _Theme, chosen: _Candidate) -> str:
    named = theme.product.casefold() in chosen.text.casefold()
    return chosen.text if named else f"{theme.product}: {chosen.text}"


def _distinct(headline: str, theme: _Theme, shown: set[str]) -> str:
    """The headline, with a term or at last a number in brackets where another theme bears it."""
    if headline.casefold() not in shown:
        return headline
    added = [term for term in theme.terms if term.casefold() not in headline.casefold()]
    tries = [f"{headline} ({term})" for term in added]
    tries += [f"{headline} ({number})" for number in range(2, len(shown) + 3)]
    return next(one for one in tries if one.casefold() not in shown)
