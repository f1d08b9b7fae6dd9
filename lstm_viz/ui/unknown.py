"""Addresses at which there is no page: they say so, and link to the first one.

Streamlit answers every path with its own page, which asks for its scripts beside it: below the name
of a page they are not there, and it stays blank.
"""

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from lstm_viz import i18n
from lstm_viz.i18n import _
from lstm_viz.studies import STUDIES
from lstm_viz.ui.bare import bare_page

NO_PAGES = {"static", "media", "component", "app", "_stcore"}  # what else Streamlit serves


class KnownPages:
    """Let requests for a page through if there is one; answer others in words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            headers = Headers(scope=scope)
            if "text/html" in headers.get("accept", "") and not is_known(scope["path"]):
                answer = _no_page(scope["path"], headers)
        await answer(scope, receive, send)


def _base() -> str:
    """The path below which the app is served, with a slash before it; "" for the whole server."""
    base = config.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


def is_known(path: str) -> bool:
    """Whether a page, or something of Streamlit's, is at a path."""
    first, *more = path.removeprefix(_base()).strip("/").split("/")
    alone = first in ("", *STUDIES) or "." in first  # an icon, a manifest
    return first in NO_PAGES or (alone and not more)


def _no_page(path: str, headers: Headers) -> HTMLResponse:
    i18n.use(headers.get("accept-language", "").split(",")[0])
    title, home = _("There is no such page"), _("To the first page of lstm_viz")
    said = _("Nothing is at {path}.").format(path=path)
    return bare_page(title, said, 404, (f"{_base()}/", home))
