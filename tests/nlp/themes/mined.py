"""Mined interactions with known themes: a subject each, said in a few ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from nlp.themes.material import Collector, Material
from nlp.types import (
    Finding,
    Interaction,
    Mined,
    Passage,
    Roles,
    Sentiment,
    SentimentLabel,
    Turn,
)
from tests.nlp.themes.made import around, directions

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "logout": (
        "the app logs me out every morning",
        "it logged me out again after the update",
        "the app keeps logging me out of my account",
        "logs me out whenever I close the app",
    ),
    "frost": (
        "the doorbell does not ring in the frost",
        "the doorbell stays silent when it is freezing",
        "no ring from the doorbell on frosty mornings",
        "frost stops the doorbell from ringing",
    ),
    "stairs": (
        "the vacuum falls down the stairs",
        "my vacuum fell down the stairs again",
        "the vacuum does not see the stairs",
        "stairs are invisible to the vacuum",
    ),
}
MIDDLES = directions(9)
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Call:
    """An interaction to be.

    Attributes:
        number: of it; the same number, the same words and vectors.
        subject: a key of `SUBJECTS`, or anything else for something that only it speaks of.
        day: after the first, or None for no date.
        category: of its finding.
        sentiment: of its finding.
        confidence: of its finding.
        unsure: whether the model leaves it to a person.
        metadata: that came with it.
    """

    number: int
    subject: str
    day: int | None = None
    category: str = "product_defect"
    sentiment: SentimentLabel = "negative"
    confidence: float = 0.9
    unsure: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


def collected(calls: Sequence[Call], *, sure_only: bool = False) -> Material:
    """What was mined of calls."""
    collector = Collector(sure_only=sure_only)
    for call in calls:
        collector.add(*mined(call))
    return collector.material()


def mined(call: Call) -> tuple[Interaction, Mined]:
    """An interaction with one finding in its second turn, after a greeting, and what was mined."""
    known = SUBJECTS.get(call.subject)
    quote = known[call.number % len(known)] if known else f"an {call.subject} by itself"
    subject = list(SUBJECTS).index(call.subject) if known else None
    if subject is None:
        (vector,) = directions(1, seed=1000 + call.number)
    else:
        (vector,) = around(MIDDLES, np.array([subject]), seed=call.number)
    text = f"Well, {quote}."
    began = None if call.day is None else FIRST + timedelta(days=call.day)
    interaction = Interaction(
        id=f"call-{call.number}",
        source=f"calls/{call.number}.txt",
        format="labelled_text",
        channel="call" if call.number % 2 else "email",
        turns=(
            Turn(index=0, speaker="agent", text="How can I help?"),
            Turn(index=1, speaker="customer", text=text),
        ),
        roles=Roles(source="file", confidence=1.0),
        started_at=began,
        metadata=call.metadata,
    )
    finding = Finding(
        category=call.category,
        turn=1,
        start=6,
        end=6 + len(quote),
        quote=quote,
        confidence=call.confidence,
        sentiment=call.sentiment,
        passage=0,
        unsure=call.unsure,
    )
    return interaction, Mined(
        passages=(Passage(turn=1, start=0, end=len(text), text=text),),
        vectors=(tuple(vector.tolist()),),
        findings=(finding,),
        sentiment=Sentiment(label=call.sentiment, score=0.0),
        arc=(),
        model="made-up",
    )


def of_subject(
    subject: str, numbers: Sequence[int], days: Sequence[int] | None = None, **rest: str
) -> list[Call]:
    """Calls of one subject.

    Args:
        subject: of all of them.
        numbers: of each.
        days: of each, after the first; none has a date if None.
        rest: metadata of all of them.
    """
    when = [None] * len(numbers) if days is None else days
    return [
        Call(number=number, subject=subject, day=day, metadata=rest)
        for number, day in zip(numbers, when, strict=True)
    ]
