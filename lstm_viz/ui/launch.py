"""Start the app from wherever it is installed, as `streamlit run app.py` does in a checkout."""

import errno
import os
import socket
import webbrowser
from pathlib import Path
from threading import Thread
from time import sleep

import click
from streamlit import config
from streamlit.web import cli as streamlit

from lstm_viz.errors import InputError
from lstm_viz.ui.hosts import names_of, url

PACKAGE = Path(__file__).parents[1]


def run(host: str, port: int, browser: bool) -> None:
    """Serve the app at `host` and `port` until it is interrupted; open it in the browser if asked.

    Raises
    ------
    InputError
        If nothing can listen there.
    """
    _check_free(host, port)
    os.chdir(_folder())  # Streamlit reads .streamlit/ of the present folder: let it be the app's
    if browser:
        Thread(target=_open, args=(names_of(host)[0], port), daemon=True).start()
    options = ["--server.address", host, "--server.port", str(port)]
    try:
        streamlit.main(["run", "app.py", *options], "streamlit", standalone_mode=False)
    except click.Abort as error:  # what click makes of Ctrl-C
        raise KeyboardInterrupt from error


def _folder() -> Path:
    """Where app.py, pages/ and .streamlit/ are: in the wheel, or in the checkout around this."""
    return next(f for f in (PACKAGE / "_app", PACKAGE.parent) if (f / "app.py").is_file())


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError("port-taken", port=port, host=host) from error
        reason = str(error.strerror).partition(" (")[0]
        raise InputError("port-unusable", port=port, host=host, reason=reason) from error


def _open(name: str, port: int) -> None:
    """Wait until the server answers, and open it in the browser."""
    while not _answers(name, port):
        sleep(0.1)
    if not config.get_option("server.headless"):  # no screen: Streamlit knows
        webbrowser.open(url(name))


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
