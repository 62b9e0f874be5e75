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
from nlp.learn import registry
from nlp.learn.corpora import PROJECT_CORPUS
from nlp.learn.fresh import Sources
from nlp.learn.reference import Reference
from nlp.learn.retraining import Retraining


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


def known_files(description: Mapping[str, Any]) -> frozenset[str]:
    """SHA-256 of the corpus's files that a model or one of its ancestors learned from.

    A file that grew since the first training has the same name and another digest: both are known.
    """
    first: dict[str, str] = description["trained"]["own"]["files"]
    later: dict[str, str] = description.get("lineage", {}).get("corpus", {})
    return frozenset({*first.values(), *later.values()})


def facts(request: Retraining, parent: registry.Model, sources: Sources) -> dict[str, Any]:
    """What `model.json` says of how the model came to be."""
    corrections = None
    if sources.sha256 is not None:
        corrections = {
            "interactions": len(sources.corrected),
            "judgements": sources.judgements,
            "moved": sources.moved,
            "lost": sources.lost,
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
    parts = [
        f"{len(sources.corrected)} corrected interactions with {sources.judgements} judgements",
        f"{len(sources.added)} interactions of the corpus that the parent never saw",
        f"{len(sources.learned)} that it learned from",
        f"{len(sources.dev)} to choose on",
    ]
    if sources.moved:
        parts.append(f"{sources.moved} judgements were put on passages by their overlap")
    if sources.lost:
        parts.append(f"{sources.lost} judgements touch no passage of a customer and are left out")
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


def renamed(kept: Reference, name: str) -> Reference:
    """A reference of another model."""
    return replace(kept, model=name)
