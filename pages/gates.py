"""What do the gates do? Those of an LSTM or a GRU, or what self-attention has in their place."""

import streamlit as st

from lstm_viz.analysis.gates import gate_views
from lstm_viz.errors import LstmVizError
from lstm_viz.figures.attention_views import gradient_map, weight_map, weights_slug
from lstm_viz.figures.gate_views import gate_heatmaps, gate_lines, saturation
from lstm_viz.i18n import _
from lstm_viz.registry import CELLS
from lstm_viz.say.attention import attention_sentence
from lstm_viz.say.gates import gates_sentence
from lstm_viz.ui import page, runs
from lstm_viz.ui.chart import chart
from lstm_viz.ui.controls import sidebar
from lstm_viz.ui.frame import enter
from lstm_viz.ui.options import attention_options, net_options, network_option
from lstm_viz.ui.settings import Settings


def gates(settings: Settings, cell: str) -> None:
    """An LSTM's or a GRU's gates: means, every unit, saturation."""
    result = runs.survival_of(settings, cell)
    views = gate_views(result)
    finding = gates_sentence(views)
    answer.markdown(finding)
    page.note_short_input(settings.T, views.steps)
    page.note_undetermined(result)
    caption = f"{settings.caption()}, network = {cell}"
    shared = dict(alt=finding, caption=caption, cursor="time")
    chart(
        gate_lines(views, page.ground()),
        key="gate_lines",
        filename=settings.slug(f"{cell}_gate_means"),
        table=views.summary.to_frame,
        **shared,
    )
    st.subheader(_("Every unit, and the gradient beside it"), anchor=False)
    chart(
        gate_heatmaps(views.pairs, page.ground()),
        key="gate_heatmaps",
        filename=settings.slug(f"{cell}_gate_heatmaps"),
        table=views.to_frame,
        **shared,
    )
    st.subheader(_("How much is saturated"), anchor=False)
    chart(
        saturation(views.summary, page.ground()),
        key="saturation",
        filename=settings.slug(f"{cell}_gate_saturation"),
        table=views.summary.to_frame,
        **shared,
    )
    page.prose("gates")


def attention(settings: Settings) -> None:
    """Self-attention's weights, and the gradient between all pairs of steps."""
    options, place = st.container(), st.container()
    settings = net_options(settings)
    own = runs.attended(settings)
    views = runs.attention(own, network)
    with options:
        layer, head = attention_options(views.heads, views.layers)
    finding = attention_sentence(views, layer, head)
    answer.markdown(finding)
    shared = dict(alt=finding, caption=own.caption(), table=views.to_frame, cursor="time")
    with place:
        page.note_mapped(settings.T, own.T)
        page.note_short_input(own.T, views.steps)
        left, right = st.columns(2)
    with left:
        chart(
            weight_map(views, layer, head, page.ground()),
            key="weight_map",
            filename=own.slug(weights_slug(layer, head)),
            **shared,
        )
    with right:
        chart(
            gradient_map(views, page.ground()),
            key="attention_gradient",
            filename=own.slug("attention_gradient"),
            **shared,
        )
    page.prose("attention")


enter("gates")
settings = sidebar()
title, answer = st.empty(), st.empty()
network = network_option()
try:
    if CELLS[network].attends:
        title.title(_("What does each step attend to?"), anchor=False)
        attention(settings)
    else:
        title.title(_("What do the gates do?"), anchor=False)
        gates(settings, network)
except LstmVizError as error:
    page.refuse(error)
