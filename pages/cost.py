"""What does it cost? Parameters, operations, waiting steps and measured time of each network."""

import streamlit as st

from lstm_viz.analysis.timing import PASSES, timings
from lstm_viz.errors import LstmVizError
from lstm_viz.figures.cost_views import costs_by_size, counted_costs, measured_times
from lstm_viz.i18n import _
from lstm_viz.say.cost import cost_sentence, cost_table, overtaking_sentence, timing_sentence
from lstm_viz.tables import concatenate
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.measuring import measured
from lstm_viz.ui.options import along_option, match_option, net_options, timing_options

enter("cost")
settings = sidebar()
st.title(_("What does it cost?"), anchor=False)
answer = st.empty()
with st.container(horizontal=True):
    matched, along = match_option(), along_option()
place = st.container()
settings = net_options(settings)
try:
    steps = runs.steps_of(settings)
    curves = runs.costs(settings, matched)
except LstmVizError as error:
    page.refuse(error)
finding = f"{cost_sentence(curves, steps)} {overtaking_sentence(curves)}"
answer.markdown(finding)
sizes = "parameters" if matched else "H"
caption = f"{settings.caption()}, equal {sizes}"
if along == "T":
    shown, figure = curves, counted_costs(curves, page.ground())
else:
    shown = runs.costs_by_size(settings, matched)
    figure = costs_by_size(shown, page.ground())
with place:
    page.note_short_input(settings.T, steps)
    chart(
        figure,
        key="counted",
        alt=finding,
        filename=settings.slug(f"cost_by_{along}_equal_{sizes}"),
        caption=caption,
        table=lambda: concatenate(curve.to_frame() for curve in shown),
    )
page.rates(cost_table(curves, steps))
st.subheader(_("Measured on the machine that this app runs on"), anchor=False)
told = st.empty()
longest, passes = timing_options()
times = measured([curve.spec for curve in curves], longest)
if times:
    found = timings(times, passes)
    told.markdown(timing_sentence(found))
    chart(
        measured_times(found, page.ground()),
        key="measured",
        alt=timing_sentence(found),
        filename=settings.slug(f"time_{passes}_equal_{sizes}"),
        caption=f"{caption}, passes = {passes}",
        table=lambda: concatenate(t.to_frame() for own in PASSES for t in timings(times, own)),
    )
page.prose("cost")
