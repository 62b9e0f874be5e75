"""The committed model under other names, as good or worse, for tests of promotions."""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from nlp.learn import kept_answers, registry
from nlp.types import CATEGORIES
from nlp.weights import digest

LABEL = CATEGORIES.index("documentation_error")


def remade(folder: Path, name: str, *, shuffled: bool = False) -> Path:
    """The committed model under another name; or as if one category had been learned from noise.

    Its answers to the frozen test are made from those of the committed one.
    """
    target = folder / name
    shutil.copytree(registry.default_folder(), target)
    heads = target / registry.HEADS
    tensors = load_file(heads)
    tensors["lexicon/rarity"] = tensors["lexicon/rarity"] * np.float32(1 + len(name) / 10_000)
    save_file(tensors, heads)
    heads.chmod(0o644)
    path = target / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    first = registry.open_folder()
    description |= {
        "name": name,
        "lineage": {"parent": first.name, "parent_digest": first.digest, "made_at": "2026-03-02"},
    }
    description["files"][registry.HEADS] = digest(heads)
    path.write_text(json.dumps(description), encoding="utf-8")
    kept = kept_answers.read(registry.default_folder())
    probabilities = kept.probabilities.copy()
    if shuffled:
        rng = np.random.default_rng(5)
        probabilities[:, LABEL] = rng.permutation(probabilities[:, LABEL])
    answers = kept_answers.write(
        target,
        kept_answers.Kept(
            **{
                **{one: getattr(kept, one) for one in kept.__dataclass_fields__},
                "model": name,
                "digest": registry.digest_of(description),
                "probabilities": probabilities,
            }
        ),
    )
    metrics = json.loads((target / "metrics.json").read_text(encoding="utf-8"))
    metrics[kept_answers.DIGEST] = digest(answers)
    (target / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    return target
