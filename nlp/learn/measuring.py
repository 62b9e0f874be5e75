"""One evaluation from end to end: what `conduit evaluate` does, and a notebook may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

from nlp.errors import OptionError
from nlp.learn import baseline, card, dossier, kept_answers, registry, tables
from nlp.learn.answers import Answers, ask, find_model
from nlp.learn.compare import as_json, compare
from nlp.learn.evaluate import (
    Part,
    default_part,
    is_record,
    measure,
    provenance,
    select,
    unseen,
    write,
)
from nlp.weights import digest

WIDTH = 150  # columns where the output is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A model measured on a corpus.

    Attributes:
        folder: of the model.
        answers: passage by passage.
        metrics: the figures, ready for JSON.
        comparisons: with other models, one each, ready for JSON.
        record: whether these are the figures that the model is known by.
    """

    folder: Path
    answers: Answers
    metrics: Mapping[str, Any]
    comparisons: tuple[Mapping[str, Any], ...]
    record: bool

    def tables(self) -> list[tables.Table]:
        """Every table, comparisons first."""
        return [*map(tables.comparison, self.comparisons), *tables.every(self.metrics)]


def run(  # noqa: PLR0913 - as the command's options
    models: Sequence[str | None],
    corpus: Path,
    part: Part | None = None,
    *,
    cache: Path | None = None,
    threads: int | None = None,
    weights: Path | None = None,
) -> Evaluation:
    """Measures the first model, and compares the others with it.

    Args:
        models: folders or names under `models/`; None is the project's own.
        corpus: a folder or file in the project's format.
        part: the split that counts; of the project's own corpus the test split if None, and all of
            any other.
        cache: folder for the encoder's built graph.
        threads: of the encoder.
        weights: folder with the encoder's weights, where it is none of the usual places.

    Raises:
        ModelError: one of the models is not there, or does not fit.
        OptionError: the corpus is not there, or scikit-learn for the baseline is not.
        ReadError: a line of the corpus breaks the format, or the split is empty.
    """
    folders = [find_model(name) for name in models]
    for folder in folders:
        registry.open_folder(folder)  # a broken one is told before minutes are spent
    part = part or default_part(corpus)
    record = is_record(corpus, part)
    if record and find_spec("sklearn") is None:
        raise OptionError(
            "the baseline beside the project's own figures needs scikit-learn: "
            "pip install 'conduit-voc[train]'"
        )
    chosen = select(corpus, part)
    answers = ask(folders[0], chosen, cache=cache, threads=threads, weights=weights)
    metrics = {**provenance(folders[0], corpus, part), **measure(answers)}
    if record:
        metrics |= {
            "industries": unseen(answers),
            "baseline_tfidf": baseline.beside(answers, corpus),
        }
    comparisons = []
    for given, folder in zip(models[1:], folders[1:], strict=True):
        other = ask(folder, chosen, cache=cache, threads=threads, weights=weights)
        names = (answers.model, other.model)
        if names[0] == names[1]:  # a model trained anew keeps its name: say where each lies
            names = (models[0] or names[0], given or names[1])
        comparisons.append(as_json(*names, compare(answers, other)))
    return Evaluation(
        folder=folders[0],
        answers=answers,
        metrics=metrics,
        comparisons=tuple(comparisons),
        record=record,
    )


def show(evaluation: Evaluation) -> None:
    """Prints every table; none holds words of the corpus."""
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, emoji=False, highlight=False, width=WIDTH)
    metrics = evaluation.metrics
    console.print(
        f"{metrics['model']} on {metrics['measured_on']}: {metrics['passages']} passages of "
        f"{metrics['interactions']} interactions"
    )
    for table in evaluation.tables():
        shown = RichTable(title=table.title, title_justify="left", title_style="bold")
        for place, name in enumerate(table.head):
            words = name in ("verdict", "95 %") or not place
            shown.add_column(name, justify="left" if words else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print()
        console.print(shown)
        if table.note:
            console.print(table.note)


def keep(evaluation: Evaluation) -> list[Path]:
    """Writes `answers.safetensors`, `metrics.json` and `card.md` beside the model.

    Raises:
        OptionError: these are not the figures that a model is known by, or the folder is not to be
            written.
    """
    if not evaluation.record:
        raise OptionError("only figures of the project's whole test split are kept with a model")
    model, corpus = registry.open_folder(evaluation.folder), evaluation.metrics["corpus_sha256"]
    try:
        answers = kept_answers.write(
            evaluation.folder,
            kept_answers.Kept.of(evaluation.answers, digest=model.digest, corpus=corpus),
        )
        metrics = {**evaluation.metrics, kept_answers.DIGEST: digest(answers)}
        path = write(evaluation.folder, metrics)
        card.write(model, metrics)
    except OSError as error:
        raise OptionError(
            f"cannot write into {evaluation.folder}: {error.strerror}; --no-record measures "
            "without keeping the figures there"
        ) from error
    return [path, evaluation.folder / "card.md", answers]


def report(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Writes the full report with the words of the corpus.

    Raises:
        OptionError: the folder is not to be written.
    """
    try:
        return dossier.write(folder, evaluation.answers, evaluation.metrics, evaluation.comparisons)
    except OSError as error:
        raise OptionError(
            f"cannot write a report into {folder}: {error.strerror}; name another folder"
        ) from error
