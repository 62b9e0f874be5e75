"""The command line: help, the doctor's findings, and refusals with the way out."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from api import doctor
from api.settings import Settings
from api.store.database import Database

ROOT = Path(__file__).parents[2]


def _run(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command_and_no_hidden_one() -> None:
    listed = re.findall(r"^│ (\w+) ", _run("--help").stdout, re.MULTILINE)
    assert {"serve", "worker", "doctor", "mine"} <= set(listed)
    assert not {"web", "seed"} & set(listed)


def test_a_command_of_the_miner_is_run_as_one_of_ours(tmp_path: Path) -> None:
    ended = _run("mine", "--help")
    assert ended.returncode == 0
    assert "jsonl" in ended.stdout


def test_a_database_that_is_away_is_said_in_one_line() -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/x"
    ended = _run("serve", "--port", "0", environment={"DATABASE_URL": url})
    assert ended.returncode == 1
    assert ended.stderr.startswith("conduit: the database at postgresql://me:***@127.0.0.1:1/x")
    assert "hunter2" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    environment = {"CONDUIT_MODEL": str(tmp_path), "CONDUIT_HOME": str(tmp_path)}
    ended = _run("doctor", "--json", environment=environment)
    assert ended.returncode == 1
    found = {check["name"]: check for check in map(json.loads, ended.stdout.splitlines())}
    assert found["python"]["state"] == "ok"
    assert found["sqlalchemy"]["state"] in {"ok", "note", "missing"}
    assert found["model"]["state"] == "missing"
    assert str(tmp_path) in found["model"]["detail"]
    assert found["database"]["state"] == "note"
    assert "conduit serve" in found["database"]["detail"]
    assert found["disk"]["state"] in {"ok", "missing"}


def test_the_doctor_looks_at_the_database(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=database.conninfo)
    found = {check.name: check for check in doctor.examine(settings)}
    assert found["database"].state == "ok"
    assert "schema 0" in found["database"].detail


def test_the_doctor_looks_at_a_database_that_is_away(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=f"postgresql:///x?host={tmp_path}")
    found = {check.name: check for check in doctor.examine(settings)}
    assert found["database"].state == "missing"
    assert "does not answer" in found["database"].detail


def test_the_doctor_knows_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**18)
    found = {check.name: check for check in doctor.examine(Settings(home=tmp_path))}
    assert found["disk"].state == "missing"
    assert "are needed" in found["disk"].detail
