"""Makes the redactor that a command or a service asks for: by rules, or with the names model."""

from pathlib import Path
from typing import Literal

from nlp import weights as pinned
from nlp.errors import WeightsMissing
from nlp.redact import names_model
from nlp.redact.redactor import Redactor

NamesBy = Literal["model", "rules"]
"""Who finds names and addresses: the model beside the rules, or the rules alone."""


def build(
    names: NamesBy | None = None,
    *,
    weights: Path | None = None,
    cache: Path = pinned.CACHE,
    threads: int | None = None,
) -> Redactor:
    """A redactor.

    Args:
        names: who finds names; None takes the model if it and the encoder's weights are there.
        weights: the folder with the encoder's weights, where it is none of the usual places.
        cache: folder for the encoder's built graph.
        threads: of the encoder; None for all cores.

    Raises:
        ModelError: the model was asked for and is not there.
        WeightsMissing: it was asked for, and the encoder's weights are nowhere.
        WeightsChanged: its folder or the weights are not what they were.
    """
    if names == "rules" or (names is None and not _can_read(weights)):
        return Redactor()
    # Imported here: the rules need no encoder.
    from nlp.redact.model_names import ModelNames

    return Redactor(ModelNames.load(weights=weights, cache=cache.expanduser(), threads=threads))


def _can_read(weights: Path | None) -> bool:
    """Whether the names model and the encoder's weights are there."""
    if not names_model.is_there():
        return False
    try:
        pinned.find(weights)
    except WeightsMissing:
        return False
    return True
