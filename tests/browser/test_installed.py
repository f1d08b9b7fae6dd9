"""The app from its wheel: installed by the container's script, started where it does not belong.

The environment is new but for the dependencies: it borrows those of the one that runs the tests,
so that nothing is downloaded.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from http.client import HTTPConnection
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lstm_viz.sweeps import sources
from tests.browser.conftest import free_port, started

ROOT = Path(__file__).parents[2]
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
BORROWED = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
STRANGER = """
[server]
port = 1
baseUrlPath = "elsewhere"
[theme]
base = "dark"
[theme.light]
backgroundColor = "#FF0000"
headingFont = "monospace"
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the container's script is for a shell")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment that the container's script has made, from the files that a build is given."""
    _skip_without_what_is_pinned()
    place = tmp_path_factory.mktemp("installed")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").replace("**/", "").split()
    shutil.copytree(ROOT, place / "sources", ignore=shutil.ignore_patterns(*ignored))
    command = ["sh", "container.sh", ".", place / "environment", "--no-index"]
    done = subprocess.run(
        [*command, "--no-build-isolation"],
        cwd=place / "sources",
        env=BORROWED | {"PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return place / "environment"


def _skip_without_what_is_pinned():
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name, wanted in re.findall(r"^([\w-]+)==(\S+)", pins, re.MULTILINE):
        if version(name) != wanted:
            pytest.skip(f"{name} {version(name)} is here, requirements.txt wants {wanted}")
    if not find_spec("setuptools") or int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("the wheel is built with setuptools 77 or newer, of requirements-dev.txt")


@pytest.fixture
def stranger(tmp_path):
    """A folder with another app's configuration."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(STRANGER)
    return tmp_path


@pytest.fixture
def start(environment, stranger):
    """Return start(command) -> the app's address, served from within the stranger's folder."""
    processes = []

    def start(command):
        port = free_port()
        command = [part.replace("/opt/lstm_viz", str(environment)) for part in command]
        url = f"http://localhost:{port}"
        variables = BORROWED | {"STREAMLIT_SERVER_PORT": str(port)}
        processes.append(started(command, stranger, variables, url))
        return url

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=20)


def test_the_wheel_carries_all_that_the_app_consists_of(environment):
    [package] = environment.glob("lib/*/site-packages/lstm_viz")
    app = {"app.py", ".streamlit/config.toml"}
    app |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py")}
    assert _files(package / "_app") == app
    template = {"locale/lstm_viz.pot"}  # for translators, who have a checkout
    whole = _files(ROOT / "lstm_viz") - template
    assert _files(package) - {f"_app/{name}" for name in app} == whole


def test_results_of_the_wheel_and_of_the_checkout_are_of_one_library(environment, tmp_path):
    command = [environment / "bin" / "python", "-c"]
    command += ["from lstm_viz.sweeps import sources; print(sources.library())"]
    done = subprocess.run(command, cwd=tmp_path, env=BORROWED, capture_output=True, text=True)
    assert done.stdout.strip() == sources.library(), done.stderr


def _files(folder):
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if path.suffix != ".pyc"}


def test_a_deep_link_into_the_installed_app_whatever_folder_it_is_started_in(start, page):
    url = start(["/opt/lstm_viz/bin/lstm-viz", "app", "--no-browser"])
    page.goto(f"{url}/gates?T=30")
    page.get_by_role("heading", level=1, name="What do the gates do?", exact=True).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.lv-plot .main-svg').length >= 3")
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    assert links.count() == len(list((ROOT / "pages").glob("*.py")))
    ground = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    heading = "getComputedStyle(document.querySelector('h1')).fontFamily"
    assert "mono" not in page.evaluate(heading).lower()


def test_what_the_container_runs_is_healthy_and_answers_to_this_machine_alone(start):
    health, command = map(json.loads, re.findall(r"CMD (\[.*\])$", CONTAINER, re.MULTILINE))
    port = urlsplit(start(command)).port
    here = sys.executable, *(part.replace("8501", str(port)) for part in health[1:])
    subprocess.run(here, check=True, capture_output=True)
    for name in ("localhost", "127.0.0.1", socket.gethostname()):
        assert _handshake(port, f"{name}:{port}") == 101
    assert _handshake(port, f"example.org:{port}") == 403
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", CONTAINER, re.MULTILINE)


def _handshake(port, host):
    """Return what the server answers to a WebSocket that calls it by this name: 101 opens it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket"}
    headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
