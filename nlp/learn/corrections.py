"""What people say of mined passages, ready to be learned from, and the file that carries it.

A service hands them out (`/v1/exports/corrections`), a notebook reads them from a file, and a
retrained model learns from them beside the project's own corpus. Passages that nobody looked at
are not in here, and a category that nobody spoke of is unknown, not absent.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import log2
from pathlib import Path
from typing import Any, Literal

from nlp import passages
from nlp.learn import corrections_file
from nlp.learn.corpora import Labelled, Quote
from nlp.learn.fields import WrongError
from nlp.types import CATEGORIES, Category, Interaction, Passage, Roles, SentimentLabel, Turn

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


def mass(judgement: Judgement) -> float:
    """How much a judgement counts beside that of one person whom nobody contradicts.

    Three who agree count twice as much as one, seven three times; where half of them disagree,
    nothing is known.
    """
    return max(0.0, 2 * judgement.share - 1) * log2(1 + judgement.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """One interaction cut as it is mined, with what people say of its passages.

    Attributes:
        interaction: every turn.
        passages: the customer's, as `nlp.passages.passages` cuts them.
        judged: one a passage, with the passage's own offsets; None where nobody looked.
        moved: judgements of other stretches than the passages, matched by their overlap.
        lost: judgements that touch no passage, such as those of a turn that is the agent's.
    """

    interaction: Interaction
    passages: tuple[Passage, ...]
    judged: tuple[Judgement | None, ...]
    moved: tuple[Judgement, ...] = ()
    lost: tuple[Judgement, ...] = ()


def to_learn(corrected: Corrected) -> Learnable:
    """Puts judgements on the passages that are mined now; what cannot be put there is named."""
    cut = passages.passages(corrected.interaction)
    places = {(one.turn, one.start, one.end): number for number, one in enumerate(cut)}
    found: list[list[Judgement]] = [[] for _ in cut]
    moved, lost = list[Judgement](), list[Judgement]()
    for judgement in corrected.judgements:
        place = places.get((judgement.turn, judgement.start, judgement.end))
        if place is not None:
            # What was said of the very passage goes before what was said of more or less than it.
            found[place].insert(0, judgement)
            continue
        parts = [(number, part) for number, part in _parts(judgement, cut) if part is not None]
        (moved if parts else lost).append(judgement)
        for number, part in parts:
            found[number].append(part)
    return Learnable(
        interaction=corrected.interaction,
        passages=cut,
        judged=tuple(_joined(few) if few else None for few in found),
        moved=tuple(moved),
        lost=tuple(lost),
    )


def _parts(judgement: Judgement, cut: Sequence[Passage]) -> Iterator[tuple[int, Judgement | None]]:
    """What a judgement of another stretch says of each passage that it touches.

    A category stands where its quote does, or, without a quote, where most of the stretch does.
    What is absent from the stretch is absent from passages that lie mostly in it, and so is its
    sentiment theirs.
    """
    shared = {
        number: min(one.end, judgement.end) - max(one.start, judgement.start)
        for number, one in enumerate(cut)
        if one.turn == judgement.turn and one.start < judgement.end and one.end > judgement.start
    }
    if not shared:
        return
    most = max(shared, key=lambda number: shared[number])
    for number, size in shared.items():
        passage = cut[number]
        inside = 2 * size >= passage.end - passage.start
        quotes = tuple(_inside(judgement, passage))
        quoted = {quote.category for quote in judgement.quotes}
        here = {quote.category for quote in quotes}
        categories = {
            name: there
            for name, there in judgement.categories.items()
            if (name in here or (number == most and name not in quoted) if there else inside)
        }
        sentiment = judgement.sentiment if inside or number == most else None
        speaks = categories or sentiment
        yield (
            number,
            replace(
                judgement,
                start=passage.start,
                end=passage.end,
                categories=categories,
                sentiment=sentiment,
                quotes=quotes,
            )
            if speaks
            else None,
        )


def _inside(judgement: Judgement, passage: Passage) -> Iterator[Quote]:
    """The quotes that end in a passage, by offsets in its text."""
    shift = judgement.start - passage.start
    for quote in judgement.quotes:
        start, end = quote.start + shift, quote.end + shift
        # A quote cut by a passage's end belongs to the passage with its last word.
        if 0 < end <= passage.end - passage.start:
            yield replace(quote, start=max(0, start), end=end)


def _joined(few: Sequence[Judgement]) -> Judgement:
    """Several judgements of one passage as one: who spoke first of a thing is heard."""
    categories: dict[Category, bool] = {}
    for one in few:
        for name, there in one.categories.items():
            categories.setdefault(name, there)
    sentiment = next((one.sentiment for one in few if one.sentiment), None)
    quotes = dict.fromkeys(
        quote for one in few for quote in one.quotes if categories.get(quote.category)
    )
    return replace(few[0], categories=categories, sentiment=sentiment, quotes=tuple(quotes))


def of_labelled(labelled: Labelled) -> Corrected:
    """A labelled interaction as if one person had judged every passage of it."""
    cut = passages.passages(labelled.interaction)
    example = labelled.examples[0] if labelled.examples else None
    known = {"industry": example.industry, "style": example.style} if example else {}
    return Corrected(
        interaction=replace(
            labelled.interaction, metadata={name: text for name, text in known.items() if text}
        ),
        judgements=tuple(
            Judgement(
                turn=passage.turn,
                start=passage.start,
                end=passage.end,
                categories={name: name in (one.categories or ()) for name in CATEGORIES},
                sentiment=one.sentiment,
                quotes=one.quotes,
            )
            for passage, one in zip(cut, labelled.examples, strict=True)
        ),
    )
