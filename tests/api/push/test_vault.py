"""Secrets at rest: nobody reads them without the installation's own."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.errors import SecretKeyMissing
from api.push.vault import KEY_FILE, Vault, secret_of
from api.settings import Settings

ONE = "one secret of an installation, long enough"


def test_what_is_locked_is_opened_by_the_same_secret_alone() -> None:
    stored = Vault(ONE).locked("whsec_abc")
    assert b"whsec" not in stored
    assert Vault(ONE).opened(stored) == "whsec_abc"
    with pytest.raises(SecretKeyMissing, match="not the one with which"):
        Vault(ONE + "!").opened(stored)


def test_beside_the_embedded_database_a_file_is_made_that_its_owner_alone_reads(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_of(settings), range(16)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    socket = Settings(home=tmp_path, database_url="postgresql://me@/conduit?host=/tmp/x")
    assert {secret_of(socket)} == found


def test_a_database_of_another_machine_asks_for_a_secret(tmp_path: Path) -> None:
    url = "postgresql://me@db.example.com/conduit"
    with pytest.raises(SecretKeyMissing, match="openssl rand"):
        secret_of(Settings(home=tmp_path, database_url=url))
    assert list(tmp_path.iterdir()) == []
    given = Settings(home=tmp_path, database_url=url, secret_key=SecretStr(ONE))
    assert secret_of(given) == ONE
