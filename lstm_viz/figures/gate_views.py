"""What the gates do over time: means and gradients as lines, every unit as heatmaps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lstm_viz import words
from lstm_viz.analysis.gates import HIGH, LOW, GateSummary, GateViews, Pair
from lstm_viz.figures.curves import add_curve, hover
from lstm_viz.figures.log_axis import log10_range, set_log10_axis
from lstm_viz.figures.panels import TITLE, dress, panels
from lstm_viz.figures.theme import (
    GROUNDS,
    base_figure,
    colour,
    dash,
    diverging,
    layout_of,
    whole_ticks,
)
from lstm_viz.i18n import _
from lstm_viz.quantities import label

Array = np.ndarray
SHOWN_STEPS = 200  # columns of a heatmap that a browser still moves fluently
FEWEST = 0.01  # share of the gradients that have the darkest colour, however small they are


def gate_lines(views: GateViews, ground: str = "light") -> go.Figure:
    """Draw the means of gates and states over units and, below, the norms of their gradients."""
    titles = [_("mean over units"), _("norm of the gradient ∂L/∂·")]
    figure = panels(ground, [0.5, 0.5], titles, 560)
    for name, pair in views.pairs.items():
        mean, norm = views.summary.mean[name], pair.log10_norm
        _line(figure, name, mean, words.numbers(mean), 1, ground)
        line = dict(color=colour(name, ground), width=2, dash=dash(name))
        own: dict[str, Any] = dict(legendgroup=name, showlegend=False, row=2, col=1)
        add_curve(figure, np.arange(1, len(norm) + 1), norm, label(name), line, **own)
    limits = log10_range([pair.log10_norm for pair in views.pairs.values()])
    set_log10_axis(figure, limits, "‖∂L/∂·<sub>t</sub>‖", row=2, col=1)
    figure.update_yaxes(title_text=_("mean value"), row=1, col=1)
    figure.update_xaxes(**whole_ticks(views.steps))
    figure.update_xaxes(title_text=_("time step t"), row=2, col=1)
    figure.update_layout(legend=dict(y=1.07), margin_t=84)
    return figure


def _line(figure: go.Figure, name: str, y: Array, text: list[str], row: int, ground: str) -> None:
    figure.add_scatter(
        x=np.arange(1, len(y) + 1, dtype=np.float32),
        y=np.asarray(y, np.float32),
        mode="lines" if len(y) > 1 else "markers",
        line=dict(color=colour(name, ground), width=2, dash=dash(name)),
        name=label(name),
        legendgroup=name,
        showlegend=row == 1,
        customdata=text,
        hovertemplate=hover(label(name)),
        row=row,
        col=1,
    )


def saturation(summary: GateSummary, ground: str = "light") -> go.Figure:
    """Draw for each gate the share of units that is nearly open and nearly closed."""
    titles = [
        _("open: share of units above {high}").format(high=words.tidy(HIGH)),
        _("closed: share of units below {low}").format(low=words.tidy(LOW)),
    ]
    figure = panels(ground, [0.5, 0.5], titles, 420)
    for name in summary.gates:
        for row, shares in ((1, summary.high[name]), (2, summary.low[name])):
            _line(figure, name, shares, [words.percent(v) for v in shares.tolist()], row, ground)
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%", title_text=_("units, %"))
    figure.update_xaxes(**whole_ticks(len(next(iter(summary.mean.values())))))
    figure.update_xaxes(title_text=_("time step t"), row=2, col=1)
    figure.update_layout(legend=dict(y=1.1), margin_t=72)
    return figure


def gate_heatmaps(pairs: dict[str, Pair], ground: str = "light") -> go.Figure:
    """Draw time × unit heatmaps: each quantity and, beside it, its gradient.

    All gradients share one absolute log scale; see `_gradient_range`. Of a longer sequence every
    k-th step is drawn, and the axis says so.
    """
    scales = {name: _value_scale(pair) for name, pair in pairs.items()}
    titles = [
        t for name in pairs for t in (_heading(name, scales[name]), f"∂L/∂{_symbol(pairs[name])}")
    ]
    figure = make_subplots(
        len(pairs), 2, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.04,
        vertical_spacing=TITLE / (150 * len(pairs) - TITLE), subplot_titles=titles,
    )  # fmt: skip
    dress(figure, ground, 150 * len(pairs) + 110)
    stride = max(1, -(-len(next(iter(pairs.values())).value) // SHOWN_STEPS))
    for row, (name, pair) in enumerate(pairs.items(), start=1):
        values = _heat(pair.value, stride, words.numbers)
        figure.add_heatmap(**values, **scales[name], row=row, col=1)
        heat = _heat(pair.log10_gradient, stride, words.powers)
        figure.add_heatmap(**heat, coloraxis="coloraxis", row=row, col=2)
        if np.isneginf(pair.log10_gradient).any():
            figure.add_heatmap(**_zeros(pair.log10_gradient, stride, ground), row=row, col=2)
        figure.update_yaxes(title_text=_("unit"), row=row, col=1)
    steps, units = next(iter(pairs.values())).value.shape
    figure.update_yaxes(**whole_ticks(units)).update_xaxes(**whole_ticks(steps))
    every = _("time step t") if stride == 1 else _("t (one in {k})").format(k=words.count(stride))
    figure.update_xaxes(title_text=every, title_standoff=24, row=len(pairs))
    figure.update_traces(showscale=False, hoverongaps=False)
    limits = _gradient_range(pairs)
    figure.update_layout(coloraxis=_gradient_bar(limits, ground), margin=dict(b=116, l=56))
    return figure


def _gradient_range(pairs: dict[str, Pair]) -> tuple[float, float]:
    """Where the gradients' colours end: below, at the smallest hundredth of them.

    A saturated gate's entries may lie hundreds of decades below all others, whose differences would
    have no colour left.
    """
    values = np.concatenate([pair.log10_gradient.ravel() for pair in pairs.values()])
    values = np.sort(values[np.isfinite(values)])
    return log10_range([values[int(FEWEST * len(values)) :]])


def _heading(name: str, scale: dict) -> str:
    """The quantity and the range that its colours span."""
    low, high = (words.number(scale[end]) for end in ("zmin", "zmax"))
    return _("{name}, {low} to {high}").format(name=label(name), low=low, high=high)


def _symbol(pair: Pair) -> str:
    """What its gradient is by: a_f of a gate, c_t of a state."""
    letter, _underscore, gate = pair.wrt.partition("_")
    return f"{letter}<sub>{gate or 't'}</sub>"


def _heat(values: Array, stride: int, said: Callable[[Array], list] | None = None) -> dict:
    """A heatmap of values (T, H), one step in `stride`, and what is said of them."""
    kept = np.where(np.isfinite(values), values, np.nan)[::stride].T
    steps = np.arange(1, len(values) + 1, stride, dtype=np.float32)
    units = np.arange(values.shape[1], dtype=np.float32)
    template = _("t = {t}, unit {unit}: {value}")
    template = template.format(t="%{x}", unit="%{y}", value="%{customdata}") + "<extra></extra>"
    heat = dict(x=steps, y=units, z=kept.astype(np.float32), hovertemplate=template)
    return heat | (dict(customdata=said(kept)) if said else {})


def _zeros(log10_gradient: Array, stride: int, ground: str) -> dict:
    """Where the gradient is exactly zero: a colour of its own, that of no magnitude."""
    ink = GROUNDS[ground].muted
    heat = _heat(np.where(np.isneginf(log10_gradient), 0.0, np.nan), stride)
    heat["hovertemplate"] = _("t = {t}, unit {unit}: exactly 0").format(t="%{x}", unit="%{y}")
    heat["hovertemplate"] += "<extra></extra>"
    return heat | dict(colorscale=[[0, ink], [1, ink]], zmin=0, zmax=1)


def _value_scale(pair: Pair) -> dict:
    """Gates from 0 to 1; what has a sign, symmetric about 0."""
    if not pair.signed:
        return dict(colorscale="Cividis", zmin=0, zmax=1)
    finite = np.abs(pair.value[np.isfinite(pair.value)])
    largest = float(finite.max()) if finite.size else 1.0
    return dict(colorscale=diverging(), zmin=-largest, zmax=largest)


def _gradient_bar(limits: tuple[float, float], ground: str) -> dict:
    text = layout_of(base_figure(ground)).font.color
    return dict(
        colorscale="Cividis",
        cmin=limits[0],
        cmax=limits[1],
        colorbar=dict(
            orientation="h",
            y=0,
            yref="container",
            yanchor="bottom",
            x=1,
            xanchor="right",
            len=0.48,
            thickness=12,
            title=dict(text=_("log<sub>10</sub> |∂L/∂·|"), side="top", font_color=text),
            tickfont_color=text,
        ),
    )
