"""One figure on a page: drawn by Plotly.react, saved where it stands, linked to a time cursor.

`st.plotly_chart` mounts a new plot at every change and loses the zoom; this component (chart.js)
hands the new figure to the plot that is there; what it reads of plotly.js beyond the documented
interface stands in plotly_inside.js. plotly.js comes from the installed plotly package,
served by this Streamlit server as the file of a component that is never mounted:
`declare_component` is the one public way to a URL that needs no configuration and holds offline and
behind a base path, and the version is the one that the figures were made for. Streamlit's own copy
sets `window.Plotly` too, but only after an `st.plotly_chart`, and nothing promises that it will.
"""

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import plotly
import plotly.graph_objects as go
import plotly.io
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.components.v2 import component

from lstm_viz.errors import InputError, LstmVizError, SpecError
from lstm_viz.export import pdf
from lstm_viz.figures.instead import or_said
from lstm_viz.i18n import _

_HERE = Path(__file__).parent
_PLOTLY_JS = Path(plotly.__file__).parent / "package_data"
_URL = "lv-plotly-url"
MOMENT = 10.0  # seconds
_SCRIPTS = (
    "plotly_inside.js",
    "picture.js",
    "chart.js",
)  # one text: an inline component imports nothing
_mount = component(
    "lstm_viz_chart",
    css=(_HERE / "chart.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    isolate_styles=False,  # plotly writes its style rules into the document, not into a shadow root
)


def chart(
    figure: go.Figure,
    *,
    key: str,
    title: str,
    alt: str,
    filename: str,
    caption: str,
    table: Callable[[], pd.DataFrame],
    cursor: str | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw `figure` with buttons that save it as PNG, SVG, PDF, HTML and CSV.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        With explicit colours, `layout.height` in pixels, and `layout.uirevision` to keep the zoom.
        Where `layout.meta["cursor"] == "slider"`, the figure's slider is its time, not its x axis.
        A slider below the figure has `layout.meta["slider"]` pixels of its height and margin, which
        a picture that cannot be moved does without.
    key : str
        One a page; the plot on screen stays the same as long as its key does.
    title : str
        Written above the figure where it is saved: what is shown.
    alt : str
        What a reader who does not see the figure must know: the finding. It stands in
        the place of a figure that has nothing to draw.
    filename : str
        Name of the files without suffix; carries the settings and the seed.
    caption : str
        Written below the figure where it is saved: the settings and the seed.
    table : () -> DataFrame
        The figure's data, tidy; called when the CSV is asked for, which also has the page's link.
    cursor : str, optional
        Figures on a page with the same `cursor` share one time cursor, a whole step of the x axis.

    on_pick : (int) -> None, optional
        Called, before the page runs again, with the number of the point that was clicked, of the
        trace whose number is `layout.meta["pick"]`, or of any of them if it is a list. The points
        of a heatmap are counted row by row.

    Raises
    ------
    SpecError
        If `alt` is blank or `filename` is no plain file name.
    """
    if not alt.strip():
        raise SpecError("blank-alt", key=repr(key))
    if not re.fullmatch(r"[^\\/:*?\"<>|\x00-\x1f]+", filename):
        raise SpecError("no-filename", key=repr(key), filename=repr(filename))
    csv_key = "lv-csv-" + re.sub(r"[^A-Za-z0-9_-]", "-", key)
    header = {
        "title": title,
        "ground": ground(),
        "pdf": _printed(key),
        "alt": alt,
        "caption": caption,
        "filename": filename,
        "cursor": cursor,
        "csv": f".st-key-{csv_key} button",
        "plotly": _plotly_url(),
        "words": _words(),
    }
    told: dict[str, Any] = {
        "on_ground_change": lambda: None,
        "on_print_change": lambda: _print(key, title),
    }
    if on_pick is not None:
        told["on_picked_change"] = _picked(key, on_pick)
    _mount(key=key, data=_payload(header, or_said(figure, alt, ground())), **told)
    link = address()
    st.download_button(
        "CSV",
        data=lambda: table().assign(link=link).to_csv(index=False, lineterminator="\n"),
        file_name=f"{filename}.csv",
        mime="text/csv",
        on_click="ignore",
        key=csv_key,
    )


def ground() -> str:
    """ "light" or "dark", as the reader's theme is."""
    return st.context.theme.type or "light"


def address() -> str:
    """The link that opens this page with these settings."""
    query = urlencode(st.query_params.to_dict())
    return f"{st.context.url or ''}?{query}".removesuffix("?")


def _pdf_of(key: str) -> str:
    return f"_pdf_{key}"


def _print(key: str, title: str) -> None:
    """Keep the picture that the browser sends, as PDF, or why it is none, for the next message."""
    asked = st.session_state[key].print
    if not isinstance(asked, dict):
        return
    try:
        pages = pdf.printed(str(asked.get("svg", "")), title, str(asked.get("link", "")))
        answer = {"pages": base64.b64encode(pages).decode()}
    except LstmVizError as error:
        answer = {"error": str(error)}
    st.session_state[_pdf_of(key)] = (time.monotonic(), answer | {"n": asked.get("n")})


def _printed(key: str) -> dict | None:
    """What was printed a moment ago: more than once, since a run may overtake another's message."""
    made, answer = st.session_state.get(_pdf_of(key), (0.0, None))
    if answer is None or time.monotonic() - made < MOMENT:
        return answer
    del st.session_state[_pdf_of(key)]
    return None


def _picked(key: str, on_pick: Callable[[int], None]) -> Callable[[], None]:
    """Hand the number that the browser sends on, if it is one."""

    def callback() -> None:
        number = st.session_state[key].picked
        if isinstance(number, int):
            on_pick(number)

    return callback


def _payload(header: dict, figure: go.Figure) -> bytes:
    """Return a line of JSON, then the figure's JSON: bytes travel without a second encoding."""
    return f"{json.dumps(header)}\n{plotly.io.to_json(figure, validate=False)}".encode()


def _plotly_url() -> str:
    """Return plotly.js's address relative to the app's, and have this server answer to it."""
    if _URL not in st.session_state:  # once a session: declaring inspects the stack, which is slow
        name = declare_component("plotly", path=_PLOTLY_JS).name
        st.session_state[_URL] = f"component/{name}/plotly.min.js?v={plotly.__version__}"
    return st.session_state[_URL]


def _words() -> dict[str, str]:
    return {
        "group": _("Save this figure"),
        "png": _("Save as PNG"),
        "svg": _("Save as SVG"),
        "pdf": _("Save as PDF"),
        "no_answer": _("the server did not answer; SVG has the same picture, sharp at any size"),
        "no_pdf": "" if pdf.chromium() else str(InputError("no-chromium")),
        "html": _("Save as HTML, to open without a server"),
        "csv": _("Save the data as CSV"),
        "failed": _("This figure cannot be drawn:"),
        "not_saved": _("Could not be saved:"),
    }
