"""Fits the network: one loop over windows, several things learned at once from every window."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nlp.learn.device import device, mixed
from nlp.learn.network import DROPOUT, Network
from nlp.learn.samples import UNKNOWN, Sample, Target
from nlp.onnx_graph import HIDDEN, Weights
from nlp.windows import END, START

SENTIMENT = "sentiment"


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
        seed: of every draw.
    """

    epochs: int = 6
    batch: int = 32
    adapter_rate: float = 1e-3
    head_rate: float = 2e-3
    category_weight: float = 3.0
    sentiment_weight: float = 0.5
    quote_weight: float = 0.5
    closeness_weight: float = 1.0
    seed: int = 1

    def as_json(self) -> dict[str, float]:
        """The plan by name, for the record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows put together.

    Attributes:
        ids: (windows, tokens) token ids, 0 where padded.
        lengths: tokens of each window.
        samples: the windows.
    """

    ids: Tensor
    lengths: Sequence[int]
    samples: Sequence[Sample]


Alone = dict[tuple[int, ...], NDArray[np.float32]]


def fit(
    network: Network,
    samples: Sequence[Sample],
    plan: Plan,
    *,
    alone: Alone | None = None,
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
    network.to(device())
    heads = [
        *network.heads.parameters(),
        *network.tokens.parameters(),
        *network.projection.parameters(),
    ]
    of_heads = {id(one) for one in heads}
    updates = [p for p in network.parameters() if p.requires_grad and id(p) not in of_heads]
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
    lengths = [len(sample.window.ids) for sample in samples]
    network.train()
    for epoch in range(plan.epochs):
        total = torch.zeros((), device=device())
        for rows in shuffled(lengths, plan.batch, rng):
            batch = _batch(samples, rows)
            with mixed():
                loss = _loss(network, batch, plan, alone)
            loss.backward()
            nn.utils.clip_grad_norm_(updates, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += loss.detach()
        told(f"epoch {epoch + 1} of {plan.epochs}: loss {float(total) / steps * plan.epochs:.3f}")
    network.eval()


def read_alone(weights: Weights, samples: Sequence[Sample]) -> Alone:
    """The vector of every passage read alone by the encoder as it is, by the passage's token ids.

    Args:
        weights: of the encoder.
        samples: windows with the passages.
    """
    network = Network(weights, {}).eval().to(device())
    wanted = {
        (START, *sample.window.ids[span.start : span.end], END)
        for sample in samples
        for span in sample.window.spans
    }
    ordered = sorted(wanted, key=lambda ids: (len(ids), ids))
    found: Alone = {}
    with torch.no_grad():
        for first in range(0, len(ordered), 64):
            few = ordered[first : first + 64]
            ids, lengths = padded(few)
            states = network.states(ids.to(device()), lengths).cpu().numpy()
            for row, one in enumerate(few):
                mean = states[row, : len(one)].mean(axis=0)
                found[one[1:-1]] = mean / np.linalg.norm(mean)
    return found


def features(network: Network, batch: Batch) -> tuple[Tensor, Tensor]:
    """What the heads read.

    Returns:
        (passages, 2 * width): the mean of each passage and the state that closes it; and
        (windows * tokens, width) states.
    """
    states = network.states(batch.ids, batch.lengths)
    flat = states.reshape(-1, states.shape[2])
    longest = states.shape[1]
    spans = [
        (row * longest + span.start, row * longest + span.end)
        for row, sample in enumerate(batch.samples)
        for span in sample.window.spans
    ]
    # One product instead of many slices, whose gradients would each fill a whole batch.
    weights = np.zeros((len(spans), len(flat)), dtype=np.float32)
    for place, (start, end) in enumerate(spans):
        weights[place, start - 1 : end + 1] = 1 / (end - start + 2)
    closing = flat[_there([end for _, end in spans])]
    return torch.cat([_there(weights) @ flat, closing], dim=1), flat


def _there(value: NDArray[np.float32] | Sequence[int]) -> Tensor:
    """A tensor on the device."""
    made = torch.from_numpy(value) if isinstance(value, np.ndarray) else torch.tensor(value)
    return made.to(device(), non_blocking=True)


def _loss(network: Network, batch: Batch, plan: Plan, alone: Alone | None) -> Tensor:
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
    """Mean cross entropy over the known labels, each passage's under its own head."""
    total, known = torch.zeros((), device=read.device), 0
    for name in sorted({target.head for target in targets}):
        rows = [row for row, target in enumerate(targets) if target.head == name]
        labels = _there(np.stack([targets[row].labels for row in rows]))
        given = (labels != UNKNOWN).float()
        scores = network.heads[name](read[_there(rows)]).float()
        total = total + functional.binary_cross_entropy_with_logits(
            scores, labels.clamp(min=0), weight=given, reduction="sum"
        )
        known += labels.numel()
    return total / known


def _sentiment(network: Network, read: Tensor, targets: Sequence[Target]) -> Tensor:
    rows = [row for row, target in enumerate(targets) if target.sentiment[0] != UNKNOWN]
    if SENTIMENT not in network.heads or not rows:
        return torch.zeros((), device=read.device)
    labels = _there(np.stack([targets[row].sentiment for row in rows]))
    return functional.cross_entropy(network.heads[SENTIMENT](read[_there(rows)]).float(), labels)


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
        return torch.zeros((), device=flat.device)
    weight = _there(np.concatenate(weights))
    loss = functional.binary_cross_entropy_with_logits(
        network.tokens(flat[_there(places)]).float(),
        _there(np.concatenate(labels)),
        weight=weight,
        reduction="sum",
    )
    return loss / weight.sum()


def _moved(network: Network, batch: Batch, read: Tensor, alone: Alone) -> Tensor:
    """One less the cosine between passages' vectors and what the encoder as it was says of them."""
    before = np.stack(
        [
            alone[sample.window.ids[span.start : span.end]]
            for sample in batch.samples
            for span in sample.window.spans
        ]
    )
    vectors = network.projection(read[:, :HIDDEN])
    return (1 - functional.cosine_similarity(vectors.float(), _there(before))).mean()


def padded(windows: Sequence[Sequence[int]]) -> tuple[Tensor, list[int]]:
    """(windows, tokens) token ids, 0 where padded, and the tokens of each window."""
    lengths = [len(one) for one in windows]
    ids = np.zeros((len(windows), max(lengths)), dtype=np.int64)
    for row, one in enumerate(windows):
        ids[row, : len(one)] = one
    return torch.from_numpy(ids), lengths


def _batch(samples: Sequence[Sample], rows: Sequence[int]) -> Batch:
    ids, lengths = padded([samples[row].window.ids for row in rows])
    return Batch(ids.to(device(), non_blocking=True), lengths, [samples[row] for row in rows])


def batches(samples: Sequence[Sample]) -> Iterator[tuple[list[int], Batch]]:
    """Windows in batches of like length, to be read by a fitted network: their rows, and they."""
    order = sorted(range(len(samples)), key=lambda row: len(samples[row].window.ids))
    for first in range(0, len(order), 16):
        rows = order[first : first + 16]
        yield rows, _batch(samples, rows)


def shuffled(lengths: Sequence[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Rows in batches of like length, in another order every time.

    Args:
        lengths: tokens of each window.
        size: windows of a batch.
        rng: draws the order.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for first in range(0, len(order), size * 10):
        near = sorted(order[first : first + size * 10], key=lambda row: lengths[row])
        batches += [near[place : place + size] for place in range(0, len(near), size)]
    rng.shuffle(batches)
    yield from batches
