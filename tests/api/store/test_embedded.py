"""The embedded database: shared, left in order, and back after every way to die."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.store import programs
from api.store.embedded import Embedded, kill
from api.store.errors import EmbeddedFailed


@pytest.fixture(scope="module")
def made(homes: Path) -> Path:
    """A server that was made and stopped: a copy of it is quicker than another."""
    home = homes / "made"
    with Embedded(home):
        pass
    return home


@pytest.fixture
def embedded(made: Path, home: Path) -> Iterator[Embedded]:
    subprocess.run(["cp", "-a", str(made), str(home)], check=True)  # noqa: S607
    server = Embedded(home)
    server.start()
    yield server
    server.release()
    assert server.pid() is None


def _write(server: Embedded, value: int) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def _read(server: Embedded) -> list[int]:
    with psycopg.connect(server.url) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


def test_it_is_shared_and_the_last_one_stops_it(embedded: Embedded) -> None:
    second = Embedded(embedded.home)
    assert second.start() == embedded.url
    assert second.pid() == embedded.pid()
    second.release()
    assert embedded.answers()


def test_what_was_committed_outlives_a_stop_and_a_kill(embedded: Embedded) -> None:
    _write(embedded, 1)
    kill(embedded)
    embedded.start()
    _write(embedded, 2)
    embedded.release()
    assert not embedded.answers()
    embedded.start()
    assert _read(embedded) == [1, 2]


def test_it_outlives_the_process_that_started_it(home: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from api.store.embedded import Embedded;"
        "Embedded(Path(sys.argv[1])).start(); print('up', flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert starter.stdout is not None
    assert starter.stdin is not None
    assert starter.stdout.readline() == b"up\n"
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    starter.stdin.close()
    server = Embedded(home)
    pid = server.pid()
    assert pid is not None
    server.start()
    assert server.pid() == pid
    server.release()
    assert server.pid() is None, "the killed one's share is gone with it"


def test_the_number_of_a_killed_server_may_be_anothers_by_now(embedded: Embedded) -> None:
    _write(embedded, 1)
    kill(embedded)
    file = embedded.data / "postmaster.pid"
    _, *rest = file.read_text().splitlines(keepends=True)
    file.write_text(f"{os.getpid()}\n" + "".join(rest))
    assert embedded.pid() is None
    embedded.start()
    assert _read(embedded) == [1]


@pytest.mark.parametrize("left", ["", "no number\n"])
def test_a_file_that_a_killed_server_did_not_finish(embedded: Embedded, left: str) -> None:
    embedded.release()
    (embedded.data / "postmaster.pid").write_text(left)
    embedded.start()
    assert embedded.answers()


def test_a_cluster_that_was_only_half_made_is_made_again(home: Path) -> None:
    server = Embedded(home)
    half = server.home / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert not server.exists()
    with server:
        assert server.answers()
        assert not half.exists()


def test_a_server_that_dies_while_a_transaction_is_open_takes_it_back(embedded: Embedded) -> None:
    _write(embedded, 1)
    connection = psycopg.connect(embedded.url)
    connection.execute("INSERT INTO kept VALUES (2)")
    kill(embedded)
    embedded.start()
    assert _read(embedded) == [1]
    with pytest.raises(psycopg.OperationalError, match="connection"):
        connection.execute("SELECT 1")
    connection.close()


def test_only_its_owner_can_open_the_socket(embedded: Embedded) -> None:
    mode = (embedded.data / ".s.PGSQL.5432").stat().st_mode
    assert mode & 0o077 == 0


def test_a_path_that_is_too_long_for_a_socket() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "a" * 60, "b" * 60)
        with Embedded(home) as server:
            sockets = Path(server.url.partition("host=")[2])
            assert server.answers()
            assert not sockets.is_relative_to(home)
            assert sockets.stat().st_mode & 0o077 == 0
            _write(server, 1)
            assert Embedded(home).url == server.url


def test_a_server_that_cannot_start_says_where_its_log_is(embedded: Embedded) -> None:
    embedded.release()
    settings = embedded.data / "postgresql.conf"
    before = settings.read_text()
    settings.write_text(before + "\nshared_buffers = 'lots'\n")
    with pytest.raises(EmbeddedFailed, match=r"the server's log is .*postgres\.log"):
        embedded.start()
    settings.write_text(before)


def test_it_ends_though_a_folder_above_it_was_closed(home: Path) -> None:
    closed = home / "closed"
    server = Embedded(closed / "home")
    server.start()
    closed.chmod(0o700)
    server.release()
    assert server.pid() is None
    with server:
        assert server.answers()


def test_without_the_wheel_the_message_says_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_WHEEL", "no_such_package")
    with pytest.raises(EmbeddedFailed, match="set DATABASE_URL"):
        programs.programs()


def test_no_process_and_no_namesake_is_a_server() -> None:
    assert not programs.is_postgres(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", ""])
    while child.poll() is None:
        time.sleep(0.01)
    assert not programs.is_postgres(child.pid)
