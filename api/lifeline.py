"""A child process that ends when its parent does, in whatever way the parent ended.

The parent holds one end of a pipe and never writes. When it is gone the kernel closes its end.
"""

import os
import signal
import threading


def hold() -> tuple[int, int]:
    """A pipe: the first end is for children (`pass_fds`), the second is the parent's alone."""
    return os.pipe()


def follow(descriptor: int) -> None:
    """Sends this process SIGTERM when the other end of the pipe is closed."""

    def wait() -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
