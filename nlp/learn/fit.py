"""Fits the network: one loop over windows, several things learned at once from every window.

Mean average precision of the categories on dev, of the network alone, one run each: .868 with every
window read once, .883 read twice and held together, .869 held together three times as hard, .884
parted in other ways too; .835 with half of the corpus and .859 to .875 (ten runs) with four fifths.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nlp.learn.network import DROPOUT, Network, attention_bias
from nlp.learn.samples import UNKNOWN, Readings, Sample, Target
from nlp.onnx_graph import HIDDEN, Weights
from nlp.windows import END, START

SENTIMENT = "sentiment"
WARM = 0.1  # share of the windows over which rates rise
NEAR = 160  # windows that are sorted by length together
PADDING, MASK = 0, 103  # [PAD] and [MASK] of the vocabulary

Alone = dict[tuple[int, ...], NDArray[np.float32]]
"""The vector of a passage read alone by the encoder as it was, by the passage's token ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to fit.

    Attributes:
        epochs: times that everything is read, or as large a share of it as is asked for.
        tokens: how many windows of a step hold together, padding among them; at least one window.
        adapter_rate: highest learning rate of the updates.
        head_rate: of the heads.
        category_weight: of the categories' loss, beside 1 for all below.
        sentiment_weight: of the sentiment's.
        quote_weight: of the quotes'.
        closeness_weight: of how far a passage's vector stands from where the encoder as it was
            puts the passage when it is read alone.
        consistency_weight: of how far two readings of the same windows are from each other, with
            other words hidden and other values dropped (R-Drop, Liang et al. 2021,
            arXiv:2106.14448); at 0 every window is read once a step.
        parted_share: how often an interaction is read in windows that part elsewhere than as
            served, where it has such.
        spoken_share: how often a window is read without its punctuation, as a speech recogniser
            would have written it, where it has such a copy.
        masked_share: of the words, how many are hidden, other ones each time: no single word may
            decide.
        bfloat16: whether products are computed in bfloat16, which some processors do twice as fast.
        seed: of every draw.
    """

    epochs: int = 8
    tokens: int = 2500
    adapter_rate: float = 1.3e-3
    head_rate: float = 2e-3
    category_weight: float = 3.0
    sentiment_weight: float = 0.5
    quote_weight: float = 0.5
    closeness_weight: float = 1.0
    consistency_weight: float = 1.0
    parted_share: float = 0.5
    spoken_share: float = 0.5
    masked_share: float = 0.1
    bfloat16: bool = False
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
    readings: Sequence[Readings],
    plan: Plan,
    *,
    alone: Alone | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> None:
    """Fits a network in place.

    Args:
        network: to be fitted.
        readings: what it learns from.
        plan: how.
        alone: of each passage; None where vectors may move freely.
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
    seen, every = 0.0, plan.epochs * sum(one.windows(plan.parted_share) for one in readings)
    # A tenth of the windows to warm up, then down to nothing in a straight line.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda _: min(1.0, seen / (WARM * every)) * max(0.0, 1 - seen / every)
    )
    network.train()
    for epoch in range(plan.epochs):
        total, steps = torch.zeros((), device=network.device), 0
        read = _drawn(readings, plan, rng)
        for rows in _shuffled(read, plan.tokens, rng):
            batch = _batch([read[row] for row in rows] * (2 if plan.consistency_weight else 1))
            with torch.autocast(network.device.type, torch.bfloat16, enabled=plan.bfloat16):
                loss = _loss(network, masked(batch, plan.masked_share), plan, alone)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(updates, 1.0)
            optimizer.step()
            seen += len(rows)
            schedule.step()
            optimizer.zero_grad()
            total += loss.detach()
            steps += 1
        told(f"epoch {epoch + 1} of {plan.epochs}: loss {total.item() / max(steps, 1):.3f}")
    network.eval()


def _drawn(readings: Sequence[Readings], plan: Plan, rng: random.Random) -> list[Sample]:
    """Windows of an epoch: a share of them parted otherwise, a share as they are spoken."""
    ways = [
        rng.choice(one.parted) if one.parted and rng.random() < plan.parted_share else one.served
        for one in readings
        if one.share == 1 or rng.random() < one.share
    ]
    return [
        one.spoken if one.spoken and rng.random() < plan.spoken_share else one
        for way in ways
        for one in way
    ]


def masked(batch: Batch, share: float) -> Batch:
    """A batch with a share of its words hidden; what parts the passages stays."""
    if not share:
        return batch
    ids = batch.ids
    words = (ids != PADDING) & (ids != START) & (ids != END)
    hidden = words & (torch.rand(ids.shape) < share)
    return replace(batch, ids=ids.masked_fill(hidden, MASK))


def read_alone(
    weights: Weights, readings: Sequence[Readings], device: str = "cpu", *, bfloat16: bool = False
) -> Alone:
    """The vector of every passage read alone by the encoder as it is.

    Args:
        weights: of the encoder.
        readings: with the passages.
        device: as PyTorch names it.
        bfloat16: whether products are computed in bfloat16.
    """
    network = Network(weights, {}).to(device).eval()
    wanted = {
        (START, *sample.window.ids[span.start : span.end], END)
        for one in readings
        for way in (one.served, *one.parted)
        for given in way
        for sample in (given, given.spoken)
        if sample is not None
        for span in sample.window.spans
    }
    ordered = sorted(wanted, key=lambda ids: (len(ids), ids))
    found: Alone = {}
    with torch.no_grad(), torch.autocast(network.device.type, torch.bfloat16, enabled=bfloat16):
        for first in range(0, len(ordered), 64):
            batch = ordered[first : first + 64]
            ids = torch.zeros((len(batch), len(batch[-1])), dtype=torch.long)
            for row, one in enumerate(batch):
                ids[row, : len(one)] = torch.tensor(one)
            bias = attention_bias([len(one) for one in batch])
            states = network(ids.to(device), bias.to(device)).float().cpu().numpy()
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
    bias = attention_bias(batch.lengths)
    states = network(batch.ids.to(network.device), bias.to(network.device))
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
    closing = flat[torch.tensor([end for _, end in spans], device=flat.device)]
    return torch.cat([weights.to(flat.device) @ flat, closing], dim=1), flat


def _loss(network: Network, batch: Batch, plan: Plan, alone: Alone | None) -> Tensor:
    read, flat = features(network, batch)
    dropped = functional.dropout(read, DROPOUT, network.training)
    targets = [target for sample in batch.samples for target in sample.targets]
    opinions = list(_opinions(network, dropped, targets))
    loss = plan.category_weight * _categories(opinions)
    loss = loss + plan.sentiment_weight * _sentiment(opinions)
    loss = loss + plan.quote_weight * _quotes(network, batch, flat)
    if alone is not None:
        loss = loss + plan.closeness_weight * _moved(network, batch, read, alone)
    if plan.consistency_weight:
        loss = loss + plan.consistency_weight * _apart(opinions)
    return loss


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one head says of the passages that it learns from, and what there is to learn.

    Attributes:
        head: its name.
        scores: (passages, labels).
        labels: (passages, labels); `UNKNOWN` where nobody said.
    """

    head: str
    scores: Tensor
    labels: Tensor


def _opinions(network: Network, read: Tensor, targets: Sequence[Target]) -> Iterator[Opinion]:
    """Every source's passages under its own head, and all of them under that of sentiment."""
    for name in sorted({target.head for target in targets}):
        rows = [row for row, target in enumerate(targets) if target.head == name]
        labels = torch.from_numpy(np.stack([targets[row].labels for row in rows]))
        places = torch.tensor(rows, device=read.device)
        yield Opinion(name, network.heads[name](read[places]), labels.to(read.device))
    if SENTIMENT in network.heads:
        felt = torch.from_numpy(np.stack([target.sentiment for target in targets]))
        yield Opinion(SENTIMENT, network.heads[SENTIMENT](read), felt.to(read.device))


def _categories(opinions: Sequence[Opinion]) -> Tensor:
    """Mean cross entropy over all labels; one that nobody said counts as 0."""
    total, labels = torch.zeros((), device=opinions[0].scores.device), 0
    for one in opinions:
        if one.head == SENTIMENT:
            continue
        total = total + functional.binary_cross_entropy_with_logits(
            one.scores,
            one.labels.clamp(min=0),
            weight=(one.labels != UNKNOWN).float(),
            reduction="sum",
        )
        labels += one.labels.numel()
    return total / labels


def _sentiment(opinions: Sequence[Opinion]) -> Tensor:
    """Mean cross entropy over the passages of which somebody said how the customer feels."""
    (*_, last) = opinions
    if last.head != SENTIMENT:
        return torch.zeros((), device=last.scores.device)
    said = (last.labels != UNKNOWN).all(dim=1).float()
    losses = functional.cross_entropy(last.scores, last.labels.clamp(min=0), reduction="none")
    return (losses * said).sum() / said.sum().clamp(min=1)


def _apart(opinions: Sequence[Opinion]) -> Tensor:
    """How far the two halves of a batch, which hold the same windows, are from each other.

    The mean over passages of the symmetric Kullback-Leibler divergence of what heads say of them.
    """
    total, passages = torch.zeros((), device=opinions[0].scores.device), 0
    for one in opinions:
        first, second = one.scores.chunk(2)
        if one.head == SENTIMENT:
            first, second = first.log_softmax(dim=1), second.log_softmax(dim=1)
            total = total + ((first.exp() - second.exp()) * (first - second)).sum()
        else:
            total = total + ((first.sigmoid() - second.sigmoid()) * (first - second)).sum()
            passages += len(first)
    return total / passages


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
    weight = torch.from_numpy(np.concatenate(weights)).to(flat.device)
    loss = functional.binary_cross_entropy_with_logits(
        network.tokens(flat[torch.tensor(places, device=flat.device)]),
        torch.from_numpy(np.concatenate(labels)).to(flat.device),
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
    near = functional.cosine_similarity(vectors, torch.from_numpy(before).to(read.device))
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


def _shuffled(samples: Sequence[Sample], tokens: int, rng: random.Random) -> Iterator[list[int]]:
    """Rows in batches of like length, in another order every time."""
    order = list(range(len(samples)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for first in range(0, len(order), NEAR):
        batch: list[int] = []
        for row in sorted(
            order[first : first + NEAR], key=lambda row: len(samples[row].window.ids)
        ):
            if batch and len(samples[row].window.ids) * (len(batch) + 1) > tokens:
                batches.append(batch)
                batch = []
            batch.append(row)
        batches.append(batch)
    rng.shuffle(batches)
    yield from batches
