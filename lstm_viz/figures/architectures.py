"""The input gradient of all architectures against the distance from the loss."""

from typing import Any

import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.architectures import Reach
from lstm_viz.figures.bands import add_band
from lstm_viz.figures.log_axis import log10_range, mark_underflow, set_log10_axis
from lstm_viz.figures.theme import GROUNDS, base_figure, whole_ticks
from lstm_viz.i18n import _
from lstm_viz.say.architectures import reach_name


def input_gradients(results: list[Reach], ground: str = "light") -> go.Figure:
    """Draw log10 ‖∂L/∂x_t‖, median and range over seeds, one curve an architecture.

    Against the distance s − t from the loss at step s, or, for a loss at every step, against t.
    """
    figure = base_figure(ground, height=440)
    limits = log10_range([result.log10_norm for result in results])
    at_step = results[0].loss_step
    for result in results:
        x, at = (result.distance, "s − t") if at_step else (result.steps - result.distance, "t")
        where: dict[str, Any] = dict(at=at, floor=limits[0], ground=ground)
        add_band(figure, result.cell, x, result.log10_norm, name=reach_name(result), **where)
    set_log10_axis(figure, limits, "‖∂L/∂x<sub>t</sub>‖")
    title = _("time step t (a loss at every step)")
    if at_step:
        title = _("distance s − t from the loss, s = {s}").format(s=words.count(at_step))
    figure.update_xaxes(title_text=title, **whole_ticks(results[0].steps))
    if at_step and at_step < results[0].steps:
        _mark_loss(figure, ground)
    mark_underflow(figure, limits, ground)
    return figure.update_layout(legend=dict(y=1.06))


def _mark_loss(figure: go.Figure, ground: str) -> None:
    look = GROUNDS[ground]
    figure.add_vline(x=0, line=dict(color=look.muted, width=1))
    for text, anchor in ((_("← after the loss"), "right"), (_("before it →"), "left")):
        figure.add_annotation(
            x=0, y=1, yref="paper", text=text, showarrow=False, xanchor=anchor, yanchor="bottom",
            font=dict(size=12, color=look.muted), xshift=6 if anchor == "left" else -6,
        )  # fmt: skip
