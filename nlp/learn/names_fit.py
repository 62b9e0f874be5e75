"""Fits the token head on the states of words, with PyTorch, on a CPU.

A word that a set does not mark may still be a label that the set is silent about: its loss is the
logarithm of the chance of "none or one of those".
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.heads.tokens import DILATIONS, REACH
from nlp.learn.names_corpora import LABELS, Marked
from nlp.redact import surface
from nlp.redact.surface import BUCKETS, Surface

if TYPE_CHECKING:
    import torch

TAGS = 1 + 2 * len(LABELS)
WIDTH = 96
"""Of the convolutions and of what is read of a state."""
ROW = 64
"""Of the surface features' rows."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One text as the head is trained on it.

    Attributes:
        surface: its words and their features.
        states: (words, width) float16.
        allowed: (words, tags): the tags that each word may have.
    """

    surface: Surface
    states: NDArray[np.float16]
    allowed: NDArray[np.bool_]


def allowed_tags(text: Marked, bounds: surface.Bounds) -> NDArray[np.bool_]:
    """The tags that each word may have: one where it is marked, else none and what is silent."""
    found = np.zeros((len(bounds), TAGS), dtype=np.bool_)
    found[:, 0] = True
    for label in text.silent:
        place = 1 + 2 * LABELS.index(label)
        found[:, place : place + 2] = True
    for start, end, label in text.marks:
        inside = 0
        for number, (first, last) in enumerate(bounds):
            if first < end and last > start:
                found[number] = False
                found[number, 1 + 2 * LABELS.index(label) + inside] = True
                inside = 1
    return found


class Trainer:
    """Fits the head; what it learns is in `tensors()`.

    Args:
        width: of the states.
        seed: of everything that is drawn.
        rate: highest learning rate of AdamW.
        dropped: share of values that are dropped while training.
    """

    def __init__(self, width: int, *, seed: int, rate: float = 2e-3, dropped: float = 0.3) -> None:
        import torch
        from torch import nn

        torch.manual_seed(seed)
        self._chance = random.Random(seed)  # noqa: S311 - order of samples, no keys
        self._rate = rate
        self._dropped = dropped
        self.table = nn.EmbeddingBag(BUCKETS, ROW, mode="sum")
        nn.init.normal_(self.table.weight, std=0.05)
        self.inner = nn.Linear(width, WIDTH)
        self.convolutions = nn.ModuleList(
            nn.Linear(REACH * (WIDTH + ROW if number == 0 else WIDTH), WIDTH)
            for number in range(len(DILATIONS))
        )
        self.outer = nn.Linear(WIDTH, TAGS)
        self.parts = nn.ModuleList([self.table, self.inner, self.convolutions, self.outer])

    def fit(self, samples: Sequence[Sample], *, epochs: int, say: Say) -> None:
        """Fits on samples, in batches of like length."""
        import torch

        steps = epochs * len(list(_batches(samples, self._chance)))
        optimiser = torch.optim.AdamW(self.parts.parameters(), lr=self._rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=self._rate, total_steps=steps + epochs * 4, pct_start=0.15
        )
        self.parts.train()
        for epoch in range(epochs):
            total, count = 0.0, 0
            for batch in _batches(samples, self._chance):
                loss = self._loss(batch)
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.parts.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                total, count = total + loss.item(), count + 1
            say(f"epoch {epoch + 1} of {epochs}: loss {total / count:.4f}")
        self.parts.eval()

    def _loss(self, batch: Sequence[Sample]) -> "torch.Tensor":
        import torch

        scores, kept = self._scores(batch)
        allowed = torch.zeros(scores.shape, dtype=torch.bool)
        allowed[..., 0] = True
        for row, sample in enumerate(batch):
            allowed[row, : len(sample.allowed)] = torch.from_numpy(sample.allowed)
        right = scores.masked_fill(~allowed, -1e4).logsumexp(dim=-1)
        return (scores.logsumexp(dim=-1) - right)[kept].mean()

    def _scores(self, batch: Sequence[Sample]) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch
        from torch.nn import functional

        longest = max(len(sample.states) for sample in batch)
        states = np.zeros((len(batch), longest, batch[0].states.shape[1]), dtype=np.float32)
        kept = torch.zeros((len(batch), longest), dtype=torch.bool)
        rows: list[NDArray[np.int32]] = []
        for number, sample in enumerate(batch):
            states[number, : len(sample.states)] = sample.states
            kept[number, : len(sample.states)] = True
            rows.extend(sample.surface.features)
        x = functional.dropout(torch.from_numpy(states), self._dropped)
        x = self.inner(x)
        indices = torch.from_numpy(np.concatenate(rows).astype(np.int64))
        lengths = torch.tensor([0, *[len(row) for row in rows][:-1]])
        weights = functional.dropout(torch.ones(len(indices)), self._dropped)
        written = self.table(indices, lengths.cumsum(0), per_sample_weights=weights)
        told = torch.zeros((*kept.shape, ROW))
        told[kept] = written
        x = functional.gelu(torch.cat([x, told], dim=-1), approximate="tanh")
        x = x * kept[..., None]
        for number, layer in enumerate(self.convolutions):
            seen = functional.gelu(layer(_around(x, DILATIONS[number])), approximate="tanh")
            seen = functional.dropout(seen, self._dropped)
            x = (seen if number == 0 else x + seen) * kept[..., None]
        return self.outer(x), kept

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """What `TokenHead.from_tensors` reads, as half floats, without the lean."""
        from torch import nn

        found = {
            "table": self.table.weight,
            "inner/weight": self.inner.weight.T,
            "inner/bias": self.inner.bias,
            "outer/weight": self.outer.weight.T,
            "outer/bias": self.outer.bias,
        }
        for number, layer in enumerate(self.convolutions):
            assert isinstance(layer, nn.Linear)  # noqa: S101 - a module list forgets it
            found[f"convolution{number}/weight"] = layer.weight.T
            found[f"convolution{number}/bias"] = layer.bias
        return {
            name: np.ascontiguousarray(one.detach().numpy().astype(np.float16))
            for name, one in found.items()
        }


def _around(x: "torch.Tensor", dilation: int) -> "torch.Tensor":
    """As `nlp.heads.tokens` does it, for a batch."""
    import torch
    from torch.nn import functional

    margin = REACH // 2 * dilation
    padded = functional.pad(x, (0, 0, margin, margin))
    length = x.shape[1]
    return torch.cat(
        [padded[:, place * dilation : place * dilation + length] for place in range(REACH)], dim=-1
    )


def _batches(samples: Sequence[Sample], chance: random.Random) -> Iterator[list[Sample]]:
    """Some sixty samples of like length at a time, in random order."""
    order = sorted(samples, key=lambda one: (len(one.states) // 4, chance.random()))
    batches = [order[place : place + 48] for place in range(0, len(order), 48)]
    chance.shuffle(batches)
    yield from (batch for batch in batches if len(batch[-1].states))
