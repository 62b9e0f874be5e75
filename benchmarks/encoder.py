"""The served encoder beside the same weights under PyTorch: `python -m benchmarks.encoder`.

Encodes the customers' passages of the project's own test-free corpus splits with both, in turn, and
prints medians of the ratio, pair by pair, as the machine's speed drifts. sentence-transformers runs
as its documentation shows it, float32, batches of 32, sorted by length by itself.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import weights
from nlp.encoder import BASE, Learned, OnnxEncoder
from nlp.learn import corpora, registry
from nlp.weights import CACHE

CORPUS = Path("corpora/contact_centre")

Encode = Callable[[list[str]], NDArray[np.float32]]


def ours(learned: Learned) -> Encode:
    """The encoder with what a model puts on top, each text alone."""
    encoder = OnnxEncoder.load(learned=learned, cache=CACHE.expanduser())
    return lambda texts: np.stack([one.vector for one in encoder.encode(texts)])


def theirs() -> Encode:
    """sentence-transformers on the same files."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(weights.find().weights.parent), device="cpu")
    return lambda texts: np.asarray(model.encode(texts, normalize_embeddings=True))


def seconds(encode: Encode, texts: list[str]) -> float:
    """Wall seconds of one run."""
    start = time.perf_counter()
    encode(texts)
    return time.perf_counter() - start


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    labelled = corpora.to_learn(CORPUS, "train") + corpora.to_learn(CORPUS, "dev")
    texts = sorted({example.text for one in labelled for example in one.examples})
    peer = theirs()
    reference = peer(texts)
    print(f"{len(texts):,} passages, all cores\n")
    print("| encoder | passages a second | times the peer | mean cosine | least |")
    print("|---|---|---|---|---|")
    rates = []
    served = registry.open_folder().learned
    for name, learned in {
        "ONNX int8 with the adapter (as served)": served,
        "ONNX float32 with the adapter": Learned(served.adapter),
        "ONNX float32 without": BASE,
    }.items():
        encode = ours(learned)
        cosines = (encode(texts) * reference).sum(axis=1)
        timed = [(seconds(encode, texts), seconds(peer, texts)) for _ in range(pairs)]
        rates += [len(texts) / other for _, other in timed]
        rate = statistics.median(len(texts) / mine for mine, _ in timed)
        ratio = statistics.median(other / mine for mine, other in timed)
        print(f"| {name} | {rate:.0f} | {ratio:.2f} | {cosines.mean():.4f} | {cosines.min():.4f} |")
    print(
        f"| sentence-transformers, PyTorch float32 | {statistics.median(rates):.0f} | 1 | 1 | 1 |"
    )


if __name__ == "__main__":
    main()
