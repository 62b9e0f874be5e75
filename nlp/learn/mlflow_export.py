"""A model as a run of MLflow: what it was made from, every key figure, and its card.

For teams that compare models there. Conduit itself reads nothing back from it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nlp.learn import registry
from nlp.learn.extras import need
from nlp.learn.shelf import Shelf

EXPERIMENT = "conduit"
_FILES = (registry.DESCRIPTION, "card.md", "metrics.json")
_LONGEST = 500  # characters of a parameter that every MLflow server takes


def export(
    shelf: Shelf, name: str, *, folder: Path, tracking: str, experiment: str = EXPERIMENT
) -> str:
    """Writes a model as a run.

    Args:
        shelf: where the model lies.
        name: of the model.
        folder: where its files lie on this machine.
        tracking: URI of the MLflow server.
        experiment: that the run belongs to; made where there is none of that name.

    Returns:
        The id of the run.

    Raises:
        OptionError: MLflow is not installed.
        ModelError: there is no such model.
    """
    library = need("mlflow", "an export to MLflow", "mlflow")
    entry = shelf.describe(name)
    client = library.MlflowClient(tracking_uri=tracking)
    known = client.get_experiment_by_name(experiment)
    place = client.create_experiment(experiment) if known is None else known.experiment_id
    tags = {"model": entry.name, "digest": entry.digest, "parent": entry.parent or ""}
    run: str = client.create_run(place, run_name=name, tags=tags).info.run_id
    for key, value in parameters(registry.open_folder(folder).description):
        client.log_param(run, key, value)
    for key, figure in figures(shelf.metrics(name)):
        client.log_metric(run, key, figure)
    for file in _FILES:
        if (folder / file).is_file():
            client.log_artifact(run, str(folder / file))
    client.set_terminated(run)
    return run


def parameters(description: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a model was made from and how, as flat names and short values."""
    for part in ("encoder", "trained", "retrained", "lineage"):
        for key, value in _flat(part, description.get(part)):
            yield key, str(value)[:_LONGEST]


def figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Every single figure of an evaluation; curves, breakdowns and digests stay in its file."""
    for part in ("categories", "macro", "sentiment", "quotes", "unsure"):
        for key, value in _flat(part, metrics.get(part)):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield key, float(value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    elif value is not None and not isinstance(value, list):
        yield name, value
