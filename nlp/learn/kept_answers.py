"""What a model says on the frozen test split, kept in its folder without a word of the corpus.

Two models that were measured at different times are compared on these arrays, on a machine that
has neither the corpus nor an encoder. The file is no part of what serving reads: its digest stands
in `metrics.json`, and measuring a model leaves the model's own digest as it was.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from nlp.errors import ModelError
from nlp.learn import registry
from nlp.learn.figures import Bools, Floats, Ints
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.weights import digest

if TYPE_CHECKING:  # they come with spaCy, which whoever reads kept answers does without
    from nlp.learn.answers import Answers

FILE = "answers.safetensors"
METRICS = "metrics.json"
DIGEST = "answers_sha256"
"""Under which the digest of the file stands in `metrics.json`."""

_ABOUT = "about"  # one entry: safetensors writes several in no order that lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A model's answers on a corpus, as paired comparisons need them; a row is a passage.

    Attributes:
        model: its name.
        digest: of what serving reads of it.
        corpus: the SHA-256 of each of the corpus's files.
        words_sha256: of the passages' texts in order: only the same words are compared.
        groups: (passages,) which interaction each belongs to.
        gold: (passages, categories) what is there.
        probabilities: (passages, categories) what the model gives it.
        bands: (categories, 2) from where a category counts as found, and from where as sure.
        feeling: (passages,) index into `SENTIMENTS` as people say, -1 where they do not.
        feelings: (passages, feelings) as the model says.
        quotes: (quotes, 2) passage and category of each that has words marked.
        agreement: (quotes,) token F1 of the model's quote with those words.
    """

    model: str
    digest: str
    corpus: Mapping[str, str]
    words_sha256: str
    groups: Ints
    gold: Bools
    probabilities: Floats
    bands: Floats
    feeling: Ints
    feelings: Floats
    quotes: Ints
    agreement: Floats

    @classmethod
    def of(cls, answers: "Answers", *, digest: str, corpus: Mapping[str, str]) -> Self:
        """What is kept of answers.

        Args:
            answers: of a model.
            digest: the model's.
            corpus: the SHA-256 of each of the corpus's files.
        """
        return cls(
            model=answers.model,
            digest=digest,
            corpus=dict(corpus),
            words_sha256=answers.words_sha256,
            groups=answers.groups,
            gold=answers.gold,
            probabilities=answers.probabilities,
            bands=answers.bands,
            feeling=answers.feeling,
            feelings=answers.feelings,
            quotes=np.array(
                [(one.passage, one.category) for one in answers.quotes], dtype=np.int64
            ).reshape(-1, 2),
            agreement=np.array([one.ours for one in answers.quotes], dtype=np.float64),
        )

    @property
    def found(self) -> Bools:
        """(passages, categories) what the model finds, sure or not."""
        return np.asarray(self.probabilities >= self.bands[:, 0])

    @property
    def felt(self) -> Ints:
        """(passages,) the feeling that the model says, index into `SENTIMENTS`."""
        return np.asarray(self.feelings.argmax(axis=1), dtype=np.int64)


def write(folder: Path, kept: Kept) -> Path:
    """Writes answers into a model's folder; the same answers make the same bytes.

    Probabilities stay as the heads give them: half precision would move some across a threshold.
    """
    about = {
        "model": kept.model,
        "digest": kept.digest,
        "corpus": dict(kept.corpus),
        "words_sha256": kept.words_sha256,
        "categories": list(CATEGORIES),
        "sentiments": list(SENTIMENTS),
    }
    tensors = {
        "groups": kept.groups.astype(np.int32),
        "gold": kept.gold,
        "probabilities": kept.probabilities.astype(np.float32),
        "bands": kept.bands.astype(np.float64),
        "feeling": kept.feeling.astype(np.int8),
        "feelings": kept.feelings.astype(np.float32),
        "quotes": kept.quotes.astype(np.int32),
        "agreement": kept.agreement.astype(np.float64),
    }
    path = folder / FILE
    save_file(
        {name: np.ascontiguousarray(one) for name, one in tensors.items()},
        path,
        metadata={_ABOUT: json.dumps(about, sort_keys=True)},
    )
    path.chmod(0o644)  # the library writes it for the owner alone
    return path


def read(folder: Path) -> Kept:
    """The answers that are kept with a model.

    Args:
        folder: of the model.

    Raises:
        ModelError: none are kept, they are not those that `metrics.json` names, or they are of
            other labels or of another model than the folder's.
    """
    path, metrics = folder / FILE, folder / METRICS
    way_out = f"measure it with conduit evaluate {folder.name}"
    if not path.is_file() or not metrics.is_file():
        raise ModelError(f"no answers are kept with {folder.name}: {way_out}")
    named = json.loads(metrics.read_text(encoding="utf-8")).get(DIGEST)
    if named != digest(path):
        raise ModelError(
            f"{folder.name}/{FILE} has the SHA-256 {digest(path)}, and {METRICS} names {named}: "
            f"{way_out}"
        )
    description = json.loads((folder / registry.DESCRIPTION).read_text(encoding="utf-8"))
    kept = _load(path)
    if kept.digest != registry.digest_of(description):
        raise ModelError(
            f"{folder.name}/{FILE} is of another model (digest {kept.digest}): {way_out}"
        )
    return kept


def _load(path: Path) -> Kept:
    # Where it lies is the machine's, and nobody's who asks.
    name = f"{path.parent.name}/{path.name}"
    try:
        with safe_open(path, framework="numpy") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {}).get(_ABOUT, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if (about["categories"], about["sentiments"]) != (list(CATEGORIES), list(SENTIMENTS)):
            raise ModelError(
                f"{name} knows the labels {about['categories']} and {about['sentiments']}, and "
                f"this release {list(CATEGORIES)} and {list(SENTIMENTS)}: measure the model again"
            )
        return Kept(
            model=about["model"],
            digest=about["digest"],
            corpus=about["corpus"],
            words_sha256=about["words_sha256"],
            groups=tensors["groups"].astype(np.int64),
            gold=tensors["gold"].astype(bool),
            # Singles, as the heads give them and thresholds meet them.
            probabilities=tensors["probabilities"].astype(np.float64),
            bands=tensors["bands"],
            feeling=tensors["feeling"].astype(np.int64),
            feelings=tensors["feelings"].astype(np.float64),
            quotes=tensors["quotes"].astype(np.int64),
            agreement=tensors["agreement"],
        )
    except (SafetensorError, KeyError) as error:
        raise ModelError(f"{name} cannot be read ({error}): measure the model again") from error
