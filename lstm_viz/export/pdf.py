"""A picture as PDF: a Chromium on this machine prints it, its lines and letters as such.

The picture may come from a stranger's browser. It is shown as an image, in which no script runs and
nothing is loaded, in a Chromium that resolves no name; one prints at a time.
"""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import threading
from functools import cache
from html import escape
from pathlib import Path

from lstm_viz.errors import InputError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (  # where it is not on the PATH: macOS, Windows
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ALONE = (  # no request to anywhere, nothing left behind
    *("--headless", "--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
SECONDS = 60  # after which a browser is given up
MOST = 30_000_000  # characters of a picture
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'">
<style>@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }}
img {{ display: block; width: {width}px; height: {height}px }}</style></head>
<body><a href="{link}"><img src="data:image/svg+xml;base64,{image}"></a></body></html>"""
_printing = threading.Lock()


@cache
def chromium() -> str | None:
    """The path of a Chromium, Chrome or Edge on this machine, of CHROMIUM_PATH first; or None."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return shutil.which(named)
    found = (*map(shutil.which, NAMES), *filter(os.path.isfile, ELSEWHERE))
    return next(filter(None, found), None)


def printed(svg: str, title: str, link: str) -> bytes:
    """An SVG whose root has width and height in pixels as a PDF of one page of that size.

    title : what a reader's window is called; link : where a click on the page leads, if to the web

    Raises InputError if there is no Chromium, or it does not print, or svg is none.
    """
    size = re.match(r'<svg\b[^>]*?\swidth="(\d{1,5})" height="(\d{1,5})"', svg)
    if size is None or len(svg) > MOST:
        raise InputError("no-picture")
    width, height = size.groups()
    link = link if re.match(r"https?://", link) else ""
    image = base64.b64encode(svg.encode()).decode()
    words = {"title": escape(title), "link": escape(link)}
    return _print(PAGE.format(image=image, width=width, height=height, **words))


def _print(page: str) -> bytes:
    program = chromium()
    if program is None:
        raise InputError("no-chromium")
    with _printing, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        command = [program, *ALONE, *_unboxed(), f"--user-data-dir={folder}"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()]
        try:
            nothing = subprocess.DEVNULL
            subprocess.run(command, stdin=nothing, stdout=nothing, stderr=nothing, timeout=SECONDS)
            return target.read_bytes()
        except (OSError, subprocess.TimeoutExpired):
            raise InputError("not-printed", program=Path(program).name) from None


def _unboxed() -> tuple[str, ...]:
    """Chromium starts without its sandbox alone if the machine's administrator runs it."""
    return ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
