"""What people say of mined passages, ready to be learned from, and the file that carries it.

A service hands them out (`/v1/exports/corrections`), a notebook reads them from a file, and a
retrained model learns from them beside the project's own corpus. Passages that nobody looked at
are not in here, and a category that nobody spoke of is unknown, not absent.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from nlp.learn import corrections_file
from nlp.learn.corpora import Quote
from nlp.learn.fields import WrongError
from nlp.types import Category, Interaction, Roles, SentimentLabel, Turn

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

KEPT = ("industry", "style")
"""Of an interaction's metadata, what stands on a line: figures are broken down by them."""

_PLAIN = ("turn", "start", "end", "sentiment", "people", "share", "reason", "model")


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


def read_file(path: Path) -> list[Corrected]:
    """Corrections from a JSON Lines file (the format stands in `docs/retraining.md`).

    Args:
        path: one interaction a line, as the service exports them.

    Raises:
        OptionError: there is no such file.
        WrongEncoding: it is not UTF-8.
        BrokenInput: a line breaks the format; the message says which and how.
    """
    return [_of_row(row) for row in corrections_file.rows(path, REASONS)]


def write_file(path: Path, corrected: Iterable[Corrected]) -> None:
    """Writes corrections as JSON Lines, so that `read_file` gives them back."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in corrected:
            file.write(json.dumps(as_line(one), ensure_ascii=False) + "\n")


def of_line(row: Mapping[str, Any], *, source: str = "corrections") -> Corrected:
    """One interaction's corrections from the object that stands on a line.

    Args:
        row: the object.
        source: what an error calls it.

    Raises:
        BrokenInput: it breaks the format.
    """
    try:
        corrections_file.check(row, REASONS)
    except WrongError as error:
        raise corrections_file.broken(error, source=source) from None
    return _of_row(row)


def as_line(corrected: Corrected) -> dict[str, Any]:
    """One interaction's corrections as the object that stands on a line."""
    interaction = corrected.interaction
    row: dict[str, Any] = {
        "id": interaction.id,
        "channel": interaction.channel,
        "at": corrected.at and corrected.at.isoformat(),
    }
    row |= {name: interaction.metadata[name] for name in KEPT if interaction.metadata.get(name)}
    row["turns"] = [{"speaker": turn.speaker, "text": turn.text} for turn in interaction.turns]
    row["judgements"] = [
        {
            "turn": one.turn,
            "start": one.start,
            "end": one.end,
            "categories": {name: one.categories[name] for name in sorted(one.categories)},
            "sentiment": one.sentiment,
            "quotes": [
                {"category": quote.category, "start": quote.start, "end": quote.end}
                for quote in one.quotes
            ],
            "people": one.people,
            "share": one.share,
            "reason": one.reason,
            "model": one.model,
        }
        for one in corrected.judgements
    ]
    return row


def _of_row(row: Mapping[str, Any]) -> Corrected:
    interaction = Interaction(
        id=row["id"],
        source=row["id"],
        format="corrections",
        channel=row["channel"],
        turns=tuple(
            Turn(index=index, speaker=turn["speaker"], text=turn["text"])
            for index, turn in enumerate(row["turns"])
        ),
        roles=Roles(source="file", confidence=1.0),
        metadata={name: row[name] for name in KEPT if row.get(name)},
    )
    return Corrected(
        interaction=interaction,
        judgements=tuple(map(_of_judgement, row["judgements"])),
        at=datetime.fromisoformat(row["at"]) if row.get("at") else None,
    )


def _of_judgement(row: Mapping[str, Any]) -> Judgement:
    plain = {name: row[name] for name in _PLAIN if name in row}
    quotes = (
        Quote(category=quote["category"], start=quote["start"], end=quote["end"])
        for quote in row.get("quotes", ())
    )
    return Judgement(**plain, categories=dict(row.get("categories", {})), quotes=tuple(quotes))
