"""The token head: what every word of a text is part of, from its state and how it is written.

A word's encoder states and the rows of its surface features are brought to one vector, two
convolutions look at the words around it, and a Viterbi pass over the chances picks the best row of
BIO tags (as in Collobert et al. 2011, "Natural language processing (almost) from scratch").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# The convolutions' reach: five words, then five words two apart.
DILATIONS = (1, 2)
REACH = 5
_NEVER = np.float32(-1e4)


@dataclass(frozen=True, slots=True)
class Found:
    """One entity among the words of a text.

    Attributes:
        first: index of its first word.
        last: index of its last word.
        label: what it is.
        chance: mean probability of its words' tags.
    """

    first: int
    last: int
    label: str
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHead:
    """The head as it is served.

    Attributes:
        labels: of entities; tag 0 is "none", then a beginning and an inside for each label.
        table: (buckets, width) rows of surface features.
        inner: (states, width) and its bias: what is read of a state.
        inner_bias: (width,).
        convolutions: for each of `DILATIONS` (reach * in, out) and its bias.
        outer: (width, tags) and its bias.
        outer_bias: (tags,).
        lean: (tags,) added to the logarithms of the chances before tags are picked; chosen on
            the development splits.
    """

    labels: tuple[str, ...]
    table: Floats
    inner: Floats
    inner_bias: Floats
    convolutions: tuple[tuple[Floats, Floats], ...]
    outer: Floats
    outer_bias: Floats
    lean: Floats

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[np.generic]], labels: Sequence[str]
    ) -> Self:
        """The head from the tensors of its file; half floats are widened.

        Raises:
            KeyError: one of them is missing.
        """

        def get(name: str) -> Floats:
            return np.ascontiguousarray(tensors[name], dtype=np.float32)

        return cls(
            labels=tuple(labels),
            table=get("table"),
            inner=get("inner/weight"),
            inner_bias=get("inner/bias"),
            convolutions=tuple(
                (get(f"convolution{number}/weight"), get(f"convolution{number}/bias"))
                for number in range(len(DILATIONS))
            ),
            outer=get("outer/weight"),
            outer_bias=get("outer/bias"),
            lean=get("lean"),
        )

    def logarithms(self, features: Sequence[NDArray[np.int32]], states: Floats) -> Floats:
        """The logarithms of the tags' chances, (words, tags).

        Args:
            features: for each word its rows in the table.
            states: (words, states).
        """
        first = np.cumsum([0, *(len(rows) for rows in features[:-1])])
        written = np.add.reduceat(self.table[np.concatenate(features)], first, axis=0)
        x = _gelu(np.concatenate([_times(states, self.inner) + self.inner_bias, written], axis=1))
        for number, (dilation, (weight, bias)) in enumerate(
            zip(DILATIONS, self.convolutions, strict=True)
        ):
            seen = _gelu(_times(_around(x, dilation), weight) + bias)
            x = seen if number == 0 else x + seen
        scores = _times(x, self.outer) + self.outer_bias
        scores -= scores.max(axis=1, keepdims=True)
        result: Floats = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return result

    def find(self, features: Sequence[NDArray[np.int32]], states: Floats) -> list[Found]:
        """The entities of a text, in order; none overlap."""
        if not features:
            return []
        scores = self.logarithms(features, states)
        return self.entities(scores, best_tags(scores + self.lean))

    def entities(self, scores: Floats, tags: Sequence[int]) -> list[Found]:
        """The entities that a row of tags spells.

        Args:
            scores: logarithms of the chances, (words, tags).
            tags: one a word; an inside follows only its own beginning or inside.
        """
        found: list[Found] = []
        first = 0
        for place, tag in enumerate([*tags, 0]):
            inside = tag and tag % 2 == 0
            if place and tags[place - 1] and not inside:
                run = range(first, place)
                chances = [
                    float(
                        np.exp(
                            np.logaddexp(scores[i, _begin(tags[i])], scores[i, _begin(tags[i]) + 1])
                        )
                    )
                    for i in run
                ]
                label = self.labels[(tags[first] - 1) // 2]
                found.append(Found(first, place - 1, label, sum(chances) / len(chances)))
            if tag and not inside:
                first = place
        return found


def _begin(tag: int) -> int:
    """The tag of the beginning of an entity, of its beginning or its inside."""
    return tag - 1 + tag % 2


def best_tags(scores: Floats) -> list[int]:
    """The best row of tags in which an inside follows its own beginning or inside (Viterbi).

    Args:
        scores: (words, tags) logarithms; odd tags begin, the even ones after them go on.
    """
    count = scores.shape[1]
    allowed = np.zeros((count, count), dtype=np.float32)  # from, to
    start = np.zeros(count, dtype=np.float32)
    for inside in range(2, count, 2):
        allowed[:, inside] = _NEVER
        allowed[inside - 1, inside] = allowed[inside, inside] = 0
        start[inside] = _NEVER
    best = scores[0] + start
    back = []
    for row in scores[1:]:
        ways = best[:, None] + allowed
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    tags = [int(best.argmax())]
    for step in reversed(back):
        tags.append(int(step[tags[-1]]))
    return tags[::-1]


def _times(x: Floats, weight: Floats) -> Floats:
    """The matrix product, a few rows at a time.

    So small a product is not spread over threads (OpenBLAS does so above 2**18 multiplications).
    Where other processes hold the cores, threads that wait for each other took 46 times as much.
    """
    rows = max(1, 2**18 // weight.size)
    parts = [x[place : place + rows] @ weight for place in range(0, len(x), rows)]
    return np.concatenate(parts)


def _around(x: Floats, dilation: int) -> Floats:
    """Each row with those around it side by side, (rows, reach * width); zeros beyond the ends."""
    margin = REACH // 2 * dilation
    padded = np.zeros((len(x) + 2 * margin, x.shape[1]), dtype=np.float32)
    padded[margin : margin + len(x)] = x
    parts = [padded[place * dilation : place * dilation + len(x)] for place in range(REACH)]
    return np.concatenate(parts, axis=1)


def _gelu(x: Floats) -> Floats:
    """The Gaussian error unit in its usual approximation (Hendrycks and Gimpel 2016)."""
    result: Floats = x * x
    result *= 0.044715
    result += 1
    result *= x
    result *= 0.7978845608
    np.tanh(result, out=result)
    result += 1
    result *= x
    result *= 0.5
    return result
