"""What people together say of a passage: the newest word of each person, and the majority of them.

Pure: opinions go in as they are stored, and a verdict comes out. Where people are evenly divided,
nothing is decided, and what the model said stays.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from api.store.opinion_tables import OpinionRow
from api.store.opinions import Place
from nlp.types import SENTIMENTS, SPEAKERS, SentimentLabel, Speaker

Choice = TypeVar("Choice", bound=Hashable)

Span = tuple[int, int]
"""Offsets in a turn's text, in characters."""

Person = Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What people together say of one passage.

    Attributes:
        categories: whether it carries each that somebody spoke of; None where they are divided.
        quotes: words that show a category, by people; offsets in the turn's text.
        instead: categories that somebody put in the place of another.
        sentiment: of the passage, or None where nobody said, or they are divided.
        people: how many spoke of it.
        share: of these, the share that agrees with all that is decided.
        last: when the last of them spoke.
    """

    categories: Mapping[str, bool | None] = field(default_factory=dict)
    quotes: Mapping[str, Span] = field(default_factory=dict)
    instead: frozenset[str] = frozenset()
    sentiment: SentimentLabel | None = None
    people: int = 0
    share: float = 1.0
    last: datetime | None = None


@dataclass(slots=True)
class Spoken:
    """The newest word of each person on one passage, as far as it was not withdrawn.

    Attributes:
        votes: by category and person.
        quotes: the same.
        instead: who put a category in the place of another.
        feelings: by person.
    """

    votes: dict[str, dict[Person, bool]] = field(default_factory=dict)
    quotes: dict[str, dict[Person, Span]] = field(default_factory=dict)
    instead: dict[str, set[Person]] = field(default_factory=dict)
    feelings: dict[Person, SentimentLabel] = field(default_factory=dict)

    @property
    def people(self) -> set[Person]:
        """Everybody who spoke."""
        return {person for votes in self.votes.values() for person in votes} | set(self.feelings)


def person_of(row: OpinionRow) -> Person:
    """Who gave an opinion: the key or the person, and without one the name."""
    return row.caller_id or row.caller


def in_order(rows: Iterable[OpinionRow]) -> list[OpinionRow]:
    """Opinions in the order in which they were given."""
    return sorted(rows, key=lambda row: (row.at, row.id))


def spoken(rows: Iterable[OpinionRow]) -> Spoken:
    """The newest word of each person on a passage.

    One that was withdrawn takes what that person said before on the same thing with it: nobody
    who takes a word back means an older one again.
    """
    found = Spoken()
    for row in in_order(rows):
        person = person_of(row)
        if row.sentiment is not None:
            _keep(found.feelings, person, _feeling(row.sentiment), row)
        if row.category is None:
            continue
        shown = row.category if row.becomes is None else row.becomes
        if row.kind == "quote" and row.withdrawn_at is not None:
            found.quotes.get(shown, {}).pop(person, None)
            continue
        carries = row.kind not in ("reject", "correct")
        _keep(found.votes.setdefault(row.category, {}), person, carries, row)
        if row.becomes is not None:
            _keep(found.votes.setdefault(row.becomes, {}), person, row.kind == "correct", row)
            found.instead.setdefault(row.becomes, set()).add(person)
        if row.quote_start is not None and row.quote_end is not None:
            span = (row.quote_start, row.quote_end)
            _keep(found.quotes.setdefault(shown, {}), person, span, row)
    return found


def _keep(words: dict[Person, Choice], person: Person, word: Choice, row: OpinionRow) -> None:
    """Puts a word in the place of the person's last one, as the newest; or takes it away."""
    words.pop(person, None)
    if row.withdrawn_at is None:
        words[person] = word


def decide(rows: Sequence[OpinionRow]) -> Verdict:
    """What people together say of a passage.

    Args:
        rows: all opinions on it, also those that were withdrawn; a speaker's are passed over.
    """
    said = spoken(row for row in rows if row.kind != "speaker")
    categories = {name: most(votes) for name, votes in said.votes.items() if votes}
    quotes = {}
    for name, spans in said.quotes.items():
        theirs = {one: span for one, span in spans.items() if said.votes.get(name, {}).get(one)}
        chosen = most(theirs)
        if chosen is not None:
            quotes[name] = chosen
    feeling = most(said.feelings)
    people = said.people
    agree = sum(_agrees(said, one, categories, feeling) for one in people)
    counted = [row.at for row in rows if row.withdrawn_at is None and row.kind != "speaker"]
    return Verdict(
        categories=categories,
        quotes=quotes,
        instead=frozenset(
            name
            for name, persons in said.instead.items()
            if any(said.votes[name].get(one) for one in persons)
        ),
        sentiment=feeling,
        people=len(people),
        share=agree / len(people) if people else 1.0,
        last=max(counted, default=None),
    )


def most(words: Mapping[Person, Choice]) -> Choice | None:
    """What more people say than anything else; None where no word is ahead, or nobody spoke."""
    ranked = Counter(words.values()).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _agrees(
    said: Spoken, person: Person, categories: Mapping[str, bool | None], feeling: str | None
) -> bool:
    """Whether a person contradicts nothing that is decided."""
    votes = (
        (votes[person], categories.get(name))
        for name, votes in said.votes.items()
        if person in votes
    )
    if any(decided is not None and vote != decided for vote, decided in votes):
        return False
    own = said.feelings.get(person)
    return own is None or feeling is None or own == feeling


def speaker(rows: Iterable[OpinionRow]) -> Speaker | None:
    """Who people say that speaks in a turn; None where nobody said, or they are divided."""
    return most(speakers(rows))


def speakers(rows: Iterable[OpinionRow]) -> dict[Person, Speaker]:
    """Who each person says that speaks in a turn, by the newest word of each."""
    words: dict[Person, Speaker] = {}
    for row in in_order(rows):
        if row.kind == "speaker" and row.speaker is not None:
            _keep(words, person_of(row), _speaker(row.speaker), row)
    return words


def place_in(passages: Sequence[Place], row: Place) -> int | None:
    """Which passage an opinion is about: the one of its turn that has most of it, or None.

    Args:
        passages: of the interaction, as they are cut now.
        row: turn and offsets of the passage when the opinion was given.
    """
    best, place = 0, None
    turn, start, end = row
    for index, (there, first, last) in enumerate(passages):
        shared = min(end, last) - max(start, first) if there == turn else 0
        if shared > best:
            best, place = shared, index
    return place


def by_passage(
    passages: Sequence[Place], rows: Iterable[OpinionRow]
) -> dict[int, list[OpinionRow]]:
    """Opinions by the passage that they are about; those whose words are in none are left out."""
    found: dict[int, list[OpinionRow]] = {}
    for row in rows:
        place = place_in(passages, (row.turn, row.start, row.end))
        if row.kind != "speaker" and place is not None:
            found.setdefault(place, []).append(row)
    return found


def _feeling(word: str) -> SentimentLabel:
    return SENTIMENTS[SENTIMENTS.index(cast("SentimentLabel", word))]


def _speaker(word: str) -> Speaker:
    return SPEAKERS[SPEAKERS.index(cast("Speaker", word))]
