"""Settings: typed, from the environment, and nothing unsafe by mistake."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings, is_loopback


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CONDUIT_DATABASE_URL", raising=False)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_HOME", "/somewhere")
    monkeypatch.setenv("CONDUIT_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@db/x")
    settings = Settings()
    assert (settings.home, settings.port) == (Path("/somewhere"), 9000)
    assert settings.database_url == "postgresql://me:hunter2@db/x"
    assert "hunter2" not in repr(settings)


def test_our_own_name_of_the_database_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://theirs")
    monkeypatch.setenv("CONDUIT_DATABASE_URL", "postgresql://ours")
    assert Settings().database_url == "postgresql://ours"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])  # noqa: S104 - keys are asked for
def test_an_address_that_others_reach_asks_for_keys(host: str) -> None:
    assert Settings(host=host).asks_for_keys
    assert not Settings(host=host, auth="none").asks_for_keys


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_an_address_of_this_machine_is_taken(host: str) -> None:
    assert is_loopback(host)
    assert not Settings(host=host).asks_for_keys
    assert Settings(host=host, auth="keys").asks_for_keys


def test_live_workers_may_not_count_as_dead() -> None:
    with pytest.raises(ValidationError, match="CONDUIT_STALLED_SECONDS is 3"):
        Settings(heartbeat_seconds=2, stalled_seconds=3)


@pytest.mark.parametrize("field", [{"port": 70000}, {"workers": -1}, {"threads": 0}])
def test_numbers_out_of_range_are_refused(field: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=next(iter(field))):
        Settings(**field)  # type: ignore[arg-type]  # the point


def test_names_are_found_by_the_model_or_by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().redact_names is None
    monkeypatch.setenv("CONDUIT_REDACT_NAMES", "rules")
    assert Settings().redact_names == "rules"
    monkeypatch.setenv("CONDUIT_REDACT_NAMES", "both")
    with pytest.raises(ValidationError, match="redact_names"):
        Settings()
