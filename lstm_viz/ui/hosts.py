"""By which names browsers reach this server, and who may speak with it: no look at the network."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from lstm_viz.i18n import _

EVERY = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}  # all addresses of this machine
LOOPBACK = ["localhost", "127.0.0.1"]
STARTED_BY_STREAMLIT = ("starlette-app", "starlette-app-direct")
HOSTS, ORIGINS = "server.allowedHosts", "server.corsAllowedOrigins"


def names_of(address: str | None) -> list[str]:
    """The names of a server that listens at `address`; the first is for a browser right here."""
    if not address:
        return LOOPBACK[:1]
    if address not in EVERY:
        return [address]
    return [*filter(None, ("localhost", socket.gethostname(), _own_address(EVERY[address])))]


def _own_address(family: socket.AddressFamily) -> str | None:
    """The address by which the network knows this machine; nothing is sent to find it."""
    far = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # for documentation, nobody's
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
        except OSError:
            return None
        return probe.getsockname()[0]


@asynccontextmanager
async def known_by_its_own_names(_app: object) -> AsyncIterator[None]:
    """While the server runs it answers to its machine's names too, and it has said where it is."""
    configured, own = config.get_option(HOSTS), names_of(config.get_option("server.address"))
    named = [name for name in configured if "*" not in name and name not in LOOPBACK]
    if configured:  # otherwise it answers to any
        config.set_option(HOSTS, list(dict.fromkeys([*configured, *LOOPBACK, *own])))
    if config._server_mode in STARTED_BY_STREAMLIT:  # who else starts it says so, and knows where
        urls = [url(name) for name in dict.fromkeys([*own, *named])]
        text = _("lstm_viz is at {addresses}; Ctrl-C stops it")
        print(text.format(addresses=", ".join(urls)), flush=True)
    yield


def refusal(host: str | None, origin: str | None) -> str | None:
    """Why a request is refused, for its reader; None for one that comes in.

    host : by which the request calls this server
    origin : the page that sent it, "https://reading.example"; None if that is not told
    """
    if not is_host_allowed(host):
        return _(
            "This server was called {host}, a name that it does not go by. Whoever runs it can add"
            " the name to the variable {variable} and start it again."
        ).format(host=host or "?", variable=_variable(HOSTS))
    if origin is None or _is_own(origin, host):
        return None
    return _(
        "The page comes from {origin}, but this server was called {host}. If there is a proxy"
        " between them, whoever runs it can have it pass the Host header on, or add the proxy's"
        " name to the variable {variable}."
    ).format(origin=origin, host=host, variable=_variable(HOSTS))


def _is_own(origin: str, host: str | None) -> bool:
    """Whether a page is this server's own: of the same host, or of a name that it goes by.

    A pattern such as *.streamlit.app is no such name: it covers other people's pages.
    """
    if origin in config.get_option(ORIGINS):
        return True
    try:
        came_from = urlsplit(origin)
        name, called = came_from.hostname, urlsplit(f"//{host}")
    except ValueError:
        return False
    if not name:
        return False
    literal = {own.strip().lower().rstrip(".") for own in config.get_option(HOSTS)}
    return came_from.netloc.lower() == called.netloc.lower() or name in literal


def _variable(option: str) -> str:
    return config.get_config_options()[option].env_var


def url(name: str) -> str:
    """The address to open in a browser, where the server has this name."""
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    path = config.get_option("server.baseUrlPath").strip("/")
    place = f"[{name}]" if ":" in name else name
    return f"{scheme}://{place}:{config.get_option('server.port')}" + (f"/{path}" if path else "")
