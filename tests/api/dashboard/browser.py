"""A real browser, and what it remembers of where it sent requests."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60
"""Seconds until a wait gives up: no test passes or fails by how long anything takes."""


def chromium(profile: Path, **capabilities: Any) -> webdriver.Chrome:
    """A browser with nothing in it; the test is skipped where there is none.

    Args:
        profile: an empty folder for what it remembers.
        capabilities: of the driver, beside the usual ones.
    """
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium here: install chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    for name, value in capabilities.items():
        options.set_capability(name, value)
    return webdriver.Chrome(options=options, service=Service(DRIVER))


class Browser:
    """A browser at one service, which remembers where it sent requests."""

    def __init__(self, driver: webdriver.Chrome, base: str) -> None:
        self.driver = driver
        self.base = base

    def open(self, path: str, *, width: int = 1280, dark: bool = False) -> None:
        """Shows a page."""
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            # Nothing glides: what is scrolled to is there at once.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(self.base + path)

    def all(self, selector: str) -> list[WebElement]:
        """The elements that match."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The one element that matches."""
        (found,) = self.all(selector)
        return found

    def text(self, selector: str) -> str:
        """The words of an element as they stand in the document, hidden or not."""
        return str(self.one(selector).get_property("textContent"))

    def wait(self, condition: Any) -> None:
        """Waits until something is so."""
        WebDriverWait(self.driver, PATIENCE).until(condition)

    def complaints(self) -> list[Any]:
        """What the browser wrote to its console since it was asked last."""
        return self._log("browser")

    def _log(self, kind: str) -> list[Any]:
        found: list[Any] = self.driver.get_log(kind)  # type: ignore[no-untyped-call] # selenium's
        return found

    def asked(self) -> list[str]:
        """The addresses that it sent requests to since it was asked last."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
