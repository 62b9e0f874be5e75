"""How many threads the libraries below us may take in the service's processes: one each.

A thread of OpenBLAS that waits for the next product does so at full speed: beside one worker that
mined, it took a whole second core and made nothing faster. ONNX Runtime, which does most of the
work, is told by itself (`Settings.threads`).
"""

from collections.abc import Mapping

ONE: Mapping[str, str] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""For the environment of a process, before it starts: the libraries read it as they are loaded."""
