"""The browser's history and the address: one entry a visit, and settings that come back."""

import pytest

from tests.browser.conftest import ROOT, _start, free_port

TITLES = {"gates": "What do the gates do?", "one_step": "Inside one step"}
TITLES[""] = "Does the gradient survive?"
CONNECTION = "document.querySelector('[data-test-connection-state]').dataset.testConnectionState"
DRAWN_AGAIN = """() => {
    const app = document.querySelector('[data-test-connection-state]');
    let lost = false, drawing = false;
    window.drawnAgain = false;
    new MutationObserver(() => {
        lost ||= app.dataset.testConnectionState !== 'CONNECTED';
        const back = lost && app.dataset.testConnectionState === 'CONNECTED';
        window.drawnAgain ||= back && drawing && app.dataset.testScriptState === 'notRunning';
        drawing = back && app.dataset.testScriptState === 'running';
    }).observe(app, { attributes: true });
}"""  # what a restarted server's first run of the page leaves


class Reader:
    """A page whose address and controls are looked at together."""

    def __init__(self, page, url):
        self.page, self.url = page, url

    def press(self, key):
        self.page.locator(f".st-key-{key}").get_by_role("slider").press("ArrowRight")

    def go(self, path):
        links = self.page.get_by_test_id("stSidebarNav")
        links.get_by_role("link", name=TITLES[path], exact=True).click()

    def sees(self, path, entries, **settings):
        """Wait for a page with these settings, in its address and in its controls."""
        heading = self.page.get_by_role("heading", level=1, name=TITLES[path], exact=True)
        heading.wait_for()
        query = "&".join(f"{key}={value}" for key, value in settings.items())
        self.page.wait_for_url(f"{self.url}/{path}?{query}&v=1")
        for key, value in settings.items():
            if key in ("T", "gain"):
                shown = "([k, v]) => document.querySelector(`.st-key-${k} input`)?.value == v"
                self.page.wait_for_function(shown, arg=[key, value])
        assert self.page.evaluate("history.length") == entries


def test_a_visit_is_one_entry_and_comes_back_with_its_settings(page, app_url):
    reader = Reader(page, app_url)
    page.goto(f"{app_url}/gates?T=30&H=4")
    first = page.evaluate("history.length")
    reader.sees("gates", first, T=30, H=4)
    for gain in (1.05, 1.1):
        reader.press("gain")
        reader.sees("gates", first, T=30, H=4, gain=gain)
    reader.go("")
    reader.sees("", first + 1, T=30, H=4, gain=1.1)
    reader.press("T")
    reader.sees("", first + 1, T=31, H=4, gain=1.1)
    page.go_back()
    reader.sees("gates", first + 1, T=30, H=4, gain=1.1)
    page.go_forward()
    reader.sees("", first + 1, T=31, H=4, gain=1.1)
    page.reload()
    reader.sees("", first + 1, T=31, H=4, gain=1.1)
    page.go_back()
    reader.sees("gates", first + 1, T=30, H=4, gain=1.1)
    reader.go("one_step")  # shared settings hold from there on
    reader.sees("one_step", first + 1, T=30, H=4, gain=1.1)
    page.goto(f"{app_url}/?T=2000&theory=bound,zzz")
    page.get_by_text("T = 2000 is not possible here: 1000 is the most").wait_for()
    page.wait_for_url(f"{app_url}/?T=1000&theory=bound&v=1")


@pytest.mark.parametrize("path", ["nowhere", "one_step/extra"])
def test_an_address_without_a_page_says_so_and_links_home(page, app_url, path):
    assert page.goto(f"{app_url}/{path}").status == 404
    page.get_by_text(f"Nothing is at /{path}.").wait_for()
    page.get_by_role("link").click()
    Reader(page, app_url).page.get_by_role("heading", level=1, name=TITLES[""]).wait_for()


@pytest.fixture
def restart():
    """Return restart(page=None): end a server of its own, begin it anew; its address, the same."""
    port, running = free_port(), []

    def begin(page=None):
        if running:
            running.pop().kill()
            page.wait_for_function(f"() => {CONNECTION} !== 'CONNECTED'")
        running.append(_start(ROOT / "app.py", (), port)[0])
        if page:
            page.wait_for_function(f"() => {CONNECTION} === 'CONNECTED'", timeout=40_000)
        return f"http://127.0.0.1:{port}"

    yield begin
    for server in running:
        server.kill()


def test_a_session_that_is_lost_loses_nothing(page, restart):
    url = restart()
    reader = Reader(page, url)
    page.goto(f"{url}/?T=30&H=4&pin=T%3D20%26H%3D4")
    first = page.evaluate("history.length")
    pin = {"H": 4, "pin": "T%3D20%26H%3D4"}
    reader.sees("", first, T=30, **pin)
    restart(page)
    reader.press("gain")
    reader.sees("", first, T=30, **pin, gain=1.05)
    page.get_by_text("pinned").first.wait_for()
    restart(page)
    reader.go("gates")
    reader.sees("gates", first + 1, T=30, **pin, gain=1.05)
    reader.press("T")
    reader.sees("gates", first + 1, T=31, **pin, gain=1.05)
    page.evaluate(DRAWN_AGAIN)
    restart(page)
    page.wait_for_function("() => window.drawnAgain")
    page.go_back()
    reader.sees("", first + 1, T=30, **pin, gain=1.05)
    page.goto(f"{url}/?source=csv")
    content = b"a,b\n" + b"1,2\n2,5\n" * 20
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("This input has 40 steps").wait_for()
    restart(page)
    page.get_by_text("The file mine.csv").wait_for()
