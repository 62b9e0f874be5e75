"""A larger network learns first, and the small one learns from what it says.

    python -m nlp.learn.teacher MODEL --weights FOLDER --data DATA

FOLDER holds all-mpnet-base-v2 (configuration and weights; Apache 2.0), 110 million parameters, five
times those of the encoder that serves. It is fitted five times, each time without a fifth of the
interactions, so that what it says of a passage of the train split comes from a network that was
not shown its label (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531, with
cross-fitting). Of passages that nobody labelled, all five are asked. Five times two minutes on a
GPU, days on a processor; its answers are a megabyte and lie beside the model.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel

from nlp import weights as pinned
from nlp.learn import corpora, samples, taught, unlabelled
from nlp.learn.corpora import Labelled
from nlp.learn.device import device, mixed
from nlp.learn.fit import SENTIMENT, Plan, batches, features, fit
from nlp.learn.network import UNLIKELY
from nlp.learn.samples import Sample
from nlp.learn.taught import OWN, UNLABELLED, Scores
from nlp.learn.train import HEAD, plain_tokenizer
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.windows import END, START, Shape

FOLDS = 5
# More around a passage than is served made the teacher no better: average precision on dev .901
# with the served windows, .901 with these on four fifths as much; they are fewer to compute.
SHAPE = Shape(window=320, before=128, agent=64)
PLAN = Plan(epochs=5, batch=16, adapter_rate=4e-5, head_rate=1e-3, seed=0)
SIZES = {HEAD: len(CATEGORIES), SENTIMENT: len(SENTIMENTS)}
SHIFT = 4  # MPNet has BERT's vocabulary behind four pieces of its own
SPECIAL = {START: 0, 0: 1, END: 2}


class Teacher(nn.Module):
    """all-mpnet-base-v2 with heads, fitted like `nlp.learn.network.Network`.

    Args:
        folder: with its configuration and weights.
        sizes: number of outputs of every head on passages.
        seed: of their first values.
    """

    def __init__(self, folder: Path, sizes: Mapping[str, int], *, seed: int = 0) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        torch.manual_seed(seed)
        width = int(self.encoder.config.hidden_size)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * width, n) for name, n in sizes.items()})
        self.tokens = nn.Linear(width, len(CATEGORIES))
        self.projection = nn.Identity()  # its vectors serve nobody
        for head in (*self.heads.values(), self.tokens):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.constant_(head.bias, UNLIKELY)

    def states(self, ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """(windows, tokens) ids of BERT to the states of all tokens, (windows, tokens, width)."""
        own = ids + SHIFT
        for theirs, ours in SPECIAL.items():
            own = own.masked_fill(ids == theirs, ours)
        there = torch.arange(ids.shape[1])[None, :] < torch.tensor(lengths)[:, None]
        found: Tensor = self.encoder(
            input_ids=own, attention_mask=there.to(ids.device).long()
        ).last_hidden_state
        return found


def fold(name: str) -> int:
    """The fold that an interaction is left out of, by its hash."""
    return int.from_bytes(hashlib.sha256(f"fold{name}".encode()).digest()[:4]) % FOLDS


def answers(network: Teacher, asked: Sequence[Sample]) -> tuple[Scores, Scores]:
    """Log-odds of categories and of feelings, (passages, 3) each, in the order of the windows."""
    none = np.zeros((0, 3), dtype=np.float32)
    found: list[tuple[Scores, Scores]] = [(none, none)] * len(asked)
    with torch.no_grad(), mixed():
        for rows, batch in batches(asked):
            read, _ = features(network, batch)
            both = [network.heads[name](read).float().cpu().numpy() for name in SIZES]
            place = 0
            for row in rows:
                end = place + len(asked[row].targets)
                found[row] = (both[0][place:end], both[1][place:end])
                place = end
    said, felt = zip(*found, strict=True)
    return np.concatenate(said), np.concatenate(felt)


def teach(folder: Path, own: Sequence[Labelled], others: Sequence[Labelled], target: Path) -> None:
    """Fits the teacher, asks it, and writes its answers.

    Args:
        folder: with its weights.
        own: the train split of the project's own corpus.
        others: interactions that nobody labelled.
        target: the file to write.
    """
    tokenizer = plain_tokenizer(pinned.find().tokenizer)
    windows = [samples.of_interactions([one], tokenizer, HEAD, SHAPE) for one in own]
    unknown = samples.of_interactions(others, tokenizer, HEAD, SHAPE)
    folds = [fold(one.interaction.id) for one in own]
    said: dict[int, tuple[Scores, Scores]] = {}
    asked: list[tuple[Scores, Scores]] = []
    for left_out in range(FOLDS):
        network = Teacher(folder, SIZES, seed=left_out).to(device())
        shown = [w for few, k in zip(windows, folds, strict=True) if k != left_out for w in few]
        fit(network, shown, replace(PLAN, seed=left_out), told=_say)
        for number, few in enumerate(windows):
            if folds[number] == left_out:
                said[number] = answers(network, few)
        asked.append(answers(network, unknown))
    in_order = [said[number] for number in range(len(windows))]
    scores = {
        OWN: (np.concatenate([a for a, _ in in_order]), np.concatenate([b for _, b in in_order])),
        UNLABELLED: (
            np.mean([a for a, _ in asked], axis=0),
            np.mean([b for _, b in asked], axis=0),
        ),
    }
    facts = {
        OWN: taught.words_digest(own),
        UNLABELLED: taught.words_digest(others),
        "teacher": "all-mpnet-base-v2",
        "weights": pinned.digest(folder / pinned.WEIGHTS_FILE),
    }
    taught.write(target, scores, facts)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(given: Sequence[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="folder of the model that will learn from it")
    parser.add_argument("--weights", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--data", type=Path, required=True, help="root of the public sets")
    parser.add_argument("--corpus", type=Path, default=Path("corpora/contact_centre"))
    options = parser.parse_args(given)
    own = corpora.to_learn(options.corpus, "train")
    others = unlabelled.interactions(options.data)
    teach(options.weights, own, others, options.model / taught.FILE)


if __name__ == "__main__":
    main(sys.argv[1:])
