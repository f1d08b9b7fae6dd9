"""What happens as the sequence grows? The gradient at the first step against T."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.figures.theme import label
from lstm_viz.findings import length_sentence, rate_table
from lstm_viz.i18n import _
from lstm_viz.tables import concatenate
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import length_options, sidebar
from lstm_viz.ui.frame import enter

enter("sequence_length")
settings = sidebar()
st.title(_("What happens as the sequence grows?"), anchor=False)
answer = st.empty()
quantity, seeds = length_options()
try:
    bands = runs.bands(settings, seeds, quantity)
except LstmVizError as error:
    page.refuse(error)
finding = length_sentence(bands)
answer.markdown(finding)
page.note_short_input(settings.T, bands[0].longest)
chart(
    gradient_by_length(bands, quantity, page.ground()),
    key="length",
    alt=finding,
    filename=settings.slug(f"sequence_length_{quantity}_{seeds}seeds"),
    caption=settings.caption() + f", seeds = {seeds}",
    table=lambda: concatenate(band.to_frame() for band in bands),
)
page.rates(rate_table([(label(band.cell), band.rate) for band in bands]))
page.prose("sequence_length")
