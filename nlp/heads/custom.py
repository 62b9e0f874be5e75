"""A category of a team's own, as it is served: one vector of weights over the passage's vector.

`nlp.learn.custom` fits it from a few examples. Serving needs numpy and nothing else, and the other
heads do not know that it is there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from nlp.encoder import Encoded
from nlp.errors import OptionError
from nlp.heads.linear import Floats
from nlp.heads.quotes import Edges, best_run, trim, whole_words
from nlp.types import CATEGORIES

NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
"""What a category may be called: lower-case words joined by underscores."""

LONGEST_NAME = 48

# Up to this many words a passage is quoted whole: there is little to cut away.
_SHORT = 12
# A token's pull, in standard deviations over the tokens of ordinary passages, less what every token
# costs; scaled to what `nlp.heads.quotes` charges for edges inside clauses.
_TOKEN_MARGIN = 0.6
_TOKEN_WEIGHT = 1.5


EVERYTHING = "all"
"""What no category may be called: themes over all categories are asked for under it."""


def checked_name(name: str) -> str:
    """The name of a new category, as it was given.

    Raises:
        OptionError: it is no slug, too long, or one of the built-in categories; with the way out.
    """
    if name == EVERYTHING:
        raise OptionError(f"{name!r} means all categories together: take another name")
    if name in CATEGORIES:
        listed = ", ".join(CATEGORIES)
        raise OptionError(f"{name!r} is a built-in category, as are {listed}: take another name")
    if len(name) <= LONGEST_NAME and re.fullmatch(NAME, name):
        return name
    words = re.findall(r"[a-z0-9]+", name.lower())
    proposal = re.sub(r"^[0-9_]+", "", "_".join(words))[:LONGEST_NAME].strip("_")
    hint = f", such as {proposal!r}" if proposal and proposal not in CATEGORIES else ""
    raise OptionError(
        f"{name[:60]!r} cannot name a category: take lower-case letters, digits and underscores, "
        f"at most {LONGEST_NAME}, a letter first{hint}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomCategory:
    """A fitted category.

    Attributes:
        name: as findings carry it.
        weights: (width,) over the passage's vector of length 1, calibrated: with `bias` they give
            the logarithm of the odds.
        bias: added to it.
        threshold: from which probability the category counts as found.
        token_mean: what `weights` say of an ordinary passage's token, on average.
        token_scale: and its standard deviation.
        digest: of the model that it was fitted on; vectors of another one mean nothing to it.
    """

    name: str
    weights: Floats
    bias: float
    threshold: float
    token_mean: float
    token_scale: float
    digest: str

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, name: str, threshold: float) -> Self:
        """The category that `as_json` wrote down, under a name and with a threshold."""
        return cls(
            name=name,
            weights=np.array(value["weights"], dtype=np.float32),
            bias=value["bias"],
            threshold=threshold,
            token_mean=value["token_mean"],
            token_scale=value["token_scale"],
            digest=value["digest"],
        )

    def as_json(self) -> dict[str, Any]:
        """What was learned, for a file or a database; every number comes back as it was."""
        return {
            "weights": self.weights.tolist(),
            "bias": self.bias,
            "token_mean": self.token_mean,
            "token_scale": self.token_scale,
            "digest": self.digest,
        }

    def probabilities(self, encoded: Sequence[Encoded]) -> Floats:
        """(passages,) calibrated probabilities."""
        if not encoded:
            return np.zeros(0, dtype=np.float32)
        scores = np.stack([one.vector for one in encoded]) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-scores)), dtype=np.float32)

    def span(self, text: str, encoded: Encoded) -> tuple[int, int]:
        """Offsets, in the passage's text, of its most telling clause.

        It is the run of tokens that pull hardest towards the category, cut where clauses are
        (`nlp.heads.quotes.best_run`); a short passage is quoted whole.

        Args:
            text: the passage, not empty.
            encoded: what the encoder said of it.
        """
        if len(text.split()) <= _SHORT or not len(encoded.states):
            return trim(text, 0, len(text))
        pull = (token_scores(encoded, self.weights) - self.token_mean) / self.token_scale
        scores = np.asarray(_TOKEN_WEIGHT * (pull - _TOKEN_MARGIN), dtype=np.float32)
        first, last = best_run(scores, Edges.of(text, encoded.offsets))
        start, end = int(encoded.offsets[first][0]), int(encoded.offsets[last][1])
        return trim(text, *whole_words(text, start, end))


def token_scores(encoded: Encoded, weights: Floats) -> Floats:
    """(tokens,) what weights over vectors say of each token's state, scaled to length 1."""
    norms = np.linalg.norm(encoded.states, axis=1, keepdims=True)
    return np.asarray((encoded.states / np.maximum(norms, 1e-12)) @ weights, dtype=np.float32)
