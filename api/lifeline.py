"""A child process that ends when its parent does, in whatever way the parent ended.

The parent holds one end of a pipe and never writes. When it is gone the kernel closes its end.
"""

import os
import signal
import threading
import time


def hold() -> tuple[int, int]:
    """A pipe: the first end is for children (`pass_fds`), the second is the parent's alone."""
    return os.pipe()


def follow(descriptor: int, *, grace: float | None = None) -> None:
    """Sends this process SIGTERM when the other end of the pipe is closed.

    Args:
        descriptor: the end that `hold` made for children.
        grace: seconds after which it is ended whatever it does then; None waits for good.
    """

    def wait() -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        if grace is not None:
            time.sleep(grace)
            os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
