"""What was mined, for a person (a table) or for a program (JSON Lines)."""

import json
from dataclasses import replace
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nlp.types import Interaction, Mined, SentimentLabel

_BARS = "▁▂▃▄▅▆▇█"
COLOURS: dict[str, str] = {
    "product_defect": "red",
    "documentation_error": "yellow",
    "feature_request": "cyan",
}
OWN = "magenta"  # a category of a team's own
FEELINGS: dict[SentimentLabel, str] = {"negative": "red", "neutral": "dim", "positive": "green"}


def as_json(interaction: Interaction, mined: Mined) -> str:
    """One line of JSON: the words, what was found in them, and how the customer felt."""
    row: dict[str, Any] = {
        "id": interaction.id,
        "source": interaction.source,
        "channel": interaction.channel,
        "turns": [
            {
                "index": turn.index,
                "speaker": turn.speaker,
                "text": turn.text,
                "start": turn.start,
                "end": turn.end,
            }
            for turn in interaction.turns
        ],
        "findings": [
            {
                "category": finding.category,
                "turn": finding.turn,
                "start": finding.start,
                "end": finding.end,
                "quote": finding.quote,
                "confidence": round(finding.confidence, 4),
                "sentiment": finding.sentiment,
                "unsure": finding.unsure,
            }
            for finding in mined.findings
        ],
        "sentiment": {
            "overall": mined.sentiment.label,
            "score": round(mined.sentiment.score, 4),
            "turns": [
                {"index": point.index, "label": point.label, "score": round(point.score, 4)}
                for point in mined.arc
            ],
        },
        "subject": interaction.subject,
        "metadata": dict(interaction.metadata),
        "roles": {
            "source": interaction.roles.source,
            "confidence": round(interaction.roles.confidence, 4),
            "note": interaction.roles.note,
        },
        "model": mined.model,
    }
    return json.dumps(row, ensure_ascii=False)


def arc(mined: Mined) -> Text:
    """The sentiment arc as a line of bars, one a customer's turn, low where they feel bad."""
    line = Text()
    for point in mined.arc:
        bar = _BARS[min(int((point.score + 1) / 2 * len(_BARS)), len(_BARS) - 1)]
        line.append(bar, style=FEELINGS[point.label])
    return line


def as_table(interaction: Interaction, mined: Mined) -> Group:
    """One interaction for a terminal: a heading with the arc, and a row a finding."""
    heading = Text(interaction.source, style="bold")
    heading.append(f"  {interaction.channel}, {len(interaction.turns)} turns  ", style="dim")
    heading.append(mined.sentiment.label, style=FEELINGS[mined.sentiment.label])
    heading.append(f" {mined.sentiment.score:+.2f}  ", style="dim")
    heading.append_text(arc(mined))
    if interaction.roles.source in ("inferred", "unknown"):
        doubt = f"  speakers {interaction.roles.source} ({interaction.roles.confidence:.0%})"
        heading.append(doubt, style="dim")
    if not mined.findings:
        return Group(heading, Text("  nothing found", style="dim"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=19)
    table.add_column(width=5, justify="right")
    table.add_column(width=8)
    table.add_column(ratio=1)
    for finding in mined.findings:
        table.add_row(
            Text(finding.category.replace("_", " "), style=COLOURS.get(finding.category, OWN)),
            # A question mark: the model leaves it to a person.
            f"{finding.confidence:.0%}{'?' if finding.unsure else ' '}",
            Text(f"turn {finding.turn}", style="dim"),
            Text(f"“{finding.quote}”"),
        )
    return Group(heading, Padding(table, (0, 0, 0, 2)))


def summary(console: Console, counts: dict[str, int]) -> None:
    """The last line: how much was read and found."""
    parts = [
        # "1 call", "2 calls": every name given here is a plural in -s, or has no number.
        f"{number:,} {name.removesuffix('s') if number == 1 else name}"
        for name, number in counts.items()
        if number
    ]
    console.print(Text("; ".join(parts) or "nothing read", style="bold"), soft_wrap=True)


def at_least(mined: Mined, confidence: float) -> Mined:
    """The same without findings that are less sure."""
    kept = tuple(found for found in mined.findings if found.confidence >= confidence)
    return replace(mined, findings=kept)
