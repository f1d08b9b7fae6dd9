"""A step's equations on the page: in symbols, and below with their numbers."""

import streamlit as st

from lstm_viz.analysis.equations import equations
from lstm_viz.analysis.step_record import showable
from lstm_viz.i18n import _


def show_equations(step, direction: str) -> None:
    """Write the equations of one direction, or of both, as far as their numbers are finite."""
    titles, way = {"forward": _("Forward"), "backward": _("Backward")}, showable(step, direction)
    for own in [own for own in titles if way in (own, "both")]:
        lines = [f"{symbols}\n  {numbers}" for symbols, numbers in equations(step, own)]
        st.markdown(f"**{titles[own]}**")
        st.code("\n\n".join(lines), language=None, wrap_lines=True)
