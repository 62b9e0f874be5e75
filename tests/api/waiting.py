"""Waiting until something is so, which ends some time though it never is."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Waits until a condition holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"it did not come to that in {seconds} seconds")


def end_worker_when(condition: Callable[[], bool]) -> None:
    """Ends the worker, which runs in the main thread, as soon as the condition holds."""

    def watch() -> None:
        with suppress(AssertionError):  # the test sees by itself what did not come
            wait_until(condition, seconds=60)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
