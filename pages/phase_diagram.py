"""Where is the edge between vanishing and exploding? Many networks as one diagram."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.phase import phase_figure
from lstm_viz.i18n import _
from lstm_viz.say.phase import phase_sentence
from lstm_viz.ui import long_runs, page
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import chain_option, phase_options

enter("phase_diagram")
settings = sidebar()
st.title(_("Where is the edge between vanishing and exploding?"), anchor=False)
answer = st.empty()
cell = chain_option()
place_of_figure = st.container()
options = phase_options(cell)
try:
    diagram, place, edge = long_runs.phase(settings, options)
except LstmVizError as error:
    page.refuse(error)
finding = phase_sentence(diagram, place)
answer.markdown(finding)
page.note_short_input(settings.T, diagram.steps)
with place_of_figure:
    chart(
        phase_figure(diagram, place, edge, page.ground()),
        key="phase",
        alt=finding,
        filename=settings.slug(f"phase_diagram_{options.cell}_{options.n}x{options.n}"),
        caption=settings.caption() + options.caption(),
        table=diagram.to_frame,
        on_pick=long_runs.take_over(settings, diagram),
    )
    st.caption(
        _("Click a point of the diagram to take its settings over to this and all other pages.")
    )
page.prose("phase_diagram")
