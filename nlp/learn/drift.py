"""Whether what comes in has moved: from the training data, and from what came in before.

Everything is counted by interaction, and judged by how far windows of their own kind differ:

- against the **history**, a window is a week, and the latest weeks are asked whether they lie where
  the weeks before lead one to expect: sampling noise and the spread from week to week (estimated as
  DerSimonian & Laird 1986 do between studies) make a prediction interval. From two years on, the
  year's waves are fitted (two harmonics); from one year on, nothing moved that was so at the same
  time of an earlier year. With less than a year nobody can tell a yearly wave, and the result says
  so.
- against the **training data**, a window is an industry that the model learned from: what lies
  within the spread of industries is nothing new to it.

Vectors are compared by the maximum mean discrepancy (Gretton et al. 2012) of random features; words
one by one, as counts that vary more than chance (Church & Gale 1995). Many figures are looked at:
Holm's correction (1979) holds the chance of any false alarm at `CHANCE`. Testing such figures
together finds shifts well (Rabanser et al. 2019, "Failing loudly", arXiv:1810.11953).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nlp.learn import drift_series as series
from nlp.learn import drift_vectors, drift_words
from nlp.learn.drift_report import (
    FEWEST,
    HISTORY,
    Against,
    Judged,
    Report,
    Verdict,
    said,
    with_words,
)
from nlp.learn.drift_series import Outlook, Point
from nlp.learn.drift_vectors import Row
from nlp.learn.drift_words import MovedWord
from nlp.learn.sketches import Floats, Sketch, Window

if TYPE_CHECKING:  # it reads corpora, and so loads more than whoever judges needs
    from nlp.learn.reference import Reference

CHANCE = 0.01
"""Of a false alarm of a report: of 100 weekly reports on a stream that stays as it is, one."""

RECENT = 2
"""Weeks that are judged together: what does not last so long is a burst, not a drift."""

GUARD = 2
"""Weeks before these that judge nothing: a slow beginning shall not be its own yardstick."""

TOLERANCES = {
    "label": 0.1,
    "sentiment": 0.1,
    "unsure": 0.1,
    "confidence": 0.05,
    "agreement": 0.05,
    "vocabulary": 0.02,
}
"""How far beyond the spread of the training data's industries a figure may lie and be no matter:
no contact centre has the shares of a corpus."""

ALL = "all"
"""Stands for all channels together."""

YEAR = 52
YEARS = 3 * YEAR
"""Weeks that are looked back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """A figure before the many are held against each other."""

    judged: Judged
    outlook: Outlook


def report(
    windows: Sequence[Window],
    *,
    until: date,
    reference: "Reference | None" = None,
    steady_until: date | None = None,
    steps: Sequence[date] = (),
) -> Report:
    """Judges the latest weeks.

    Args:
        windows: whole weeks, in any order; one a week and channel.
        until: the Monday after the last week that is judged.
        reference: of the model's training data, if it is known.
        steady_until: a Monday from which on weeks are no history: a drift began there that nobody
            has taken for the new state of things yet.
        steps: Mondays from which on all is different for a known reason: a model changed, or
            people took a drift for the new state of things.
    """
    since = until - timedelta(weeks=RECENT)
    guard = since - timedelta(weeks=GUARD)
    end = guard if steady_until is None else min(guard, steady_until)
    usable = [one for one in windows if one.sketch.interactions >= FEWEST]
    usable = [one for one in usable if end - timedelta(weeks=YEARS) <= one.start < until]
    channels = sorted({one.channel for one in windows if since <= one.start < until})
    together = _together([one for one in usable if one.channel in channels], len(channels))
    figures: list[_Figure] = []
    words: list[MovedWord] = []
    weeks = 0
    directions: dict[str, Floats] = {}
    for channel in [*channels, ALL] if together else channels:
        own = [one for one in [*usable, *together] if one.channel == channel]
        now = [one for one in own if since <= one.start]
        past = [one for one in own if one.start < end]
        weeks = max(weeks, len(past))
        if len(now) == RECENT and len(past) >= HISTORY:
            named, found = _against_history(now, past, channel, steps)
            figures += found
            words += named
            directions[channel] = drift_vectors.direction(_rows(now), _rows(past))
        else:
            figures.append(_untold(channel, past))
        if reference is not None and now and channel != ALL:
            figures += _against_training(now, reference.channel(channel), channel)
    judged = _corrected(figures)
    moved = {one.channel for one in judged if one.verdict == "moved"}
    told = _told(words, judged)
    return Report(
        since=since,
        until=until,
        interactions=sum(w.sketch.interactions for w in windows if since <= w.start < until),
        weeks=weeks,
        knows_seasons=_span(usable, end) >= YEAR,
        figures=tuple(with_words(one, told) for one in judged),
        words=tuple(told),
        directions={
            channel: where
            for channel, where in directions.items()
            if channel != ALL and moved & {channel, ALL}
        },
    )


def _told(words: Sequence[MovedWord], judged: Sequence[Judged]) -> list[MovedWord]:
    """Those of channels whose words moved, when many figures were looked at."""
    telling = {
        one.channel for one in judged if one.figure == "vocabulary.words" and one.verdict == "moved"
    }
    return [one for one in words if one.channel in telling]


def _together(windows: Sequence[Window], channels: int) -> list[Window]:
    """All channels as one, in the proportions of the whole time.

    What comes over several is seen sooner so; that more people call than write is no drift of what
    they say.
    """
    weeks: dict[date, list[Window]] = {}
    for one in windows:
        weeks.setdefault(one.start, []).append(one)
    whole = {start: found for start, found in weeks.items() if len(found) == channels > 1}
    totals: Counter[str] = Counter()
    for found in whole.values():
        totals.update({one.channel: one.sketch.interactions for one in found})
    number = sum(totals.values())
    joined = []
    for start, found in sorted(whole.items()):
        size = sum(one.sketch.interactions for one in found)
        parts = [
            one.sketch.times(size * totals[one.channel] / number / one.sketch.interactions)
            for one in found
        ]
        sketch = parts[0]
        for part in parts[1:]:
            sketch += part
        joined.append(Window(start=start, channel=ALL, sketch=sketch))
    return joined


def _span(windows: Sequence[Window], end: date) -> int:
    """Weeks from the first window to the end of history."""
    starts = [one.start for one in windows if one.start < end]
    return (end - min(starts)).days // 7 if starts else 0


def _rows(windows: Sequence[Window]) -> list[Row]:
    return [
        Row(
            day=one.start,
            number=one.sketch.embedded,
            embedding=one.sketch.embedding,
            norms=one.sketch.norms,
        )
        for one in windows
        if one.sketch.embedded
    ]


def _points(windows: Sequence[Window], name: str) -> list[Point]:
    found = [(one.start, one.sketch.figures.get(name)) for one in windows]
    return [Point(day, sums) for day, sums in found if sums is not None and sums.number > 1]


def _against_history(
    now: Sequence[Window], past: Sequence[Window], channel: str, steps: Sequence[date]
) -> tuple[list[MovedWord], list[_Figure]]:
    found = []
    for name in sorted({name for one in now for name in one.sketch.figures}):
        outlook = series.outlook(_points(now, name), _points(past, name), steps=steps)
        found.append(_figure(name, channel, "history", outlook))
    outlook = drift_vectors.vectors(_rows(now), _rows(past), steps=steps)
    found.append(_figure("vectors", channel, "history", outlook))
    settled = max((step for step in steps if step < now[0].start), default=date.min)
    words, outlook = drift_words.moved(
        [one.sketch for one in now],
        [one.sketch for one in past if one.start >= settled],
        channel=channel,
        seasons=[
            [past[place].sketch for place in span]
            for span in series.same_season([w.start for w in now], [w.start for w in past])
        ],
    )
    found.append(_figure("vocabulary.words", channel, "history", outlook))
    return words, found


def _against_training(
    now: Sequence[Window], groups: Sequence[Sketch], channel: str
) -> list[_Figure]:
    """The same with industries for weeks; they have no order and no season."""
    total = now[0].sketch
    for one in now[1:]:
        total += one.sketch
    day = now[-1].start
    names = sorted({name for one in groups for name in one.figures} & set(total.figures))
    found = []
    for name in names:
        known = [one.figures[name] for one in groups if name in one.figures]
        points = [Point(None, sums) for sums in known if sums.number > 1]
        latest = Point(day, total.figures[name])
        outlook = series.outlook([latest], points, tolerance=TOLERANCES[name.partition(".")[0]])
        found.append(_figure(name, channel, "training", outlook))
    rows = [
        Row(day=None, number=one.embedded, embedding=one.embedding, norms=one.norms)
        for one in groups
        if one.embedded > 1
    ]
    arrived = Row(day=day, number=total.embedded, embedding=total.embedding, norms=total.norms)
    found.append(_figure("vectors", channel, "training", drift_vectors.distance(arrived, rows)))
    return found


def _figure(name: str, channel: str, against: Against, outlook: Outlook) -> _Figure:
    return _Figure(
        judged=Judged(
            figure=name,
            channel=channel,
            against=against,
            value=outlook.value,
            interval=outlook.interval,
            usual=outlook.usual,
            windows=outlook.windows,
            p=outlook.p,
            verdict="untold",
            said="",
        ),
        outlook=outlook,
    )


def _untold(channel: str, past: Sequence[Window]) -> _Figure:
    """One line for a channel of which there is not enough."""
    return _figure("all", channel, "history", replace(series.UNKNOWN, windows=len(past)))


def _corrected(figures: Sequence[_Figure]) -> list[Judged]:
    """Verdicts, when as many figures as there are were looked at (Holm 1979)."""
    found: list[Judged] = []
    for against in ("history", "training"):
        family = [one for one in figures if one.judged.against == against]
        known = sorted(
            (one.outlook.p, place) for place, one in enumerate(family) if one.outlook.p is not None
        )
        raised: dict[int, float] = {}
        highest = 0.0
        for rank, (p, place) in enumerate(known):
            highest = max(highest, min(1.0, p * (len(known) - rank)))
            raised[place] = highest
        for place, one in enumerate(family):
            found.append(_verdict(one, raised.get(place)))
    order: tuple[Verdict, ...] = ("moved", "swing", "steady", "untold")
    return sorted(
        found, key=lambda one: (order.index(one.verdict), one.p if one.p is not None else 2.0)
    )


def _verdict(one: _Figure, p: float | None) -> Judged:
    verdict: Verdict = "untold"
    if p is not None:
        if p < CHANCE and one.outlook.lasts:
            verdict = "moved"
        elif one.outlook.noise_p is not None and one.outlook.noise_p < 0.05:
            verdict = "swing"
        else:
            verdict = "steady"
    judged = replace(one.judged, p=p, verdict=verdict)
    return replace(judged, said=said(judged))
