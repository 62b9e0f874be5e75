"""The container file and the compose file, read as their engines read them: no engine runs here."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from dockerfile_parse import DockerfileParser

from api.cli import app
from api.runtime import ONE_THREAD
from api.settings import Settings

ROOT = Path(__file__).parents[1]
PROGRAMS = {"python"}
OURS = "CONDUIT_"


@pytest.fixture(scope="module")
def container() -> DockerfileParser:
    return DockerfileParser(fileobj=io.BytesIO((ROOT / "Containerfile").read_bytes()))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def steps(container: DockerfileParser, name: str) -> list[str]:
    return [step["value"] for step in container.structure if step["instruction"] == name]


def settings() -> set[str]:
    return {f"{OURS}{name.upper()}" for name in Settings.model_fields}


def check_command(command: list[str]) -> None:
    """A command is one of ours, and takes these options."""
    assert command[0] == "conduit"
    group = typer.main.get_command(app)
    context = group.make_context("conduit", [*command[1:2], "--help"], resilient_parsing=True)
    ours = group.get_command(context, command[1])  # type: ignore[attr-defined]  # a group
    assert ours is not None, command
    known = {option for parameter in ours.params for option in parameter.opts}
    assert {part for part in command[2:] if part.startswith("--")} <= known


def test_what_is_copied_is_there(container: DockerfileParser) -> None:
    copied = [step.split() for step in steps(container, "COPY")]
    assert copied
    for *sources, _ in copied:
        for source in sources:
            assert (ROOT / source).exists(), source
    needed = {"api", "nlp", "models", "pyproject.toml", "constraints.txt", "README.md"}
    assert needed <= {source for *sources, _ in copied for source in sources}


def test_it_runs_as_nobody_special(container: DockerfileParser) -> None:
    order = [step["instruction"] for step in container.structure]
    assert steps(container, "USER") == ["conduit"]
    assert order.index("USER") > max(at for at, name in enumerate(order) if name == "RUN")
    (check,) = steps(container, "HEALTHCHECK")
    assert "/livez" in check
    text = (ROOT / "Containerfile").read_text()
    assert not re.search(r"(?i)(password|secret|token)\s*=", text)


def test_its_settings_and_its_command_are_ours(container: DockerfileParser) -> None:
    named = {name for name in container.envs if name.startswith(OURS)}
    assert named
    assert named <= settings()
    values = {name.removeprefix(OURS).lower(): container.envs[name] for name in named}
    made = Settings(**values)
    assert made.asks_for_keys, "on an address that others reach, callers need keys"
    assert steps(container, "EXPOSE") == [str(made.port)]
    check_command(yaml.safe_load(container.cmd))


def test_its_processes_have_the_threads_that_the_supervisor_gives(
    container: DockerfileParser,
) -> None:
    assert {name: container.envs.get(name) for name in ONE_THREAD} == ONE_THREAD


def test_the_weights_are_those_that_make_installs(container: DockerfileParser) -> None:
    (pinned,) = re.findall(r"WEIGHTS := (\S+)", (ROOT / "Makefile").read_text())
    assert any(pinned in step for step in steps(container, "RUN"))


def test_services_are_whole(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "web", "worker"}
    for name, service in services.items():
        assert ("image" in service) or ("build" in service), name
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            if how["condition"] == "service_healthy" and services[other].get("image") != "conduit":
                assert "test" in services[other]["healthcheck"]
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in compose["volumes"]
        for variable in service.get("environment", {}):
            assert variable in settings() or variable.startswith("POSTGRES_")
        assert service["env_file"] == ["conduit.env"]
    assert (ROOT / services["web"]["build"]["dockerfile"]).exists()
    for name in ("web", "worker"):
        check_command(services[name]["command"])
        assert services[name]["image"] == "conduit"


def test_the_web_is_published_on_its_port(
    container: DockerfileParser, compose: dict[str, Any]
) -> None:
    (published,) = compose["services"]["web"]["ports"]
    inside = published.rpartition(":")[2]
    assert inside == container.envs["CONDUIT_PORT"]
    assert published.startswith("127.0.0.1:"), "TLS is for what stands in front of it"
    assert not compose["services"]["database"].get("ports")
    home = container.envs["CONDUIT_HOME"]
    for name in ("web", "worker"):
        assert any(volume.endswith(f":{home}") for volume in compose["services"][name]["volumes"])


def test_the_example_names_settings_and_holds_no_secret() -> None:
    pairs = [
        line.partition("=")[::2]
        for line in (ROOT / "conduit.env.example").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    values = dict(pairs)
    assert set(values) <= {*settings(), "POSTGRES_PASSWORD"}
    assert values["CONDUIT_SECRET_KEY"] == values["POSTGRES_PASSWORD"] == ""
    assert values["CONDUIT_DATABASE_URL"].startswith("postgresql://conduit:")
    assert "conduit.env" in (ROOT / ".gitignore").read_text().splitlines()
