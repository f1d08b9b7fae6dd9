"""One figure on a page: drawn by Plotly.react, saved where it stands, linked to a time cursor.

`st.plotly_chart` mounts a new plot at every change and loses the zoom; this component (chart.js)
hands the new figure to the plot that is there; what it reads of plotly.js beyond the documented
interface stands in plotly_inside.js. plotly.js comes from the installed plotly package,
served by this Streamlit server as the file of a component that is never mounted:
`declare_component` is the one public way to a URL that needs no configuration and holds offline and
behind a base path, and the version is the one that the figures were made for. Streamlit's own copy
sets `window.Plotly` too, but only after an `st.plotly_chart`, and nothing promises that it will.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import plotly
import plotly.graph_objects as go
import plotly.io
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.components.v2 import component

from lstm_viz.errors import SpecError
from lstm_viz.figures.instead import or_said
from lstm_viz.i18n import _

_HERE = Path(__file__).parent
_PLOTLY_JS = Path(plotly.__file__).parent / "package_data"
_URL = "lv-plotly-url"
_SCRIPTS = ("plotly_inside.js", "chart.js")  # one text: an inline component imports nothing
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
    alt: str,
    filename: str,
    caption: str,
    table: Callable[[], pd.DataFrame],
    cursor: str | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw `figure` with buttons that save it as PNG, SVG, HTML and CSV.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        With explicit colours, `layout.height` in pixels, and `layout.uirevision` to keep the zoom.
        Where `layout.meta["cursor"] == "slider"`, the figure's slider is its time, not its x axis.
    key : str
        One a page; the plot on screen stays the same as long as its key does.
    alt : str
        What a reader who does not see the figure must know: the finding. It stands in
        the place of a figure that has nothing to draw.
    filename : str
        Name of the files without suffix; carries the settings and the seed.
    caption : str
        Written below the figure in PNG, SVG and HTML: the settings and the seed.
    table : () -> DataFrame
        The figure's data, tidy; called when the CSV is asked for.
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
        "alt": alt,
        "caption": caption,
        "filename": filename,
        "cursor": cursor,
        "csv": f".st-key-{csv_key} button",
        "plotly": _plotly_url(),
        "words": _words(),
    }
    picking: dict[str, Any] = {} if on_pick is None else {"on_picked_change": _picked(key, on_pick)}
    shown = or_said(figure, alt, st.context.theme.type or "light")
    _mount(key=key, data=_payload(header, shown), **picking)
    st.download_button(
        "CSV",
        data=lambda: table().to_csv(index=False, lineterminator="\n"),
        file_name=f"{filename}.csv",
        mime="text/csv",
        on_click="ignore",
        key=csv_key,
    )


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
        "html": _("Save as HTML, to open without a server"),
        "csv": _("Save the data as CSV"),
        "failed": _("This figure cannot be drawn:"),
        "not_saved": _("Could not be saved:"),
    }
