"""One app whoever starts it; `streamlit run` does in all other tests of this folder."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from lstm_viz.ui.server import HEADERS
from tests.browser.conftest import free_port, started

ROOT = Path(__file__).parents[2]
SCRIPT_ALONE = """
from streamlit.web import bootstrap
options = {"server_port": PORT, "server_headless": True}
bootstrap.load_config_options(options)
bootstrap.run("app.py", False, [], options)
"""
FROM_THE_APP = "import app; app.app.run(config={'server.port': PORT, 'server.headless': True})"
LAUNCHERS = {
    "uvicorn": ["-m", "uvicorn", "app:app", "--host", "localhost", "--port", "PORT"],
    "the app": ["-c", FROM_THE_APP],
    "a host that knows scripts alone": ["-c", SCRIPT_ALONE],
}


@pytest.fixture
def launch():
    """Return launch(arguments of Python, **options of Popen) -> (process, the app's address)."""
    processes = []

    def launch(arguments, **options):
        port = str(free_port())
        command = [sys.executable, *(part.replace("PORT", port) for part in arguments)]
        url = f"http://localhost:{port}"
        processes.append(started(command, ROOT, os.environ, url, **options))
        return processes[-1], url

    yield launch
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_every_launcher_serves_a_deep_link_first(launcher, launch, page):
    _process, url = launch(LAUNCHERS[launcher])
    page.goto(f"{url}/sequence_length?T=30")
    page.get_by_role("heading", level=1, name="What happens as the sequence grows?").wait_for()
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    assert links.count() == len(list((ROOT / "pages").glob("*.py")))
    if launcher != "a host that knows scripts alone":  # it brings a server of its own
        assert _has_headers(url)


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_the_command_in_a_checkout_ends_in_a_line(launch):
    command = ["-m", "lstm_viz", "app", "--port", "PORT", "--no-browser"]
    process, url = launch(
        command,
        stderr=subprocess.PIPE,
        # A shell's background job ignores the interrupt, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert _has_headers(url)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 130
    assert said.strip() == "lstm-viz: stopped"


def _has_headers(url):
    with urllib.request.urlopen(url) as answer:
        return all(answer.headers[name] == value for name, value in HEADERS.items())
