"""People log in at an identity provider that really listens; what is not its word is refused."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import delete, select, text
from starlette.testclient import TestClient

from api.app import create_app
from api.callers import COOKIE
from api.errors import SecretKeyMissing
from api.oidc import Provider as OurProvider
from api.store import audit
from api.store.database import Database
from api.store.key_tables import LoginRow
from tests.api import provider as made
from tests.api.interactions import PlainRedactor, WordTeacher
from tests.api.keyed import BASE, asking, departments
from tests.api.provider import CLIENT, SECRET, Provider, providing

ROLES = "admins=admin,read;qa=submit,read;writers=read,label@documentation;lost=read@nowhere"
BEGUN = "conduit_login_begun"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """A provider on a socket of this machine."""
    with providing() as found:
        yield found


@pytest.fixture
def provider(running: Provider) -> Provider:
    """The same, doing everything right."""
    running.reset()
    return running


@pytest.fixture(scope="module")
def service(app: FastAPI, database: Database, running: Provider) -> Iterator[TestClient]:
    """A service that knows the provider."""
    settings = {
        "oidc_issuer": running.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_roles": ROLES,
        "public_url": BASE,
        "login_hours": 2.0,
    }
    with asking(app, database, **settings) as found:
        found.follow_redirects = False
        yield found


@pytest.fixture
def browser(service: TestClient, database: Database, provider: Provider) -> TestClient:
    """A browser in which nobody is logged in, before a service that has asked for nothing yet."""
    service.cookies.clear()
    settings = service.app.state.context.settings  # type: ignore[attr-defined]  # starlette's
    service.app.state.provider = OurProvider(settings)  # type: ignore[attr-defined]  # starlette's
    with database.session() as session:
        session.execute(delete(LoginRow))
    return service


def go(browser: TestClient, next: str = "/") -> str:
    """Begins a login, and gives what the provider sends the browser back to."""
    led = browser.get("/login/oidc", params={"next": next})
    assert led.status_code == 303, led.text
    back = httpx2.get(led.headers["location"], verify=False).headers["location"]
    assert back.startswith(f"{BASE}/login/oidc/callback?")
    return str(back)


def come_back(browser: TestClient, back: str) -> httpx2.Response:
    return browser.get(back.removeprefix(BASE))


def refused(browser: TestClient, answer: httpx2.Response, status: int = 403) -> str:
    """A login that was not made: the page says so, and nobody is logged in."""
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert COOKIE not in browser.cookies
    assert browser.get("/v1/me").status_code == 401
    return answer.text


def test_the_page_offers_it(browser: TestClient, app: FastAPI, database: Database) -> None:
    assert "/login/oidc?next=%2Finbox" in browser.get("/login?next=/inbox").text
    with asking(app, database) as without:
        assert "/login/oidc" not in without.get("/login").text
        assert without.get("/login/oidc").json()["code"] == "not_found"
        assert without.get("/login/oidc/callback").json()["code"] == "not_found"


def test_a_person_logs_in_and_the_log_names_them(
    browser: TestClient, database: Database, provider: Provider
) -> None:
    led = browser.get("/login/oidc", params={"next": "/inbox?state=open"})
    query = {
        name: value[0] for name, value in parse_qs(urlsplit(led.headers["location"]).query).items()
    }
    assert (query["client_id"], query["scope"]) == (CLIENT, "openid profile")
    assert "verifier" not in led.headers["location"]
    cookie = led.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie
    assert query["state"] not in cookie
    done = come_back(browser, httpx2.get(led.headers["location"], verify=False).headers["location"])
    assert (done.status_code, done.headers["location"]) == (303, "/inbox?state=open")
    assert BEGUN not in browser.cookies
    assert f"{COOKIE}=" in done.headers["set-cookie"]
    assert "max-age=7200" in done.headers["set-cookie"].lower()
    me = browser.get("/v1/me").json()
    assert (me["name"], me["scopes"], me["department"]) == ("dana", ["read", "submit"], None)
    assert "dana" in browser.get("/").text
    with database.session() as session:
        row = session.scalars(select(LoginRow)).one()
        noted = audit.list_page(session, audit.AuditFilter(action="login.made"), limit=1)[0]
        kept = session.scalars(text("SELECT to_jsonb(l)::text FROM logins l")).one()
    assert (noted.caller, noted.caller_id, noted.request_id) == (
        "dana",
        row.person,
        done.headers["x-request-id"],
    )
    assert provider.person["sub"] not in kept
    assert abs((row.expires_at - row.created_at).total_seconds() - 7200) < 60


def test_the_first_role_that_fits_counts(
    browser: TestClient, database: Database, provider: Provider
) -> None:
    provider.person["groups"] = ["writers", "others"]
    assert come_back(browser, go(browser)).status_code == 303
    me = browser.get("/v1/me").json()
    assert me["scopes"] == ["label", "read"]
    assert me["department"]["id"] == str(departments(database)["documentation"])
    provider.person["groups"] = ["writers", "qa"]
    assert come_back(browser, go(browser)).status_code == 303
    assert browser.get("/v1/me").json()["scopes"] == ["read", "submit"]


def test_groups_may_be_told_by_userinfo_alone(browser: TestClient, provider: Provider) -> None:
    del provider.person["groups"]
    provider.told = {"sub": provider.person["sub"], "groups": ["qa"]}
    assert come_back(browser, go(browser)).status_code == 303
    assert browser.get("/v1/me").json()["scopes"] == ["read", "submit"]
    provider.asked.clear()
    provider.person["groups"] = ["admins"]
    assert come_back(browser, go(browser)).status_code == 303
    assert browser.get("/v1/me").json()["scopes"] == ["admin", "read"]
    assert "/userinfo" not in provider.asked


def test_userinfo_of_another_person_opens_nothing(browser: TestClient, provider: Provider) -> None:
    del provider.person["groups"]
    provider.told = {"sub": "somebody else", "groups": ["admins"]}
    refused(browser, come_back(browser, go(browser)))


@pytest.mark.parametrize("groups", [None, [], ["others"], "others", [7], {"qa": 1}])
def test_who_has_no_role_is_told_so(browser: TestClient, provider: Provider, groups: Any) -> None:
    provider.person["groups"] = groups
    assert "nothing there says what you may do here" in refused(
        browser, come_back(browser, go(browser))
    )


def test_a_department_that_is_gone_is_said(browser: TestClient, provider: Provider) -> None:
    provider.person["groups"] = "lost"
    assert "nowhere" in refused(browser, come_back(browser, go(browser)))


NOW = time.time()


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another", "yet another"]},
        {"aud": [CLIENT, "another"]},
        {"aud": None},
        {"azp": "another"},
        {"iss": "https://another.example"},
        {"iss": None},
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "never"},
        {"iat": NOW - 3600},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"sub": None},
        {"sub": ""},
        {"at_hash": "AAAA"},
    ],
)
def test_claims_that_are_not_for_this_login_are_refused(
    browser: TestClient, provider: Provider, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    assert "log in again" in refused(browser, come_back(browser, go(browser)))
    provider.reset()
    assert come_back(browser, go(browser)).status_code == 303


@pytest.mark.parametrize(
    "forge",
    [
        made.unsigned,
        made.signed_with_the_public_key,
        made.signed_with_the_client_secret,
        made.signed_by_another,
        made.changed_afterwards,
        lambda *_: "",
        lambda *_: "a.b.c",
        lambda *_: "é",
    ],
)
def test_tokens_that_the_provider_did_not_sign_are_refused(
    browser: TestClient, provider: Provider, forge: made.Forge
) -> None:
    provider.forge = forge
    refused(browser, come_back(browser, go(browser)))


def test_another_verifier_gets_no_token(browser: TestClient, provider: Provider) -> None:
    back = go(browser)
    for asked in provider.codes.values():
        asked["code_challenge"] = "A" * 43
    refused(browser, come_back(browser, back))
    assert provider.asked[-1] == "/token"


def test_a_state_of_another_browser_logs_nobody_in(browser: TestClient, provider: Provider) -> None:
    back = go(browser)
    browser.cookies.clear()
    assert "not begun in this browser" in refused(browser, come_back(browser, back))
    go(browser)
    refused(browser, come_back(browser, back))
    browser.cookies.set(BEGUN, "made up")
    refused(browser, come_back(browser, back))
    assert "/token" not in provider.asked


def test_a_login_is_used_once(browser: TestClient, provider: Provider) -> None:
    provider.once = False
    back = go(browser)
    begun = browser.cookies[BEGUN]
    assert come_back(browser, back).status_code == 303
    browser.cookies.clear()
    refused(browser, come_back(browser, back))
    # Even where the provider takes a code twice, and the browser kept its cookie.
    browser.cookies.set(BEGUN, begun)
    assert "used already" in refused(browser, come_back(browser, back))


@pytest.mark.parametrize("query", ["error=access_denied", "code=", "code=x&iss=https://a.example"])
def test_what_the_provider_does_not_grant_is_said(browser: TestClient, query: str) -> None:
    state = parse_qs(urlsplit(go(browser)).query)["state"][0]
    refused(browser, browser.get(f"/login/oidc/callback?state={state}&{query}"))


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/" + "a" * 600,
        "/a b",
    ],
)
def test_a_login_leads_nowhere_else(browser: TestClient, next: str) -> None:
    done = come_back(browser, go(browser, next))
    assert (done.status_code, done.headers["location"]) == (303, "/")


def test_keys_of_the_provider_may_change(browser: TestClient, provider: Provider) -> None:
    _ours(browser, pause=0)
    assert come_back(browser, go(browser)).status_code == 303
    assert come_back(browser, go(browser)).status_code == 303
    assert provider.asked.count("/keys") == 1
    provider.rotate("two")
    assert come_back(browser, go(browser)).status_code == 303
    assert provider.asked.count("/keys") == 2


def test_made_up_keys_do_not_make_it_ask_for_ever(browser: TestClient, provider: Provider) -> None:
    _ours(browser, pause=3600)
    provider.forge = made.signed_by_another
    for _ in range(3):
        refused(browser, come_back(browser, go(browser)))
    assert provider.asked.count("/keys") == 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_what_is_kept_of_the_provider_has_an_end(browser: TestClient, provider: Provider) -> None:
    _ours(browser, lasts=0, pause=0)
    assert come_back(browser, go(browser)).status_code == 303
    assert provider.asked.count("/.well-known/openid-configuration") > 1


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": "http://login.example/keys"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_is_not_the_one_is_not_asked(
    browser: TestClient, provider: Provider, about: dict[str, Any]
) -> None:
    provider.about = about
    refused(browser, browser.get("/login/oidc"), 503)


def test_a_provider_that_is_away_is_said(browser: TestClient, provider: Provider) -> None:
    settings = browser.app.state.provider._settings  # type: ignore[attr-defined]  # starlette's
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
    browser.app.state.provider = OurProvider(away)  # type: ignore[attr-defined]  # starlette's
    for _ in range(2):
        assert "does not answer" in refused(browser, browser.get("/login/oidc"), 503)


def _ours(browser: TestClient, **times: float) -> None:
    """Looks at the provider with other times."""
    state = browser.app.state  # type: ignore[attr-defined]  # starlette's
    state.provider = OurProvider(state.provider._settings, **times)


def test_without_the_installations_secret_it_does_not_start(
    service: TestClient, database: Database
) -> None:
    settings = service.app.state.context.settings  # type: ignore[attr-defined]  # starlette's
    elsewhere = {"database_url": "postgresql://db.example/x", "secret_key": None}
    with pytest.raises(SecretKeyMissing, match="CONDUIT_SECRET_KEY is unset"):
        create_app(
            settings.model_copy(update=elsewhere),
            database,
            redactor=PlainRedactor(),
            teacher=WordTeacher(),
        )


def test_behind_tls_the_cookies_are_secure(
    app: FastAPI, database: Database, provider: Provider
) -> None:
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_roles": ROLES,
        "public_url": "https://conduit.example",
    }
    with asking(app, database, **settings) as browser:
        led = browser.get("/login/oidc", follow_redirects=False)
    assert led.headers["set-cookie"].startswith(f"__Host-{BEGUN}=")
    assert "secure" in led.headers["set-cookie"].lower()
    assert "conduit.example%2Flogin%2Foidc%2Fcallback" in led.headers["location"]
