"""The supervisor's decisions, and the lifeline that its children hold on to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api import lifeline, supervisor
from api.supervisor import AddressTaken, Child, listen, pause

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(0, 0.1), (1, 0.1), (2, 0.2), (3, 0.4), (7, 6.4), (8, 10), (5000, 10)]
)
def test_the_pause_grows_with_the_deaths_and_has_an_end(deaths: int, seconds: float) -> None:
    assert pause(deaths) == seconds


def _ended(code: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({code})"])
    process.wait()
    return process


def test_a_child_is_started_again_after_a_pause() -> None:
    child = Child("web", ["web"])
    assert child.look(100.0), "it never ran"
    child.process, child.started = _ended(1), 100.0
    assert not child.look(101.0)
    assert child.deaths == 1
    assert child.look(101.0 + pause(1))
    child.process, child.started = _ended(0), 102.0
    assert not child.look(102.1)
    assert child.deaths == 2, "it died young again"
    child.process, child.started = _ended(0), 103.0
    child.look(103.0 + supervisor.STABLE_SECONDS)
    assert child.deaths == 1, "it had recovered"


def test_what_runs_once_is_started_again_only_if_it_failed() -> None:
    child = Child("seed", ["seed"], once=True)
    child.process, child.started = _ended(1), 100.0
    assert not child.look(101.0)
    assert child.look(102.0)
    child.process = _ended(0)
    assert not child.look(103.0)
    assert not child.look(1000.0)


def test_a_child_that_lives_is_left_alone() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child = Child("web", ["web"], process=process)
    assert not child.look(1e9)
    process.communicate(b"\n")


def test_a_port_that_is_taken() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressTaken, match=rf"127\.0\.0\.1:{port} .*--port"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(AddressTaken, match=r"cannot listen on 192\.0\.2\.1:0"):
        listen("192.0.2.1", 0)


def test_a_child_ends_when_its_parent_was_killed() -> None:
    child = (
        "import sys, time; from api import lifeline; lifeline.follow(int(sys.argv[1]));"
        "print('on', flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys, time; from api import lifeline; r, w = lifeline.hold();"
        "p = subprocess.Popen([sys.executable, '-c', sys.argv[1], str(r)], pass_fds=[r]);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent, child], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    said = {process.stdout.readline(), process.stdout.readline()}
    (pid,) = (int(line) for line in said if line != b"on\n")
    process.kill()
    process.wait()
    # Its end of the pipe for output is closed when it has ended.
    assert process.stdout.read() == b""
    process.stdout.close()
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            break
        if state in "ZX":
            break
        time.sleep(0.02)
    else:
        pytest.fail(f"process {pid} lives on")


def test_the_lifeline_sends_one_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = lifeline.hold()
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *call: sent.append(call))
    lifeline.follow(reading)
    assert sent == []
    os.close(writing)
    for _ in range(500):
        if sent:
            break
        time.sleep(0.01)
    assert sent == [(os.getpid(), signal.SIGTERM)]
    os.close(reading)
