"""Logging in and out in a real browser, which decides by itself what it says of a form's origin."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from api.app import create_app
from api.store.database import Database
from tests.api.dashboard.browser import PATIENCE, chromium
from tests.api.interactions import PlainRedactor, WordTeacher
from tests.api.keyed import make_key
from tests.api.provider import CLIENT, SECRET, providing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(app: FastAPI, database: Database) -> Iterator[str]:
    """A service on a socket that asks for keys, and knows a provider."""
    with providing() as provider, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        changes = {
            "auth": "keys",
            "public_url": url,
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_roles": "qa=read",
        }
        settings = app.state.context.settings.model_copy(update=changes)
        keyed = create_app(settings, database, redactor=PlainRedactor(), teacher=WordTeacher())
        server = uvicorn.Server(uvicorn.Config(keyed, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield url
        server.should_exit = True
        thread.join()


@pytest.fixture
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser with nothing in it."""
    found = chromium(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()


def at(driver: webdriver.Chrome, path: str) -> None:
    """Waits until the browser is there."""
    WebDriverWait(driver, PATIENCE).until(
        lambda found: found.current_url.partition("://")[2].partition("/")[2] == path[1:]
    )


def log_out(driver: webdriver.Chrome, name: str) -> None:
    assert driver.find_element(By.CSS_SELECTOR, ".who-asks span").text == name
    driver.find_element(By.CSS_SELECTOR, ".who-asks button").click()
    at(driver, "/login")
    assert driver.find_elements(By.CSS_SELECTOR, ".who-asks") == []


def test_a_person_logs_in_with_a_key_or_at_the_provider(
    driver: webdriver.Chrome, base: str, database: Database
) -> None:
    driver.get(f"{base}/inbox")
    at(driver, "/login?next=%2Finbox")
    driver.find_element(By.ID, "key").send_keys(make_key(database, name="a key"))
    driver.find_element(By.CSS_SELECTOR, "form button").click()
    at(driver, "/inbox")
    log_out(driver, "a key")
    driver.get(f"{base}/inbox")
    driver.find_element(By.CSS_SELECTOR, "a.button").click()
    at(driver, "/inbox")
    assert "needs the scope label" in driver.find_element(By.CSS_SELECTOR, ".denied").text
    log_out(driver, "dana")
