"""The guides do what they say: their blocks are run, one by one, against a real service."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.service import ROOT, Process, make_key, ready, running, wait_for

pytestmark = pytest.mark.slow

GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
SAMPLES = ROOT / "corpora" / "samples"
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that asks for keys, with the sample calls and mails in it.

    Attributes:
        base: its address.
        key: that may do everything.
    """

    base: str
    key: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, homes: Path) -> Iterator[Service]:
    log, home = tmp_path_factory.mktemp("guides") / "log", homes / "guides"
    environment = {
        "CONDUIT_AUTH": "keys",
        "CONDUIT_WEBHOOKS_ALLOW_HTTP": "true",
        "CONDUIT_WEBHOOKS_ALLOW_PRIVATE": "127.0.0.0/8",
    }
    arguments = ("serve", "--home", str(home), "--port", "0", "--seed", str(SAMPLES))
    with running(Process(arguments, environment, log)):
        base = ready(log, seconds=60)
        key = make_key(home, "guides", "--scopes", "submit,read,label,admin")
        found = Service(base=base, key=key)
        wait_for("themes", lambda: _themes(found), seconds=120, log=log)
        yield found


def _themes(service: Service) -> bool:
    """Whether themes of the samples are gathered, and inboxes have something in them."""
    headers = {"Authorization": f"Bearer {service.key}"}
    answers = [
        httpx.get(f"{service.base}{path}", headers=headers, timeout=20)
        for path in ("/v1/themes?scope=product_defect", "/v1/inbox")
    ]
    return all(answer.status_code == 200 and answer.json()["data"] for answer in answers)


def blocks(text: str) -> list[tuple[str, str]]:
    """The language and the source of each block that can be run."""
    return _BLOCK.findall(text)


def test_there_is_a_guide_for_each_reader() -> None:
    assert {path.stem for path in GUIDES} == {
        "qa-lead",
        "marketer",
        "engineer",
        "data-scientist",
    }
    assert (ROOT / "docs" / "operation.md").exists()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_the_blocks_of_a_guide_run(
    guide: Path, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A refusal fails the block, which curl passes over by default.
    (tmp_path / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    monkeypatch.setenv("CURL_HOME", str(tmp_path))
    monkeypatch.setenv("CONDUIT", service.base)
    monkeypatch.setenv("KEY", service.key)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (tmp_path / "samples").symlink_to(SAMPLES)
    names: dict[str, Any] = {}
    found = blocks(guide.read_text(encoding="utf-8"))
    assert len(found) >= 4
    with chdir(tmp_path):
        for language, code in found:
            if language == "python":
                sys.path.insert(0, str(tmp_path))
                exec(compile(code, str(guide), "exec"), names)  # noqa: S102 - our own guide
                sys.path.remove(str(tmp_path))
                continue
            ended = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", code],  # noqa: S607 - as its reader does
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert ended.returncode == 0, f"{code}\n{ended.stdout}\n{ended.stderr}"
            time.sleep(0.1)
    conduit = names.get("conduit")
    if conduit is not None:
        conduit.close()  # the reader's ends with the program


def test_blocks_are_found() -> None:
    text = "a\n```sh\nls\n```\nb\n```json\n{}\n```\n```python\nx = 1\n```\n"
    assert blocks(text) == [("sh", "ls\n"), ("python", "x = 1\n")]
