"""Settings: typed, from the environment, and nothing unsafe by mistake."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

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


PEOPLE = {
    "oidc_issuer": "https://login.example.com/realms/one",
    "oidc_client_id": "conduit",
    "oidc_roles": "qa=submit,read",
    "public_url": "https://conduit.example.com/",
}


def test_people_log_in_at_a_provider_where_all_of_it_is_set() -> None:
    assert Settings().oidc_issuer is None
    secret = SecretStr("hunter2")
    found = Settings(**PEOPLE, oidc_client_secret=secret)  # type: ignore[arg-type]  # of strings
    assert found.public_url == "https://conduit.example.com"
    assert (found.oidc_claim, found.login_hours, found.audit_days) == ("groups", 12, None)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"oidc_client_id": None}, "without CONDUIT_OIDC_CLIENT_ID: set it too"),
        ({"oidc_roles": None, "public_url": None}, "CONDUIT_OIDC_ROLES, CONDUIT_PUBLIC_URL"),
        ({"oidc_issuer": None}, "without CONDUIT_OIDC_ISSUER"),
        ({"oidc_issuer": "http://login.example.com"}, "https alone"),
        ({"oidc_issuer": "login.example.com"}, "no address such as"),
        ({"oidc_issuer": "https://login.example.com/?a=b"}, "no address such as"),
        ({"public_url": "http://conduit.example.com"}, "https alone"),
        ({"public_url": "https://example.com/conduit"}, "leave the path out"),
        ({"oidc_roles": "qa=write"}, "no scope is called 'write'"),
        ({"oidc_scopes": "profile email"}, "oidc_scopes"),
        ({"login_hours": 12.5}, "login_hours"),
        ({"login_hours": 0}, "login_hours"),
        ({"audit_days": 0}, "audit_days"),
    ],
)
def test_what_of_it_is_wrong_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(**{**PEOPLE, **changes})  # type: ignore[arg-type]  # the point
    assert said in str(raised.value)


def test_a_secret_of_no_provider_is_refused() -> None:
    with pytest.raises(ValidationError, match="CONDUIT_OIDC_ISSUER is not"):
        Settings(oidc_client_secret=SecretStr("hunter2"))
