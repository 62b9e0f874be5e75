"""What tests of trainings and shadow runs share: a tiny corpus, a shelf, people's judgements."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from safetensors.numpy import load_file, save_file
from sqlalchemy import insert

from api.store.database import Database
from api.store.ids import new_id
from api.store.opinion_tables import OpinionRow
from nlp.learn import corpora, registry
from nlp.weights import CACHE, digest
from tests.api.themes import say

CORPUS = registry.MODELS.parent / "corpora" / "contact_centre"


def rows(*, shortest: int = 500) -> list[dict[str, Any]]:
    """Short interactions of the project's corpus."""
    lines = (CORPUS / "mails.jsonl").read_text(encoding="utf-8").splitlines()
    lines += (CORPUS / "chats.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [one for one in found if sum(len(turn["text"]) for turn in one["turns"]) < shortest]


def tiny_corpus(folder: Path) -> Path:
    """Two interactions to learn from and four to choose on: a training of seconds."""
    wanted = {"train": 2, "dev": 4}
    kept: Counter[str] = Counter()
    with (folder / "tiny.jsonl").open("w", encoding="utf-8") as file:
        for row in rows():
            part = corpora.split_of(row["id"], row.get("industry", ""))
            if kept[part] < wanted.get(part, 0):
                kept[part] += 1
                file.write(json.dumps(row) + "\n")
    assert kept == wanted
    return folder


def cache_of(folder: Path) -> Path:
    """A cache with the encoder's graphs of this machine, and nothing that was read before."""
    for graph in CACHE.expanduser().glob("encoder-*"):
        (folder / graph.name).symlink_to(graph)
    return folder


def shelf_with_first(folder: Path) -> Path:
    """A shelf with the project's model on it."""
    shutil.copytree(registry.default_folder(), folder / registry.DEFAULT)
    return folder


def perturbed(shelf: Path, name: str, *, shift: float) -> None:
    """Puts a model on a shelf that is surer, or less sure, of everything than the project's."""
    target = shelf / name
    shutil.copytree(registry.default_folder(), target)
    heads = target / registry.HEADS
    tensors = load_file(heads)
    for key in tensors:
        if key.startswith("categories/") and key.endswith("/bias"):
            tensors[key] = (tensors[key] + np.float32(shift)).astype(np.float32)
    save_file(tensors, heads)
    heads.chmod(0o644)
    path = target / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    description["name"] = name
    description["files"][registry.HEADS] = digest(heads)
    path.write_text(json.dumps(description), encoding="utf-8")


def judged(database: Database, text: str, **fields: Any) -> UUID:
    """A mined interaction of which one person says that it is a defect."""
    (id,) = say(database, [text])
    values = {
        "interaction_id": id,
        "turn": 1,
        "start": 0,
        "end": len(text),
        "kind": "add",
        "category": "product_defect",
        "caller": "dana",
        **fields,
    }
    with database.session() as session:
        session.execute(insert(OpinionRow).values(id=new_id(), **values))
    return id
