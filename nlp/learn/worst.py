"""The errors that say most about a model: those it was surest of, with their words."""

from typing import Any

import numpy as np

from nlp.learn.answers import Answers
from nlp.learn.figures import Bools, Floats, log_loss
from nlp.types import CATEGORIES, SENTIMENTS, Interaction, Passage

WORST = 50
TURNS_BEFORE = 2  # shown before a passage, so that a person understands it


def errors(answers: Answers, count: int = WORST) -> list[dict[str, Any]]:
    """The worst errors, most costly first.

    An error is a category found where it is not, or missed where it is. Half of the places go to
    each kind while it has as many: what is missed costs more by nature, because thresholds stand
    above most probabilities, and would fill the list.

    Args:
        answers: of the model.
        count: how many at most.
    """
    loss = log_loss(answers.gold, answers.probabilities)
    wrong = answers.found != answers.gold
    false, missed = (_costly(loss, wrong & kind) for kind in (answers.found, answers.gold))
    from_false = min(len(false), max(count // 2, count - len(missed)))
    chosen = false[:from_false] + missed[: count - from_false]
    return [
        _told(answers, row, column, float(loss[row, column]))
        for row, column in sorted(chosen, key=lambda place: -loss[place])
    ]


def predictions(answers: Answers) -> list[dict[str, Any]]:
    """Every passage with what people and the model say of it, in order."""
    return [_row(answers, row) for row in range(len(answers.examples))]


def _costly(loss: Floats, wrong: Bools) -> list[tuple[int, int]]:
    places = [(int(row), int(column)) for row, column in np.argwhere(wrong)]
    return sorted(places, key=lambda place: -loss[place])


def _told(answers: Answers, row: int, column: int, loss: float) -> dict[str, Any]:
    marked = answers.examples[row].quotes
    return {
        "error": "false" if answers.found[row, column] else "missed",
        "category": CATEGORIES[column],
        "probability": round(float(answers.probabilities[row, column]), 4),
        "threshold": round(float(answers.bands[column, 0]), 4),
        "log_loss": round(loss, 3),
        **_row(answers, row),
        "marked": [
            answers.examples[row].text[one.start : one.end]
            for one in marked
            if one.category == CATEGORIES[column]
        ],
        "before": before(
            answers.labelled[int(answers.groups[row])].interaction, answers.passages[row]
        ),
    }


def _row(answers: Answers, row: int) -> dict[str, Any]:
    example, passage = answers.examples[row], answers.passages[row]
    feeling = int(answers.feeling[row])
    return {
        "id": answers.labelled[int(answers.groups[row])].interaction.id,
        "turn": passage.turn,
        "start": passage.start,
        "end": passage.end,
        "industry": example.industry,
        "style": example.style,
        "text": passage.text,
        "gold": _named(answers.gold[row]),
        "found": _named(answers.found[row]),
        "probabilities": {
            name: round(float(value), 4)
            for name, value in zip(CATEGORIES, answers.probabilities[row], strict=True)
        },
        "sentiment": None if feeling < 0 else SENTIMENTS[feeling],
        "sentiment_found": SENTIMENTS[int(answers.felt[row])],
    }


def _named(marks: Bools) -> list[str]:
    return [name for name, mark in zip(CATEGORIES, marks, strict=True) if mark]


def before(interaction: Interaction, passage: Passage) -> list[dict[str, str]]:
    """What was said before a passage: two turns, and its own turn up to it."""
    place = next(n for n, turn in enumerate(interaction.turns) if turn.index == passage.turn)
    said = [
        {"speaker": turn.speaker, "text": turn.text}
        for turn in interaction.turns[max(0, place - TURNS_BEFORE) : place]
    ]
    own = interaction.turns[place]
    if own.text[: passage.start].strip():
        said.append({"speaker": own.speaker, "text": own.text[: passage.start].strip()})
    return said
