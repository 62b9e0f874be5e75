"""Interactions and findings made by hand, for tests of the service."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.heads.custom import CustomCategory
from nlp.learn.judging import Estimate, Figure
from nlp.learn.lessons import Fitted, Lesson, check
from nlp.types import (
    Finding,
    Interaction,
    Mined,
    Passage,
    Redacted,
    Roles,
    Sentiment,
    Turn,
    TurnSentiment,
)

WIDTH = 384


def interaction(name: str = "call-1", *, words: Sequence[str] = (), **fields: Any) -> Interaction:
    """A call of an agent's and a customer's turns in turn; `words` are what they say."""
    said = words or ("How can I help?", "The kettle leaks and the manual is wrong.")
    turns = tuple(
        Turn(index=index, speaker=("agent", "customer")[index % 2], text=text)
        for index, text in enumerate(said)
    )
    values: dict[str, Any] = {
        "id": name,
        "source": f"{name}.txt",
        "format": "speaker_lines",
        "channel": "call",
        "turns": turns,
        "roles": Roles(source="file", confidence=1.0),
    }
    return Interaction(**{**values, **fields})


class PlainRedactor:
    """Takes out one word, `SECRET`: what is stored tells whether the redactor was asked."""

    def redact(self, interaction: Interaction) -> Redacted:
        """The interaction without the word."""
        turns = tuple(
            Turn(
                index=turn.index,
                speaker=turn.speaker,
                text=self.redact_text(turn.text),
                start=turn.start,
                end=turn.end,
            )
            for turn in interaction.turns
        )
        count = sum(turn.text.count("SECRET") for turn in interaction.turns)
        clean = Interaction(
            id=interaction.id,
            source=self.redact_text(interaction.source),
            format=interaction.format,
            channel=interaction.channel,
            turns=turns,
            roles=interaction.roles,
            started_at=interaction.started_at,
            subject=interaction.subject,
            metadata=interaction.metadata,
        )
        return Redacted(interaction=clean, counts={"SECRET": count} if count else {})

    def redact_text(self, text: str) -> str:
        """The text without the word."""
        return text.replace("SECRET", "[SECRET_1]")


LEAKS: Mapping[str, str] = {"product_defect": "leaks"}


class WordMiner:
    """Finds a defect in every customer's turn that says `leaks`, and raises at the word `poison`.

    It is unsure of what is said in turn 3. Other words may be given for each category.

    A second miner for the real one's contract: instant, and its answers are known beforehand.
    """

    def __init__(
        self,
        model: str = "words-1",
        custom: Sequence[CustomCategory] = (),
        words: Mapping[str, str] = LEAKS,
    ) -> None:
        self.model = model
        self.words = dict(words)
        self.custom = tuple(custom)
        self.calls: list[int] = []

    @property
    def digest(self) -> str:
        """Of a model whose categories are words."""
        return "words"

    def with_categories(self, custom: Sequence[CustomCategory]) -> Self:
        """The same, which finds a category in every customer's turn that says its name."""
        other = copy(self)
        other.custom = tuple(custom)
        return other

    def mine_custom(self, interactions: list[Interaction]) -> list[list[Finding]]:
        """What the categories find in each."""
        names = {category.name for category in self.custom}
        return [
            [finding for finding in mined.findings if finding.category in names]
            for mined in self.mine(interactions)
        ]

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each."""
        self.calls.append(len(interactions))
        return [self._mine(interaction) for interaction in interactions]

    def _mine(self, interaction: Interaction) -> Mined:
        passages: list[Passage] = []
        findings: list[Finding] = []
        for turn in interaction.turns:
            if "poison" in turn.text:
                raise ValueError(f"cannot read {turn.text}")
            if turn.speaker != "customer":
                continue
            passages.append(Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text))
            words = {**self.words, **{one.name: one.name for one in self.custom}}
            for category, word in words.items():
                at = turn.text.find(word)
                if at >= 0:
                    findings.append(
                        Finding(
                            category=category,
                            turn=turn.index,
                            start=at,
                            end=at + len(word),
                            quote=word,
                            confidence=0.75,
                            sentiment="negative",
                            passage=len(passages) - 1,
                            unsure=turn.index == 3,
                        )
                    )
        return Mined(
            passages=tuple(passages),
            vectors=tuple((1.0,) + (0.0,) * (WIDTH - 1) for _ in passages),
            findings=tuple(findings),
            sentiment=Sentiment(label="negative", score=-0.5),
            arc=tuple(
                TurnSentiment(index=passage.turn, label="negative", score=-0.5)
                for passage in passages
            ),
            model=self.model,
        )


class WordTeacher:
    """Fits at once: a category that is found where its name is said, with `WordMiner`.

    A second teacher for the real one's contract. It refuses what that refuses, and warns of the
    number of examples.
    """

    model = "words-1"

    def __init__(self, digest: str = "words") -> None:
        self.digest = digest
        self.lessons: list[Lesson] = []

    def fit(self, lesson: Lesson) -> Fitted:
        """The category of a lesson."""
        check(lesson)
        self.lessons.append(lesson)
        figure = Figure(value=0.8, low=0.4, high=0.95)
        weights = np.zeros(WIDTH, dtype=np.float32)
        weights[0] = 2.0
        return Fitted(
            category=CustomCategory(
                name=lesson.name,
                weights=weights,
                bias=-1.0,
                threshold=0.6,
                token_mean=0.0,
                token_scale=1.0,
                digest=self.digest,
            ),
            estimate=Estimate(
                precision=figure,
                recall=figure,
                f1=figure,
                average_precision=figure,
                examples=len(lesson.examples),
                counterexamples=len(lesson.counterexamples),
                counterexamples_found=0,
                background=300,
                background_found=1,
                prevalence=0.05,
                threshold=0.6,
                wanted=lesson.precision,
                reached=True,
            ),
            warnings=(f"{len(lesson.examples)} examples",),
            lookalikes=("an ordinary passage",),
        )


class WordEmbeds:
    """Turns a text into the direction of each word that it knows; others point nowhere else.

    A second encoder for the real one's contract: `WordMiner`'s passages all point to the first.
    """

    def __init__(self, words: Sequence[str] = ("leaks",)) -> None:
        self.words = tuple(words)
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width) vectors of length 1."""
        self.asked += texts
        found = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, text in enumerate(texts):
            for place, word in enumerate(self.words):
                found[row, place] = word in text
            if not found[row].any():
                found[row, -1] = 1.0
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / lengths, dtype=np.float32)
