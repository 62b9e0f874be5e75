"""How the processes of the service run: their threads, and what is garbage collected in them."""

import gc
from collections.abc import Mapping

ONE_THREAD: Mapping[str, str] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""For the environment of a process, before it starts: the libraries below us read it as they are
loaded. A thread of OpenBLAS that waits for the next product does so at full speed: beside one
worker that mined, it took a whole second core and made nothing faster. ONNX Runtime, which does
most of the work, is told by itself (`Settings.threads`)."""


def settled() -> None:
    """What was loaded until now stays, and the garbage collector need not look at it again.

    It would go through all of it every now and then, and hold every request for .2 to .5 seconds:
    the app alone is some 300,000 objects.
    """
    gc.collect()
    gc.freeze()
