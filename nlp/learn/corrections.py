"""What people say of mined passages, ready to be learned from: values alone.

A service hands them out (`/v1/exports/corrections`), a notebook reads them from a file, and a
retrained model learns from them beside the project's own corpus. Passages that nobody looked at
are not in here, and a category that nobody spoke of is unknown, not absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from nlp.learn.corpora import Quote
from nlp.types import Category, Interaction, SentimentLabel

Reason = Literal["given", "unsure", "disagreement", "rare", "new_words", "random"]
"""Why people looked at a passage: of their own accord, or because the review queue asked them to.
Only what was asked for at random says how good the model is on all that comes in."""

REASONS: tuple[Reason, ...] = (
    "given",
    "unsure",
    "disagreement",
    "rare",
    "new_words",
    "random",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What people agree on about one passage.

    Attributes:
        turn: index of its turn.
        start: offset of its first character in the turn's text.
        end: offset after its last.
        categories: whether it carries each category that was judged; others are unknown.
        sentiment: of the passage, or None where nobody said.
        quotes: words that show a category that it carries; offsets in the passage's text.
        people: how many said so.
        share: of those who spoke of this passage, the share that agrees with what stands here.
        reason: why it was looked at.
        model: name of the model whose findings people saw, or None.
    """

    turn: int
    start: int
    end: int
    categories: Mapping[Category, bool] = field(default_factory=dict)
    sentiment: SentimentLabel | None = None
    quotes: tuple[Quote, ...] = ()
    people: int = 1
    share: float = 1.0
    reason: Reason = "given"
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """One interaction and what people say of passages in it.

    Attributes:
        interaction: every turn, redacted, with the speakers as people say that they are.
        judgements: in the order of the passages.
        at: when the last of them was made.
    """

    interaction: Interaction
    judgements: tuple[Judgement, ...]
    at: datetime | None = None
