"""Reaction: from a key press on a slider to the redrawn figure, in Chromium.

    python benchmarks/reaction.py                              the chart component alone on a page
    python benchmarks/reaction.py --page app.py --slider NAME  a page of the app
    python benchmarks/reaction.py --page app.py --path /memory --slider NAME

Compared with a bare Streamlit page, `st.plotly_chart` with two lines of 2,000 points, in the same
run: presses alternate between the two pages, one Chromium holds both. A figure counts as redrawn in
the first animation frame in which a line or an image in it differs from what it was at the press.
Prints both medians and their ratio. Needs playwright and a Chromium (CHROMIUM_PATH).
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
LINES = """
import numpy as np
import plotly.graph_objects as go
import streamlit as st

rate = st.slider("rate", 1, 100, 10)
t = np.arange(2000)
figure = go.Figure([go.Scatter(x=t, y=np.cos(t * rate / 1e4) + k) for k in (0, 1)])
"""
BARE = LINES + "st.plotly_chart(figure)\n"
COMPONENT = f"""
import gc
import pandas as pd
from lstm_viz.ui.chart import chart
{LINES}
figure.update_layout(uirevision="keep", height=450)
chart(figure, key="c", alt=f"{{rate}}", filename="c", caption="c", table=pd.DataFrame)
if "frozen" not in st.session_state:
    gc.collect()
    gc.freeze()
    st.session_state.frozen = True
"""
WATCH = """figure => {
    const drawn = () => {
        const plot = document.querySelectorAll('.js-plotly-plot')[figure];
        const kinds = 'path.js-line, .heatmaplayer image, .barlayer path';
        const marks = plot?.querySelectorAll(kinds) ?? [];
        return [...marks].map(e => e.getAttribute('d') ?? e.getAttribute('href')).join('|');
    };
    const before = drawn();
    let pressed = null;
    window.reaction = null;
    const note = event => { pressed = event.timeStamp; };
    addEventListener('keydown', note, { once: true, capture: true });
    const look = () => {
        const now = pressed === null ? '' : drawn();
        if (now && now !== before) window.reaction = performance.now() - pressed;
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


@contextmanager
def server(script: Path) -> Iterator[str]:
    """Run `script` with Streamlit on a free port; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_healthy(process: subprocess.Popen, url: str, seconds: float = 60) -> None:
    """Return once the server answers; raise RuntimeError if it ends or stays silent."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no Streamlit server at {url}")


def opened(browser, url: str, slider: str | None, figure: int) -> tuple[Page, object]:
    """Return a page whose figure is drawn, and its slider (the first one if not named)."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_function(
        "n => document.querySelectorAll('.js-plotly-plot .main-svg').length > n", arg=figure
    )
    handle = page.get_by_role("slider", name=slider) if slider else page.get_by_role("slider")
    handle.first.wait_for()
    page.wait_for_timeout(2000)  # late chunks of Streamlit's own
    return page, handle.first


def reaction(page: Page, handle, figure: int, key: str = "ArrowRight") -> float:
    """Press `key` on the slider; return the milliseconds until the figure is another one."""
    page.bring_to_front()
    handle.focus()
    page.evaluate(WATCH, figure)
    page.keyboard.press(key)
    page.wait_for_function("() => window.reaction !== null", timeout=20_000)
    milliseconds = page.evaluate("window.reaction")
    page.wait_for_timeout(250)  # let the run and its clean-up end
    return milliseconds


def measure(bare: str, ours: str, options: argparse.Namespace) -> dict[str, list[float]]:
    """Press both pages' sliders in turn; return each one's milliseconds, warm-up left out."""
    chromium = (
        os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        pages = {
            "bare": (*opened(browser, bare, None, 0), 0),
            "ours": (*opened(browser, ours, options.slider, options.figure), options.figure),
        }
        for press in range(options.presses + 3):
            for name, page in pages.items():
                milliseconds = reaction(*page)
                if press >= 3:
                    times[name].append(milliseconds)
        browser.close()
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--page", help="script to run instead of a page with the component alone")
    parser.add_argument("--path", default="", help="path of the page within the app")
    parser.add_argument("--slider", help="accessible name of the slider; the first one by default")
    parser.add_argument("--figure", type=int, default=0, help="which figure of the page to watch")
    parser.add_argument("--presses", type=int, default=21)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        (folder / "component.py").write_text(COMPONENT, encoding="utf-8")
        bare = stack.enter_context(server(folder / "bare.py"))
        script = ROOT / options.page if options.page else folder / "component.py"
        ours = stack.enter_context(server(script)) + options.path
        times = measure(bare, ours, options)
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        spread = f"{min(values):.0f} to {max(values):.0f}"
        print(f"{name}: median {middle[name]:.0f} ms of {len(values)} presses, {spread} ms")
    print(f"ratio of medians: {middle['ours'] / middle['bare']:.2f}")


if __name__ == "__main__":
    main()
