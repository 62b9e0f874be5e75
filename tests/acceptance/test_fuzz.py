"""Requests that nobody thought of, from the OpenAPI document, with each kind of key (schemathesis).

All of its checks and a few of ours (`fuzz/hooks.py`), stateful ones too. Here each kind of key gets
seconds; `make fuzz` gives it minutes.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.service import Process, make_key, ready, running

pytestmark = pytest.mark.slow

FUZZ = Path(__file__).parent / "fuzz"
SECONDS = int(os.environ.get("CONDUIT_FUZZ_SECONDS") or 5)
EXAMPLES = os.environ.get("CONDUIT_FUZZ_EXAMPLES") or "2"

KINDS: Mapping[str, tuple[str, ...]] = {
    "everything": ("--scopes", "submit,read,label,admin"),
    "submit": ("--scopes", "submit"),
    "read": ("--scopes", "read"),
    "label": ("--scopes", "label"),
    "admin": ("--scopes", "admin"),
    "department": ("--scopes", "submit,read,label,admin", "--department", "engineering"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that asks for keys, and a key of each kind."""

    base: str
    keys: Mapping[str, str]
    log: Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, homes: Path) -> Iterator[Service]:
    log, home = tmp_path_factory.mktemp("fuzz") / "log", homes / "fuzz"
    arguments = ("serve", "--home", str(home), "--port", "0", "--seed", "corpora/samples")
    with running(Process(arguments, {"CONDUIT_AUTH": "keys"}, log)):
        base = ready(log, seconds=60)
        keys = {kind: make_key(home, kind, *options) for kind, options in KINDS.items()}
        yield Service(base=base, keys=keys, log=log)


@pytest.mark.parametrize("kind", [*KINDS, "nobody"])
def test_requests_that_nobody_thought_of(service: Service, kind: str) -> None:
    key = service.keys.get(kind)
    # Everybody else is turned away at most operations, which takes no time.
    seconds = SECONDS * 3 if kind in {"everything", "department"} else SECONDS
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
            *("--config-file", "schemathesis.toml", "run", f"{service.base}/openapi.json"),
            *(() if key is None else ("--header", f"Authorization: Bearer {key}")),
            *("--checks", "all", "--continue-on-failure", "--warnings", "off"),
            *("--max-examples", EXAMPLES, "--max-time", str(seconds)),
            # It never ends; it has tests of its own.
            *("--exclude-path", "/v1/events/stream"),
        ],
        cwd=FUZZ,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FUZZ)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    tried = re.search(r"([\d,]+) generated", ended.stdout)
    assert tried is not None
    assert int(tried.group(1).replace(",", "")) > 100
    assert "Traceback" not in service.log.read_text()
