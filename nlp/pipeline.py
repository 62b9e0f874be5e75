"""The stages joined, in the order they are read: passages, one encoder pass, heads, findings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded, Encoder, OnnxEncoder
from nlp.errors import ModelError
from nlp.heads.custom import CustomCategory
from nlp.heads.linear import Features
from nlp.heads.sentiment import labels
from nlp.learn import registry
from nlp.passages import passages, segments
from nlp.types import (
    CATEGORIES,
    SENTIMENTS,
    Finding,
    Interaction,
    Mined,
    Passage,
    Sentiment,
    SentimentLabel,
    TurnSentiment,
)
from nlp.weights import CACHE

# Beyond this distance from 0 the mean over an interaction is called negative or positive.
OVERALL_BAND = 0.15

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the heads say of one interaction, before anything is decided.

    Attributes:
        passages: the customer's, in order.
        encoded: one a passage.
        categories: (passages, categories) calibrated probabilities, columns as `CATEGORIES`.
        feelings: (passages, feelings) probabilities as if the three were equally common, columns
            as `SENTIMENTS`.
    """

    passages: tuple[Passage, ...]
    encoded: Sequence[Encoded]
    categories: Floats
    feelings: Floats


class Miner:
    """Finds what customers say: hand it interactions, get findings, sentiment and vectors.

    Args:
        encoder: gives vectors and token states.
        model: the heads learned on top of that encoder.
        custom: categories of a team's own, fitted on that model.
    """

    def __init__(
        self, encoder: Encoder, model: registry.Model, custom: Sequence[CustomCategory] = ()
    ) -> None:
        self._encoder = encoder
        self._model = model
        self._custom = tuple(custom)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        *,
        cache: Path | None = None,
        threads: int | None = None,
        weights: Path | None = None,
    ) -> Self:
        """A miner with the pinned encoder, int8 under ONNX Runtime.

        Args:
            path: a model folder; the project's own model if None.
            cache: folder for the encoder's graph, which is built on first use (some ten seconds).
            threads: for one run of the encoder; None for all cores.
            weights: folder with the encoder's weights, where it is none of the usual places.

        Raises:
            ModelError: there is no such model, or it does not fit.
            WeightsMissing: the encoder's weights are nowhere.
            WeightsChanged: some file is not the one that was pinned.
        """
        model = registry.open_folder(path)
        folder = (cache or CACHE).expanduser()
        encoder = OnnxEncoder.load(weights, learned=model.learned, cache=folder, threads=threads)
        return cls(encoder, model)

    @property
    def model(self) -> str:
        """Name of the model, as findings carry it."""
        return self._model.name

    @property
    def folder(self) -> Path:
        """Where the model lies."""
        return self._model.folder

    @property
    def digest(self) -> str:
        """Of the model and its encoder: it changes with whatever was learned."""
        return self._model.digest

    @property
    def thresholds(self) -> tuple[float, ...]:
        """From which probability each of `CATEGORIES` counts as found."""
        return tuple(float(low) for low in self._model.categories.bands[:, 0])

    @property
    def vocabulary(self) -> Collection[str]:
        """The words that the heads know, in lower case, and pairs of them."""
        return self._model.lexicon.vocabulary

    def with_categories(self, custom: Sequence[CustomCategory]) -> Self:
        """The same miner, which finds these categories too; what else it finds stays the same.

        Raises:
            ModelError: one of them was fitted on another model.
        """
        for category in custom:
            if category.digest != self.digest:
                raise ModelError(
                    f"the category {category.name!r} was fitted on another model than {self.model}:"
                    " fit it again from its examples"
                )
        return type(self)(self._encoder, self._model, custom)

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, width) vectors of length 1 of texts that stand alone, such as queries.

        They are made as those of passages are, so that their inner product is a likeness.
        """
        return np.stack([one.vector for one in self._encoder.encode(texts)])

    def mine(self, interactions: Sequence[Interaction]) -> list[Mined]:
        """Mines interactions, in their order, with one pass over all their passages together."""
        return [self._assemble(reading) for reading in self.read(interactions)]

    def read(self, interactions: Sequence[Interaction]) -> list[Reading]:
        """Reads interactions, in their order: what the heads say of every passage.

        `mine` decides on top of this; evaluation and learning look at it as it is.
        """
        cut = [passages(interaction) for interaction in interactions]
        flat = [passage for found in cut for passage in found]
        read = self._encoder.read([segments(interaction) for interaction in interactions])
        encoded = [one for found in read for one in found]
        if flat:
            features = Features.of([one.text for one in flat], encoded, self._model.lexicon)
            categories = self._model.categories.probabilities(features)
            head = self._model.sentiment
            feelings = head.balanced(head.probabilities(features))
        else:
            categories = np.zeros((0, len(CATEGORIES)), dtype=np.float32)
            feelings = np.zeros((0, len(SENTIMENTS)), dtype=np.float32)
        readings: list[Reading] = []
        start = 0
        for found in cut:
            rows = slice(start, start + len(found))
            readings.append(Reading(found, encoded[rows], categories[rows], feelings[rows]))
            start += len(found)
        return readings

    def found(self, reading: Reading) -> NDArray[np.bool_]:
        """(passages, categories) whether each category is found there, sure or not."""
        return np.asarray(reading.categories >= self._model.categories.bands[:, 0])

    def quote(self, reading: Reading, passage: int, category: int) -> tuple[int, int]:
        """Offsets, in the passage's text, of the words that would show the category.

        Args:
            reading: of the interaction.
            passage: index into `reading.passages`.
            category: index into `CATEGORIES`.
        """
        text = reading.passages[passage].text
        return self._model.quotes.span(text, reading.encoded[passage], category)

    def mine_custom(self, interactions: Sequence[Interaction]) -> list[list[Finding]]:
        """What the team's own categories find, an interaction a list; nothing else is decided."""
        return [self.custom(reading) for reading in self.read(interactions)]

    def custom(self, reading: Reading) -> list[Finding]:
        """What the team's own categories find in a reading, category by category."""
        found: list[Finding] = []
        feeling = labels(reading.feelings)
        for category in self._custom:
            chances = category.probabilities(reading.encoded)
            for row in np.flatnonzero(chances >= category.threshold):
                number = int(row)
                passage = reading.passages[number]
                start, end = category.span(passage.text, reading.encoded[number])
                found.append(
                    Finding(
                        category=category.name,
                        turn=passage.turn,
                        start=passage.start + start,
                        end=passage.start + end,
                        quote=passage.text[start:end],
                        confidence=float(chances[number]),
                        sentiment=feeling[number],
                        passage=number,
                    )
                )
        return found

    def _assemble(self, reading: Reading) -> Mined:
        findings: list[Finding] = []
        found, feeling = reading.passages, labels(reading.feelings)
        there = self.found(reading)
        sure = reading.categories >= self._model.categories.bands[:, 1]
        for number, passage in enumerate(found):
            for column in np.flatnonzero(there[number]):
                category = int(column)
                start, end = self.quote(reading, number, category)
                findings.append(
                    Finding(
                        category=CATEGORIES[category],
                        turn=passage.turn,
                        start=passage.start + start,
                        end=passage.start + end,
                        quote=passage.text[start:end],
                        confidence=float(reading.categories[number, category]),
                        sentiment=feeling[number],
                        passage=number,
                        unsure=not sure[number, category],
                    )
                )
        findings += self.custom(reading)
        findings.sort(key=lambda finding: (finding.turn, finding.start, finding.category))
        return Mined(
            passages=found,
            vectors=tuple(tuple(one.vector.tolist()) for one in reading.encoded),
            findings=tuple(findings),
            sentiment=_overall(found, reading.feelings),
            arc=_arc(found, reading.feelings),
            model=self.model,
        )


def _weights(found: Sequence[Passage]) -> Floats:
    """How much each passage counts in a mean.

    It is the root of its number of words: a long story does not drown a short cry.
    """
    return np.sqrt([len(passage.text.split()) for passage in found]).astype(np.float32)


def _arc(found: Sequence[Passage], feelings: Floats) -> tuple[TurnSentiment, ...]:
    if not found:
        return ()
    # Passages stand in the order of their turns, so that each turn's are neighbours.
    turns, firsts = np.unique([passage.turn for passage in found], return_index=True)
    weights = _weights(found)[:, None]
    sums = np.add.reduceat(feelings * weights, firsts)
    means = (sums / np.add.reduceat(weights, firsts)).astype(np.float32)
    return tuple(
        TurnSentiment(index=turn, label=label, score=float(mean[2] - mean[0]))
        for turn, label, mean in zip(turns.tolist(), labels(means), means, strict=True)
    )


def _overall(found: Sequence[Passage], feelings: Floats) -> Sentiment:
    if not found:
        return Sentiment(label="neutral", score=0.0)
    mean = np.average(feelings, axis=0, weights=_weights(found))
    score = float(mean[2] - mean[0])
    label: SentimentLabel = "neutral"
    if abs(score) > OVERALL_BAND:
        label = "positive" if score > 0 else "negative"
    return Sentiment(label=label, score=score)
