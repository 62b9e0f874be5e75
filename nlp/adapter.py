"""What was learned on top of the encoder's weights: low-rank updates, merged before serving.

An adapter (LoRA, Hu et al. 2021, arXiv:2106.09685) names matrices of the encoder and gives for each
two thin ones whose product is added to it: `<name>/up` (out, rank) and `<name>/down` (rank, in).
Small tensors (the layer norms) stand in it whole, under their own names. Merged, it costs nothing
when it serves, and it is a fiftieth of the weights that it changes.

Beside them stands the projection that gives a passage's vector from the mean of its states.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

Weights = Mapping[str, NDArray[np.float32]]

UP, DOWN = "/up", "/down"
PROJECTION = "projection"  # (width, width), of a passage's mean to its vector


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
    tensors.pop(PROJECTION, None)
    for name, value in tensors.items():
        target = name.removesuffix(UP).removesuffix(DOWN)
        if target not in found:
            raise ValueError(f"{adapter} changes {target!r}, which the encoder does not have")
        if name.endswith(UP):
            found[target] = found[target] + value @ tensors[target + DOWN]
        elif not name.endswith(DOWN):
            found[target] = value
    return found


def projection(adapter: Path | None) -> NDArray[np.float32] | None:
    """(width, width) what a passage's mean is multiplied by to be its vector; None for nothing."""
    if adapter is None:
        return None
    with safe_open(adapter, framework="numpy") as file:
        return np.asarray(file.get_tensor(PROJECTION), dtype=np.float32)
