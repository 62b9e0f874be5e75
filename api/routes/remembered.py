"""Answers that are kept for as long as what they were made from stays as it was.

Only what is told of everything is kept: whoever may see a part of it is answered anew. A pulse
(`counters.pulse`) says whether anything changed; as of two transactions the one that began first
may be seen last, nothing is kept for longer than a few seconds either.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from api.context import Session
from api.store import counters
from api.store.counters import Pulse
from api.store.theme_counts import Slice

KEPT_SECONDS = 5.0
_MOST = 500

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Thing]):
    pulse: Pulse
    at: float
    thing: Thing


class Remembered(Generic[Thing]):
    """Things by their keys, of each database; safe to share between threads."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[object, OrderedDict[object, _Kept[Thing]]]
        self._kept = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, session: Session, key: object, pulse: Pulse | None) -> Thing | None:
        """What is kept under a key, if it was made at this pulse."""
        if pulse is None:
            return None
        with self._lock:
            kept = self._kept.get(session.get_bind(), OrderedDict()).get(key)
        if kept is None or kept.pulse != pulse or time.monotonic() - kept.at > KEPT_SECONDS:
            return None
        return kept.thing

    def put(self, session: Session, key: object, pulse: Pulse | None, thing: Thing) -> None:
        """Keeps something that was made at a pulse; what was kept the longest goes."""
        if pulse is None:
            return
        with self._lock:
            kept = self._kept.setdefault(session.get_bind(), OrderedDict())
            kept[key] = _Kept(pulse, time.monotonic(), thing)
            kept.move_to_end(key)
            if len(kept) > _MOST:
                kept.popitem(last=False)


def pulse(session: Session, scope: str) -> Pulse | None:
    """The pulse of a scope; None for whoever may not see everything."""
    return counters.pulse(session, scope) if counters.kept(session, Slice()) else None
