"""Which loss reaches which step? Every loss against every step, as a map."""

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.figures.gradient_map import SHOWN, curves, map_figure
from lstm_viz.i18n import _
from lstm_viz.say.maps import map_sentence, pair_sentence
from lstm_viz.ui import long_runs, page
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import LONGEST_MAP, sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import map_options, pair_options

enter("gradient_map")
settings = sidebar(LONGEST_MAP)
st.title(_("Which loss reaches which step?"), anchor=False)
answer = st.empty()
options = map_options()
try:
    found, reach = long_runs.gradient_map(settings, options)
except LstmVizError as error:
    page.refuse(error)
finding = map_sentence(found, reach)
answer.markdown(finding)
page.note_short_input(settings.T, found.size)
shown = found.relative() if options.relative else found
drawn = shown.thinned(SHOWN)
place = st.container()
loss, step = pair_options(found.size)
st.markdown(pair_sentence(shown, loss, step))
shared = dict(alt=finding, caption=settings.caption() + options.caption(), cursor="time")
name = f"{options.cell}_{options.wrt}" + ("_relative" if options.relative else "")
with place:
    left, right = st.columns([11, 9])
    with left:
        chart(
            map_figure(shown, loss, step, page.ground()),
            key="map",
            filename=settings.slug(f"gradient_map_{name}"),
            table=drawn.to_frame,
            on_pick=long_runs.take_pair(drawn),
            **shared,
        )
        st.caption(_("Click a point of the map to read it out below, and to see its two curves."))
    with right:
        chart(
            curves(shown, loss, step, page.ground(), options.relative),
            key="map_curves",
            filename=settings.slug(f"gradient_map_{name}_s{loss}_t{step}"),
            table=lambda: shown.pair_frame(loss, step),
            **shared,
        )
page.prose("gradient_map")
