"""What is asked of a retraining, and what it tells meanwhile: values alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlp.errors import OptionError

SEED = 20261128


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """What is to be retrained, from what and to where.

    Attributes:
        parent: folder of the model that is started from.
        target: folder of the new model, `models/<name>`; must not be there yet.
        corpus: a folder or file in the project's format.
        corrections: a file of corrections, or None.
        workspace: folder for what is only needed until the model is written.
        cache: folder for the encoder's graph and for its states of the corpus.
        threads: of the encoder; None for all cores.
        seed: of whatever is drawn.
        evaluate: whether the new model is measured on the frozen test split.
        command: that asked for it, for the lineage.
        made_at: when, for the lineage; whoever asks knows the time.
        commit: of the code, for the lineage, or None.
        weights: folder of the pretrained encoder, or None to look where it always is.
    """

    parent: Path
    target: Path
    corpus: Path
    corrections: Path | None = None
    workspace: Path
    cache: Path
    threads: int | None = None
    seed: int = SEED
    evaluate: bool = True
    command: str = "nlp.learn.retrain"
    made_at: str | None = None
    commit: str | None = None
    weights: Path | None = None

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> "Retraining":
        """A request as a file holds it.

        Raises:
            OptionError: a field is missing or unknown.
        """
        paths = ("parent", "target", "corpus", "corrections", "workspace", "cache", "weights")
        try:
            fields: dict[str, Any] = {
                name: Path(one) if name in paths and one is not None else one
                for name, one in value.items()
            }
            return cls(**fields)
        except TypeError as error:
            raise OptionError(f"no request for a retraining: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """The request as a file holds it."""
        return {
            name: str(one) if isinstance(one, Path) else one for name, one in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retraining is.

    Attributes:
        stage: "read", "fit", "write" or "evaluate".
        done: of the stage's steps.
        total: of them.
        line: the same for a person; no words of a customer.
    """

    stage: str
    done: int
    total: int
    line: str
