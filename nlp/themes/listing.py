"""Themes for a terminal, and for a program as JSON Lines."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from nlp.learn.judging import Figure
from nlp.report import COLOURS, FEELINGS, OWN
from nlp.themes.course import Calendar, Point
from nlp.themes.gathered import Change, Gathered, Link, Quote, Theme
from nlp.themes.growth import Growth
from nlp.themes.material import ALL
from nlp.types import SENTIMENTS, SentimentLabel

TOP = 10  # themes of a scope that are printed
SHOWN = 2  # quotes of a theme
SPARKS = 26  # weeks or months of a sparkline, the last ones
SOURCE = 44  # characters of a source, beyond which only its last part is shown
# As far from 0 a mean is called negative or positive, as over an interaction (`nlp.pipeline`).
BAND = 0.15
_BARS = "▁▂▃▄▅▆▇█"
TITLES = {
    "product_defect": "product defects",
    "documentation_error": "documentation errors",
    "feature_request": "feature requests",
    ALL: "across categories",
}
_MOVES = {"growing": "↗", "shrinking": "↘", "steady": "→"}
_WAYS = {
    "born": "new",
    "grown": "grew",
    "split": "split off",
    "merged": "took in",
    "faded": "faded",
    "returned": "came back",
}


def title(scope: str) -> str:
    """A scope's name in the plural, for a person."""
    return TITLES.get(scope, scope.replace("_", " "))


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 finding", "2,100 findings"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place(source: str) -> str:
    """A source as it is shown: of a long path the last part."""
    last = source.rstrip("/").rpartition("/")[2]
    return source if len(source) <= SOURCE or last == source else f"…/{last}"


def feeling(mean: Figure | None) -> SentimentLabel:
    """What a mean sentiment is called."""
    if mean is None or abs(mean.value) <= BAND:
        return "neutral"
    return "positive" if mean.value > 0 else "negative"


def moved(growth: Growth, days: int) -> str:
    """The verdict on growth in a few words: "↗ growing 2.1-fold (1.3 to 3.4) in 28 days"."""
    if growth.movement == "unknown":
        return "too little to say how it moves"
    mark = _MOVES[growth.movement]
    if growth.ratio is None:
        return f"{mark} growing, from nothing, in {days} days"
    low = "0" if growth.low is None else f"{growth.low:.1f}"
    high = "more" if growth.high is None else f"{growth.high:.1f}"
    return f"{mark} {growth.movement} {growth.ratio:.1f}-fold ({low} to {high}) in {days} days"


def spark(points: Sequence[Point]) -> str:
    """Interactions week by week as a line of bars; a dot is a week without any."""
    counts = [one.bucket.interactions for one in points[-SPARKS:]]
    most = max(counts, default=0)
    return "".join(
        _BARS[round((count / most) * (len(_BARS) - 1))] if count else "·" for count in counts
    )


def changed(change: Change) -> str:
    """What became of a theme, in a line."""
    others = ", ".join(f"“{name}” ({id})" for id, name in change.others)
    which = f"“{change.headline}” ({change.id})"
    if change.kind == "split":
        return f"{_WAYS[change.kind]} from {others}: {which}"
    if change.kind == "merged":
        return f"{which} took in {others}"
    if change.kind == "grown":
        return f"grew by {counted(change.findings, 'finding')}: {which}"
    return f"{_WAYS[change.kind]}: {which}"


def figures(one: Gathered) -> str:
    """The quality figures in a line."""
    found = one.quality
    shown = [
        f"{found.coverage:.0%} of findings in a theme",
        f"silhouette {_number(found.silhouette)}",
        f"coherence {_number(found.coherence)}",
    ]
    if one.changes is not None:
        stability = "unknown" if found.stability is None else f"{found.stability:.0%}"
        shown.append(f"stability {stability}")
    return ", ".join(shown)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def show(console: Console, gathered: Sequence[Gathered], *, top: int | None) -> None:
    """Prints the themes of scopes, the largest first.

    Args:
        console: where.
        gathered: the scopes, at least one.
        top: themes of each that are printed; `TOP` if None.
    """
    read = counted(gathered[0].mined, "interaction")
    days = gathered[0].calendar
    console.print(
        Text(f"{read}, {'too few dates to follow' if days is None else _dates(days)}", style="dim")
    )
    console.print()
    for one in gathered:
        console.print(_scope(one, TOP if top is None else top))
        console.print()


def _scope(one: Gathered, top: int) -> Group:
    heading = Text(title(one.scope), style=f"bold {COLOURS.get(one.scope, OWN)}")
    heading.append(
        f"  {counted(len(one.themes), 'theme')} of {counted(one.findings, 'finding')} in "
        f"{counted(one.interactions, 'interaction')}",
        style="dim",
    )
    parts: list[RenderableType] = [heading]
    for place, theme in enumerate(one.themes[:top], start=1):
        parts += ["", _theme(place, theme, one.calendar)]
    if not one.themes:
        why = "nothing found" if not one.findings else "none yet: a theme needs 3 interactions"
        parts.append(Text(f"  {why}", style="dim"))
    if len(one.themes) > top:
        rest = f"  {len(one.themes) - top:,} more: --top {len(one.themes)}, or --report FILE.html"
        parts += ["", Text(rest, style="dim")]
    if one.pool:
        line = f"  waiting, in no theme yet: {counted(one.pool, 'finding')}, such as"
        parts += ["", Text(line), *(_quote(quote) for quote in one.waiting[:SHOWN])]
    if one.changes is not None:
        lines = [Text(f"    {changed(change)}") for change in one.changes]
        none = Text("    nothing but new findings in known themes", style="dim")
        parts += ["", Text("  since the last run:"), *(lines or [none])]
    parts += ["", Text(f"  quality: {figures(one)}", style="dim")]
    return Group(*parts)


def _dates(known: Calendar) -> str:
    last = known.window.until.toordinal() - 1
    undated = f", {known.undated:,} without a date" if known.undated else ""
    return f"{known.window.since} to {known.window.since.fromordinal(last)}{undated}"


def _theme(place: int, theme: Theme, known: Calendar | None) -> Group:
    heading = Text(f"{place:>4}. ")
    heading.append(theme.headline, style="bold")
    heading.append(f"  {theme.id}", style="dim")
    label = feeling(theme.sentiment)
    facts = Text(
        f"{counted(theme.findings, 'finding')} in {counted(theme.interactions, 'interaction')}, "
    )
    mean = "" if theme.sentiment is None else f" {theme.sentiment.value:+.2f}"
    facts.append(f"{label}{mean}", style=FEELINGS[label])
    lines: list[RenderableType] = [heading, _indented(facts)]
    if known is not None and theme.course:
        course = Text(spark(theme.course))
        course.append(f"  by {known.step}", style="dim")
        if theme.growth is not None and known.period is not None:
            course.append(f", {moved(theme.growth, known.period)}", style="dim")
        lines.append(_indented(course))
    quotes = (*theme.quotes, *theme.spread)[:SHOWN]
    return Group(*lines, *map(_quote, quotes))


def _indented(line: Text) -> Padding:
    return Padding(line, (0, 0, 0, 6))


def _quote(quote: Quote) -> Padding:
    line = Text(f"“{quote.text}”")
    line.append(f"  {place(quote.source)}, turn {quote.turn}", style="dim")
    return _indented(line)


def as_lines(gathered: Sequence[Gathered], *, top: int | None) -> Iterator[str]:
    """JSON Lines: of each scope its themes, the largest first, then one line of what it is.

    Args:
        gathered: the scopes.
        top: themes of each; all if None.
    """
    for one in gathered:
        period = one.calendar.period if one.calendar else None
        for theme in one.themes[:top]:
            yield json.dumps(_row(one.scope, theme, one.areas, period), ensure_ascii=False)
        yield json.dumps(_summary(one), ensure_ascii=False)


def _row(scope: str, theme: Theme, areas: Sequence[str], period: int | None) -> dict[str, Any]:
    return {
        "type": "theme",
        "scope": scope,
        "id": theme.id,
        "headline": theme.headline,
        "terms": theme.terms,
        "area": areas[theme.area],
        "findings": theme.findings,
        "interactions": theme.interactions,
        "repeated": theme.repeated,
        "share": figure(theme.share),
        "sentiment": {
            **dict(zip(SENTIMENTS, theme.feelings, strict=True)),
            "mean": figure(theme.sentiment),
        },
        "trend": [_bucket(one) for one in theme.course],
        "growth": _growth(theme.growth, period),
        "quotes": [_said(one) for one in (*theme.quotes, *theme.spread)],
        "subthemes": [
            {"headline": part.headline, "findings": part.findings} for part in theme.parts
        ],
        "related": [_link(one) for one in theme.links],
        "breakdown": [
            {
                "field": share.field,
                "value": share.value,
                "interactions": share.interactions,
                "share": round(share.inside, 4),
                "usual": round(share.usual, 4),
            }
            for share in theme.breakdown
        ],
    }


def _bucket(point: Point) -> dict[str, Any]:
    bucket = point.bucket
    return {
        "start": str(bucket.start),
        "end": str(bucket.end),
        "partial": bucket.partial,
        "interactions": bucket.interactions,
        "total": bucket.total,
        **dict(zip(SENTIMENTS, point.feelings, strict=True)),
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "headline": link.headline,
        "scope": link.scope,
        "kind": link.kind,
        "strength": round(link.strength, 4),
        "interactions": link.interactions,
    }


def figure(value: Figure | None) -> dict[str, float] | None:
    """A figure with its interval, to four places."""
    if value is None:
        return None
    return {name: round(getattr(value, name), 4) for name in ("value", "low", "high")}


def _growth(growth: Growth | None, period: int | None) -> dict[str, Any] | None:
    if growth is None:
        return None
    numbers = {name: getattr(growth, name) for name in ("ratio", "low", "high", "q")}
    return {
        "movement": growth.movement,
        "note": growth.note,
        "days": period,
        "before": growth.before,
        "now": growth.now,
        **{name: None if one is None else round(one, 4) for name, one in numbers.items()},
    }


def _said(quote: Quote) -> dict[str, Any]:
    return {
        "quote": quote.text,
        "source": quote.source,
        "turn": quote.turn,
        "channel": quote.channel,
        "day": None if quote.day is None else str(quote.day),
        "sentiment": quote.sentiment,
    }


def _summary(one: Gathered) -> dict[str, Any]:
    found = one.quality
    numbers = {
        "coherence": found.coherence,
        "silhouette": found.silhouette,
        "coverage": found.coverage,
        "stability": found.stability,
    }
    return {
        "type": "scope",
        "scope": one.scope,
        "themes": len(one.themes),
        "findings": one.findings,
        "interactions": one.interactions,
        "mined": one.mined,
        "waiting": {"findings": one.pool, "examples": [_said(quote) for quote in one.waiting]},
        "quality": {
            name: None if value is None else round(value, 4) for name, value in numbers.items()
        },
        "changes": None
        if one.changes is None
        else [
            {
                "kind": change.kind,
                "id": change.id,
                "headline": change.headline,
                "others": [{"id": id, "headline": name} for id, name in change.others],
                "findings": change.findings,
            }
            for change in one.changes
        ],
    }
