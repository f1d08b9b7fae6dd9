"""The frame around all pages: page config, warm-up and navigation."""

import gc

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from threadpoolctl import threadpool_limits

from lstm_viz import i18n
from lstm_viz.i18n import translated
from lstm_viz.studies import STUDIES
from lstm_viz.ui import memory
from lstm_viz.ui.address import FIRST

ENTERED = "_entered_through_app"
# A title in the navigation is the page's heading, whole: Streamlit would cut it to one line.
WRAPPED = """<style>[data-testid=stSidebarNavLink] p {
    display: block; padding: 0.3rem 0; line-height: 1.2; white-space: normal !important;
}</style>"""
# Streamlit's captions keep too little contrast on a light ground.
READABLE = """<style>[data-testid=stCaptionContainer], [data-testid=stCaptionContainer] p {
    color: inherit; opacity: 0.9;
}</style>"""


@st.cache_resource(show_spinner=False)
def _warm_up() -> None:
    """Have the process ready for many readers.

    Figures' imports are kept out of garbage collection, which Streamlit does after each run of a
    script, and which otherwise takes most of its time. Matrices are multiplied by one thread each:
    many that wait for one another at every product take ten times the processor's time.
    """
    import pandas  # noqa: F401  (a first import in two threads at once can fail)
    import plotly.graph_objects as go

    go.Figure(go.Scatter()).to_json()
    threadpool_limits(1)
    gc.collect()
    gc.freeze()


def announce() -> None:
    """Have a server know from the start that app.py puts up its pages, not only from its first run.

    Until then Streamlit runs the scripts in pages/ by themselves.
    """
    PagesManager.uses_pages_directory = False


def run() -> None:
    """Set up the page and run the one that the address names."""
    i18n.use(st.context.locale)
    st.set_page_config(page_title="lstm_viz", page_icon="〰️", layout="wide")
    _warm_up()
    pages = [
        st.Page(f"pages/{name}.py", title=translated(study.QUESTION), default=name == FIRST)
        for name, study in STUDIES.items()
    ]
    st.html(WRAPPED + READABLE)
    current = st.navigation(pages)
    st.session_state[ENTERED] = True
    current.run()


def enter(page: str) -> None:
    """Begin a page, within its frame. To be called first on every page.

    Where nothing has been announced, Streamlit runs a page that a link names without app.py: the
    page then puts up the frame itself, and runs once more within it.
    """
    if ENTERED not in st.session_state:
        run()
        st.stop()
    memory.arrive(page)
