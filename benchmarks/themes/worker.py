"""The processes that the table of speed sets beside each other: one clusterer each.

`python -m benchmarks.themes.worker NAME FOLDER THREADS` reads the texts and vectors of the folder,
writes a line, and then clusters them once for each line it is sent, answering with what that cost,
as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from benchmarks.contenders import forget_peak, peak_mb
from benchmarks.peers.clustering import Asked, Vectors
from benchmarks.themes.agreement import EVERYBODY

TEXTS, VECTORS = "texts.json", "vectors.npy"


def write(folder: Path, texts: Sequence[str], vectors: Vectors) -> None:
    """Puts what is clustered where workers find it."""
    (folder / TEXTS).write_text(json.dumps(list(texts)), encoding="utf-8")
    np.save(folder / VECTORS, vectors)


def read(folder: Path) -> tuple[list[str], Vectors]:
    """What `write` wrote."""
    return json.loads((folder / TEXTS).read_text(encoding="utf-8")), np.load(folder / VECTORS)


def main(name: str, folder: Path, threads: int) -> None:
    """Clusters until its input ends."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    answers = sys.stdout
    # What libraries print goes elsewhere: standard output carries answers only.
    with redirect_stdout(sys.stderr):
        texts, vectors = read(folder)
        loading = peak_mb()
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            forget_peak()
            peer = EVERYBODY[name](Asked(groups=int(line)))
            wall, processor = time.perf_counter(), time.process_time()
            labels = peer.cluster(texts, vectors)
            answer = {
                "seconds": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "passages": len(labels),
                "peak_mb": peak_mb(),
                "loading_mb": loading,
            }
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
