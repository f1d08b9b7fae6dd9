"""What does it cost? Parameters, operations, waiting steps and measured time of each network."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.cost_views import counted_costs, measured_times
from lstm_viz.findings_cost import (
    cost_sentence,
    cost_table,
    overtaking_sentence,
    timing_sentence,
)
from lstm_viz.i18n import _
from lstm_viz.tables import concatenate
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import longest_option, match_option, net_options, sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.measuring import measured

enter("cost")
settings = sidebar()
st.title(_("What does it cost?"), anchor=False)
answer = st.empty()
matched = match_option()
place = st.container()
settings = net_options(settings)
try:
    curves = runs.costs(settings, matched)
except LstmVizError as error:
    page.refuse(error)
finding = f"{cost_sentence(curves, settings.T)} {overtaking_sentence(curves)}"
answer.markdown(finding)
sizes = "parameters" if matched else "H"
caption = f"{settings.caption()}, equal {sizes}"
with place:
    chart(
        counted_costs(curves, page.ground()),
        key="counted",
        alt=finding,
        filename=settings.slug(f"cost_equal_{sizes}"),
        caption=caption,
        table=lambda: concatenate(curve.to_frame() for curve in curves),
    )
page.rates(cost_table(curves, settings.T))
st.subheader(_("Measured on the machine that this app runs on"), anchor=False)
told = st.empty()
timings = measured([curve.spec for curve in curves], longest_option())
if timings:
    told.markdown(timing_sentence(timings))
    chart(
        measured_times(timings, page.ground()),
        key="measured",
        alt=timing_sentence(timings),
        filename=settings.slug(f"time_equal_{sizes}"),
        caption=caption,
        table=lambda: concatenate(timing.to_frame() for timing in timings),
    )
page.prose("cost")
