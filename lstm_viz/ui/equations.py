"""A step's equations on the page: in symbols, and below with their numbers."""

import streamlit as st

from lstm_viz.analysis.equations import equations
from lstm_viz.i18n import _


def show_equations(step, direction: str) -> None:
    """Write the equations of one direction, or of both."""
    titles = {"forward": _("Forward"), "backward": _("Backward")}
    for own in ("forward", "backward") if direction == "both" else (direction,):
        lines = [f"{symbols}\n  {numbers}" for symbols, numbers in equations(step, own)]
        st.markdown(f"**{titles[own]}**")
        st.code("\n\n".join(lines), language=None, wrap_lines=True)
