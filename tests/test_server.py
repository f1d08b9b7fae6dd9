"""The server around the pages: found by Streamlit in app.py, and what it adds to every answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.app_discovery import discover_asgi_app

from lstm_viz.ui import hosts
from lstm_viz.ui.server import HEADERS, MIDDLEWARE

ROOT = Path(__file__).parents[1]
NAMES = ["localhost", "reading.example", "*.streamlit.app"]


def test_streamlit_finds_the_server_in_the_pages_script():
    assert discover_asgi_app(ROOT / "app.py").import_string == "app:app"


@pytest.fixture(autouse=True)
def named():
    """A server that goes by NAMES."""
    before = config.get_option(hosts.HOSTS)
    config.set_option(hosts.HOSTS, NAMES)
    yield
    config.set_option(hosts.HOSTS, before)


def asked(kind="http", path="/", sent=(), **headers):
    """What came through the middleware, and what was answered: headers `sent`, or a refusal.

    headers : of the request, with _ for -
    """
    came, answers = [], []

    async def application(scope, receive, send):
        came.append(scope)
        await send({"type": f"{kind}.response.start", "status": 200, "headers": list(sent)})

    async def send(message):
        answers.append(message)

    for layer in reversed(MIDDLEWARE):
        application = layer.cls(application, *layer.args, **layer.kwargs)
    given = {"host": "localhost:8501", **headers}
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items() if v is not None]
    scope = {"type": kind, "method": "GET", "path": path, "headers": raw}
    call = application(scope, None, send)
    with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this one
        pool.submit(asyncio.run, call).result()
    return came, answers


def answered(kind="http", sent=()):
    """The headers of an answer that came with `sent` and went through the middleware."""
    _came, answers = asked(kind, sent=sent)
    return {name.decode().lower(): value.decode() for name, value in answers[0]["headers"]}


@pytest.mark.parametrize("name", HEADERS)
def test_every_answer_has_the_headers_and_keeps_its_own(name):
    assert answered()[name.lower()] == HEADERS[name]
    own = [(name.lower().encode(), b"its own")]
    assert answered(sent=own)[name.lower()] == "its own"


def test_other_messages_pass_as_they_are():
    assert answered("websocket.http") == {}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host, origin",
    [
        ("localhost:8501", None),
        ("localhost:8501", "http://localhost:8501"),
        ("reading.example", "https://reading.example"),
        ("Reading.Example.", "https://reading.example"),
        ("127.0.0.1:8501", None),
        ("mine.streamlit.app", "https://mine.streamlit.app"),
        ("localhost:8501", "https://reading.example"),  # a proxy that says another Host
        ("reading.example", "http://reading.example:8080"),  # or one without its port
    ],
)
def test_who_calls_the_server_by_its_name_from_its_own_page_comes_in(kind, host, origin):
    config.set_option(hosts.HOSTS, [*NAMES, "127.0.0.1"])
    came, _answers = asked(kind, "/_stcore/stream", host=host, origin=origin)
    assert len(came) == 1


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ["/", "/_stcore/stream", "/_stcore/upload_file/1/2"])
@pytest.mark.parametrize(
    "host, origin",
    [
        ("evil.example", None),
        (None, None),
        ("localhost:8501@evil.example", None),
        ("localhost:none", None),
        ("localhost:8501", "https://evil.example"),
        ("localhost:8501", "https://localhost.evil.example"),
        ("localhost:8501", "https://evil.example@[localhost"),
        ("localhost:8501", "null"),
        ("localhost:8501", ""),
        ("localhost:8501", "localhost:8501"),
        ("mine.streamlit.app", "https://evil.streamlit.app"),
        ("8.8.8.8", "http://8.8.8.8"),
    ],
)
def test_who_does_not_is_told_why(kind, path, host, origin):
    came, answers = asked(kind, path, host=host, origin=origin)
    assert not came and answers[0]["status"] in (403, 421)
    said = answers[1]["body"].decode()
    assert "STREAMLIT_SERVER_ALLOWED_HOSTS" in said and any(
        name and name in said for name in (origin, host, "?")
    )


def test_a_refused_reader_sees_a_page_in_which_no_text_of_others_is_code():
    _came, answers = asked(host="<script>alert(1)</script>", accept="text/html,*/*")
    said = answers[1]["body"].decode()
    assert "<h1>" in said and "<script>" not in said and "&lt;script&gt;" in said


def test_streamlit_is_left_nothing_to_ask_about_an_origin():
    came, _answers = asked("websocket", host="localhost:8501", origin="https://reading.example")
    assert dict(came[0]["headers"])[b"origin"] == b"http://localhost:8501"


def test_a_page_behind_a_proxy_of_another_name_is_told_at_streamlits_first_question():
    page = {"referer": "http://proxy.example:81/lab/gates?T=3"}
    came, answers = asked(path="/lab/_stcore/health", **page)
    assert not came and answers[0]["status"] == 421
    assert "http://proxy.example:81," in answers[1]["body"].decode()
    assert asked(path="/gates", **page)[0]  # a link that was followed


@pytest.mark.parametrize("configured", [NAMES, []])
def test_a_running_server_goes_by_its_machines_names_too(configured):
    config.set_option(hosts.HOSTS, configured)
    address = config.get_option("server.address")
    config.set_option("server.address", "0.0.0.0")

    async def running():
        async with hosts.known_by_its_own_names(None):
            return config.get_option(hosts.HOSTS)

    try:
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(asyncio.run, running()).result()
    finally:
        config.set_option("server.address", address)
    own = {*hosts.LOOPBACK, *hosts.names_of("0.0.0.0")}
    assert set(found) == ({*configured, *own} if configured else set())


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_text_become_code():
    policy = dict(own.split(" ", 1) for own in HEADERS["Content-Security-Policy"].split("; "))
    assert "http" not in HEADERS["Content-Security-Policy"] and "*" not in policy.values()
    assert not {"'unsafe-eval'", "'unsafe-inline'"} & set(policy["script-src"].split())
    assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'"
