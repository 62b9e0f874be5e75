"""What the names model is trained on: public sets, invented texts, our own calls and mails.

Where nobody marked names (the project's own calls), the rules do, and their silence counts as "no
person and no address" only.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nlp.learn import corpora, names_text
from nlp.learn.names_corpora import SETS, Label, Mark, Marked, NamesSplit, texts
from nlp.redact.redactor import Redactor

SEED = 11
INVENTED = 3500
REFILLED = 2500
LOWERED = 1500
OWN = 600
_SILENT: frozenset[Label] = frozenset({"LOCATION", "ORGANIZATION", "PRODUCT", "WORK"})


def public(root: Path, split: NamesSplit) -> list[Marked]:
    """One split of all public sets, in the order of `SETS`."""
    return [one for name in SETS for one in texts(name, root) if one.split == split]


def training(root: Path, corpus: Path | None) -> list[Marked]:
    """All training texts; the same for the same files.

    Args:
        root: of the local copies of the public sets.
        corpus: the project's own corpus, or None to leave it out.
    """
    chance = random.Random(SEED)  # noqa: S311 - texts, not keys
    found: list[Marked] = []
    for one in public(root, "train"):
        # Every other tweet of this set without a mark: it has more of them than teach anything.
        if one.source == "ner_btc" and not one.marks and chance.random() < 0.5:
            continue
        found.append(one)
    synthetic = SETS["pii_presidio_research"]
    found.extend(names_text.own(INVENTED, 1))
    path = root / synthetic.folder / next(iter(synthetic.files))
    found.extend(names_text.refilled(path, REFILLED, 2))
    found.extend(_lowered(found, chance))
    if corpus is not None:
        found.extend(_own(corpus))
    return found


def _lowered(found: list[Marked], chance: random.Random) -> Iterator[Marked]:
    """Some of the texts without capitals, as speech recognisers write."""
    taken = [one for one in found if one.source in ("own", "ner_wnut17")]
    chance.shuffle(taken)
    for one in taken[:LOWERED]:
        if len(one.text.lower()) == len(one.text):
            yield replace(one, text=one.text.lower())


def _own(corpus: Path) -> Iterator[Marked]:
    """Turns of the corpus's train split, as the rules mark them."""
    redactor = Redactor()
    labels: dict[str, Label] = {"PERSON": "PERSON", "ADDRESS": "ADDRESS"}
    turns = [
        turn.text
        for one in corpora.interactions(corpus)
        for turn in one.interaction.turns
        if one.examples
        and corpora.split_of(one.interaction.id, one.examples[0].industry) == "train"
    ]
    chance = random.Random(SEED)  # noqa: S311 - texts, not keys
    chance.shuffle(turns)
    for text in turns[:OWN]:
        marks: list[Mark] = [
            (span.start, span.end, labels[span.kind])
            for span in redactor.find(text)
            if span.kind in labels
        ]
        yield Marked(
            text=text, marks=tuple(marks), silent=_SILENT, source="contact_centre", split="train"
        )
