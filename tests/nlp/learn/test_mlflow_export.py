"""A model is a run of MLflow: what it was made from, its figures, its card."""

from pathlib import Path

import pytest

from nlp.errors import OptionError
from nlp.learn import mlflow_export, registry
from nlp.learn.shelf import Shelf

FOLDER = registry.default_folder()


def test_figures_are_single_numbers_under_flat_names() -> None:
    found = dict(mlflow_export.figures(Shelf(FOLDER.parent).metrics(FOLDER.name)))
    assert 0 < found["categories.product_defect.f1"] < 1
    assert found["categories.product_defect.passages"] == 729
    assert not any("curve" in name or "interval" in name for name in found)


def test_parameters_say_what_it_was_made_from() -> None:
    found = dict(mlflow_export.parameters(registry.open_folder(FOLDER).description))
    assert found["trained.settings.epochs"] == "3"
    assert len(found["encoder.sha256"]) == 64
    assert all(len(value) <= 500 for value in found.values())


def test_without_mlflow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    with pytest.raises(OptionError, match=r"pip install 'conduit-voc\[mlflow\]'"):
        mlflow_export.export(Shelf(FOLDER.parent), FOLDER.name, folder=FOLDER, tracking="file:x")


def test_a_model_is_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    tracking = (tmp_path / "runs").as_uri()
    run = mlflow_export.export(
        Shelf(FOLDER.parent), FOLDER.name, folder=FOLDER, tracking=tracking, experiment="ours"
    )
    found = mlflow.MlflowClient(tracking_uri=tracking).get_run(run)
    assert found.data.tags["model"] == FOLDER.name
    assert found.data.metrics["macro.f1"] == pytest.approx(0.785, abs=0.001)
    assert found.info.status == "FINISHED"
