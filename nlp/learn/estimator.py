"""A classifier of passages with scikit-learn's contract, on a model's own encoder.

It fits the same pulled logistic regression as `nlp.learn.retrain`: labels that the model knows
begin at the model's weights, others at nothing. It works wherever scikit-learn's classifiers do:
`cross_val_score`, `GridSearchCV`, `Pipeline`.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoder, OnnxEncoder, Vectors
from nlp.heads.linear import Linear
from nlp.learn import answers, pull, registry
from nlp.learn.extras import need
from nlp.types import CATEGORIES
from nlp.weights import CACHE
from nlp.windows import Segment

Doubles = NDArray[np.float64]

_base: Any = need("sklearn.base", "PassageClassifier")
_metrics: Any = need("sklearn.utils.multiclass", "PassageClassifier")
_checks: Any = need("sklearn.utils.validation", "PassageClassifier")

_PAIRS = ([str, str], [np.str_, np.str_])
_TOGETHER = 64  # passages: their token states lie in memory
_REMEMBERED = 20_000  # passages: 60 MB


class PassageClassifier(_base.ClassifierMixin, _base.BaseEstimator):  # type: ignore[misc]
    """Labels of customers' passages.

    Attributes:
        classes_: the labels; of an indicator matrix, the names of its columns.
        coef_: (labels, 2 * width) weights over the encoder's states.
        intercept_: (labels,).
        multilabel_: whether a passage may carry several labels.

    Args:
        model: a folder, or the name of a model under `models/`; the project's own if None.
        penalty: on the squared distance from where the weights begin: 100 to 1000 for labels that
            the model knows, 1 to 30 for others.
        labels: names of an indicator matrix's columns; `CATEGORIES` if None and it has as many.
        threads: of the encoder; None for all cores.
        cache: folder for the encoder's graph.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        penalty: float = 10.0,
        labels: Sequence[str] | None = None,
        threads: int | None = None,
        cache: str | Path = str(CACHE),
    ) -> None:
        self.model = model
        self.penalty = penalty
        self.labels = labels
        self.threads = threads
        self.cache = cache

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Iterable[Any], y: Any) -> Self:  # noqa: N803 - scikit-learn's names
        """Learns.

        Args:
            X: texts, or pairs of a text and what the agent said before it; a frame's column too.
            y: a label a passage, or a matrix with a column a label, 1 where it is carried.

        Raises:
            ValueError: there is nothing to learn, or both have not the same length.
        """
        texts = _texts(X)
        truth = np.asarray(y)
        _checks.check_consistent_length(texts, truth)
        kind = _metrics.type_of_target(truth)
        if not len(texts) or kind not in ("binary", "multiclass", "multilabel-indicator"):
            raise ValueError(
                f"labels a passage, or a matrix of 0 and 1, are expected, not {kind} of "
                f"{len(texts)} passages"
            )
        self.multilabel_ = kind == "multilabel-indicator"
        if self.multilabel_:
            self.classes_ = np.array(self._names(truth.shape[1]))
        else:
            self.classes_, truth = np.unique(truth, return_inverse=True)
            if len(self.classes_) < 2:
                raise ValueError("one class alone cannot be told from others: two are needed")
        features = pull.with_bias(self._states(texts))
        start = self._start(features.shape[1])
        scale = np.append(np.full(features.shape[1] - 1, 1 / np.sqrt(self.penalty)), 1.0)
        before, scaled, mass = features @ start.T, features * scale, np.ones(len(features))
        if self.multilabel_:
            changes = [
                pull.binary(scaled, before[:, column], truth[:, column].astype(np.float64), mass)
                for column in range(len(self.classes_))
            ]
            found = start + np.array(changes) * scale
        else:
            found = start + pull.choice(scaled, before, truth, mass) * scale
        self.coef_, self.intercept_ = found[:, :-1], found[:, -1]
        return self

    def decision_function(self, X: Iterable[Any]) -> Doubles:  # noqa: N803
        """(passages, labels) scores; (passages,) where there are two labels of which one holds."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if self._binary else scores

    def predict_proba(self, X: Iterable[Any]) -> Doubles:  # noqa: N803
        """(passages, labels) probabilities, columns as `classes_`.

        Each row sums to 1, but of an indicator matrix each column stands for itself.
        """
        scores = self._scores(X)
        if self.multilabel_:
            return pull.chance(scores)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)

    def predict(self, X: Iterable[Any]) -> Any:  # noqa: N803
        """A label a passage, or an indicator matrix if it was fitted on one."""
        scores = self._scores(X)
        if self.multilabel_:
            return (scores > 0).astype(np.int64)
        return self.classes_[scores.argmax(axis=1)]

    @property
    def _binary(self) -> bool:
        return not self.multilabel_ and len(self.classes_) == 2

    def _scores(self, given: Iterable[Any]) -> Doubles:
        _checks.check_is_fitted(self, "coef_")
        states = self._states(_texts(given))
        return np.asarray(states @ self.coef_.T + self.intercept_, dtype=np.float64)

    def _names(self, columns: int) -> list[str]:
        names = list(self.labels or (CATEGORIES if columns == len(CATEGORIES) else ()))
        if not names:
            return [str(number) for number in range(columns)]
        if len(names) != columns:
            raise ValueError(f"{len(names)} labels for a matrix of {columns} columns")
        return names

    def _start(self, width: int) -> Doubles:
        """(labels, width) the model's weights of labels that it knows, 0 of others."""
        start = np.zeros((len(self.classes_), width))
        if not self.multilabel_:
            return start
        layer = self._reader().layer
        for row, name in enumerate(self.classes_.tolist()):
            if name in CATEGORIES:
                column = [*CATEGORIES].index(name)
                start[row] = np.append(layer.weights[column], layer.bias[column])
        return start

    def _states(self, texts: Sequence[tuple[str, str]]) -> Doubles:
        return self._reader().states(texts).astype(np.float64)

    def _reader(self) -> "_Reader":
        return _reader(_name(self.model), str(self.cache), self.threads)


class _Reader:
    """Reads passages with an encoder and remembers them: each fold has most of them again.

    Args:
        encoder: of the model.
        layer: of its categories, which labels that it knows begin at.
    """

    def __init__(self, encoder: Encoder, layer: Linear) -> None:
        self.layer = layer
        self._encoder = encoder
        self._known: dict[tuple[str, str], Vectors] = {}

    def states(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        """(texts, 2 * width) of texts with what was said before each."""
        found = {one: self._known[one] for one in texts if one in self._known}
        missing = [one for one in dict.fromkeys(texts) if one not in found]
        for start in range(0, len(missing), _TOGETHER):
            part = missing[start : start + _TOGETHER]
            read = self._encoder.read([_segments(*one) for one in part])
            found |= {one: encoded.both for one, (encoded, *_) in zip(part, read, strict=True)}
        self._known |= found
        for oldest in list(self._known)[:-_REMEMBERED]:
            del self._known[oldest]
        nothing = np.zeros((0, 2 * self._encoder.width), dtype=np.float32)
        return np.concatenate([nothing, *(found[one][None] for one in texts)])


def _segments(text: str, before: str) -> list[Segment]:
    return [*([Segment(before, asked=False)] if before else []), Segment(text)]


def _texts(given: Iterable[Any]) -> list[tuple[str, str]]:
    """Texts and what was said before each."""
    found: list[tuple[str, str]] = []
    for one in given:
        if isinstance(one, str):
            found.append((one, ""))
        elif isinstance(one, list | tuple | np.ndarray) and [type(t) for t in one] in _PAIRS:
            found.append((one[0], one[1]))
        else:
            raise ValueError(
                f"texts, or pairs of a text and what was said before it, are expected, not "
                f"{type(one).__name__}"
            )
    return found


def _name(model: str | Path | None) -> str | None:
    return None if model is None else str(model)


@lru_cache(maxsize=2)
def _reader(model: str | None, cache: str, threads: int | None) -> _Reader:
    """What clones share: scikit-learn copies an estimator for every fold."""
    opened = registry.open_folder(answers.find_model(model))
    folder = Path(cache).expanduser()
    encoder = OnnxEncoder.load(learned=opened.learned, cache=folder, threads=threads)
    return _Reader(encoder, opened.categories.layer)
