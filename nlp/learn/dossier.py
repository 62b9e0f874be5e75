"""An evaluation written for people: one HTML page without scripts, and the data behind it.

It repeats words of the corpus, so it is written only where somebody asks for it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nlp.learn import drawing, tables
from nlp.learn.answers import Answers
from nlp.learn.evaluate import as_json
from nlp.learn.worst import errors, predictions
from nlp.types import CATEGORIES

FEW = 20  # interactions, below which a bootstrap says little about itself
LEADING = 2  # tables before the curves


def write(
    folder: Path,
    answers: Answers,
    metrics: Mapping[str, Any],
    comparisons: Sequence[Mapping[str, Any]] = (),
) -> list[Path]:
    """Writes `report.html`, `metrics.json`, `errors.jsonl` and `predictions.jsonl`.

    Args:
        folder: made where it is missing; files of these names in it are replaced.
        answers: of the model.
        metrics: of those answers.
        comparisons: with other models, from `nlp.learn.compare.as_json`.

    Returns:
        The files, the page first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    worst = errors(answers)
    everything = {**metrics, "comparisons": list(comparisons)} if comparisons else dict(metrics)
    content = {
        "report.html": page(metrics, worst, comparisons),
        "metrics.json": as_json(everything) + "\n",
        "errors.jsonl": _lines(worst),
        "predictions.jsonl": _lines(predictions(answers)),
    }
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in content]


def page(
    metrics: Mapping[str, Any],
    worst: Sequence[Mapping[str, Any]],
    comparisons: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The page, self-contained: it loads nothing and runs nothing."""
    environment = Environment(
        loader=PackageLoader("nlp.learn"), autoescape=True, undefined=StrictUndefined
    )
    table = environment.get_template("table.html")
    shown = list(tables.every(metrics))
    categories = metrics["categories"]
    judged = {**categories, "sentiment": metrics["sentiment"]}
    diagrams = {name: drawing.reliability(one["reliability"]) for name, one in judged.items()}
    return environment.get_template(
        "report.html"
    ).render(
        metrics=metrics,
        corpus=metrics["measured_on"].partition(",")[0],
        few=FEW,
        shown=lambda one: Markup(table.render(table=one)),  # noqa: S704 - escaped by the template
        comparisons=[tables.comparison(one) for one in comparisons],
        leading=shown[:LEADING],
        following=shown[LEADING:],
        # Made of numbers and our own words alone.
        curves={name: Markup(drawing.precision_recall(categories[name])) for name in CATEGORIES},  # noqa: S704 - ours
        diagrams={name: Markup(svg) for name, svg in diagrams.items()},  # noqa: S704 - ours
        errors=worst,
    )


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
