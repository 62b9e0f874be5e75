"""What a teacher said of passages, kept beside the model (`nlp.learn.teacher` writes it).

`teacher.safetensors` holds log-odds, one row a passage: of the train split of the project's own
corpus, and of the passages that nobody labelled. It names both by a digest of their words, for the
rows belong to these passages, in this order, alone.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from nlp.errors import OptionError
from nlp.learn.corpora import Labelled
from nlp.learn.samples import Sample
from nlp.learn.unlabelled import SOURCES
from nlp.weights import digest

Scores = NDArray[np.float32]

FILE = "teacher.safetensors"
OWN, UNLABELLED = "own", "unlabelled"


@dataclass(frozen=True, slots=True)
class Taught:
    """A teacher's answers on some passages.

    Attributes:
        categories: (passages, categories) probabilities.
        feelings: (passages, feelings) probabilities.
    """

    categories: Scores
    feelings: Scores

    @classmethod
    def of(cls, categories: Scores, feelings: Scores) -> Self:
        """From log-odds of categories and of feelings."""
        powers = np.exp(feelings - feelings.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return cls(np.asarray(1 / (1 + np.exp(-categories)), dtype=np.float32), shares)

    def mixed(self, samples: Sequence[Sample], share: float) -> list[Sample]:
        """The windows with labels between what people say and what the teacher says.

        Args:
            samples: windows over these passages, in their order.
            share: of the teacher; 1 where people say nothing.
        """
        found, place = [], 0
        for sample in samples:
            targets = []
            for target in sample.targets:
                said, felt = self.categories[place], self.feelings[place]
                if share < 1:
                    said = (1 - share) * target.labels + share * said
                    felt = (1 - share) * target.sentiment + share * felt
                labels, sentiment = said.astype(np.float32), felt.astype(np.float32)
                targets.append(replace(target, labels=labels, sentiment=sentiment))
                place += 1
            found.append(Sample(sample.window, tuple(targets)))
        return found


def words_digest(labelled: Iterable[Labelled]) -> str:
    """SHA-256 over the words of all passages, in hex."""
    found = hashlib.sha256()
    for one in labelled:
        for example in one.examples:
            found.update(example.text.encode() + b"\n")
    return found.hexdigest()


def write(path: Path, scores: dict[str, tuple[Scores, Scores]], facts: dict[str, str]) -> None:
    """Writes log-odds.

    Args:
        path: of the file.
        scores: of categories and of feelings, under `OWN` and `UNLABELLED`.
        facts: the digests of the words, under the same names, and who the teacher is.
    """
    tensors = {
        f"{name}/{head}": np.ascontiguousarray(values.astype(np.float16))
        for name, both in scores.items()
        for head, values in zip(("categories", "feelings"), both, strict=True)
    }
    save_file(tensors, path, metadata=facts)
    path.chmod(0o644)  # the library writes it for the owner alone


def read(path: Path, passages: dict[str, Sequence[Labelled]]) -> dict[str, Taught]:
    """A teacher's answers.

    Args:
        path: of the file.
        passages: what they must be of, under `OWN` and `UNLABELLED`.

    Raises:
        OptionError: they are of other passages.
    """
    with safe_open(path, framework="numpy") as file:
        facts = file.metadata()
        for name, labelled in passages.items():
            if facts.get(name) != words_digest(labelled):
                raise OptionError(
                    f"{path} answers for other passages ({name}): ask the teacher again with "
                    "'python -m nlp.learn.teacher', or move the file away to learn without it"
                )
        return {
            name: Taught.of(
                *(
                    file.get_tensor(f"{name}/{head}").astype(np.float32)
                    for head in ("categories", "feelings")
                )
            )
            for name in passages
        }


def facts(path: Path) -> dict[str, Any]:
    """For the record: the file's digest, who the teacher is, and what it read without labels."""
    with safe_open(path, framework="numpy") as file:
        told = file.metadata()
    return {
        "file": path.name,
        "sha256": digest(path),
        "teacher": told["teacher"],
        "weights_sha256": told["weights"],
        "unlabelled": {name: one.licence for name, one in SOURCES.items()},
    }
