"""The running server: nobody outside is asked, and who is refused is told why."""

import os
import re
import shutil
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import free_port, started

ROOT = Path(__file__).parents[2]
DOCUMENTATION = "192.0.2.1"  # nobody's; a datagram socket that is bound towards it sends nothing
WATCHED = """
import os, socket

def watched(name, own):
    def call(*given, **named):
        with open(os.environ["SOCKETS"], "a") as file:
            print(name, given[1:] if name == "connect" else given[:2], file=file)
        return own(*given, **named)
    return call

class Watched(socket.socket):
    connect = watched("connect", socket.socket.connect)
    connect_ex = watched("connect", socket.socket.connect_ex)

socket.socket = Watched
socket.getaddrinfo = watched("lookup", socket.getaddrinfo)
"""


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A server for a whole network, by the configuration's recipe: (said, sockets, port)."""
    folder, port = tmp_path_factory.mktemp("classroom"), free_port()
    (folder / "sitecustomize.py").write_text(WATCHED)
    recipe = re.search(r"^# (STREAMLIT\S+) (STREAMLIT\S+) (streamlit run app.py)$", _config(), re.M)
    variables = dict(given.split("=") for given in recipe.groups()[:2])
    variables |= {"SOCKETS": str(folder / "sockets"), "STREAMLIT_SERVER_PORT": str(port)}
    variables |= {"STREAMLIT_SERVER_HEADLESS": "true", "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", *recipe[3].split()]
    with (folder / "said").open("wb") as said:
        url = f"http://localhost:{port}"
        process = started(command, ROOT, os.environ | variables, url, stdout=said, stderr=said)
    yield (folder / "said"), (folder / "sockets"), port
    process.terminate()
    process.wait(timeout=20)


def _config():
    return (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")


def called(port, path="/_stcore/stream", upgrade=True, **headers):
    """(status, text) of what the server answers; 101 opens a WebSocket."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    if upgrade:
        headers |= {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = "" if answer.status == 101 else answer.read().decode()
    connection.close()
    return answer.status, text


def test_neither_the_start_nor_a_foreign_origin_makes_the_server_ask_anyone(classroom):
    _said, sockets, port = classroom
    for origin in ("https://evil.example", "null", f"http://evil.example:{port}"):
        for _time in range(3):
            status, text = called(port, Origin=origin)
            assert status == 403 and origin in text
        assert called(port, "/", upgrade=False, Origin=origin)[0] == 421
    asked = sockets.read_text() if sockets.exists() else ""
    outside = [
        line
        for line in asked.splitlines()
        if not re.search(rf"'(0\.0\.0\.0|localhost|127\.\d+\.\d+\.\d+|::1?|{DOCUMENTATION})'", line)
    ]
    assert asked and not outside  # the watch itself works: it has seen the machine's own address


def test_the_recipe_for_a_classroom_works_as_printed(classroom, page):
    said, _sockets, port = classroom
    urls = re.findall(r"http://[^\s,;]+", said.read_text())
    names = [urlsplit(url).hostname for url in urls]
    assert {"localhost", socket.gethostname(), "reading.example"} <= set(names)
    assert all(urlsplit(url).port == port for url in urls)
    for name in names:
        assert called(port, Host=f"{name}:{port}", Origin=f"http://{name}:{port}")[0] == 101
    page.goto(urls[0])
    page.get_by_role("heading", level=1, name="Does the gradient survive?").wait_for()


def test_a_refused_name_is_told_in_the_page(classroom, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.2:{classroom[2]}/gates")  # this machine, by a name it does not go by
    page.get_by_text("was called 127.0.0.2").wait_for()
    context.close()


NGINX = """
daemon off; pid FOLDER/pid; error_log FOLDER/errors;
events {}
http {
    access_log off;
    client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fast;
    uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    server {
        listen PASSING;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        location / { proxy_pass http://127.0.0.1:SERVER; }
        location /lab/ { proxy_pass http://127.0.0.1:SERVER/; }
    }
    server {
        listen SILENT;
        location / { proxy_pass http://127.0.0.1:SERVER; }
    }
}
"""


@pytest.fixture(scope="module")
def proxy(classroom, tmp_path_factory):
    """Ports of an nginx before that server: one hands the Host on, one does not."""
    if shutil.which("nginx") is None:
        pytest.skip("no nginx")
    folder, ports = tmp_path_factory.mktemp("nginx"), (free_port(), free_port())
    names = {"FOLDER": folder, "SERVER": classroom[2], "PASSING": ports[0], "SILENT": ports[1]}
    text = NGINX
    for name, value in names.items():
        text = text.replace(name, str(value))
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(["nginx", "-e", folder / "errors", "-c", folder / "nginx.conf"])
    yield ports
    process.terminate()
    process.wait(timeout=20)


@pytest.mark.parametrize("prefix", ["", "/lab"])
def test_a_proxy_may_put_the_app_below_a_path(proxy, page, prefix):
    page.goto(f"http://localhost:{proxy[0]}{prefix}/")
    page.get_by_role("link", name="Which way does the gradient take?").click()
    page.get_by_role("heading", level=1, name="Which way does the gradient take?").wait_for()
    page.locator(".lv-plot .main-svg").first.wait_for(state="attached")
    assert urlsplit(page.url).path == f"{prefix}/paths"


def test_a_proxy_that_keeps_the_host_to_itself_serves_a_name_that_is_known(proxy, page):
    page.goto(f"http://localhost:{proxy[1]}/")
    page.get_by_role("heading", level=1, name="Does the gradient survive?").wait_for()


def test_the_page_behind_a_proxy_of_an_unknown_name_is_told_why(proxy, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.2:{proxy[1]}/")
    page.get_by_text(f"The page comes from http://127.0.0.2:{proxy[1]}, but").wait_for()
    context.close()
