"""Model folders: `models/<name>/` with `model.json`, tensors, vocabulary, card and metrics.

`model.json` names every file that serving reads with its SHA-256, and the encoder that they belong
to. A folder whose bytes do not match is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from nlp.encoder import Learned
from nlp.errors import ModelError, WeightsChanged
from nlp.heads.categories import CategoryHead
from nlp.heads.linear import Tensors
from nlp.heads.quotes import QuoteHead
from nlp.heads.sentiment import SentimentHead
from nlp.lexical import Lexicon
from nlp.weights import ENCODER, WEIGHTS_SHA256, digest

MODELS = Path(__file__).parents[2] / "models"
DEFAULT = "conduit-en-1"

DESCRIPTION = "model.json"
HEADS = "heads.safetensors"
ADAPTER = "adapter.safetensors"
RANGES = "ranges.safetensors"
VOCABULARY = "vocabulary.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything learned on top of the encoder.

    Attributes:
        name: of the model, as every finding carries it.
        folder: where it lies.
        lexicon: the words that the heads know.
        categories: head.
        sentiment: head.
        quotes: head.
        description: `model.json` as it stands.
    """

    name: str
    folder: Path
    lexicon: Lexicon
    categories: CategoryHead
    sentiment: SentimentHead
    quotes: QuoteHead
    description: Mapping[str, Any]

    @property
    def learned(self) -> Learned:
        """What the model puts on top of the encoder's weights."""
        return Learned(self.folder / ADAPTER, self.folder / RANGES)

    @property
    def digest(self) -> str:
        """Of the model and its encoder: it changes with whatever was learned."""
        return digest_of(self.description)


def digest_of(description: Mapping[str, Any]) -> str:
    """The digest of the model that a `model.json` describes: of what serving reads, no more.

    Card, metrics and kept answers are not in it: measuring a model does not make it another one.
    """
    made_from = {"encoder": description["encoder"], "files": description["files"]}
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def default_folder() -> Path:
    """The model that comes with the project."""
    return MODELS / DEFAULT


def description(folder: Path) -> dict[str, Any]:
    """Reads `model.json`, and none of the files that it names.

    Raises:
        ModelError: there is no model, or it belongs to another encoder.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        known = sorted(found.parent.name for found in folder.parent.glob(f"*/{DESCRIPTION}"))
        beside = f"; beside it there are {', '.join(known)}" if known else ""
        raise ModelError(f"no model in {folder}: {DESCRIPTION} is missing{beside}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if found["encoder"]["sha256"] != WEIGHTS_SHA256:
        raise ModelError(
            f"{folder} belongs to encoder weights {found['encoder']['sha256']}, and this "
            f"release works with {WEIGHTS_SHA256} ({ENCODER}): train it again with 'conduit train'"
        )
    return found


def present(folder: Path) -> None:
    """Makes sure that a model is there with all of its files; no digest is computed.

    Raises:
        ModelError: something is missing, or it belongs to another encoder.
    """
    try:
        named = description(folder)["files"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder / DESCRIPTION} cannot be read: {error!r}") from error
    missing = sorted(name for name in named if not (folder / name).is_file())
    if missing:
        raise ModelError(f"{folder} lacks {', '.join(missing)}: restore it or train again")


def open_folder(folder: Path | None = None) -> Model:
    """Reads a model folder after checking its digests.

    Args:
        folder: `default_folder()` if None.

    Raises:
        ModelError: there is no model, or it belongs to another encoder.
        WeightsChanged: a file is not the one that `model.json` names.
    """
    folder = folder or default_folder()
    about = description(folder)
    for name, expected in about["files"].items():
        actual = digest(folder / name) if (folder / name).is_file() else "no such file"
        if actual != expected:
            raise WeightsChanged(
                f"{folder / name}: expected SHA-256 {expected}, found {actual}. The folder was "
                "changed after training; restore it or train again."
            )
    tensors = load_file(folder / HEADS)
    vocabulary = (folder / VOCABULARY).read_text(encoding="utf-8").splitlines()
    try:
        return Model(
            name=about["name"],
            folder=folder,
            lexicon=Lexicon(vocabulary, tensors["lexicon/rarity"]),
            categories=CategoryHead.from_tensors(tensors),
            sentiment=SentimentHead.from_tensors(tensors),
            quotes=QuoteHead.from_tensors(tensors),
            description=about,
        )
    except KeyError as error:
        raise ModelError(
            f"{folder / HEADS} has no tensor {error}: it was trained by another release. Train it "
            "again with 'conduit train'."
        ) from error


def write_heads(folder: Path, tensors: Tensors, lexicon: Lexicon) -> None:
    """Writes the heads and their vocabulary into a model folder.

    Args:
        folder: where to write.
        tensors: of the heads.
        lexicon: the words that they know.
    """
    everything = {**tensors, "lexicon/rarity": lexicon.rarity}
    save_file({key: np.ascontiguousarray(one) for key, one in everything.items()}, folder / HEADS)
    (folder / VOCABULARY).write_text("\n".join(lexicon.vocabulary) + "\n", encoding="utf-8")


def describe(folder: Path, *, name: str, facts: Mapping[str, Any]) -> None:
    """Writes `model.json` beside the files of a model; all of them must be there.

    Args:
        folder: the model's.
        name: of the model.
        facts: how it was trained.
    """
    for file in (ADAPTER, HEADS, RANGES):
        (folder / file).chmod(0o644)  # the library writes them for the owner alone
    about = {
        "name": name,
        "encoder": {"name": ENCODER, "sha256": WEIGHTS_SHA256},
        "files": {file: digest(folder / file) for file in (ADAPTER, HEADS, RANGES, VOCABULARY)},
        **facts,
    }
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
