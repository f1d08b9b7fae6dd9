"""Which architecture keeps the gradient? All of them on one input, by the gradient of the input."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.architectures import input_gradients
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.i18n import _
from lstm_viz.say.architectures import reach_sentence, reach_table
from lstm_viz.tables import concatenate
from lstm_viz.ui import long_runs, page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import net_options, reach_options

enter("architectures")
settings = sidebar()
st.title(_("Which architecture keeps the gradient?"), anchor=False)
answer = st.empty()
try:
    options = reach_options(runs.steps_of(settings))
    place = st.container()
    settings = net_options(settings)
    with place:
        results, bands = long_runs.reaches(settings, options)
except LstmVizError as error:
    page.refuse(error)
finding = reach_sentence(results, settings.weights_in_words())
answer.markdown(finding)
caption = settings.caption() + options.caption()
with place:
    page.note_short_input(settings.T, results[0].steps)
    chart(
        input_gradients(results, page.ground()),
        key="reach",
        alt=finding,
        filename=settings.slug(f"input_gradient_{options.slug()}"),
        caption=caption,
        table=lambda: concatenate(result.to_frame() for result in results),
    )
page.rates(reach_table(results))
st.subheader(_("As the sequence grows"), anchor=False)
chart(
    gradient_by_length(bands, page.ground(), fits=False, read="y"),
    key="reach_length",
    alt=finding,
    filename=settings.slug(f"first_input_by_length_{options.slug()}"),
    caption=caption,
    table=lambda: concatenate(band.to_frame() for band in bands),
)
page.prose("architectures")
