"""Retrains a model's heads from a corpus plus people's corrections, without PyTorch.

    python -m nlp.learn.retrain request.json

The encoder with its adapter and ranges stays the parent's byte for byte, so that vectors and themes
stay what they are. What was read is kept, of the corpus in the cache and of corrections in the
workspace: a retraining that was stopped reads only what it had not read yet, and one more on the
same parent reads the corrections alone. The heads are fitted, and measured, anew each time.
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
from nlp.learn.states import Again, Halves, Reader, States, Stopped, encoder_key, halves
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
        there = lineage.same(request.target, facts)
        _forget(request)
        return there
    told(Progress("read", 0, 1, lineage.told(sources)))
    states = _read(request, parent, sources, _Pace(told, stopped))
    lexicon = fresh.grown(parent.lexicon, sources)
    tensors, choices = _fit(request, parent, (sources, states, lexicon), _Pace(told, stopped))
    part = request.workspace / "model"
    _write(part, parent, (tensors, lexicon), {**facts, "retrained": choices}, request.target.name)
    told(Progress("write", 1, 1, "heads and vocabulary are written"))
    if lineage.measured(request):
        _evaluate(request, part, (sources, states), _Pace(told, stopped))
    else:
        card.write(registry.open_folder(part))
        _keep_reference(request.parent, part, request.target.name)
    if stopped():
        raise Stopped
    lineage.place(part, request.target)
    _forget(request)
    return request.target


@dataclass(frozen=True, slots=True)
class _AllRead:
    """States of interactions by their id. A corrected one may stand in the corpus too."""

    corpus: Mapping[str, States]
    corrected: Mapping[str, States]


@dataclass(frozen=True, slots=True)
class _Pace:
    """Whom to tell, and whom to ask whether to go on."""

    told: Told
    stopped: Callable[[], bool]

    def ask(self) -> None:
        """Passes unless it is to stop.

        Raises:
            Stopped: it is.
        """
        if self.stopped():
            raise Stopped

    def say(self, stage: str, done: int, total: int, line: str) -> None:
        """Tells how far a stage is.

        Raises:
            Stopped: it is to stop.
        """
        self.ask()
        self.told(Progress(stage, done, total, line))


def _read(request: Retraining, parent: registry.Model, sources: Sources, pace: _Pace) -> _AllRead:
    """Reads all interactions.

    States of the corpus stay in the cache, for the next retraining. Those of corrections stay in
    the workspace until the model is there: they are made from what customers said.
    """
    encoder = OnnxEncoder.load(
        request.weights, learned=parent.learned, cache=request.cache, threads=request.threads
    )
    reader = Reader(encoder=encoder, key=encoder_key(parent.learned), stopped=pace.stopped)
    corpus, corrected = fresh.interactions(sources)
    total = len(corpus) + len(corrected)

    def read(part: Sequence[Interaction], folder: Path, before: int) -> dict[str, States]:
        def told(count: int) -> None:
            done = before + count
            pace.say("read", done, total, f"{done} of {total} interactions are read")

        found = reader.read(part, folder, told)
        return {one.id: rows for one, rows in zip(part, found, strict=True)}

    return _AllRead(
        read(corpus, request.cache / "states", 0),
        read(corrected, _corrected_states(request), len(corpus)),
    )


def _corrected_states(request: Retraining) -> Path:
    return request.workspace / "states"


def _forget(request: Retraining) -> None:
    """Takes away what was read of corrections, also after an end between the model and this."""
    shutil.rmtree(_corrected_states(request), ignore_errors=True)


def _halves(states: Mapping[str, States]) -> dict[str, Halves]:
    return {name: halves(one) for name, one in states.items()}


def _rows(sources: Sources, states: _AllRead, lexicon: Lexicon) -> tuple[Rows, ...]:
    """What the parent learned from, what is new, and what choices are made on."""
    corpus = _halves(states.corpus)
    learned, added, dev = (
        fresh.of_labelled(part, corpus, lexicon)
        for part in (sources.learned, sources.added, sources.dev)
    )
    corrected = fresh.of_corrected(sources.corrected, _halves(states.corrected), lexicon)
    return learned, fresh.together(added, corrected), dev


def _fit(
    request: Retraining,
    parent: registry.Model,
    given: tuple[Sources, _AllRead, Lexicon],
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

    begun: set[str] = set()

    def asked(name: str) -> None:
        pace.ask()
        if name not in begun:
            begun.add(name)
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


def _evaluate(
    request: Retraining, part: Path, given: tuple[Sources, _AllRead], pace: _Pace
) -> None:
    """Measures the model on the frozen test split; figures are kept of the project's corpus."""
    from nlp.learn import measuring
    from nlp.pipeline import Miner

    pace.say("evaluate", 0, 2, "measuring on the test split")
    found = measuring.run(
        [str(part)],
        request.corpus,
        cache=request.cache,
        threads=request.threads,
        weights=request.weights,
    )
    measuring.keep(found)
    pace.say("evaluate", 1, 2, "what the training data looked like")
    # The encoder is the parent's: the new heads look at what was read already. Quotes, for which
    # there are no token states, are nothing that a reference counts.
    sources, states = given
    labelled = (*sources.train, *sources.dev)
    rows = [states.corpus[one.interaction.id] for one in labelled]
    again = Again([one.interaction for one in labelled], rows)
    miner = Miner(again, registry.open_folder(part))
    train, dev = (
        reference.reads(miner, split, told=partial(_counted, pace))
        for split in (sources.train, sources.dev)
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
