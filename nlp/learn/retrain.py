"""Retrains a model's heads from a corpus plus people's corrections, without PyTorch.

    python -m nlp.learn.retrain request.json

The encoder with its adapter and ranges stays the parent's byte for byte, so that vectors and themes
stay what they are. Every stage leaves its outcome in the workspace or the cache: a retraining that
was stopped goes on where it was, and one more on the same parent takes seconds.
"""

import json
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from nlp.encoder import OnnxEncoder
from nlp.errors import ConduitError
from nlp.heads.linear import Tensors
from nlp.learn import card, fresh, lineage, reference, refit, registry
from nlp.learn.fresh import Sources
from nlp.learn.refit import Choice, Material, Rows
from nlp.learn.retraining import Progress, Retraining
from nlp.learn.states import Halves, Reader, Stopped, encoder_key
from nlp.lexical import Lexicon
from nlp.types import CATEGORIES, Interaction

__all__ = ["Progress", "Retraining", "Stopped", "main", "retrain"]

Told = Callable[[Progress], None]


def retrain(request: Retraining, *, told: Told, stopped: Callable[[], bool]) -> Path:
    """Retrains the heads and writes a model folder; the same request gives the same bytes.

    Args:
        request: what, from what and to where.
        told: is told how it goes.
        stopped: is asked often whether to stop.

    Returns:
        The folder of the new model.

    Raises:
        Stopped: it was told to stop; the same request goes on where it was.
        OptionError: the target is taken, a file is not there, or scikit-learn is missing for the
            evaluation.
        ModelError: the parent is not there, or is broken.
        ReadError: a line of the corpus or of the corrections breaks its format.
    """
    parent = registry.open_folder(request.parent)
    lineage.check(request)
    known = lineage.known_files(parent.description)
    sources = fresh.gather(request.corpus, request.corrections, known)
    facts = lineage.facts(request, parent, sources)
    if request.target.exists():
        return lineage.same(request.target, facts)
    told(Progress("read", 0, 1, lineage.told(sources)))
    states = _read(request, parent, sources, _Pace(told, stopped))
    lexicon = fresh.grown(parent.lexicon, sources)
    tensors, choices = _fit(request, parent, (sources, states, lexicon), _Pace(told, stopped))
    part = request.workspace / "model"
    _write(part, parent, (tensors, lexicon), {**facts, "retrained": choices}, request.target.name)
    told(Progress("write", 1, 1, "heads and vocabulary are written"))
    if lineage.measured(request):
        _evaluate(request, part, _Pace(told, stopped))
    else:
        card.write_unmeasured(registry.open_folder(part))
        _keep_reference(request.parent, part, request.target.name)
    if stopped():
        raise Stopped
    return lineage.place(part, request.target)


@dataclass(frozen=True, slots=True)
class _Pace:
    """Whom to tell, and whom to ask whether to go on."""

    told: Told
    stopped: Callable[[], bool]

    def say(self, stage: str, done: int, total: int, line: str) -> None:
        """Tells how far a stage is.

        Raises:
            Stopped: it is to stop.
        """
        if self.stopped():
            raise Stopped
        self.told(Progress(stage, done, total, line))


def _read(
    request: Retraining, parent: registry.Model, sources: Sources, pace: _Pace
) -> dict[str, Halves]:
    """States of all interactions by their id.

    Those of the corpus stay in the cache, for the next retraining. Those of corrections stay in
    the workspace, which goes when the model is there: they are made from what customers said.
    """
    encoder = OnnxEncoder.load(
        request.weights, learned=parent.learned, cache=request.cache, threads=request.threads
    )
    reader = Reader(encoder=encoder, key=encoder_key(parent.learned), stopped=pace.stopped)
    corpus, corrected = fresh.interactions(sources)
    places = ((corpus, request.cache / "states"), (corrected, request.workspace / "states"))
    total = len(corpus) + len(corrected)
    found: list[dict[str, Halves]] = []
    for part, folder in places:
        before = sum(map(len, found))

        def told(count: int, before: int = before) -> None:
            done = before + count
            pace.say("read", done, total, f"{done} of {total} interactions are read")

        found.append(_by_id(part, reader.read(part, folder, told)))
    # A corrected interaction may stand in the corpus too: each has its own states.
    return {f"corpus {name}": one for name, one in found[0].items()} | {
        f"corrected {name}": one for name, one in found[1].items()
    }


def _by_id(part: Sequence[Interaction], states: Sequence[Halves]) -> dict[str, Halves]:
    return {one.id: rows for one, rows in zip(part, states, strict=True)}


def _below(states: Mapping[str, Halves], side: str) -> dict[str, Halves]:
    return {
        name.removeprefix(f"{side} "): one
        for name, one in states.items()
        if name.startswith(f"{side} ")
    }


def _rows(sources: Sources, states: Mapping[str, Halves], lexicon: Lexicon) -> tuple[Rows, ...]:
    """What the parent learned from, what is new, and what choices are made on."""
    corpus = _below(states, "corpus")
    learned, added, dev = (
        fresh.of_labelled(part, corpus, lexicon)
        for part in (sources.learned, sources.added, sources.dev)
    )
    corrected = fresh.of_corrected(sources.corrected, _below(states, "corrected"), lexicon)
    return learned, fresh.together(added, corrected), dev


def _fit(
    request: Retraining,
    parent: registry.Model,
    given: tuple[Sources, Mapping[str, Halves], Lexicon],
    pace: _Pace,
) -> tuple[Tensors, dict[str, Any]]:
    """The new heads, and how far each moved."""
    sources, states, lexicon = given
    learned, new, dev = _rows(sources, states, lexicon)
    before = load_file(request.parent / registry.HEADS)
    added = len(lexicon.vocabulary) - len(parent.lexicon.vocabulary)
    before["categories/words/weights"] = np.pad(
        before["categories/words/weights"], ((0, 0), (0, added))
    )
    material = Material(
        learned=learned,
        fresh=new,
        dev=dev,
        known=len(parent.lexicon.vocabulary),
        seed=request.seed,
    )
    names = [*CATEGORIES, "sentiment"]

    def asked(name: str) -> None:
        pace.say("fit", names.index(name), len(names), f"fitting {name}")

    found, choices = refit.categories(before, material, asked)
    felt, feeling = refit.feelings(before, material, asked)
    pace.say("fit", len(names), len(names), "the heads are fitted")
    tensors = {**before, **found, **felt}
    moved: dict[str, Any] = {
        name: _choice(choice) for name, choice in zip(names, [*choices, feeling], strict=True)
    }
    moved |= {"new_words": added, "quotes": "the parent's"}
    return {name: np.asarray(one, dtype=np.float32) for name, one in tensors.items()}, moved


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(choice).items()
    }


def _write(
    part: Path,
    parent: registry.Model,
    learned: tuple[Tensors, Lexicon],
    facts: Mapping[str, Any],
    name: str,
) -> None:
    tensors, lexicon = learned
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for file in (registry.ADAPTER, registry.RANGES):
        shutil.copyfile(parent.folder / file, part / file)
    kept = {key: one for key, one in tensors.items() if key != "lexicon/rarity"}
    registry.write_heads(part, kept, lexicon)
    registry.describe(part, name=name, facts=facts)


def _evaluate(request: Retraining, part: Path, pace: _Pace) -> None:
    """Measures the model on the frozen test split; figures are kept of the project's corpus."""
    from nlp.learn import measuring
    from nlp.pipeline import Miner

    pace.say("evaluate", 0, 2, "measuring on the test split")
    where: dict[str, Any] = {
        "cache": request.cache,
        "threads": request.threads,
        "weights": request.weights,
    }
    found = measuring.run([str(part)], request.corpus, **where)
    measuring.keep(found)
    pace.say("evaluate", 1, 2, "what the training data looked like")
    miner = Miner.load(part, **where)
    train, dev = (
        reference.reads(miner, labelled, told=partial(_counted, pace))
        for labelled in lineage.splits(request.corpus)
    )
    made = reference.make(request.target.name, train, dev)
    reference.write(part, made)
    pace.say("evaluate", 2, 2, "measured")


def _counted(pace: _Pace, done: int, total: int) -> None:
    pace.say("evaluate", 1, 2, f"{done} of {total} interactions of the training data are read")


def _keep_reference(parent: Path, part: Path, name: str) -> None:
    """The parent's reference under the new name: the encoder, and so the vectors, are the same."""
    kept = reference.read(parent)
    if kept is not None:
        reference.write(part, lineage.renamed(kept, name))


def main(arguments: Sequence[str]) -> int:
    """Retrains as a file says; a line of JSON a progress. 0 where it is done, 3 where stopped."""
    if len(arguments) != 1:
        sys.stderr.write("python -m nlp.learn.retrain REQUEST.json\n")
        return 2

    def stop(number: int, frame: FrameType | None) -> None:
        # Whatever is kept is written beside its place and renamed: it may end anywhere.
        raise Stopped

    def told(progress: Progress) -> None:
        sys.stdout.write(json.dumps(asdict(progress)) + "\n")
        sys.stdout.flush()

    signal.signal(signal.SIGTERM, stop)
    try:
        text = Path(arguments[0]).read_text(encoding="utf-8")
        request = Retraining.of_json(json.loads(text))
        retrain(request, told=told, stopped=lambda: False)
    except Stopped:
        return 3
    except (ConduitError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
