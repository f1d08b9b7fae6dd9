"""What the app's server has besides Streamlit's own: middleware around every request, and routes.

app.py hands all to `st.App`. Middleware is plain ASGI; the first of the list sees a request first.
A route answers any Host and Origin that `Guard` lets in.
"""

import hashlib
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lstm_viz import i18n
from lstm_viz.i18n import _
from lstm_viz.ui import hosts
from lstm_viz.ui.bare import bare_page
from lstm_viz.ui.unknown import KnownPages

STREAMLITS_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
MISDIRECTED = 421  # Streamlit's page shows the JSON of a refusal, unless the code is 403
FORBIDDEN = 403


def _policy() -> str:
    """What pages may load, all of it from here; of scripts within a page, Streamlit's alone."""
    text = STREAMLITS_PAGE.read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = [b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in inline]
    scripts = " ".join(f"'sha256-{own}'" for own in digests)
    return "; ".join(
        [
            "default-src 'self'",
            # Components of the second kind are blobs; WebAssembly reads Streamlit's messages.
            f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}",
            "style-src 'self' 'unsafe-inline'",  # Streamlit and plotly write styles as they go
            "img-src 'self' data: blob:",
            "connect-src 'self' data: blob:",  # a picture that is saved is fetched as data
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


HEADERS = {
    "Content-Security-Policy": _policy(),
    "X-Frame-Options": "SAMEORIGIN",  # for browsers that do not know frame-ancestors
    "X-Content-Type-Options": "nosniff",  # an answer is what it says, never a guess at its bytes
    "Referrer-Policy": "same-origin",  # an address holds the reader's settings
}


class WithHeaders:
    """Put HEADERS on every HTTP answer that does not have its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Guard:
    """Let in who calls this server by its name from a page of its own; tell others why not.

    Streamlit would let any Host see its empty page, and ask services outside what this machine's
    address is before it refuses an Origin: so whom this lets in comes to it from its own page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        i18n.use(headers.get("accept-language", "").split(",")[0])
        why = hosts.refusal(headers.get("host"), _origin(scope, headers))
        if why is None:
            await self.app(_from_here(scope, headers), receive, send)
        else:
            await _refused(why, scope, headers)(scope, receive, send)


def _origin(scope: Scope, headers: Headers) -> str | None:
    """The page that a request comes from.

    Streamlit's page asks for its health before it opens its WebSocket; a browser tells no Origin
    with that, but the page's address: there the page can show why it is refused. For that it needs
    its own scripts, which are the same for all.
    """
    if "/static/" in scope["path"]:
        return None
    page = headers.get("referer")
    if "origin" in headers or page is None or "/_stcore/" not in scope["path"]:
        return headers.get("origin")
    return "{0.scheme}://{0.netloc}".format(urlsplit(page))


def _from_here(scope: Scope, headers: Headers) -> Scope:
    """The same WebSocket's request as if its page had called the server as the request does."""
    if scope["type"] != "websocket" or "origin" not in headers:
        return scope
    own = MutableHeaders(raw=list(scope["headers"]))
    scheme = {"wss": "https"}.get(scope.get("scheme", "ws"), "http")
    own["origin"] = f"{scheme}://{headers['host']}"
    return {**scope, "headers": own.raw}


def _refused(why: str, scope: Scope, headers: Headers) -> Response:
    if scope["type"] == "websocket":
        return PlainTextResponse(why, FORBIDDEN)
    if "text/html" not in headers.get("accept", ""):
        return JSONResponse(why, MISDIRECTED)
    return bare_page(_("lstm_viz does not answer here"), why, MISDIRECTED)


MIDDLEWARE = [Middleware(WithHeaders), Middleware(Guard), Middleware(KnownPages)]
ROUTES: list[BaseRoute] = []
