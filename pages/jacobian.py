"""How does one step stretch the gradient? Singular values, eigenvalues, Lyapunov exponents."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.jacobian import eigenvalue_plane, exponents, stretch_by_distance
from lstm_viz.i18n import _
from lstm_viz.say.jacobian import exponents_table, jacobian_sentence, spectra_table
from lstm_viz.tables import concatenate
from lstm_viz.ui import long_runs, page
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import chain_option

enter("jacobian")
settings = sidebar()
st.title(_("How does one step stretch the gradient?"), anchor=False)
answer = st.empty()
cell = chain_option()
try:
    values, spectrum, blocks = long_runs.stretching(settings, cell)
except LstmVizError as error:
    page.refuse(error)
finding = jacobian_sentence(values, cell, blocks, spectrum)
answer.markdown(finding)
page.note_short_input(settings.T, spectrum.steps)
shared = dict(alt=finding, caption=settings.caption() + f", network = {cell}")
chart(
    stretch_by_distance(values, cell, blocks, page.ground()),
    key="stretch",
    filename=settings.slug(f"singular_values_{cell}"),
    table=values.to_frame,
    **shared,
)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(_("Eigenvalues of U"), anchor=False)
    chart(
        eigenvalue_plane(blocks, page.ground()),
        key="eigenvalues",
        filename=settings.slug(f"eigenvalues_{cell}"),
        table=lambda: concatenate(block.to_frame() for block in blocks),
        **shared,
    )
    page.rates(spectra_table(blocks))
with right:
    st.subheader(_("Lyapunov exponents"), anchor=False)
    chart(
        exponents(spectrum, cell, page.ground()),
        key="exponents",
        filename=settings.slug(f"lyapunov_{cell}"),
        table=spectrum.to_frame,
        **shared,
    )
    page.rates(exponents_table(spectrum))
page.prose("jacobian")
