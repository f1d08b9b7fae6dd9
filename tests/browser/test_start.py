"""One app whoever starts it; `streamlit run` does in all other tests of this folder."""

import os
import signal
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
    "lstm-viz": ["-m", "lstm_viz", "app", "--port", "PORT", "--no-browser"],
    "uvicorn": ["-m", "uvicorn", "app:app", "--host", "localhost", "--port", "PORT"],
    "the app": ["-c", FROM_THE_APP],
    "a host that knows scripts alone": ["-c", SCRIPT_ALONE],
}


@pytest.fixture(params=LAUNCHERS)
def launched(request):
    """(launcher, its process, the app's address)"""
    port = str(free_port())
    command = [sys.executable, *(part.replace("PORT", port) for part in LAUNCHERS[request.param])]
    url = f"http://localhost:{port}"
    process = started(command, ROOT, os.environ, url)
    yield request.param, process, url
    process.kill()
    process.wait()


def test_every_launcher_serves_a_deep_link_first(launched, page):
    launcher, process, url = launched
    page.goto(f"{url}/sequence_length?T=30")
    page.get_by_role("heading", level=1, name="What happens as the sequence grows?").wait_for()
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    assert links.count() == len(list((ROOT / "pages").glob("*.py")))
    if launcher != "a host that knows scripts alone":  # it brings a server of its own
        with urllib.request.urlopen(url) as answer:
            assert all(answer.headers[name] == value for name, value in HEADERS.items())
    if launcher == "lstm-viz" and os.name == "posix":
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
