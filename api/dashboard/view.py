"""What the pages show, worked out from rows: no page asks the database anything itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten

from api.dashboard.arc import Arc, draw
from api.dashboard.words import Piece, Span, pieces
from api.store.overview import Overview
from api.store.tables import FindingRow, InteractionRow, TurnRow
from nlp.types import CATEGORIES, SENTIMENTS, Category

CATEGORY_NAMES = {
    "product_defect": "Product defects",
    "documentation_error": "Documentation errors",
    "feature_request": "Feature requests",
}
CATEGORY_NAME = {
    "product_defect": "Product defect",
    "documentation_error": "Documentation error",
    "feature_request": "Feature request",
}
CATEGORY_WORDS = {
    "product_defect": "Something does not work as it is meant to.",
    "documentation_error": "Something that explains the product is wrong or missing.",
    "feature_request": "Something the product does not do, and should.",
}
CHANNEL_NAMES = {"call": "Call", "email": "Mail", "chat": "Chat"}
REDACTED_WORDS = {
    "PERSON": "name",
    "EMAIL": "e-mail address",
    "PHONE": "telephone number",
    "CARD": "card number",
    "IBAN": "bank account",
    "ADDRESS": "postal address",
    "NATIONAL_ID": "national id",
    "IP": "IP address",
    "SECRET": "secret",
    "BIRTH_DATE": "date of birth",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of a bar.

    Attributes:
        sentiment: which part.
        count: how many.
        x: where it begins, in percent of the bar's place.
        width: in percent of the bar's place.
    """

    sentiment: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One category on the start page.

    Attributes:
        category: which.
        total: findings of it.
        shares: its bar, as long as the share of the largest category says.
        newest: the newest finding of it, or None.
    """

    category: str
    total: int
    shares: tuple[Share, ...]
    newest: FindingRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One interaction in the list.

    Attributes:
        row: the interaction.
        title: what to call it.
        is_quote: whether that is the customer's words.
        counts: findings by category, only those that occur.
    """

    row: InteractionRow
    title: str
    is_quote: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One finding beside the words.

    Attributes:
        number: on the page, from 1.
        row: the finding.
    """

    number: int
    row: FindingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One turn of the open interaction.

    Attributes:
        row: the turn.
        pieces: its text, cut where findings and placeholders begin and end.
        notes: its findings.
        clock: when it began, such as "1:05", or "".
        continues: whether the speaker before goes on, so that the name need not be shown again.
    """

    row: TurnRow
    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...]
    clock: str
    continues: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView:
    """The open interaction.

    Attributes:
        row: the interaction.
        title: what to call it.
        turns: its turns.
        arc: its sentiment arc, or None where it has none.
        findings: how many.
        redacted: placeholders by kind, the most frequent first.
    """

    row: InteractionRow
    title: str
    turns: tuple[TurnView, ...]
    arc: Arc | None
    findings: int
    redacted: tuple[tuple[str, int], ...]


def columns(overview: Overview, newest: Mapping[Category, FindingRow | None]) -> tuple[Column, ...]:
    """The three categories with their numbers by sentiment."""
    totals = {
        category: sum(overview.findings.get((category, label), 0) for label in SENTIMENTS)
        for category in CATEGORIES
    }
    largest = max(*totals.values(), 1)
    found = []
    for category in CATEGORIES:
        shares, at = [], 0.0
        for label in SENTIMENTS:
            count = overview.findings.get((category, label), 0)
            width = 100 * count / largest
            shares.append(
                Share(sentiment=label, count=count, x=round(at, 3), width=round(width, 3))
            )
            at += width
        found.append(
            Column(
                category=category,
                total=totals[category],
                shares=tuple(shares),
                newest=newest.get(category),
            )
        )
    return tuple(found)


def called(category: str) -> str:
    """What a category is called on a page; a team's own goes by its name."""
    return CATEGORY_NAME.get(category) or category.replace("_", " ").capitalize()


def line(row: InteractionRow, findings: Sequence[FindingRow]) -> Line:
    """An interaction in the list."""
    own = sorted({found.category for found in findings}.difference(CATEGORIES))
    counts = {
        category: number
        for category in (*CATEGORIES, *own)
        if (number := sum(found.category == category for found in findings))
    }
    return Line(
        row=row,
        title=title(row, findings),
        is_quote=not row.subject and bool(findings),
        counts=counts,
    )


def opened(
    row: InteractionRow, turns: Sequence[TurnRow], findings: Sequence[FindingRow]
) -> OpenView:
    """An interaction with its findings in the words."""
    notes = [Note(number=number, row=found) for number, found in enumerate(findings, start=1)]
    views = []
    before = None
    for turn in turns:
        here = tuple(note for note in notes if note.row.turn == turn.index)
        spans = [
            Span(
                number=note.number,
                category=note.row.category,
                start=note.row.start,
                end=note.row.end,
            )
            for note in here
        ]
        views.append(
            TurnView(
                row=turn,
                pieces=pieces(turn.text, spans),
                notes=here,
                clock=clock(turn.start_seconds),
                continues=turn.speaker == before and turn.start_seconds is None,
            )
        )
        before = turn.speaker
    points = [
        (turn.index, turn.sentiment_label, turn.sentiment_score)
        for turn in turns
        if turn.sentiment_label is not None and turn.sentiment_score is not None
    ]
    redacted = sorted(row.redactions.items(), key=lambda item: (-item[1], item[0]))
    return OpenView(
        row=row,
        title=title(row, findings),
        turns=tuple(views),
        arc=draw(points),
        findings=len(findings),
        redacted=tuple(redacted),
    )


def title(row: InteractionRow, findings: Sequence[FindingRow]) -> str:
    """What a person calls an interaction: its subject, its surest finding, or the file's name."""
    if row.subject:
        return row.subject
    if findings:
        surest = max(findings, key=lambda found: found.confidence)
        return f"“{shorten(surest.quote, width=110, placeholder=' …')}”"
    return row.source.rpartition("/")[2] or row.external_id


def clock(seconds: float | None) -> str:
    """Seconds as a clock shows them: 65 is "1:05"."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(value: datetime) -> str:
    """A date and time as people write them, in UTC."""
    value = value.astimezone(UTC)
    return f"{value.day} {value:%b %Y, %H:%M} UTC"
