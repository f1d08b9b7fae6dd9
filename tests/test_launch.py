"""By which names a server goes, and when `lstm-viz app` opens a browser."""

import socket

import pytest

from lstm_viz.ui import hosts, launch


@pytest.mark.parametrize("headless", [False, True])
def test_a_browser_is_opened_where_there_is_a_screen(headless, monkeypatch):
    urls = []
    monkeypatch.setattr(launch.webbrowser, "open", urls.append)
    monkeypatch.setattr(launch, "url", "http://{}".format)
    monkeypatch.setattr(launch.config, "get_option", {"server.headless": headless}.get)
    with socket.create_server(("localhost", 0)) as server:
        launch._open("localhost", server.getsockname()[1])
    assert urls == [] if headless else ["http://localhost"]


@pytest.mark.parametrize(
    "name, path, url",
    [
        ("localhost", "", "http://localhost:8600"),
        ("fd00::2", "", "http://[fd00::2]:8600"),
        ("reading.example", "/lab/", "http://reading.example:8600/lab"),
    ],
)
def test_an_address_has_port_and_path(name, path, url, monkeypatch):
    options = {"server.port": 8600, "server.baseUrlPath": path}
    monkeypatch.setattr(hosts.config, "get_option", options.get)
    assert hosts.url(name) == url


def test_a_server_for_the_network_has_the_names_of_its_machine():
    assert hosts.names_of("localhost") == ["localhost"]
    assert hosts.names_of("reading.example") == ["reading.example"]
    local, name, *addresses = hosts.names_of("0.0.0.0")
    assert (local, name) == ("localhost", socket.gethostname())
    for address in addresses:  # none where there is no network
        socket.create_server((address, 0)).close()  # it is one of this machine's
