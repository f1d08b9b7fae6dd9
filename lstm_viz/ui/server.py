"""What the app's server has besides Streamlit's own: middleware around every request, and routes.

app.py hands both to `st.App`. Middleware is plain ASGI; the first of the list sees a request first.
A route answers any Host, whatever server.allowedHosts says: one that matters has to look itself.
"""

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
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


MIDDLEWARE = [Middleware(WithHeaders)]
ROUTES: list[BaseRoute] = []
