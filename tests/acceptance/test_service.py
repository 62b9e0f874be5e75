"""The service as a user runs it: one command, files in by HTTP, findings out, bad ones refused."""

import io
import json
import os
import signal
import socket
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.runtime import ONE_THREAD
from tests.acceptance.service import ROOT, Process, ready, running, wait_for

pytestmark = pytest.mark.slow

LIMIT = 2_000_000
SAMPLES = ROOT / "corpora" / "samples"

CALL = """\
Agent: Thank you for calling Brightwater, Priya speaking. How can I help?
Customer: Hi, this is Dana Whitlock. My dishwasher leaks from the door after every wash.
Agent: I'm sorry to hear that. Can I take a card number for the visit?
Customer: Sure, it's 4111 1111 1111 1111, and my mail is dana.whitlock@example.com.
Customer: And the manual says to press the green button, but there is no green button on it.
"""
RAW = ("4111 1111 1111 1111", "4111111111111111", "dana.whitlock", "Whitlock")


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs."""

    base: str
    home: Path
    log: Path
    process: Process

    def children(self, command: str) -> set[int]:
        """The numbers of the supervisor's children that run a command."""
        numbers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = set()
        for number in numbers.read_text().split():
            try:
                words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            except OSError:  # it ended meanwhile
                continue
            if command.encode() in words:
                found.add(int(number))
        return found

    def get(self, path: str, **request: Any) -> httpx.Response:
        """One GET."""
        return httpx.get(self.base + path, timeout=30, **request)

    def post(self, path: str, **request: Any) -> httpx.Response:
        """One POST."""
        return httpx.post(self.base + path, timeout=30, **request)

    def send(self, path: str, body: bytes, name: str) -> httpx.Response:
        """Uploads a file as the body."""
        headers = {"Content-Type": "application/octet-stream"}
        return self.post(path, params={"filename": name}, content=body, headers=headers)

    def mined(self, path: str) -> dict[str, Any]:
        """The interaction at a path, once it is mined."""
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(self.get(path).json())
            return bool(found["state"] == "mined")

        wait_for(f"{path} mined", look, seconds=60, log=self.log)
        return found

    def done(self, path: str) -> dict[str, Any]:
        """The job at a path, once it has ended."""
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(self.get(path).json())
            return bool(found["state"] != "running")

        wait_for(f"{path} done", look, seconds=60, log=self.log)
        return found

    def stored(self) -> list[str]:
        """The ids of all interactions."""
        ids: list[str] = []
        cursor = None
        while True:
            query = {"limit": 200, "fields": "id"} | ({"cursor": cursor} if cursor else {})
            page = self.get("/v1/interactions", params=query).json()
            ids += [row["id"] for row in page["data"]]
            cursor = page["next"]
            if cursor is None:
                return ids


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, homes: Path) -> Iterator[Service]:
    """`conduit serve`, seeded with the project's own samples."""
    log, home = tmp_path_factory.mktemp("service") / "log", homes / "service"
    arguments = ("serve", "--home", str(home), "--port", "0", "--seed", str(SAMPLES))
    process = Process(arguments, {"CONDUIT_MAX_UPLOAD_BYTES": str(LIMIT)}, log)
    with running(process):
        yield Service(ready(log, seconds=60), home, log, process)
        process.stop()


def test_the_samples_are_there_and_mined(service: Service) -> None:
    wait_for("the seed", lambda: bool(service.stored()), seconds=30, log=service.log)
    (job,) = service.get("/v1/jobs").json()["data"]
    done = service.done(f"/v1/jobs/{job['id']}")
    assert done["state"] == "done"
    assert done["progress"]["rejected"] == 0
    assert done["progress"]["mined"] == done["progress"]["total"] == len(service.stored())
    categories = {
        row["category"] for row in service.get("/v1/findings", params={"limit": 200}).json()["data"]
    }
    assert categories == {"product_defect", "documentation_error", "feature_request"}
    page = service.get("/")
    assert page.status_code == httpx.codes.OK
    assert "text/html" in page.headers["content-type"]


def test_a_call_goes_in_and_its_findings_come_out(service: Service) -> None:
    answer = service.send("/v1/interactions", CALL.encode(), "Dana Whitlock 0412.txt")
    assert answer.status_code == httpx.codes.ACCEPTED
    place = answer.headers["location"]
    found = service.mined(place)
    assert [turn["speaker"] for turn in found["turns"]][:4] == ["agent", "customer"] * 2
    findings = {row["category"]: row for row in found["findings"]}
    assert set(findings) == {"product_defect", "documentation_error"}
    for row in findings.values():
        words = found["turns"][row["turn"]]["text"]
        assert words[row["start"] : row["end"]] == row["quote"]
        assert 0 < row["confidence"] <= 1
    assert "leaks" in findings["product_defect"]["quote"]
    assert [point["index"] for point in found["sentiment"]["turns"]] == [
        turn["index"] for turn in found["turns"] if turn["speaker"] == "customer"
    ]
    everything = json.dumps(found)
    assert not [raw for raw in RAW if raw in everything]
    assert found["redactions"]["CARD"] == 1
    assert found["redactions"]["EMAIL"] == 1
    listed = service.get("/v1/findings", params={"interaction": found["id"]}).json()["data"]
    assert {row["id"] for row in listed} == {row["id"] for row in found["findings"]}

    assert httpx.delete(service.base + place).status_code == httpx.codes.NO_CONTENT
    assert service.get(place).status_code == httpx.codes.GONE
    listed = service.get("/v1/findings", params={"interaction": found["id"]}).json()["data"]
    assert listed == []


def test_nothing_raw_is_on_the_disk(service: Service) -> None:
    body = CALL.replace("4111 1111 1111 1111", "4242 4242 4242 4242")
    answer = service.send("/v1/interactions", body.encode(), "call.txt")
    service.mined(answer.headers["location"])
    files = [path for path in service.home.rglob("*") if path.is_file()]
    files.append(service.log)
    assert len(files) > 100
    found_redacted = False
    for path in files:
        data = path.read_bytes()
        found_redacted |= b"[CARD_1]" in data
        for raw in (*RAW, "4242 4242 4242 4242"):
            assert raw.encode() not in data, f"{raw} stands in {path}"
    assert found_redacted, "the search sees what was stored"


def test_an_archive_of_good_and_bad_files(service: Service) -> None:
    before = len(service.stored())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("one.txt", CALL)
        file.writestr("broken.json", '{"turns": [')
        file.writestr("two.txt", CALL.replace("dishwasher", "toaster"))
        file.writestr("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    answer = service.send("/v1/batches", archive.getvalue(), "calls.zip")
    assert answer.status_code == httpx.codes.ACCEPTED
    job = service.done(answer.headers["location"])
    assert job["state"] == "done"
    progress = job["progress"]
    assert (progress["total"], progress["mined"], progress["rejected"]) == (4, 2, 2)
    rejections = service.get(f"/v1/jobs/{job['id']}/rejections").json()["data"]
    assert [row["code"] for row in rejections] == ["broken", "binary"]
    assert ["broken.json" in row["source"] for row in rejections] == [True, False]
    assert len(service.stored()) == before + 2


def _bomb() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for number in range(3):
            file.writestr(f"{number}.txt", b"Agent: a\n" * 10_000_000)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty"),
        ("cut.json", b'{"turns": [{"speaker": "customer", "te', "broken"),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "binary"),
        ("cut.zip", b"PK\x03\x04" + bytes(40), "broken"),
        ("large.txt", b"Agent: a\n" * (LIMIT // 9 + 1), "too_large"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/batches"])
def test_bad_input_is_refused_and_nothing_is_stored(
    service: Service, path: str, name: str, body: bytes, code: str
) -> None:
    before = service.stored()
    answer = service.send(path, body, name)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["request_id"]
    assert service.stored() == before


def test_text_that_is_not_in_the_encoding_that_was_stated(service: Service) -> None:
    before = service.stored()
    answer = service.post(
        "/v1/interactions",
        params={"filename": "call.txt", "encoding": "utf-8"},
        content="Agent: Grüße\nCustomer: Nö".encode("latin-1"),
        headers={"Content-Type": "text/plain"},
    )
    assert answer.json()["code"] == "wrong_encoding"
    assert service.stored() == before


def test_an_archive_that_unpacks_to_a_hundred_times_the_limit(service: Service) -> None:
    before = service.stored()
    bomb = _bomb()
    assert len(bomb) < LIMIT < 270_000_000 / 100
    answer = service.send("/v1/batches", bomb, "bomb.zip")
    if answer.status_code == httpx.codes.ACCEPTED:
        job = service.done(answer.headers["location"])
        assert job["progress"]["mined"] == 0
    else:
        assert answer.json()["code"] in {"too_large", "nothing_readable"}
    assert service.stored() == before


def test_an_upload_that_breaks_off_leaves_nothing(service: Service) -> None:
    def uploads() -> list[dict[str, Any]]:
        # The service gathers themes by itself, whenever it likes.
        listed: list[dict[str, Any]] = service.get("/v1/jobs").json()["data"]
        return [job for job in listed if job["kind"] != "themes"]

    before, jobs = service.stored(), uploads()
    row = json.dumps({"turns": [{"speaker": "customer", "text": "It leaks."}]}).encode() + b"\n"
    url = httpx.URL(service.base)
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(
            b"POST /v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n" + row * 500
        )
        time.sleep(0.5)
    assert service.stored() == before
    assert uploads() == jobs
    assert service.get("/livez").status_code == httpx.codes.OK


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("command", ["web", "worker"])
def test_the_libraries_below_take_one_thread_a_process(service: Service, command: str) -> None:
    (number,) = service.children(command)
    environment = Path(f"/proc/{number}/environ").read_bytes().decode().split("\0")
    expected = {f"{name}={os.environ.get(name, value)}" for name, value in ONE_THREAD.items()}
    assert expected <= {*environment}
    assert any(one.startswith(f"PGAPPNAME=conduit {command}") for one in environment)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_process_of_the_service_that_dies_is_back(service: Service, command: str) -> None:
    (victim,) = service.children(command)
    os.kill(victim, signal.SIGKILL)
    wait_for(
        f"another {command}",
        lambda: bool(service.children(command) - {victim}),
        seconds=30,
        log=service.log,
    )
    body = CALL.replace("door", f"door, says {command},").encode()
    answer = service.send("/v1/interactions", body, "again.txt")
    assert answer.status_code == httpx.codes.ACCEPTED
    service.mined(answer.headers["location"])
