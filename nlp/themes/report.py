"""Themes written for people: one HTML page that loads nothing.

It repeats customers' words, redacted, so it is written only where somebody asks for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nlp.errors import OptionError
from nlp.learn.judging import Figure
from nlp.themes import listing, plots
from nlp.themes.gathered import Gathered, Link, Share, Theme
from nlp.themes.material import ALL

# Of the map, width over height, from so many themes on: few need no more than a strip.
SHAPES = ((8, 2.1), (4, 3.2), (0, 6.0))
# Letters on the map, in per cent of its width; what a letter is wide, and a line high, beside that.
LARGEST, SMALLEST, SMALLER = 1.75, 0.95, 0.05
LETTER, LINE, MARGIN = 0.62, 1.27, 1.3
ODD = 1.5  # times the usual share, from which a value is pointed at
FEWEST_ODD = 3  # and interactions
MOVING = 8  # themes that are named under what moves

READING: tuple[tuple[str, str], ...] = (
    (
        "coverage",
        "Share of the findings that stand in a theme; the others wait. Where it is low, customers "
        "say many different things, or there are few interactions yet.",
    ),
    (
        "silhouette",
        "From -1 to 1, how clearly themes stand apart: at 0 a finding is as near to the next theme "
        "as to its own, and the borders are a matter of taste.",
    ),
    (
        "coherence",
        "From -1 to 1 (NPMI), whether the words that mark a theme come together in the same "
        "findings. Short quotes share few words, so that it is low for good themes too.",
    ),
    (
        "stability",
        "Share of the findings known from the last run that are where they were. What is new pulls "
        "some over; where it is far below 95 %, compare themes of the two runs with care.",
    ),
)
"""Figures of quality, and a sentence on how to read each. They compare runs on like data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A theme on the map.

    Attributes:
        theme: which.
        box: where, in per cent of its area.
        letters: size of its words, in per cent of the map's width; 0 where there is no room.
        lines: of its headline that have room.
        tint: strength of its colour in per cent, by how far from 0 the mean sentiment is.
    """

    theme: Theme
    box: plots.Box
    letters: float
    lines: int
    tint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An area on the map.

    Attributes:
        name: what it is about; "" where its one theme says it, or it is the only area.
        box: where, in per cent of the map.
        tiles: its themes.
    """

    name: str
    box: plots.Box
    tiles: tuple[Tile, ...]


def write(path: Path, gathered: Sequence[Gathered], *, model: str, sources: Sequence[str]) -> None:
    """Writes the page, whole or not at all.

    Args:
        path: of the file; one that is there is replaced.
        gathered: the scopes, at least one.
        model: that found what is gathered.
        sources: what was read, for a person.

    Raises:
        OptionError: nothing may be written there.
    """
    partly = path.with_name(f"{path.name}.part")
    try:
        partly.write_text(page(gathered, model=model, sources=sources), encoding="utf-8")
        partly.replace(path)
    except OSError as error:
        raise OptionError(f"{path} cannot be written: {error.strerror}") from error


def page(gathered: Sequence[Gathered], *, model: str, sources: Sequence[str]) -> str:
    """The page.

    Args:
        gathered: the scopes, at least one.
        model: that found what is gathered.
        sources: what was read, for a person.
    """
    environment = Environment(
        loader=PackageLoader("nlp.themes"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    first = gathered[0]
    step = first.calendar.step if first.calendar else "week"
    return environment.get_template("themes.html").render(
        gathered=gathered,
        calendar=first.calendar,
        last=first.calendar.window.until - timedelta(days=1) if first.calendar else None,
        mined=first.mined,
        findings=sum(one.findings for one in gathered if one.scope != ALL) or first.findings,
        themes=sum(len(one.themes) for one in gathered),
        rows=sorted(
            ((one, theme) for one in gathered for theme in one.themes),
            key=lambda pair: (-pair[1].interactions, -pair[1].findings),
        ),
        moving=moving(gathered),
        model=model,
        sources=sources,
        reading=READING,
        shape=shape,
        map_of=areas,
        title=listing.title,
        counted=listing.counted,
        place=listing.place,
        changed=listing.changed,
        feeling=listing.feeling,
        moved=listing.moved,
        odd=odd,
        fields=fields,
        links=links,
        interval=interval,
        # Made of numbers and our own words alone.
        course=lambda points: Markup(plots.course(points, step=step)),  # noqa: S704 - ours
        spark=lambda points: Markup(plots.spark(points)),  # noqa: S704 - ours
    )


def shape(one: Gathered) -> float:
    """Width of a scope's map over its height."""
    return next(found for fewest, found in SHAPES if len(one.themes) >= fewest)


def areas(one: Gathered) -> tuple[Area, ...]:
    """The map of a scope: areas, and in each its themes, as large as their interactions."""
    inside: dict[int, list[Theme]] = {}
    for theme in one.themes:
        inside.setdefault(theme.area, []).append(theme)
    sizes = {area: sum(theme.interactions for theme in some) for area, some in inside.items()}
    order = sorted(inside, key=lambda area: -sizes[area])
    whole = shape(one)
    found = []
    placed = plots.boxes([sizes[area] for area in order], shape=whole)
    for area, box in zip(order, placed, strict=True):
        tiles = plots.boxes(
            [theme.interactions for theme in inside[area]], shape=whole * box.width / box.height
        )
        found.append(
            Area(
                name=one.areas[area] if len(inside[area]) > 1 and len(inside) > 1 else "",
                box=box,
                tiles=tuple(
                    _tile(theme, tile, width=box.width, height=box.height / whole)
                    for theme, tile in zip(inside[area], tiles, strict=True)
                ),
            )
        )
    return tuple(found)


def _tile(theme: Theme, tile: plots.Box, *, width: float, height: float) -> Tile:
    """A theme's tile in an area of so much of the map's width, both ways in per cent of that."""
    letters, lines = _fitted(
        theme.headline, width=width * tile.width / 100, height=height * tile.height / 100
    )
    mean = 0.0 if theme.sentiment is None else theme.sentiment.value
    # Squared, as nearly all defects are negative: between -0.6 and -1 there must be a difference.
    tint = round(6 + 40 * mean**2)
    return Tile(theme=theme, box=tile, letters=letters, lines=lines, tint=tint)


def _fitted(headline: str, *, width: float, height: float) -> tuple[float, int]:
    """The largest letters with which a headline and its number fit; else as many lines as do."""
    letters = LARGEST
    while letters >= SMALLEST:
        across = int((width / letters - MARGIN) / LETTER)
        room = int((height / letters - MARGIN) / LINE) - 1
        words = headline.split()
        if words and across >= max(map(len, words)) and room >= 1:
            lines = len(wrap(headline, across))
            if lines <= room:
                return letters, lines
            if letters - SMALLER < SMALLEST:
                return letters, room
        letters -= SMALLER
    return 0.0, 0


def moving(gathered: Sequence[Gathered]) -> list[tuple[Gathered, Theme]]:
    """Themes that grow or shrink beyond chance, growing ones first, the fastest first."""
    found = [
        (one, theme)
        for one in gathered
        for theme in one.themes
        if theme.growth is not None and theme.growth.movement in ("growing", "shrinking")
    ]
    return sorted(found, key=lambda pair: -_ratio(pair[1]))[:MOVING]


def _ratio(theme: Theme) -> float:
    ratio = theme.growth.ratio if theme.growth else None
    return float("inf") if ratio is None else ratio


def odd(share: Share) -> bool:
    """Whether a value stands out in a theme."""
    return share.interactions >= FEWEST_ODD and share.inside >= ODD * share.usual


def fields(theme: Theme, *, most: int = 4) -> Iterator[tuple[str, list[Share], int]]:
    """Each field that a theme is broken down by, its most frequent values, and how many follow."""
    for field, shares in groupby(theme.breakdown, key=lambda share: share.field):
        some = list(shares)
        yield field, some[:most], max(0, len(some) - most)


def links(theme: Theme) -> Mapping[str, list[Link]]:
    """Other themes by how they have to do with one; no theme stands under both."""
    often = [link for link in theme.links if link.kind == "together"]
    known = {link.id for link in often}
    near = [link for link in theme.links if link.kind == "alike" and link.id not in known]
    return {"together": often, "alike": near}


def interval(value: Figure | None, *, percent: bool = False) -> str:
    """A figure with its interval, for a person."""
    if value is None:
        return "unknown"
    if percent:
        return f"{value.value:.1%} ({value.low:.1%} to {value.high:.1%})"
    return f"{value.value:+.2f} ({value.low:+.2f} to {value.high:+.2f})"
