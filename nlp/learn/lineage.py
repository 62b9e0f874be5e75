"""Where a retrained model comes from, and its folder's place: written once, never changed."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nlp.errors import OptionError
from nlp.learn import corpora, registry
from nlp.learn.corpora import Labelled
from nlp.learn.fresh import Sources
from nlp.learn.reference import Reference
from nlp.learn.retraining import Retraining

PROJECT_CORPUS = registry.MODELS.parent / "corpora" / "contact_centre"


def check(request: Retraining) -> None:
    """Passes over a request that can be carried out to its end.

    Raises:
        OptionError: what the evaluation needs is not installed.
    """
    if measured(request) and find_spec("sklearn") is None:
        raise OptionError(
            "the evaluation of a retrained model needs scikit-learn, for the baseline beside its "
            "figures: pip install 'conduit-voc[notebooks]', or retrain without evaluation"
        )


def measured(request: Retraining) -> bool:
    """Whether the new model is measured: figures are kept of the project's own corpus alone."""
    return request.evaluate and request.corpus.resolve() == PROJECT_CORPUS.resolve()


def known_files(description: Mapping[str, Any]) -> dict[str, str]:
    """The corpus's files that a model or one of its ancestors learned from, with their SHA-256."""
    first: dict[str, str] = description["trained"]["own"]["files"]
    return {**first, **description.get("lineage", {}).get("corpus", {})}


def facts(request: Retraining, parent: registry.Model, sources: Sources) -> dict[str, Any]:
    """What `model.json` says of how the model came to be."""
    corrections = None
    if sources.sha256 is not None:
        corrections = {
            "interactions": len(sources.corrected),
            "judgements": sources.judgements,
            "moved": sum(len(one.moved) for one in sources.corrected),
            "lost": sum(len(one.lost) for one in sources.corrected),
            "sha256": sources.sha256,
        }
    return {
        "trained": parent.description["trained"],
        "lineage": {
            "parent": parent.name,
            "parent_digest": parent.digest,
            "corpus": dict(sources.files),
            "corrections": corrections,
            "code": {"version": version("conduit-voc"), "commit": request.commit},
            "made_at": request.made_at,
            "command": request.command,
            "seed": request.seed,
        },
    }


def told(sources: Sources) -> str:
    """What there is to learn from, for a person."""
    moved = sum(len(one.moved) for one in sources.corrected)
    lost = sum(len(one.lost) for one in sources.corrected)
    parts = [
        f"{len(sources.corrected)} corrected interactions with {sources.judgements} judgements",
        f"{len(sources.added)} interactions of the corpus that the parent never saw",
        f"{len(sources.learned)} that it learned from",
        f"{len(sources.dev)} to choose on",
    ]
    if moved:
        parts.append(f"{moved} judgements were put on passages by their overlap")
    if lost:
        parts.append(f"{lost} judgements touch no passage of a customer and are left out")
    return "; ".join(parts)


def same(target: Path, expected: Mapping[str, Any]) -> Path:
    """A target that is there already, if it is the very model that was asked for.

    Raises:
        OptionError: it is another.
    """
    path = target / registry.DESCRIPTION
    there = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if _made_from(there.get("lineage", {})) == _made_from(expected["lineage"]):
        return target
    raise OptionError(
        f"{target} is there already, and a model never changes once it is written: name another "
        "folder"
    )


def _made_from(lineage: Mapping[str, Any]) -> dict[str, Any]:
    names = ("parent_digest", "corpus", "corrections", "seed")
    return {name: lineage.get(name, "unknown") for name in names}


def place(part: Path, target: Path) -> Path:
    """Puts a whole model where it belongs; nobody sees half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(part, beside)
    beside.rename(target)
    shutil.rmtree(part)
    return target


def splits(corpus: Path) -> tuple[list[Labelled], list[Labelled]]:
    """The train and the dev split of a corpus."""
    return corpora.to_learn(corpus, "train"), corpora.to_learn(corpus, "dev")


def renamed(kept: Reference, name: str) -> Reference:
    """A reference of another model."""
    return replace(kept, model=name)
