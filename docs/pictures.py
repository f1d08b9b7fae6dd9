"""Draw the pictures of the documentation.

    python -m docs.pictures gallery     docs/gallery/*.png, by the code in docs/gallery.md
    python -m docs.pictures home        docs/home.png, the app's first page as the README shows it

Needs playwright and a Chromium (CHROMIUM_PATH).
"""

import argparse
import base64
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import plotly
import plotly.graph_objects as go
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.reaction import server
from lstm_viz.figures.theme import layout_of

DOCS = Path(__file__).parent
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
WIDTH = 760
HOME: ViewportSize = {"width": 1280, "height": 800}
DRAW = "([json, width, height]) => Plotly.toImage(JSON.parse(json), {format: 'png', width, height})"


def steps(gallery: str) -> list[tuple[str, str | None]]:
    """Return each code block and the path of the picture that follows it, before the next block."""
    blocks = re.findall(r"```python\n(.*?)```(.*?)(?=```python|\Z)", gallery, re.DOTALL)
    pictures = (re.search(r"!\[.+?\]\((.+?)\)", after) for _code, after in blocks)
    return [(code, found and found[1]) for (code, _), found in zip(blocks, pictures, strict=True)]


def figures(gallery: str) -> Iterator[tuple[str, go.Figure]]:
    """Run the code from top to bottom; yield each picture's path and the figure made for it."""
    names: dict = {"__name__": "gallery"}
    for code, picture in steps(gallery):
        exec(compile(code, "gallery.md", "exec"), names)
        if picture is not None:
            yield picture, names.pop("figure")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a Chromium, closed at the end."""
    named = (os.environ.get("CHROMIUM_PATH"), *map(shutil.which, ("chromium", "google-chrome")))
    with sync_playwright() as playwright:
        path = next(filter(None, named), None)
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def save(image: bytes, path: Path) -> None:
    """Write a PNG with 128 colours, which makes it small."""
    few = Image.open(io.BytesIO(image)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    path.parent.mkdir(exist_ok=True)
    few.save(path, optimize=True)


def drawn(page: Page, figure: go.Figure) -> bytes:
    """Return a figure as plotly.js draws it, a PNG."""
    layout = layout_of(figure)
    size = [layout.width or WIDTH, layout.height or 420]
    url = page.evaluate(DRAW, [figure.to_json(), *size])
    return base64.b64decode(url.partition(",")[2])


def draw_gallery(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(path=PLOTLY_JS)
    for name, figure in figures((DOCS / "gallery.md").read_text(encoding="utf-8")):
        save(drawn(page, figure), DOCS / name)


def draw_home(browser: Browser) -> None:
    with server(DOCS.parent / "app.py") as url:
        page = browser.new_page(viewport=HOME, color_scheme="light")
        page.goto(url)
        page.wait_for_function("() => document.querySelector('.lv-plot')?.calcdata?.length")
        page.wait_for_timeout(3000)  # fonts, and what Streamlit fades in
        save(page.screenshot(), DOCS / "home.png")


if __name__ == "__main__":
    kinds = {"gallery": draw_gallery, "home": draw_home}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=kinds, nargs="+")
    with chromium() as started:
        for kind in parser.parse_args().kind:
            kinds[kind](started)
