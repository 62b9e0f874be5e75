"""The sets that themes are measured on: sentences of customers whose true groups are known."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.encoder import Encoder, OnnxEncoder
from nlp.learn import corpora, registry
from nlp.themes.values import NOWHERE, Documents, Floats, Ints
from nlp.weights import CACHE

SEED = 20240229
BATCH = 512  # texts a call: what is kept of a text besides its vector is let go of after each
# Sentences of these intents of MultiDoGO are about anything.
ABOUT_ANYTHING = frozenset({"contentonly", "outofdomain", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Documents whose true groups are known.

    Attributes:
        name: as tables show it.
        documents: in an order that says nothing of the groups.
        truth: (documents,) group of each, `NOWHERE` where nobody says.
    """

    name: str
    documents: Documents
    truth: Ints

    @property
    def groups(self) -> int:
        """How many groups there are in truth."""
        return len(np.unique(self.truth[self.truth != NOWHERE]))


def served_encoder() -> Encoder:
    """The encoder as the product serves it: int8, with the adapter of the shipped model."""
    return OnnxEncoder.load(learned=registry.open_folder().learned, cache=CACHE.expanduser())


def vectors_of(texts: Sequence[str], encoder: Encoder) -> Floats:
    """(texts, width) of length 1, each text alone."""
    parts = [
        np.stack([one.vector for one in encoder.encode(texts[first : first + BATCH])])
        for first in range(0, len(texts), BATCH)
    ]
    return np.concatenate(parts).astype(np.float32)


def documents_of(texts: Sequence[str], vectors: Floats) -> Documents:
    """Texts as documents, each an interaction of its own, with keys in their order."""
    keys = tuple(f"{number:07d}" for number in range(len(texts)))
    return Documents(keys=keys, texts=tuple(texts), vectors=vectors, groups=keys)


def chosen(documents: Documents, rows: Ints) -> Documents:
    """These rows of documents, in this order."""
    picked = rows.tolist()
    return Documents(
        keys=tuple(documents.keys[row] for row in picked),
        texts=tuple(documents.texts[row] for row in picked),
        vectors=documents.vectors[rows],
        groups=tuple(documents.groups[row] for row in picked),
    )


def labelled(name: str, pairs: Sequence[tuple[str, str]], encoder: Encoder) -> Labelled:
    """A set from texts and the names of their groups; it is shuffled, as files are often sorted.

    Args:
        name: as tables show it.
        pairs: text and name of its group, "" where nobody says.
        encoder: gives everybody's vectors.
    """
    order = np.random.default_rng(SEED).permutation(len(pairs)).tolist()
    texts = [pairs[place][0] for place in order]
    numbers = {group: number for number, group in enumerate(sorted({g for _, g in pairs if g}))}
    truth = [numbers.get(pairs[place][1], NOWHERE) for place in order]
    return Labelled(
        name=name,
        documents=documents_of(texts, vectors_of(texts, encoder)),
        truth=np.array(truth, dtype=np.int64),
    )


def banking77(root: Path, part: str = "test") -> list[tuple[str, str]]:
    """Questions to a bank, 77 intents (Casanueva et al. 2020): 3,080 of test, 10,003 of train."""
    with (root / f"train/banking77/{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def clinc150(root: Path) -> list[tuple[str, str]]:
    """The test part of CLINC150 (Larson et al. 2019): 4,500 requests, 150 intents, none outside."""
    found = json.loads((root / "evaluate/clinc150/data_full.json").read_text(encoding="utf-8"))
    return [(text, intent) for text, intent in found["test"]]


def multidogo(root: Path) -> list[tuple[str, str]]:
    """Customers' sentences of MultiDoGO (Peskov et al. 2019), each distinct one once, with intents.

    A sentence with two intents, or of an intent that may be about anything, has none here.
    """
    path = root / "train/multidogo_sentences/sentences.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = {row["text"]: row["intent"] for row in csv.DictReader(file)}
    return [
        (text, "" if intent in ABOUT_ANYTHING or "<div>" in intent else intent)
        for text, intent in found.items()
    ]


def app_reviews(root: Path) -> list[tuple[str, str]]:
    """App reviews (Maalej et al. 2016); nobody says what they are about."""
    return [(one.text, "") for one in corpora.public("maalej_rej2015", root)]


SETS: dict[str, Callable[[Path], list[tuple[str, str]]]] = {
    "banking77": banking77,
    "clinc150": clinc150,
}
"""Where figures of others are known."""

TITLES = {"banking77": "Banking77 test", "clinc150": "CLINC150 test"}


def load(name: str, root: Path, encoder: Encoder) -> Labelled:
    """A set of `SETS` with everybody's vectors."""
    return labelled(TITLES[name], SETS[name](root), encoder)
