"""Inside one step: a drawn cell with the actual numbers of one unit, forward and backward."""

import streamlit as st

from lstm_viz.analysis.any_step import any_step
from lstm_viz.analysis.step_record import Step, showable
from lstm_viz.errors import LstmVizError
from lstm_viz.figures import cell_diagram, gru_diagram
from lstm_viz.figures.instead import said_instead
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.say.step import numbers_table, step_sentence
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.equations import show_equations
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import step_options


def drawn(draw, step: Step, direction: str, finding: str):
    """The cell with what of its numbers can be shown, or the finding where that is nothing."""
    way = showable(step, direction)
    if not way:
        return said_instead(finding, page.ground())
    return draw(step, direction=way, ground=page.ground())


DRAWINGS = {
    "rnn": (cell_diagram.rnn_cell, _("Plain RNN")),
    "gru": (gru_diagram.gru_cell, _("GRU")),
}

enter("one_step")
settings = sidebar()
st.title(_("Inside one step"), anchor=False)
answer = st.container()
try:
    place = step_options(runs.steps_of(settings), settings.H)
    results = [runs.survival_of(settings, cell) for cell in ("lstm", place.beside)]
except LstmVizError as error:
    page.refuse(error)
page.note_short_input(settings.T, results[0].steps)
for result in results:
    page.note_failure(result)
    page.note_undetermined(result)
lstm, other = (runs.one_step(result, place) for result in results)
finding = step_sentence(lstm, place.direction)
answer.markdown(finding)
name = settings.slug(f"one_step_t{place.step}_unit{place.unit}_{place.direction}")
caption = settings.caption() + f", t = {place.step}, unit = {place.unit}, beside = {place.beside}"
wide, narrow = st.columns([58, 42] if place.beside == "rnn" else 2, gap="medium")
with wide:
    st.subheader(_("LSTM"), anchor=False)
    chart(
        drawn(cell_diagram.lstm_cell, lstm, place.direction, finding),
        key="lstm_cell",
        alt=finding,
        filename=name + "_lstm",
        caption=caption,
        table=lstm.to_frame,
    )
    show_equations(lstm, place.direction)
with narrow:
    draw, title = DRAWINGS.get(place.beside, (None, label(place.beside)))
    st.subheader(title, anchor=False)
    if draw and other:
        finding_beside = step_sentence(other, place.direction)
        answer.markdown(finding_beside)
        chart(
            drawn(draw, other, place.direction, finding_beside),
            key=f"{place.beside}_cell",
            alt=finding_beside,
            filename=f"{name}_{place.beside}",
            caption=caption,
            table=other.to_frame,
        )
        show_equations(other, place.direction)
    else:
        st.caption(_("There is no drawing of this cell; these are its numbers."))
        page.rates(numbers_table(any_step(results[1], place.step, place.unit)))
page.prose("one_step")
