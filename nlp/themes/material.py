"""From mined interactions to documents: what was said, where and when, and keys that last."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from nlp.themes.values import Documents, Floats
from nlp.types import CATEGORIES, Finding, Interaction, Mined, SentimentLabel

ALL = "all"
"""The scope of every passage with a finding, each once."""

SCOPES: tuple[str, ...] = (*CATEGORIES, ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One mined interaction, without its words.

    Attributes:
        id: unlike every other's; that of the interaction wherever no other bears it.
        source: where it came from, for a person.
        channel: call, email or chat.
        day: on which it began, in its own time zone, or None.
        metadata: what else came with it.
    """

    id: str
    source: str
    channel: str
    day: date | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One finding, and where it stands.

    Attributes:
        category: that was found.
        quote: the customer's own words.
        turn: index of the turn.
        start: offset of the quote's first character in that turn's text.
        sentiment: of its passage.
        confidence: from 0 to 1.
        heard: index into `Material.interactions`.
        passage: index into `Material.vectors`; findings of one passage share it.
    """

    category: str
    quote: str
    turn: int
    start: int
    sentiment: SentimentLabel
    confidence: float
    heard: int
    passage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that themes are gathered from.

    Attributes:
        interactions: all that were mined, those with nothing found too: shares are of all.
        said: the findings, in the order in which they came.
        vectors: (passages with a finding, width) of length 1.
        repeated: interactions that were left out, as they had come before word for word.
    """

    interactions: tuple[Heard, ...]
    said: tuple[Said, ...]
    vectors: Floats
    repeated: int


@dataclass(slots=True)
class Collector:
    """Takes mined interactions in, one after the other.

    Attributes:
        sure_only: whether those are left out that the model leaves to a person.
    """

    sure_only: bool = False
    _interactions: list[Heard] = field(default_factory=list)
    _said: list[Said] = field(default_factory=list)
    _vectors: list[Floats] = field(default_factory=list)
    _words: dict[str, str] = field(default_factory=dict)
    _repeated: int = 0

    def add(self, interaction: Interaction, mined: Mined) -> None:
        """Takes one in; one that has come before, with the same id and words, only counts.

        Args:
            interaction: redacted: its quotes are shown.
            mined: of it.
        """
        id = self._named(interaction)
        if id is None:
            self._repeated += 1
            return
        began = interaction.started_at
        heard = Heard(
            id=id,
            source=interaction.source,
            channel=interaction.channel,
            day=None if began is None else began.date(),
            metadata=dict(interaction.metadata),
        )
        self._interactions.append(heard)
        places: dict[int, int] = {}
        for finding in mined.findings:
            if not (self.sure_only and finding.unsure):
                if finding.passage not in places:
                    places[finding.passage] = len(self._vectors)
                    vector = np.asarray(mined.vectors[finding.passage], dtype=np.float32)
                    self._vectors.append(vector)
                self._said.append(self._of(finding, places[finding.passage]))

    def material(self) -> Material:
        """What was taken in so far."""
        vectors = np.stack(self._vectors) if self._vectors else np.zeros((0, 1), np.float32)
        return Material(
            interactions=tuple(self._interactions),
            said=tuple(self._said),
            vectors=vectors,
            repeated=self._repeated,
        )

    def _named(self, interaction: Interaction) -> str | None:
        """An id of its own, None where the interaction came before.

        Rows of two tables may both be number 7; the words tell them apart.
        """
        words = "\n".join(turn.text for turn in interaction.turns)
        digest = hashlib.sha256(words.encode()).hexdigest()[:12]
        for id in (interaction.id, f"{interaction.id}~{digest}"):
            if id not in self._words:
                self._words[id] = digest
                return id
            if self._words[id] == digest:
                return None
        return None

    def _of(self, finding: Finding, passage: int) -> Said:
        return Said(
            category=finding.category,
            quote=finding.quote,
            turn=finding.turn,
            start=finding.start,
            sentiment=finding.sentiment,
            confidence=finding.confidence,
            heard=len(self._interactions) - 1,
            passage=passage,
        )


def in_scope(material: Material, scope: str) -> tuple[Said, ...]:
    """The findings of a category; of `ALL` the surest one of each passage.

    Args:
        material: what was mined.
        scope: a category, or `ALL`.
    """
    if scope != ALL:
        return tuple(one for one in material.said if one.category == scope)
    surest: dict[int, Said] = {}
    for one in material.said:
        known = surest.get(one.passage)
        if known is None or one.confidence > known.confidence:
            surest[one.passage] = one
    return tuple(surest.values())


def documents(material: Material, said: Sequence[Said], scope: str) -> Documents:
    """Findings as what is clustered: the quote, the vector of its passage, a key that lasts.

    A key holds the interaction's id, the turn, the quote's first character and the scope: as long
    as an interaction keeps its id and its words, its findings keep their keys.

    Args:
        material: what was mined.
        said: of it, as `in_scope` gives it.
        scope: whose documents they are.
    """
    ids = [material.interactions[one.heard].id for one in said]
    rows = [one.passage for one in said]
    return Documents(
        keys=tuple(
            f"{id}:{one.turn}:{one.start}:{scope}" for id, one in zip(ids, said, strict=True)
        ),
        texts=tuple(one.quote for one in said),
        vectors=material.vectors[np.array(rows, dtype=np.int64)],
        groups=tuple(ids),
    )
