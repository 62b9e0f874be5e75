"""Alerts: one story, one alert, however often it flares up.

```
 none ──holds──▶ open ──quiet long enough──▶ closed ──holds within the cool-down──▶ open (reopened)
                  ▲ │                           │
                  └─┘ holds: extended           └──holds later──▶ a new alert
```
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from scipy import special

from nlp.themes.bursts import Burst
from nlp.themes.growth import Growth

AlertKind = Literal["burst", "growing", "emerging"]
ALERT_KINDS: tuple[AlertKind, ...] = ("burst", "growing", "emerging")

AlertState = Literal["open", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an alert waits.

    Attributes:
        quiet: days without it after which it is closed.
        cooldown: days after closing within which it is reopened rather than made anew.
    """

    quiet: int
    cooldown: int


PATIENCE: dict[AlertKind, Patience] = {
    # A weekend without traffic must not cut a story in two.
    "burst": Patience(quiet=3, cooldown=14),
    # Growth is measured over weeks: its verdict flickers at the edge.
    "growing": Patience(quiet=7, cooldown=28),
    "emerging": Patience(quiet=7, cooldown=28),
}

NEW_DAYS = 14
"""So long after its birth a theme is news."""

FEWEST_NEW = 5
"""Interactions of the last seven days, below which nothing emerges."""

FAST_CHANCE = 0.005
"""A group in the pool gathers fast where an even pace makes so lopsided weeks less often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one day says of one theme.

    Attributes:
        theme: its id, or that of a group in the emerging pool.
        kind: of the alert that it is about.
        holds: whether there is reason for the alert. What cannot be known gives no reason.
        strength: times the usual, for a person to sort by.
    """

    theme: str
    kind: AlertKind
    holds: bool
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One story of one theme.

    Attributes:
        theme: its id; with `kind` and `opened` it names the alert.
        kind: what for.
        state: open, or closed.
        opened: the first day of it.
        last: the last day on which there was reason for it.
        closed: the day on which it was closed, None while it is open.
        days: on how many days there was reason for it.
        reopened: how often it flared up again after it had been closed.
        peak: the greatest strength.
    """

    theme: str
    kind: AlertKind
    state: AlertState
    opened: date
    last: date
    closed: date | None = None
    days: int = 1
    reopened: int = 0
    peak: float


def after(
    alert: Alert | None, signal: Signal, today: date, *, patience: Patience | None = None
) -> Alert | None:
    """The alert as it is after a day.

    The same day twice changes nothing. Days that were left out count as quiet ones, so that a
    service that stood still does not tie two stories together; a day before the alert's last
    changes nothing.

    Args:
        alert: the newest of this theme and kind, open or closed, or None.
        signal: of today.
        today: the day that the signal is of.
        patience: how long it waits; that of its kind in `PATIENCE` if None.

    Returns:
        The same alert, extended, closed or reopened; or a new one, known by its `opened`; or None
        where there was none and is no reason for one.

    Raises:
        ValueError: the alert and the signal are of different themes or kinds.
    """
    waits = patience or PATIENCE[signal.kind]
    if alert is None:
        return _new(signal, today) if signal.holds else None
    if (alert.theme, alert.kind) != (signal.theme, signal.kind):
        raise ValueError(
            f"an alert of {alert.theme}, {alert.kind}, and a signal of {signal.theme}, "
            f"{signal.kind}: give the alert of the same theme and kind"
        )
    if today < alert.last:
        return alert
    until = alert.last + timedelta(days=waits.quiet)
    if alert.state == "open" and (today > until or (today == until and not signal.holds)):
        alert = replace(alert, state="closed", closed=until)
    if not signal.holds:
        return alert
    if alert.closed is None:
        return _extended(alert, signal, today)
    if today - alert.closed > timedelta(days=waits.cooldown):
        return _new(signal, today)
    again = replace(alert, state="open", closed=None, reopened=alert.reopened + 1)
    return _extended(again, signal, today)


def _new(signal: Signal, today: date) -> Alert:
    return Alert(
        theme=signal.theme,
        kind=signal.kind,
        state="open",
        opened=today,
        last=today,
        peak=signal.strength,
    )


def _extended(alert: Alert, signal: Signal, today: date) -> Alert:
    return replace(
        alert,
        last=today,
        days=alert.days + (today > alert.last),
        peak=max(alert.peak, signal.strength),
    )


def of_burst(burst: Burst) -> Signal:
    """The signal of a day's verdict on bursts."""
    return Signal(
        theme=burst.theme,
        kind="burst",
        holds=burst.verdict == "burst",
        strength=burst.ratio,
    )


def of_growth(growth: Growth) -> Signal:
    """The signal of a verdict on growth; a theme that shrinks is no alert.

    Where there was nothing before, the strength is the lower end of the ratio's interval.
    """
    ratio = growth.low if growth.ratio is None else growth.ratio
    return Signal(
        theme=growth.theme,
        kind="growing",
        holds=growth.movement == "growing",
        strength=ratio or 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How fast something new gathers.

    Attributes:
        theme: id of a theme, or of a group in the emerging pool.
        born: the day on which it became a theme, None for a group that still waits. Themes that
            were split from older ones are not new: do not ask about them.
        now: interactions of the last seven days.
        before: of the seven days before these.
        mined_now: all mined interactions of the last seven days.
        mined_before: of the seven days before these.
    """

    theme: str
    born: date | None
    now: int
    before: int
    mined_now: int
    mined_before: int


def emerging(gathering: Gathering, today: date) -> Signal:
    """Whether something new comes up.

    A theme is news for `NEW_DAYS` after its birth while it is spoken of. A group that still waits
    in the pool is when it gathers fast: at least twice as fast as in the week before, beyond chance
    (one-sided binomial test of the last week's part of both, given the traffic of each week).

    Args:
        gathering: its counts.
        today: the last of the seven days.
    """
    mined = max(gathering.mined_now, 1), max(gathering.mined_before, 1)
    # P(X >= now) of a binomial, as an incomplete beta function.
    chance = (
        float(special.betainc(gathering.now, gathering.before + 1, mined[0] / sum(mined)))
        if gathering.now
        else 1.0
    )
    pace = (gathering.now + 0.5) / (gathering.before + 0.5) * mined[1] / mined[0]
    is_new = gathering.born is not None and 0 <= (today - gathering.born).days < NEW_DAYS
    is_fast = gathering.born is None and chance <= FAST_CHANCE and pace >= 2
    return Signal(
        theme=gathering.theme,
        kind="emerging",
        holds=gathering.now >= FEWEST_NEW and (is_new or is_fast),
        strength=pace,
    )
