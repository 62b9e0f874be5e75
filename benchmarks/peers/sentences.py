"""The encoder that we serve, under PyTorch, as sentence-transformers' documentation runs it."""

from collections.abc import Sequence

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.peers import Floats
from nlp import weights

NAME = "sentence-transformers, encode alone"


class Sentences:
    """Vectors of the pinned encoder in float32, batches of 32, sorted by length by the library."""

    def __init__(self) -> None:
        self._model = SentenceTransformer(str(weights.find().weights.parent), device="cpu")

    def encode(self, texts: Sequence[str]) -> Floats:
        """(texts, width) unit vectors."""
        return np.asarray(
            self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        )
