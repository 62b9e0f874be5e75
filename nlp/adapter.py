"""What was learned on top of the encoder's weights: low-rank updates, merged before serving.

An adapter (LoRA, Hu et al. 2021, arXiv:2106.09685) names matrices of the encoder and gives for each
two thin ones whose product is added to it: `<name>/up` (out, rank) and `<name>/down` (rank, in).
Small tensors (the layer norms) stand in it whole, under their own names. Merged, it costs nothing
when it serves, and it is a fiftieth of the weights that it changes.

Beside them stands what gives a passage's vector from the states of its word pieces: how much each
piece counts, and a projection (`nlp.learn.vectors`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

Weights = Mapping[str, NDArray[np.float32]]

UP, DOWN = "/up", "/down"
PROJECTION = "projection"  # (width, width), of a passage's weighted mean to its vector
TOKEN_WEIGHTS = "token_weights"  # noqa: S105 - (vocabulary,), and no password


@dataclass(frozen=True, slots=True)
class Pooling:
    """What makes a passage's vector.

    Attributes:
        weights: (vocabulary,) how much the state of each word piece counts.
        projection: (width, width) what the weighted mean of the states is multiplied by.
    """

    weights: NDArray[np.float32]
    projection: NDArray[np.float32]


def merged(weights: Weights, adapter: Path | None) -> dict[str, NDArray[np.float32]]:
    """The encoder's weights with an adapter's updates; as they are if None.

    Args:
        weights: tensors under the names of the model's safetensors file.
        adapter: a safetensors file.

    Raises:
        ValueError: the adapter names a tensor that the encoder does not have.
    """
    found = dict(weights)
    if adapter is None:
        return found
    tensors = {name: value.astype(np.float32) for name, value in load_file(adapter).items()}
    for name in (PROJECTION, TOKEN_WEIGHTS):
        tensors.pop(name, None)
    for name, value in tensors.items():
        target = name.removesuffix(UP).removesuffix(DOWN)
        if target not in found:
            raise ValueError(f"{adapter} changes {target!r}, which the encoder does not have")
        if name.endswith(UP):
            found[target] = found[target] + value @ tensors[target + DOWN]
        elif not name.endswith(DOWN):
            found[target] = value
    return found


def pooling(adapter: Path | None) -> Pooling | None:
    """What makes a passage's vector; None for the plain mean of its states."""
    if adapter is None:
        return None
    with safe_open(adapter, framework="numpy") as file:
        found = [file.get_tensor(name).astype(np.float32) for name in (TOKEN_WEIGHTS, PROJECTION)]
    return Pooling(*found)
