"""Answers of a model that nobody has to run."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from nlp.learn.answers import Answers, QuoteAnswer
from nlp.learn.corpora import Example, Labelled
from nlp.types import CATEGORIES, SENTIMENTS, Category, Interaction, Passage, Roles, Turn

Row = tuple[str, Sequence[Category], Sequence[float]]
"""Of a passage: its interaction, what it carries, the probabilities that a model gives."""

MakeAnswers = Callable[..., Answers]


def _answers(
    rows: Sequence[Row],
    *,
    model: str = "m",
    bands: Sequence[tuple[float, float]] = ((0.5, 0.5),) * 3,
    quotes: tuple[QuoteAnswer, ...] = (),
) -> Answers:
    names = list(dict.fromkeys(row[0] for row in rows))
    labelled = []
    for name in names:
        own = [row for row in rows if row[0] == name]
        turns = [
            Turn(index=index, speaker="customer", text=f"words {name} {index}")
            for index in range(len(own))
        ]
        interaction = Interaction(
            id=name,
            source=name,
            format="corpus",
            channel="call",
            turns=tuple(turns),
            roles=Roles(source="file", confidence=1.0),
        )
        examples = tuple(
            Example(
                text=turn.text,
                categories=frozenset(row[1]),
                sentiment="neutral",
                source="test",
                group=name,
                industry=f"industry of {name}",
                style="mail",
            )
            for row, turn in zip(own, turns, strict=True)
        )
        labelled.append(Labelled(interaction=interaction, examples=examples))
    examples = tuple(example for one in labelled for example in one.examples)
    ordered = [row for name in names for row in rows if row[0] == name]
    return Answers(
        model=model,
        labelled=tuple(labelled),
        groups=np.array([names.index(row[0]) for row in ordered]),
        passages=tuple(
            Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text)
            for one in labelled
            for turn in one.interaction.turns
        ),
        examples=examples,
        gold=np.array([[name in row[1] for name in CATEGORIES] for row in ordered]),
        probabilities=np.array([row[2] for row in ordered], dtype=float),
        bands=np.array(bands),
        feeling=np.full(len(ordered), SENTIMENTS.index("neutral")),
        feelings=np.tile([0.2, 0.7, 0.1], (len(ordered), 1)),
        quotes=quotes,
    )


@pytest.fixture
def make_answers() -> MakeAnswers:
    """Makes answers out of rows."""
    return _answers
