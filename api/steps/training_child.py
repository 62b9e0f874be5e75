"""The process that trains: started, listened to, stopped.

It stands back behind everything else on the machine, has one thread, and ends with its worker,
however that ends (`api.teaching`). What it tells is a JSON object a line.
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api import lifeline, runtime
from api.store.trainings import Step

LOOK_SECONDS = 0.5
STOP_SECONDS = 15.0
"""How long it may take to stop in good order, before it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a training process ended.

    Attributes:
        code: its exit code, or minus the number of the signal that ended it.
        failed: code and message of the error that it told of, or None.
    """

    code: int
    failed: tuple[str, str] | None = None


def run(
    request: Path,
    *,
    heard: Callable[[Sequence[Step]], None],
    stopped: Callable[[], bool],
) -> Ended:
    """Trains in a process of its own until it ends or is stopped.

    Args:
        request: file that says what to do.
        heard: is given what it told, every now and then.
        stopped: is asked every now and then whether to stop it.
    """
    with _started(request) as process:
        said = _Lines()
        while process.poll() is None and not stopped():
            heard(said.read(process))
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        if process.poll() is None:
            process.kill()
        code = process.wait()
        heard(said.read(process))
        return Ended(code=code, failed=said.failed)


@contextlib.contextmanager
def _started(request: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, which is gone when this ends."""
    reading, writing = lifeline.hold()
    # Where the disk is busy, everybody else goes before.
    idle = [found, "-c", "3"] if (found := shutil.which("ionice")) else []
    command = [*idle, sys.executable, "-m", "api.teaching", str(reading), str(request)]
    try:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, **runtime.ONE_THREAD},
            pass_fds=[reading],
        )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        os.close(writing)


class _Lines:
    """What a process told, as far as whole lines of it came."""

    def __init__(self) -> None:
        self.failed: tuple[str, str] | None = None
        self._rest = b""

    def read(self, process: "subprocess.Popen[bytes]") -> list[Step]:
        """The next steps; waits a moment for them while the process lives."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        found: list[Step] = []
        wait = LOOK_SECONDS
        while select.select([process.stdout], [], [], wait)[0]:
            part = os.read(process.stdout.fileno(), 65_536)
            if not part:
                break
            *lines, self._rest = (self._rest + part).split(b"\n")
            found += [step for line in lines if (step := self._step(line)) is not None]
            wait = 0.0
        if not found and process.poll() is None:
            # Its output may have ended before it: then there is nothing to wait for above.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS if wait else 0.0)
        return found

    def _step(self, line: bytes) -> Step | None:
        try:
            told: dict[str, Any] = json.loads(line)
            if "failed" in told:
                self.failed = (str(told["failed"]), str(told["message"]))
                return None
            return Step(
                stage=str(told["stage"]),
                done=int(told["done"]),
                total=int(told["total"]),
                line=str(told["line"]),
            )
        except (ValueError, KeyError, TypeError):
            return None  # a library that prints; it is not known what
