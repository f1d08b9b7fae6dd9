"""A browser and Streamlit servers for end-to-end tests.

`serve(script)` starts `streamlit run script` once a session and returns its address; `app_url` is
the app's own. `page` is one tab for all tests, quick because it has compiled the app's scripts;
`new_page(...)` opens another of its own. Both fail their test on an uncaught error in the page, on
what the server's content security policy forbids, or on a request to anywhere but this machine.
What `wait_for_function` waits for is a function: the policy forbids text as code.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("LSTM_VIZ_REQUIRE_BROWSER") == "1"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ARGS += ["--disable-background-networking", "--disable-component-update"]

VIOLATIONS = """document.addEventListener("securitypolicyviolation", event => console.error(
    `against the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`,
    `${event.sourceFile}:${event.lineNumber}`));"""


def _missing(reason: str) -> None:
    (pytest.fail if REQUIRED else pytest.skip)(reason)


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named if Path(named).is_file() else None
    return next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the session; without one, tests skip, or fail where it is required."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    path = _chromium()
    if path is None:
        _missing("no Chromium: set CHROMIUM_PATH, or put chromium or google-chrome on the PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield started
        started.close()


@pytest.fixture
def new_page(browser) -> Iterator[Callable]:
    """Return `new_page(width=1280, height=900, color_scheme="light", **context options)`."""
    yield from _tabs(browser)


@pytest.fixture(scope="module")
def new_tab(browser) -> Iterator[Callable]:
    """The same for a page that all tests of a module look at."""
    yield from _tabs(browser)


def _tabs(browser) -> Iterator[Callable]:
    contexts, faults = [], []

    def open_(**options):
        page = _opened(browser, **options)
        contexts.append(page.context)
        _watch(page, faults)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture(scope="session")
def _tab(browser):
    """One tab for the session: scripts that it has compiled need not be compiled again."""
    return _opened(browser)


@pytest.fixture
def page(_tab):
    """A page of 1280 by 900 pixels with a light ground; the tab is that of the tests before."""
    faults: list[str] = []
    listeners = _watch(_tab, faults)
    _tab.set_viewport_size({"width": 1280, "height": 900})
    yield _tab
    _tab.goto("about:blank")
    for event, listener in listeners.items():
        _tab.remove_listener(event, listener)
    assert not faults, faults


def _opened(browser, width: int = 1280, height: int = 900, color_scheme: str = "light", **options):
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme=color_scheme, **options)
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def _watch(page, faults: list[str]) -> dict[str, Callable]:
    listeners = {
        "pageerror": lambda error: faults.append(f"error in the page: {error}"),
        "console": lambda said: faults.extend(_violation(said.text)),
        "request": lambda request: faults.extend(_outside(request.url)),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    return listeners


def _violation(text: str) -> list[str]:
    return [text] if text.startswith("against the policy: ") else []


def _outside(url: str) -> list[str]:
    parts = urlsplit(url)
    local = parts.scheme in ("data", "blob", "file", "about") or parts.hostname in (
        "localhost",
        "127.0.0.1",
    )
    return [] if local else [f"request to the outside: {url}"]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable]:
    """Return `serve(script, *options) -> address`; `script` is relative to the repository."""
    servers: dict[tuple, tuple[subprocess.Popen, str]] = {}

    def start(script: str | Path, *options: str) -> str:
        if (script, *options) not in servers:
            servers[script, *options] = _start(ROOT / script, options)
        return servers[script, *options][1]

    yield start
    for process, _url in servers.values():
        process.terminate()
    for process, _url in servers.values():
        process.wait(timeout=20)


def _start(
    script: Path, options: tuple[str, ...], port: int | None = None
) -> tuple[subprocess.Popen, str]:
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    command += ["--browser.gatherUsageStats", "false"]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    url = f"http://127.0.0.1:{port}" + _base_path(options)
    return started(command, ROOT, environment, url), url


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def started(
    command: list[str], folder: Path, environment: dict, url: str, **options
) -> subprocess.Popen:
    """Start a server and return its process when it answers at `url`."""
    options = {"stdout": subprocess.DEVNULL, **options}
    process = subprocess.Popen(command, cwd=folder, env=environment, **options)
    try:
        _wait_until_healthy(process, url)
    except BaseException:
        process.kill()
        raise
    return process


def _base_path(options: tuple[str, ...]) -> str:
    named = dict(zip(options[::2], options[1::2], strict=True)).get("--server.baseUrlPath")
    return f"/{named}" if named else ""


def _wait_until_healthy(process: subprocess.Popen, url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server ended with code {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not answer at {url} within {seconds} s")


@pytest.fixture(scope="session")
def app_url(serve) -> str:
    """The address of the app itself."""
    if not (ROOT / "app.py").exists():
        pytest.skip("there is no app.py")
    return serve("app.py")
