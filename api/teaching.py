"""The process that trains: `python -m api.teaching <lifeline> <request.json>`; a worker starts it.

It runs `nlp.learn.retrain` behind everything else on the machine, tells a JSON object a line, and
ends when its worker does. What it has done so far lies in its workspace.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api import lifeline
from nlp.errors import ConduitError

STOPPED = 3
"""Exit code of a training that was told to stop."""

GRACE_SECONDS = 5.0
"""How long it may go on once its worker is gone: less than until that counts as dead."""

_NICENESS = 19


def main(arguments: Sequence[str]) -> int:
    """Trains as a file says; the exit code is 0 when the model is there and 3 when stopped.

    Args:
        arguments: number of the lifeline's descriptor, and the file.
    """
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    lifeline.follow(int(arguments[0]), grace=GRACE_SECONDS)
    os.nice(_NICENESS)
    # After the lifeline: it takes seconds to load.
    from nlp.learn import retrain
    from nlp.learn.states import Stopped

    try:
        value = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
        request = retrain.Retraining.of_json(value)
        with _alone(request.workspace):
            retrain.retrain(request, told=lambda far: _say(asdict(far)), stopped=stopping.is_set)
    except Stopped:
        return STOPPED
    except ConduitError as error:
        _say({"failed": error.code, "message": str(error)})
        return 1
    except Exception as error:  # noqa: BLE001 - its text may quote what a customer said
        kind = type(error).__name__
        sys.stderr.write(f"training: {kind}\n{''.join(traceback.format_tb(error.__traceback__))}")
        _say({"failed": f"raised_{kind}", "message": f"{kind} was raised: the log says where"})
        return 1
    return 0


@contextlib.contextmanager
def _alone(workspace: Path) -> Iterator[None]:
    """Waits until no other process works here: one whose worker died may still be ending."""
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (workspace / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(value: dict[str, Any]) -> None:
    # Whoever listened may be gone: then the lifeline ends this process.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
