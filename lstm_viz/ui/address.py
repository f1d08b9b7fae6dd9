"""The address in the browser: one entry of its history for each visit of a page.

Streamlit makes a new entry of every query that it is told. address.js lets it replace the present
entry instead, so that its own account of the address stays right. At the beginning of a session,
when that may not have been loaded yet, the component alone writes the address.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.components.v2 import component

from lstm_viz.studies import STUDIES

FIRST = next(iter(STUDIES))  # the page whose path is /
KEY = "_address"
_mount = component(
    "lstm_viz_address",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show(
    query: dict[str, str], page: str, begins: bool, recall: Callable[[dict[str, str]], None]
) -> None:
    """Write a query into the history's entry for this visit of a page.

    begins : whether the session does
    recall : called, before the page runs again, with the query that the browser knows where a new
        session took the place of one that had ended, and was not told its settings
    """

    def recalled() -> None:
        text = st.session_state[KEY].recalled
        if isinstance(text, str):
            recall(dict(parse_qsl(text, keep_blank_values=True)))

    path = "" if page == FIRST else page
    with st.sidebar:
        _mount(
            key=KEY,
            data={"query": urlencode(query), "path": path, "begins": begins},
            on_recalled_change=recalled,
            on_reconnected_change=lambda: None,
        )
    if not begins and st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
