"""What architectures cost against the sequence length, counted and measured, on log axes."""

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.cost import CostCurve, Timing
from lstm_viz.figures.panels import panels
from lstm_viz.figures.theme import base_figure, colour, dash, label
from lstm_viz.i18n import _


def counted_costs(curves: list[CostCurve], ground: str = "light") -> go.Figure:
    """Draw operations, sequential steps and path length against T, one panel each."""
    titles = {
        "operations": _("operations, forward"),
        "sequential_steps": _("sequential steps"),
        "path_length": _("path length"),
    }
    figure = panels(ground, [1 / 3] * 3, list(titles.values()), 720)
    for row, name in enumerate(titles, start=1):
        for curve in curves:
            _curve(figure, curve, name, row, ground)
    figure.update_xaxes(type="log", dtick=1)
    figure.update_xaxes(title_text=_("sequence length T"), row=3, col=1)
    figure.update_yaxes(type="log", exponentformat="power", nticks=5)
    return figure.update_layout(legend=dict(y=1.05), margin_t=84)


def _curve(figure: go.Figure, curve: CostCurve, name: str, row: int, ground: str) -> None:
    values = curve.values(name)
    figure.add_scatter(
        x=curve.lengths.astype(np.float32),
        y=values,
        mode="lines",
        line=dict(color=colour(curve.cell, ground), width=2.5, dash=dash(curve.cell)),
        name=label(curve.cell),
        legendgroup=curve.cell,
        showlegend=row == 1,
        customdata=[words.power(v, 3) for v in np.log10(values)],
        hovertemplate=label(curve.cell) + ", T = %{x}: %{customdata}<extra></extra>",
        row=row,
        col=1,
    )


def measured_times(timings: list[Timing], ground: str = "light") -> go.Figure:
    """Draw measured milliseconds as points and the fitted growth as lines."""
    figure = base_figure(ground, height=420)
    for timing in timings:
        ink, name = colour(timing.cell, ground), label(timing.cell)
        if not np.isnan(timing.growth):
            name = _("{name}: grows as T to the {p}").format(
                name=name, p=words.plain(timing.growth, 2)
            )
            figure.add_scatter(
                x=timing.lengths,
                y=1000 * timing.fitted(timing.lengths),
                mode="lines",
                line=dict(color=ink, width=1.5, dash=dash(timing.cell)),
                legendgroup=timing.cell,
                showlegend=False,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=timing.lengths,
            y=1000 * timing.seconds,
            mode="markers",
            marker=dict(color=ink, size=8),
            name=name,
            legendgroup=timing.cell,
            hovertemplate=label(timing.cell) + ", T = %{x}: %{y:.3g} ms<extra></extra>",
        )
    figure.update_xaxes(type="log", title_text=_("sequence length T"))
    figure.update_yaxes(type="log", title_text=_("ms, forward + backward"), exponentformat="power")
    return figure
