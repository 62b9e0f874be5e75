"""Learning on from a model that is there, when its corpus has grown.

The network begins where the model is. An epoch reads everything that the model has not learned
from, and of what it knows a draw half as large, other interactions each time, lest it be forgotten;
of public passages it draws as large a part as of those. What comes of it is half way between where
it began and where it came to (Wortsman et al. 2022, arXiv:2109.01903). Mean average precision of
the categories on dev was .884 of the parent, .879 of the network when it had learned 3,149
interactions by other hands, .890 half way, and .889 at three tenths.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.numpy import load_file
from torch import Tensor

from nlp.errors import ModelError
from nlp.learn import corpora, registry
from nlp.learn.fit import SENTIMENT, Plan
from nlp.learn.network import Network
from nlp.learn.samples import Readings

EPOCHS = 3
ADAPTER_RATE, HEAD_RATE = 5e-4, 5e-4  # less than half of those for a network that knows nothing
REPEATED = 0.5  # windows that are known beside each that is new
KEPT = 0.5  # of where it began

OWN_HEAD = "categories"


def plan(whole: Plan) -> Plan:
    """A plan for learning on, from one for learning from nothing."""
    return replace(whole, epochs=EPOCHS, adapter_rate=ADAPTER_RATE, head_rate=HEAD_RATE)


def take_over(network: Network, parent: registry.Model) -> None:
    """Takes over what a model has learned. Its head for public sets is not kept and begins anew.

    Args:
        network: with the heads that `nlp.learn.train` gives it.
        parent: a model of `conduit train`, with its heads as they were or retrained.

    Raises:
        ModelError: its adapter is of another shape, as that of an older release.
    """
    heads = load_file(parent.folder / registry.HEADS)
    adapter = load_file(parent.folder / registry.ADAPTER)
    for name, value in network.learned().items():
        shape = adapter[name].shape if name in adapter else "nothing"
        if shape != value.shape:
            raise ModelError(
                f"{parent.folder}: its adapter holds {shape} for {name}, and this release learns "
                f"{value.shape}: train without --parent"
            )
    names = {OWN_HEAD: OWN_HEAD, SENTIMENT: SENTIMENT, "tokens": "quotes"}
    network.take_over(
        adapter,
        {name: (heads[f"{at}/weights"], heads[f"{at}/bias"]) for name, at in names.items()},
    )


def parameters(network: Network) -> dict[str, Tensor]:
    """What a network has learned by now, to come half way back to."""
    return {name: value.detach().clone() for name, value in network.named_parameters()}


def halfway(network: Network, began: Mapping[str, Tensor]) -> None:
    """Puts a network between where it is and where it began.

    Args:
        network: that has learned on.
        began: its `parameters` before.
    """
    with torch.no_grad():
        for name, value in network.named_parameters():
            value.lerp_(began[name].to(value.device), KEPT)


def known_to(parent: registry.Model, corpus: Path) -> frozenset[str]:
    """The interactions of a corpus that a model has learned from: those of files that it names.

    Args:
        parent: whose `model.json` names files with their digests.
        corpus: a folder or a file.
    """
    files = parent.description.get("trained", {}).get("own", {}).get("files", {})
    paths = {path.name: path for path in ([corpus] if corpus.is_file() else corpus.iterdir())}
    return frozenset(
        one.interaction.id
        for name, digest in corpora.digests(corpus).items()
        if files.get(name) == digest
        for one in corpora.interactions(paths[name])
    )


def repeated(
    new: Sequence[Readings], known: Sequence[Readings], public: Sequence[Readings]
) -> list[Readings]:
    """What an epoch reads: all that is new, and a draw of what is known and of public passages.

    Args:
        new: what the model has not learned from.
        known: what it has.
        public: of public sets, of which as large a part is read as of what is known.
    """
    share = min(1.0, REPEATED * _windows(new) / max(_windows(known), 1)) if new else 1.0
    return [*new, *(replace(one, share=share) for one in (*known, *public))]


def _windows(given: Iterable[Readings]) -> int:
    return sum(len(one.served) for one in given)
