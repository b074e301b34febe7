"""A real server and a real browser."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.api.conftest import Service, service
from tests.conftest import free_port

__all__ = ["service"]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def chromium() -> str | None:
    """The browser of the machine; `QA_CHROMIUM` names another one."""
    named = [os.environ.get("QA_CHROMIUM"), *PLACES, shutil.which("chromium")]
    return next((place for place in named if place and Path(place).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skips where there is none."""
    place = chromium()
    if place is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium); the browser tests are skipped")
    with sync_playwright() as play:
        try:
            opened = play.chromium.launch(executable_path=place, args=ARGUMENTS)
        except Error as error:
            pytest.skip(f"{place} does not start ({str(error).splitlines()[0]}); the browser tests are skipped")
        yield opened
        opened.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """The service behind a real HTTP server."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(service.app, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh window of a desktop's size, in which no script may fail; closed before the server at `address` stops."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(10_000)
    opened, failures = context.new_page(), []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.on("console", lambda line: failures.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert not failures
