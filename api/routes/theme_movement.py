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
    version: int
    today: date
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
    version, mark = pulse.version, pulse.themes
    with _lock:  # whoever comes while it is counted waits for that, and does not count too
        known = _known.setdefault(session.get_bind(), {})
        found = known.get(scope)
        if found is None or not _holds(found, version, today, mark):
            moved = _counted(session, scope, today)
            at = time.monotonic()
            found = _Known(version=version, today=today, mark=mark, at=at, moved=moved)
            known[scope] = found
    return found.moved


def _holds(found: _Known, version: int, today: date, mark: int) -> bool:
    if (found.version, found.today) != (version, today):
        return False
    return found.mark == mark or time.monotonic() - found.at < FRESH_SECONDS


def _counted(session: Session, scope: str, today: date) -> Moved:
    window = Window(since=today - timedelta(days=2 * PERIOD), until=today)
    table = theme_counts.table(session, scope, window)
    return {one.theme: one for one in growth(table, period=PERIOD)}
