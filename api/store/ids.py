"""Identifiers that sort in the order in which they were made: UUID version 7."""

import secrets
import threading
import time
from uuid import UUID, uuid5

_lock = threading.Lock()
_last = 0

# Finding ids are made from what the finding is, so that a step run twice writes the same rows.
_FINDINGS = UUID("6f1c9f0e-54a6-5e0b-9d4e-3b1f7c2a8d10")


def new_id() -> UUID:
    """A new identifier, greater than every one that this process made before.

    Layout of RFC 9562, section 5.7: 48 bits of Unix milliseconds, 12 bits of a finer clock (method
    3 of section 6.2), the rest random. When the clock stands still or goes back, the last value is
    counted on instead.
    """
    global _last  # noqa: PLW0603 - one counter a process is what makes the order strict
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    now = milliseconds << 12 | rest * 4096 // 1_000_000
    with _lock:
        _last = now = max(now, _last + 1)
    value = (now >> 12) << 80 | 0x7 << 76 | (now & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def finding_id(interaction: UUID, *, passage: int, category: str, start: int, model: str) -> UUID:
    """The identifier of a finding: the same finding of the same model has the same one."""
    return uuid5(_FINDINGS, f"{interaction}/{passage}/{category}/{start}/{model}")
