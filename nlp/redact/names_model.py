"""The folder of the names model: `models/<name>/` with `model.json`, tensors, ranges and figures.

`model.json` names every file that serving reads with its SHA-256, and the encoder that they belong
to. A folder whose bytes do not match is refused. It stands by itself: the miner's model may change
without it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from nlp.errors import ModelError, WeightsChanged
from nlp.heads.tokens import TokenHead
from nlp.weights import ENCODER, WEIGHTS_SHA256, digest

MODELS = Path(__file__).parents[2] / "models"
DEFAULT = "conduit-names-en-1"

DESCRIPTION = "model.json"
HEAD = "head.safetensors"
RANGES = "ranges.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesModel:
    """What was learned to find names and addresses.

    Attributes:
        name: of the model.
        folder: where it lies.
        head: over the states of words.
        layers: of the encoder, whose states the head reads, from 0.
        description: `model.json` as it stands.
    """

    name: str
    folder: Path
    head: TokenHead
    layers: tuple[int, ...]
    description: Mapping[str, Any]

    @property
    def ranges(self) -> Path:
        """The file of the int8 encoder's ranges."""
        return self.folder / RANGES


def default_folder() -> Path:
    """The names model that comes with the project."""
    return MODELS / DEFAULT


def is_there(folder: Path | None = None) -> bool:
    """Whether there is a names model in a folder, `default_folder()` if None."""
    return ((folder or default_folder()) / DESCRIPTION).is_file()


def open_folder(folder: Path | None = None) -> NamesModel:
    """Reads a folder after checking its digests.

    Args:
        folder: `default_folder()` if None.

    Raises:
        ModelError: there is no names model, or it belongs to another encoder.
        WeightsChanged: a file is not the one that `model.json` names.
    """
    folder = folder or default_folder()
    if not is_there(folder):
        raise ModelError(
            f"no names model in {folder}: {DESCRIPTION} is missing. Train one with "
            "'conduit train-names', or let the rules find names alone ('--names rules')."
        )
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    if description["encoder"]["sha256"] != WEIGHTS_SHA256:
        raise ModelError(
            f"{folder} belongs to encoder weights {description['encoder']['sha256']}, and this "
            f"release works with {WEIGHTS_SHA256} ({ENCODER}): train it again with "
            "'conduit train-names'"
        )
    for name, expected in description["files"].items():
        actual = digest(folder / name) if (folder / name).is_file() else "no such file"
        if actual != expected:
            raise WeightsChanged(
                f"{folder / name}: expected SHA-256 {expected}, found {actual}. The folder was "
                "changed after training; restore it or train again."
            )
    try:
        return NamesModel(
            name=description["name"],
            folder=folder,
            head=TokenHead.from_tensors(load_file(folder / HEAD), description["labels"]),
            layers=tuple(description["layers"]),
            description=description,
        )
    except KeyError as error:
        raise ModelError(
            f"{folder / HEAD} or {DESCRIPTION} has no {error}: it was trained by another release. "
            "Train it again with 'conduit train-names'."
        ) from error


def write_folder(
    folder: Path, tensors: Mapping[str, NDArray[np.float16]], facts: Mapping[str, Any]
) -> None:
    """Writes a folder; the ranges file must be there already.

    Args:
        folder: where to write; its name is the model's.
        tensors: of the head.
        facts: labels, layers, and how it was trained, for `model.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(tensors), folder / HEAD)
    for file in (HEAD, RANGES):
        (folder / file).chmod(0o644)  # the library writes them for the owner alone
    description = {
        "name": folder.name,
        "encoder": {"name": ENCODER, "sha256": WEIGHTS_SHA256},
        "files": {file: digest(folder / file) for file in (HEAD, RANGES)},
        **facts,
    }
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
