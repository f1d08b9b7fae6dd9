"""Start the app from wherever it is installed, as `streamlit run app.py` does in a checkout."""

import errno
import os
import socket
import webbrowser
from contextvars import copy_context
from functools import partial
from pathlib import Path
from threading import Thread
from time import sleep

import click
from streamlit import config
from streamlit.web import cli as streamlit

from lstm_viz.errors import InputError
from lstm_viz.i18n import _

PACKAGE = Path(__file__).parents[1]
EVERY = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}  # all addresses of this machine
LOOPBACK = ["localhost", "127.0.0.1"]


def run(host: str, port: int, browser: bool) -> None:
    """Serve the app at `host` and `port` until it is interrupted; open it in the browser if asked.

    Raises
    ------
    InputError
        If nothing can listen there.
    """
    _check_free(host, port)
    os.chdir(_folder())  # Streamlit reads .streamlit/ of the present folder: let it be the app's
    names = _names(host)
    announce = partial(copy_context().run, _announce)  # in the language of this context
    Thread(target=announce, args=(names, port, browser), daemon=True).start()
    options = ["--server.address", host, "--server.port", str(port)]
    options += ["--logger.hideWelcomeMessage", "true"]
    if host not in LOOPBACK and "STREAMLIT_SERVER_ALLOWED_HOSTS" not in os.environ:
        for name in {*names, *LOOPBACK}:  # Streamlit's configuration here knows the latter alone
            options += ["--server.allowedHosts", name]
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


def _names(host: str) -> list[str]:
    """Return the names by which browsers reach a server that listens at `host`; the first, here."""
    if host not in EVERY:
        return [host]
    return [*filter(None, ("localhost", socket.gethostname(), _own_address(EVERY[host])))]


def _own_address(family: socket.AddressFamily) -> str | None:
    """Return the address by which the network knows this machine; nothing is sent to find it."""
    far = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # for documentation, nobody's
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def _announce(names: list[str], port: int, browser: bool) -> None:
    """Wait until the server answers, say where it is, and open it there."""
    while not _answers(names[0], port):
        sleep(0.1)
    urls = [f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}" for name in names]
    text = _("lstm_viz is at {addresses}; Ctrl-C stops it")
    print(text.format(addresses=", ".join(urls)), flush=True)
    if browser and not config.get_option("server.headless"):  # no screen: Streamlit knows
        webbrowser.open(urls[0])


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
