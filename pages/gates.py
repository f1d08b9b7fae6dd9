"""What do the gates do? Activations, saturation and gradients of an LSTM's gates over time."""

import streamlit as st

from lstm_viz.analysis.gates import gate_views
from lstm_viz.errors import LstmVizError
from lstm_viz.figures.gate_views import gate_heatmaps, gate_lines, saturation
from lstm_viz.findings import gates_sentence
from lstm_viz.i18n import _
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter

enter("gates")
settings = sidebar()
st.title(_("What do the gates do?"), anchor=False)
try:
    views = gate_views(runs.survivals(settings)[1])
except LstmVizError as error:
    page.refuse(error)
finding = gates_sentence(views)
st.markdown(finding)
page.note_short_input(settings.T, views.steps)
shared = dict(alt=finding, caption=settings.caption(), cursor="time")
chart(
    gate_lines(views, page.ground()),
    key="gate_lines",
    filename=settings.slug("gate_means"),
    table=views.summary.to_frame,
    **shared,
)
st.subheader(_("Every unit, and the gradient beside it"), anchor=False)
chart(
    gate_heatmaps(views.pairs, page.ground()),
    key="gate_heatmaps",
    filename=settings.slug("gate_heatmaps"),
    table=views.to_frame,
    **shared,
)
st.subheader(_("How much is saturated"), anchor=False)
chart(
    saturation(views.summary, page.ground()),
    key="saturation",
    filename=settings.slug("gate_saturation"),
    table=views.summary.to_frame,
    **shared,
)
page.prose("gates")
