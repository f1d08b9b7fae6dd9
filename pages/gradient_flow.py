"""Does the gradient survive? RNN and LSTM on the same input, against the time step."""

from dataclasses import replace

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.gradient_flow import gradient_flow
from lstm_viz.i18n import _
from lstm_viz.say.rates import rate_table
from lstm_viz.say.survival import curve_name, pinned_sentence, survival_sentence, torch_note
from lstm_viz.say.theory import theory_notes
from lstm_viz.tables import flow_frame
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import pin, pinned, sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import theory_options
from lstm_viz.ui.plain import verbatim
from lstm_viz.ui.settings import TORCH, nearly_torch

enter("gradient_flow")
settings = sidebar()
st.title(_("Does the gradient survive?"), anchor=False)
try:
    results = runs.survivals(settings)
except LstmVizError as error:
    page.refuse(error)
ghosts = runs.pinned_survivals()
finding = survival_sentence(results)
if ghosts:
    finding += " " + pinned_sentence(results, ghosts, settings.changes_since(pinned()))
st.markdown(verbatim(finding))
page.note_short_input(settings.T, results[0].steps)
above = st.container()
pin(settings)
theory = theory_options()
lines = runs.theory_over_time(settings, theory.keys)
caption = settings.caption() + theory.caption()
if ghosts:
    caption += settings.caption_of(pinned())
with above:
    chart(
        gradient_flow(results, page.ground(), ghosts, lines),
        key="flow",
        alt=finding,
        filename=settings.slug(theory.slug("gradient_flow")),
        caption=caption,
        table=lambda: flow_frame(results, ghosts, lines),
    )
if nearly_torch(settings.init, settings.gain, settings.forget_bias):
    page.notes([torch_note(runs.survival_of(replace(settings, **TORCH), "lstm"))])
page.notes(theory_notes(lines, {result.cell: result.rate for result in results}, settings.H))
page.rates(rate_table([(curve_name(result), result.rate) for result in results]))
page.prose("gradient_flow")
