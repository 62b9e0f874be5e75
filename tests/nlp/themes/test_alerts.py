"""One story, one alert: the course of alerts day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from nlp.themes.alerts import (
    Alert,
    AlertKind,
    Gathering,
    Patience,
    Signal,
    after,
    emerging,
    of_burst,
    of_growth,
)
from nlp.themes.bursts import Burst
from nlp.themes.growth import Growth

FIRST = date(2026, 3, 2)
WAITS = Patience(quiet=3, cooldown=5)


def signal(holds: bool, *, strength: float = 2.0, kind: AlertKind = "burst") -> Signal:
    return Signal(theme="t", kind=kind, holds=holds, strength=strength)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def course(marks: str) -> list[Alert]:
    """Every alert that a run of days makes: "x" holds, "." does not, " " was left out."""
    alerts: list[Alert] = []
    for number, mark in enumerate(marks):
        if mark == " ":
            continue
        now = after(
            alerts[-1] if alerts else None, signal(mark == "x"), day(number), patience=WAITS
        )
        if now is None:
            continue
        if alerts and alerts[-1].opened == now.opened:
            alerts[-1] = now
        else:
            alerts.append(now)
    return alerts


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        # (opened, last, closed, days, reopened) of each alert
        ("....", []),
        ("x", [(0, 0, None, 1, 0)]),
        (".xxx", [(1, 3, None, 3, 0)]),
        ("x..", [(0, 0, None, 1, 0)]),
        ("x..x", [(0, 3, None, 2, 0)]),
        ("x...", [(0, 0, 3, 1, 0)]),
        ("x........", [(0, 0, 3, 1, 0)]),
        ("x...x", [(0, 4, None, 2, 1)]),
        ("x.......x", [(0, 8, None, 2, 1)]),  # five days after it was closed on day 3
        ("x........x", [(0, 0, 3, 1, 0), (9, 9, None, 1, 0)]),
        ("x...x...x...", [(0, 8, 11, 3, 2)]),
        ("x   x", [(0, 4, None, 2, 1)]),  # as if the days had been quiet
        ("x  x", [(0, 3, None, 2, 0)]),
        ("x        x", [(0, 0, None, 1, 0), (9, 9, None, 1, 0)]),
        ("x        .", [(0, 0, 3, 1, 0)]),
        ("xxxxx...xx....x", [(0, 14, None, 8, 2)]),
    ],
)
def test_the_course_of_alerts(
    marks: str, told: list[tuple[int, int, int | None, int, int]]
) -> None:
    found = [
        (
            (one.opened - FIRST).days,
            (one.last - FIRST).days,
            None if one.closed is None else (one.closed - FIRST).days,
            one.days,
            one.reopened,
        )
        for one in course(marks)
    ]
    assert found == told
    for one in course(marks):
        assert (one.state == "closed") == (one.closed is not None)


def test_a_story_of_ten_flares_is_one_alert() -> None:
    (alert,) = course("x...." * 10)
    assert (alert.reopened, alert.days) == (9, 10)


@pytest.mark.parametrize("marks", ["x", "x..", "x...", "x...x", "x........x", "xx"])
def test_the_same_day_twice_changes_nothing(marks: str) -> None:
    alert = course(marks)[-1]
    last = signal(marks[-1] == "x")
    assert after(alert, last, day(len(marks) - 1), patience=WAITS) == alert


def test_a_day_that_is_told_late_changes_nothing() -> None:
    alert = course("...x")[0]
    for holds in (True, False):
        assert after(alert, signal(holds), day(1), patience=WAITS) == alert


def test_the_peak_is_the_strongest_day() -> None:
    alert = None
    for number, strength in enumerate((2.0, 5.0, 3.0)):
        alert = after(alert, signal(True, strength=strength), day(number))
    assert alert is not None
    assert alert.peak == 5


def test_kinds_wait_for_times_of_their_own() -> None:
    for kind, closes in (("burst", 3), ("growing", 7), ("emerging", 7)):
        alert = after(None, signal(True, kind=kind), FIRST)  # type: ignore[arg-type]  # a kind
        for number in range(1, closes + 1):
            assert alert is not None
            assert alert.state == "open"
            alert = after(alert, replace(signal(False), kind=alert.kind), day(number))
        assert alert is not None
        assert alert.closed == day(closes)


def test_the_alert_of_another_theme_or_kind_is_refused() -> None:
    alert = after(None, signal(True), FIRST)
    with pytest.raises(ValueError, match="alert of t, burst, and a signal of t, growing"):
        after(alert, signal(True, kind="growing"), FIRST)
    with pytest.raises(ValueError, match="signal of u, burst"):
        after(alert, replace(signal(True), theme="u"), FIRST)


def test_verdicts_become_signals() -> None:
    burst = Burst(theme="t", verdict="burst", days=1, count=9, expected=3, ratio=3, p=0.0)
    assert of_burst(burst) == signal(True, strength=3)
    assert not of_burst(replace(burst, verdict="unknown")).holds
    grown = Growth(theme="t", movement="growing", note="", before=5, now=9, ratio=1.8, low=1.1)
    assert of_growth(grown) == signal(True, strength=1.8, kind="growing")
    assert of_growth(replace(grown, ratio=None)).strength == 1.1
    assert not of_growth(replace(grown, movement="shrinking")).holds


@pytest.mark.parametrize(
    ("born", "now", "before", "mined", "holds"),
    [
        (0, 5, 5, (100, 100), True),  # born today
        (-13, 5, 9, (100, 100), True),
        (-14, 50, 0, (100, 100), False),  # no news any more
        (1, 50, 0, (100, 100), False),  # not born yet
        (0, 4, 0, (100, 100), False),  # too few
        (None, 8, 0, (100, 100), True),  # half to the eighth
        (None, 7, 0, (100, 100), False),
        (None, 20, 5, (100, 100), True),
        (None, 20, 5, (400, 100), False),  # so did everything
        (None, 190, 110, (1000, 1000), False),  # sure, but not twice as fast
        (None, 0, 30, (100, 100), False),
        (None, 9, 0, (100, 0), False),  # there was nobody to ask in the week before
    ],
)
def test_what_is_new_and_what_gathers_fast_emerges(
    born: int | None, now: int, before: int, mined: tuple[int, int], holds: bool
) -> None:
    found = emerging(
        Gathering(
            theme="t",
            born=None if born is None else day(born),
            now=now,
            before=before,
            mined_now=mined[0],
            mined_before=mined[1],
        ),
        FIRST,
    )
    assert found.kind == "emerging"
    assert found.holds == holds
