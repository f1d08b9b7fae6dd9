"""Where `lstm-viz app` says that it is, and when it opens a browser."""

import socket

import pytest

from lstm_viz.ui import launch


@pytest.mark.parametrize(
    ("browser", "headless", "opened"), [(True, False, 1), (True, True, 0), (False, False, 0)]
)
def test_a_browser_is_opened_where_there_is_a_screen_and_it_is_wanted(
    browser, headless, opened, monkeypatch, capsys
):
    urls = []
    monkeypatch.setattr(launch.webbrowser, "open", urls.append)
    monkeypatch.setattr(launch.config, "get_option", {"server.headless": headless}.get)
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        launch._announce(["localhost", "fd00::2"], port, browser)
    here = f"http://localhost:{port}"
    assert urls == [here] * opened
    said = f"lstm_viz is at {here}, http://[fd00::2]:{port}; Ctrl-C stops it\n"
    assert capsys.readouterr().out == said


def test_a_server_for_the_network_has_the_names_of_its_machine():
    assert launch._names("localhost") == ["localhost"]
    assert launch._names("reading.example") == ["reading.example"]
    local, name, *addresses = launch._names("0.0.0.0")
    assert (local, name) == ("localhost", socket.gethostname())
    for address in addresses:  # none where there is no network
        socket.create_server((address, 0)).close()  # it is one of this machine's
