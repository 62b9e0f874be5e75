"""Fits the network: one loop over windows, several things learned at once from every window."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nlp.learn.network import DROPOUT, Network, attention_bias
from nlp.learn.samples import UNKNOWN, Sample, Target
from nlp.onnx_graph import HIDDEN, Weights
from nlp.windows import END, START

SENTIMENT = "sentiment"
PADDING, MASK = 0, 103  # [PAD] and [MASK] of the vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to fit.

    Attributes:
        epochs: times that every window is seen.
        batch: windows a step.
        adapter_rate: highest learning rate of the updates.
        head_rate: of the heads.
        category_weight: of the categories' loss, beside 1 for all below.
        sentiment_weight: of the sentiment's.
        quote_weight: of the quotes'.
        closeness_weight: of how far a passage's vector stands from where the encoder as it was
            puts the passage when it is read alone.
        spoken_share: how often a window is read without its punctuation, as a speech recogniser
            would have written it, where it has such a copy.
        masked_share: of the words, how many are hidden, other ones each time: no single word may
            decide.
        seed: of every draw.
    """

    epochs: int = 8
    batch: int = 8
    adapter_rate: float = 8e-4
    head_rate: float = 2e-3
    category_weight: float = 3.0
    sentiment_weight: float = 0.5
    quote_weight: float = 0.5
    closeness_weight: float = 1.0
    spoken_share: float = 0.5
    masked_share: float = 0.1
    seed: int = 20261122

    def as_json(self) -> dict[str, float]:
        """The plan by name, for the record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows put together.

    Attributes:
        ids: (windows, tokens) of what is read; 0 where a window is padded.
        lengths: tokens of each window.
        samples: the windows.
    """

    ids: Tensor
    lengths: Sequence[int]
    samples: Sequence[Sample]


def fit(
    network: Network,
    samples: Sequence[Sample],
    plan: Plan,
    *,
    alone: dict[tuple[int, ...], NDArray[np.float32]] | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> None:
    """Fits a network in place.

    Args:
        network: to be fitted.
        samples: what it learns from.
        plan: how.
        alone: vector of each passage (by its token ids) read alone by the encoder as it was; None
            where vectors may move freely.
        told: is told how it goes, an epoch a line.
    """
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)  # noqa: S311 - an order, not a secret
    updates = list(network.layers.parameters())
    heads = [
        *network.heads.parameters(),
        *network.tokens.parameters(),
        *network.projection.parameters(),
    ]
    optimizer = torch.optim.AdamW(
        [
            {"params": updates, "lr": plan.adapter_rate},
            {"params": heads, "lr": plan.head_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    steps = plan.epochs * math.ceil(len(samples) / plan.batch)
    # A tenth of the steps to warm up, then down to nothing in a straight line.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (0.1 * steps + 1)) * max(0.0, 1 - step / steps)
    )
    network.train()
    for epoch in range(plan.epochs):
        total = 0.0
        read = _drawn(samples, plan.spoken_share, rng)
        for rows in _shuffled(read, plan.batch, rng):
            batch = _batch([read[row] for row in rows])
            loss = _loss(network, masked(batch, plan.masked_share), plan, alone)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(updates, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += loss.item()
        told(f"epoch {epoch + 1} of {plan.epochs}: loss {total / steps * plan.epochs:.3f}")
    network.eval()


def _drawn(samples: Sequence[Sample], share: float, rng: random.Random) -> list[Sample]:
    """The windows, a share of those that have a copy as it is spoken in that form."""
    return [one.spoken if one.spoken and rng.random() < share else one for one in samples]


def masked(batch: Batch, share: float) -> Batch:
    """A batch with a share of its words hidden; what parts the passages stays."""
    if not share:
        return batch
    ids = batch.ids
    words = (ids != PADDING) & (ids != START) & (ids != END)
    hidden = words & (torch.rand(ids.shape) < share)
    return replace(batch, ids=ids.masked_fill(hidden, MASK))


def read_alone(
    weights: Weights, samples: Sequence[Sample]
) -> dict[tuple[int, ...], NDArray[np.float32]]:
    """The vector of every passage read alone by the encoder as it is, by the passage's token ids.

    Args:
        weights: of the encoder.
        samples: windows with the passages.
    """
    network = Network(weights, {}).eval()
    wanted = {
        (START, *sample.window.ids[span.start : span.end], END)
        for given in samples
        for sample in (given, given.spoken)
        if sample is not None
        for span in sample.window.spans
    }
    ordered = sorted(wanted, key=lambda ids: (len(ids), ids))
    found: dict[tuple[int, ...], NDArray[np.float32]] = {}
    with torch.no_grad():
        for first in range(0, len(ordered), 64):
            batch = ordered[first : first + 64]
            ids = torch.zeros((len(batch), len(batch[-1])), dtype=torch.long)
            for row, one in enumerate(batch):
                ids[row, : len(one)] = torch.tensor(one)
            bias = attention_bias([len(one) for one in batch])
            states = network(ids, bias).numpy()
            for row, one in enumerate(batch):
                mean = states[row, : len(one)].mean(axis=0)
                found[one[1:-1]] = mean / np.linalg.norm(mean)
    return found


def features(network: Network, batch: Batch) -> tuple[Tensor, Tensor]:
    """What the heads read.

    Returns:
        (passages, 2 * width): the mean of each passage and the state that closes it; and
        (windows * tokens, width) states.
    """
    states = network(batch.ids, attention_bias(batch.lengths))
    flat = states.reshape(-1, HIDDEN)
    longest = states.shape[1]
    spans = [
        (row * longest + span.start, row * longest + span.end)
        for row, sample in enumerate(batch.samples)
        for span in sample.window.spans
    ]
    # One product instead of many slices, whose gradients would each fill a whole batch.
    weights = torch.zeros(len(spans), len(flat))
    for place, (start, end) in enumerate(spans):
        weights[place, start - 1 : end + 1] = 1 / (end - start + 2)
    closing = flat[torch.tensor([end for _, end in spans])]
    return torch.cat([weights @ flat, closing], dim=1), flat


def _loss(
    network: Network,
    batch: Batch,
    plan: Plan,
    alone: dict[tuple[int, ...], NDArray[np.float32]] | None,
) -> Tensor:
    read, flat = features(network, batch)
    dropped = functional.dropout(read, DROPOUT, network.training)
    targets = [target for sample in batch.samples for target in sample.targets]
    loss = plan.category_weight * _categories(network, dropped, targets)
    loss = loss + plan.sentiment_weight * _sentiment(network, dropped, targets)
    loss = loss + plan.quote_weight * _quotes(network, batch, flat)
    if alone is not None:
        loss = loss + plan.closeness_weight * _moved(network, batch, read, alone)
    return loss


def _categories(network: Network, read: Tensor, targets: Sequence[Target]) -> Tensor:
    """Mean cross entropy over the known labels; every source's passages under its own head."""
    total, known = torch.zeros(()), 0
    for name in sorted({target.head for target in targets}):
        rows = [row for row, target in enumerate(targets) if target.head == name]
        labels = torch.from_numpy(np.stack([targets[row].labels for row in rows]))
        given = (labels != UNKNOWN).float()
        scores = network.heads[name](read[rows])
        total = total + functional.binary_cross_entropy_with_logits(
            scores, labels.clamp(min=0), weight=given, reduction="sum"
        )
        known += labels.numel()
    return total / known


def _sentiment(network: Network, read: Tensor, targets: Sequence[Target]) -> Tensor:
    labels = torch.tensor([target.sentiment for target in targets])
    if SENTIMENT not in network.heads or bool((labels == UNKNOWN).all()):
        return torch.zeros(())
    scores = network.heads[SENTIMENT](read)
    return functional.cross_entropy(scores, labels, ignore_index=UNKNOWN)


def _quotes(network: Network, batch: Batch, flat: Tensor) -> Tensor:
    """Over the tokens of passages that carry a category: does its quote hold them?"""
    longest = batch.ids.shape[1]
    places: list[int] = []
    labels: list[NDArray[np.float32]] = []
    weights: list[NDArray[np.float32]] = []
    for row, sample in enumerate(batch.samples):
        for span, target in zip(sample.window.spans, sample.targets, strict=True):
            # Passages without the category are never asked for its quote, so they do not teach it.
            quoted = target.tokens.any(axis=0)
            if quoted.any():
                places += range(row * longest + span.start, row * longest + span.end)
                labels.append(target.tokens)
                weights.append(np.broadcast_to(quoted, target.tokens.shape).astype(np.float32))
    if not places:
        return torch.zeros(())
    weight = torch.from_numpy(np.concatenate(weights))
    loss = functional.binary_cross_entropy_with_logits(
        network.tokens(flat[torch.tensor(places)]),
        torch.from_numpy(np.concatenate(labels)),
        weight=weight,
        reduction="sum",
    )
    return loss / weight.sum()


def _moved(
    network: Network,
    batch: Batch,
    read: Tensor,
    alone: dict[tuple[int, ...], NDArray[np.float32]],
) -> Tensor:
    """One less the cosine between passages' vectors and what the encoder as it was says of them."""
    before = np.stack(
        [
            alone[sample.window.ids[span.start : span.end]]
            for sample in batch.samples
            for span in sample.window.spans
        ]
    )
    vectors = network.projection(read[:, :HIDDEN])
    near = functional.cosine_similarity(vectors, torch.from_numpy(before))
    return (1 - near).mean()


def _batch(samples: Sequence[Sample]) -> Batch:
    lengths = [len(sample.window.ids) for sample in samples]
    ids = torch.full((len(samples), max(lengths)), PADDING)
    for row, sample in enumerate(samples):
        ids[row, : lengths[row]] = torch.tensor(sample.window.ids)
    return Batch(ids, lengths, samples)


def batches(samples: Sequence[Sample]) -> Iterator[tuple[list[int], Batch]]:
    """Windows in batches of like length, to be read by a fitted network: their rows, and they."""
    for rows in _by_length(samples):
        yield rows, _batch([samples[row] for row in rows])


def _by_length(samples: Sequence[Sample]) -> Iterator[list[int]]:
    """Rows in batches of like length."""
    order = sorted(range(len(samples)), key=lambda row: len(samples[row].window.ids))
    for first in range(0, len(order), 16):
        yield order[first : first + 16]


def _shuffled(samples: Sequence[Sample], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Rows in batches of like length, in another order every time."""
    order = list(range(len(samples)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for first in range(0, len(order), size * 10):
        near = sorted(
            order[first : first + size * 10], key=lambda row: len(samples[row].window.ids)
        )
        batches += [near[place : place + size] for place in range(0, len(near), size)]
    rng.shuffle(batches)
    yield from batches
