"""What happens as the sequence grows? The gradient at the first step against T."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.i18n import _
from lstm_viz.say.lengths import band_name, length_sentence
from lstm_viz.say.rates import rate_table
from lstm_viz.say.theory import theory_notes
from lstm_viz.tables import concatenate
from lstm_viz.ui import long_runs, page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import length_options, theory_options

enter("sequence_length")
settings = sidebar()
st.title(_("What happens as the sequence grows?"), anchor=False)
answer = st.empty()
quantity, seeds, also = length_options(runs.CELLS)
try:
    bands = long_runs.bands(settings, seeds, quantity, also)
except LstmVizError as error:
    page.refuse(error)
finding = length_sentence(bands)
answer.markdown(finding)
page.note_short_input(settings.T, bands[0].longest)
caption = settings.caption() + f", seeds = {seeds}" + "".join(f", also {cell}" for cell in also)
name = "_".join([f"sequence_length_{quantity}_{seeds}seeds", *also])
above = st.container()
theory = theory_options()
lines = runs.theory_by_length(settings, theory.keys, bands[: len(runs.CELLS)])
with above:
    chart(
        gradient_by_length(bands, page.ground(), references=lines),
        key="length",
        alt=finding,
        filename=settings.slug(theory.slug(name)),
        caption=caption + theory.caption(),
        table=lambda: concatenate(found.to_frame() for found in [*bands, *lines]),
    )
if lines and seeds > 1:
    st.caption(
        _(
            "Lines of theory are those of the first seed's networks; Pascanu's bound is the median"
            " of all seeds' bounds, which their median curve cannot pass."
        )
    )
if any(band.starts for band in bands if band.cell in {line.cell for line in lines}):
    st.caption(
        _(
            "Lines beside a curve that begins at the shortest length begin at its value there: they"
            " tell the slope, not a height that the curve cannot pass."
        )
    )
page.notes(theory_notes(lines, {band.cell: band.rate for band in bands}, settings.H))
page.rates(rate_table([(band_name(band), band.rate) for band in bands]))
page.prose("sequence_length")
