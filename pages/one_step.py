"""Inside one step: a drawn cell with the actual numbers of one unit, forward and backward."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures import cell_diagram
from lstm_viz.i18n import _
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar, step_options
from lstm_viz.ui.equations import show_equations
from lstm_viz.ui.frame import enter

enter("one_step")
settings = sidebar()
st.title(_("Inside one step"), anchor=False)
answer = st.empty()
try:
    results = runs.survivals(settings)
except LstmVizError as error:
    page.refuse(error)
place = step_options(results[0].steps, settings.H)
page.note_short_input(settings.T, results[0].steps)
for result in results:
    page.note_failure(result)
lstm, rnn = runs.one_step(results, place)
finding = cell_diagram.describe(lstm, place.direction)
answer.markdown(finding)
name = settings.slug(f"one_step_t{place.step}_unit{place.unit}_{place.direction}")
caption = settings.caption() + f", t = {place.step}, unit = {place.unit}"
wide, narrow = st.columns([58, 42], gap="medium")
with wide:
    st.subheader(_("LSTM"), anchor=False)
    chart(
        cell_diagram.lstm_cell(lstm, direction=place.direction, ground=page.ground()),
        key="lstm_cell",
        alt=finding,
        filename=name + "_lstm",
        caption=caption,
        table=lstm.to_frame,
    )
    show_equations(lstm, place.direction)
with narrow:
    st.subheader(_("Plain RNN"), anchor=False)
    chart(
        cell_diagram.rnn_cell(rnn, direction=place.direction, ground=page.ground()),
        key="rnn_cell",
        alt=cell_diagram.describe(rnn, place.direction),
        filename=name + "_rnn",
        caption=caption,
        table=rnn.to_frame,
    )
    show_equations(rnn, place.direction)
page.prose("one_step")
