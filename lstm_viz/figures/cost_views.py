"""What architectures cost against length or size, counted and measured, on log axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.cost import CostCurve, SizeCurve
from lstm_viz.analysis.timing import Timing
from lstm_viz.figures.curves import hover
from lstm_viz.figures.panels import panels
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, dash
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.say.phrases import clauses, listed

Array = np.ndarray


def counted_costs(curves: list[CostCurve], ground: str = "light") -> go.Figure:
    """Draw operations, sequential steps and path length against T, one panel each."""
    titles = {
        "operations": _("operations, forward"),
        "sequential_steps": _("sequential steps"),
        "path_length": _("path length"),
    }
    lengths = [curve.lengths for curve in curves]
    figure = _counted(curves, lengths, titles, "T", [0.5, 0.25, 0.25], ground)
    return figure.update_xaxes(title_text=_("sequence length T in steps"), row=3, col=1)


def costs_by_size(curves: list[SizeCurve], ground: str = "light") -> go.Figure:
    """Draw operations and parameters against H, one panel each."""
    titles = {
        "operations": _("operations, forward, at T = {T}").format(T=words.count(curves[0].length)),
        "parameters": _("parameters"),
    }
    units = [curve.units for curve in curves]
    figure = _counted(curves, units, titles, "H", [0.5, 0.5], ground)
    return figure.update_xaxes(title_text=_("hidden units H of the LSTM"), row=2, col=1)


def _counted(
    curves: Sequence[CostCurve | SizeCurve],
    along: list[Array],
    titles: dict[str, str],
    symbol: str,
    heights: list[float],
    ground: str,
) -> go.Figure:
    """Panels that share the axis that the curves are followed along."""
    figure = panels(ground, heights, list(titles.values()), 640)
    units = {"operations": _("operations"), "parameters": _("parameters")}
    for row, name in enumerate(titles, start=1):
        for curve, x in zip(curves, along, strict=True):
            _curve(figure, curve, x, name, symbol, row, ground)
        _name_coinciding(figure, curves, name, row, ground)
        _powers_of_ten(figure, np.concatenate([c.values(name) for c in curves]), row=row, col=1)
        figure.update_yaxes(title_text=units.get(name, _("steps")), row=row, col=1)
    _whole_ticks(figure, along[0])
    ends = np.log10([along[0].min(), along[0].max()])
    figure.update_xaxes(range=[ends[0], ends[1] + 0.02])  # so that the last tick is drawn
    return figure.update_layout(legend=dict(y=1.05), margin_t=84, margin_r=32)


def _curve(
    figure: go.Figure,
    curve: CostCurve | SizeCurve,
    x: Array,
    name: str,
    symbol: str,
    row: int,
    ground: str,
) -> None:
    values = curve.values(name)
    figure.add_scatter(
        x=x.astype(np.float32),
        y=values,
        mode="lines",
        line=dict(color=colour(curve.cell, ground), width=2.5, dash=dash(curve.cell)),
        name=label(curve.cell),
        legendgroup=curve.cell,
        showlegend=row == 1,
        customdata=words.numbers(values),
        hovertemplate=hover(label(curve.cell), symbol),
        row=row,
        col=1,
    )


def _name_coinciding(
    figure: go.Figure,
    curves: Sequence[CostCurve | SizeCurve],
    name: str,
    row: int,
    ground: str,
) -> None:
    """Say which curves lie on one line, where only the last of them is seen."""
    same: dict[bytes, list[str]] = {}
    for curve in curves:
        same.setdefault(curve.values(name).tobytes(), []).append(label(curve.cell))
    shared = [listed(names) for names in same.values() if len(names) > 1]
    if shared:
        figure.add_annotation(
            text=_("on one line: {names}").format(names=clauses(shared)),
            xref="x domain",
            yref="y domain",
            x=0.01,
            y=0.98,
            xanchor="left",
            yanchor="top",
            showarrow=False,
            font=dict(size=12, color=GROUNDS[ground].muted),
            bgcolor=GROUNDS[ground].paper,
            row=row,
            col=1,
        )


def _whole_ticks(figure: go.Figure, x: Array) -> None:
    """A log axis whose ticks are written out: 1, 2, 5, 10 …, or powers of ten over a wide range."""
    decades = range(int(np.floor(np.log10(x.min()))), int(np.ceil(np.log10(x.max()))) + 1)
    steps = (1, 2, 5) if x.max() < 300 * x.min() else (1,)
    ticks = [step * 10**k for k in decades for step in steps]
    figure.update_xaxes(
        type="log", tickmode="array", tickvals=ticks, ticktext=[words.count(t) for t in ticks]
    )


def _powers_of_ten(figure: go.Figure, values: Array, **where: Any) -> None:
    """A log y axis with ticks at every power of ten or every few, with 2 and 5 on a short one."""
    decades = float(np.ptp(np.log10(values)))
    dtick = "D2" if decades < 3 else int(np.ceil(decades / 4))
    figure.update_yaxes(
        type="log", exponentformat="power", dtick=dtick, tickfont_size=12, **where
    )  # plotly writes powers a quarter larger than other ticks


def measured_times(timings: list[Timing], ground: str = "light") -> go.Figure:
    """Draw measured milliseconds as points, and as lines the fits over the lengths they used."""
    figure = base_figure(ground, height=440)
    for timing in timings:
        _points(figure, timing, ground)
        _fit(figure, timing, ground)
    _whole_ticks(figure, timings[0].lengths)
    figure.update_xaxes(title_text=_("sequence length T in steps"))
    titles = {"both": _("ms, forward and backward"), "forward": _("ms, forward")}
    _powers_of_ten(figure, 1000 * np.concatenate([t.seconds for t in timings]))
    return figure.update_yaxes(title_text=titles[timings[0].passes])


def _points(figure: go.Figure, timing: Timing, ground: str) -> None:
    name, power = label(timing.cell), timing.growth().power
    if not np.isnan(power):
        name = _("{name} ~ T<sup>{p}</sup>").format(name=name, p=words.number(power))
    figure.add_scatter(
        x=timing.lengths,
        y=1000 * timing.seconds,
        mode="markers",
        marker=dict(color=colour(timing.cell, ground), size=8),
        name=name,
        legendgroup=timing.cell,
        customdata=words.numbers(1000 * timing.seconds),
        hovertemplate=hover(label(timing.cell), "T", _("{value} ms")),
    )


def _fit(figure: go.Figure, timing: Timing, ground: str) -> None:
    growth = timing.growth()
    if np.isnan(growth.power):
        return
    fitted = timing.lengths[timing.lengths >= growth.first]
    figure.add_scatter(
        x=fitted,
        y=1000 * growth.seconds(fitted),
        mode="lines",
        line=dict(color=colour(timing.cell, ground), width=2, dash=dash(timing.cell)),
        legendgroup=timing.cell,
        showlegend=False,
        hoverinfo="skip",
    )
