"""The server around the pages: found by Streamlit in app.py, and what it adds to every answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from lstm_viz.ui.server import HEADERS, MIDDLEWARE

ROOT = Path(__file__).parents[1]


def test_streamlit_finds_the_server_in_the_pages_script():
    assert discover_asgi_app(ROOT / "app.py").import_string == "app:app"


def answered(kind, headers):
    """The headers of an answer that came with `headers` and went through the middleware."""
    sent = []

    async def application(scope, receive, send):
        await send({"type": f"{kind}.response.start", "status": 200, "headers": headers})

    async def send(message):
        sent.append(message)

    for layer in reversed(MIDDLEWARE):
        application = layer.cls(application, *layer.args, **layer.kwargs)
    call = application({"type": kind, "path": "/", "headers": []}, None, send)
    with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this one
        pool.submit(asyncio.run, call).result()
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("name", HEADERS)
def test_every_answer_has_the_headers_and_keeps_its_own(name):
    assert answered("http", [])[name.lower()] == HEADERS[name]
    own = [(name.lower().encode(), b"its own")]
    assert answered("http", own)[name.lower()] == "its own"


def test_other_messages_pass_as_they_are():
    assert answered("websocket.http", []) == {}
