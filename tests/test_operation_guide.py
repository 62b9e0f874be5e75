"""The operator's guide: its tables are those of the code, and its commands are ours."""

import os
import re
from pathlib import Path

import typer
from prometheus_client.metrics_core import Metric

from api import roles
from api.cli import app
from api.metrics import Metrics
from api.oidc import CALLBACK
from api.settings import Settings
from api.store.database import Database

GUIDE = Path(__file__).parents[1] / "docs" / "operation.md"
WRITE = "CONDUIT_WRITE_SNAPSHOTS"


def block(name: str) -> re.Match[str]:
    found = re.search(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", GUIDE.read_text(), re.S)
    assert found
    return found


def same(name: str, text: str) -> None:
    """A block of the guide is this text; or, where asked to, becomes it."""
    if os.environ.get(WRITE):
        whole, found = GUIDE.read_text(), block(name)
        GUIDE.write_text(whole[: found.start(2)] + text + whole[found.end(2) :])
    assert block(name).group(2) == text, f"{WRITE}=1 writes it"


def test_settings_are_those_that_are_read() -> None:
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `CONDUIT_{name.upper()}` | {default} | {field.description} |")
    same("settings", "\n".join(rows) + "\n")


def test_metrics_are_those_that_are_told(database: Database, tmp_path: Path) -> None:
    metrics = Metrics(Settings(home=tmp_path), database)
    found: list[Metric] = sorted(metrics.registry.collect(), key=lambda one: one.name)
    rows = ["| metric | kind | what it is |", "|---|---|---|"]
    rows += [f"| `{one.name}` | {one.type} | {one.documentation} |" for one in found]
    same("metrics", "\n".join(rows) + "\n")


def test_its_identity_provider_is_one_that_is_taken() -> None:
    lines = block("oidc").group(2).splitlines()[1:-1]
    values = dict(line.removeprefix("CONDUIT_").partition("=")[::2] for line in lines)
    values = {name.lower(): value for name, value in values.items()}
    assert values["oidc_client_secret"] == "", "no secret stands in a guide"
    found = Settings(**values)
    assert found.public_url is not None
    assert f"`{found.public_url}{CALLBACK}`" in GUIDE.read_text()
    assert found.oidc_roles is not None
    departments = {role.department for role in roles.read(found.oidc_roles)}
    assert departments == {None, "documentation"}


def test_its_commands_are_ours() -> None:
    group = typer.main.get_command(app)
    context = group.make_context("conduit", ["--help"], resilient_parsing=True)
    text = GUIDE.read_text()
    named = set(re.findall(r"(?:^|`|/new |web )conduit ([a-z]+)", text, re.M))
    assert {"serve", "worker", "backup", "restore", "receipt", "key"} <= named
    for name in named:
        assert group.get_command(context, name) is not None, name  # type: ignore[attr-defined]
    for variable in set(re.findall(r"CONDUIT_[A-Z_]+", text)):
        assert variable.removeprefix("CONDUIT_").lower() in Settings.model_fields, variable
