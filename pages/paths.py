"""Which way does the gradient take? What arrives at a state, split by path, at every step."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.paths import direct_and_total, path_shares
from lstm_viz.i18n import _
from lstm_viz.say.paths import paths_sentence
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import path_options

enter("paths")
settings = sidebar()
st.title(_("Which way does the gradient take?"), anchor=False)
answer = st.empty()
cell, loss = path_options()
try:
    split = runs.paths(settings, cell, loss)
except LstmVizError as error:
    page.refuse(error)
finding = paths_sentence(split)
answer.markdown(finding)
page.note_short_input(settings.T, split.steps)
shared = dict(
    alt=finding,
    caption=settings.caption() + f", network = {cell}, loss = {loss} step",
    table=split.to_frame,
    cursor="time",
)
chart(
    path_shares(split, page.ground()),
    key="path_shares",
    filename=settings.slug(f"paths_{cell}_{loss}"),
    **shared,
)
st.subheader(_("What enters at each step, and what passes through it"), anchor=False)
chart(
    direct_and_total(split, page.ground()),
    key="direct_and_total",
    filename=settings.slug(f"direct_and_total_{cell}_{loss}"),
    **shared,
)
page.prose("paths")
