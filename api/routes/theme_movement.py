"""How the themes of a scope move, remembered for as long as what it is counted from stays.

Each theme is judged beside all others of its scope, which takes longer than all else that a list of
themes says. What is remembered holds until people or a clustering change the scope's themes; where
only new findings came in since, which change what is said of past days little, for half a minute.
"""

import threading
import time
from dataclasses import dataclass
from datetime import date, timedelta
from weakref import WeakKeyDictionary

from api.context import Session
from api.routes import remembered
from api.store import theme_counts
from nlp.themes.growth import Growth, growth
from nlp.themes.trends import Window

PERIOD = 28
"""Days that growth is measured over, and as many before them."""

FRESH_SECONDS = 30.0
"""How long growth may be told without findings that came in meanwhile."""

Moved = dict[str, Growth]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    about: tuple[int, date]  # the version of the scope's themes, and the day
    mark: int
    at: float
    moved: Moved


_known: WeakKeyDictionary[object, dict[str, _Known]] = WeakKeyDictionary()
_lock = threading.Lock()


def growths(session: Session, scope: str, today: date) -> Moved:
    """How all active themes of a scope moved: each is judged beside the others.

    Args:
        session: the transaction.
        scope: of the themes.
        today: growth is measured over the days before this one.
    """
    pulse = remembered.pulse(session, scope)
    if pulse is None:
        return _counted(session, scope, today)
    about = (pulse.version, today)
    known = _known.setdefault(session.get_bind(), {})
    found = known.get(scope)
    if found is not None and found.about == about:
        if _is_fresh(found, pulse.themes):
            return found.moved
        # While one counts it again, the others go on with what is known.
        if not _lock.acquire(blocking=False):
            return found.moved
    else:
        _lock.acquire()
    try:
        found = known.get(scope)
        if found is None or found.about != about or not _is_fresh(found, pulse.themes):
            moved = _counted(session, scope, today)
            found = _Known(about=about, mark=pulse.themes, at=time.monotonic(), moved=moved)
            known[scope] = found
        return found.moved
    finally:
        _lock.release()


def _is_fresh(found: _Known, mark: int) -> bool:
    return found.mark == mark or time.monotonic() - found.at < FRESH_SECONDS


def _counted(session: Session, scope: str, today: date) -> Moved:
    window = Window(since=today - timedelta(days=2 * PERIOD), until=today)
    table = theme_counts.table(session, scope, window)
    return {one.theme: one for one in growth(table, period=PERIOD)}
