"""What was set stays set: a widget forgets its value when it is not drawn, or on another page."""

from collections.abc import Iterable

import streamlit as st

VALUES, ARRIVED = "_memory", "_arrived"


def arrive(page: str) -> None:
    """Note which page this run draws."""
    st.session_state[ARRIVED] = st.session_state.get("_page") != page
    st.session_state["_page"] = page


def recall() -> None:
    """Give values back to widgets that are about to be drawn.

    The address speaks when a session begins, which has no memory yet; from then on it follows.
    """
    everything = st.session_state.get(ARRIVED, False)
    for key, value in st.session_state.get(VALUES, {}).items():
        if everything or key not in st.session_state:
            st.session_state[key] = value


def remember(keys: Iterable[str]) -> None:
    """Keep the values of those keys that have one."""
    known = {key: st.session_state[key] for key in keys if key in st.session_state}
    st.session_state[VALUES] = st.session_state.get(VALUES, {}) | known
