"""By which path a gradient arrives: shares and sizes over time, and what is told of it."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.paths import PathSplit
from lstm_viz.cells.ways import DIRECT, HIGHWAY
from lstm_viz.figures.curves import add_curve, add_zeros, hover
from lstm_viz.figures.log_axis import log10_range, set_log10_axis
from lstm_viz.figures.panels import panels
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, dash, whole_ticks
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.paths import kept_symbol, path_name

Array = np.ndarray
MOST_SHARE = 2.0  # where parts cancel each other, shares are drawn up to this many times the total


def path_shares(split: PathSplit, ground: str = "light") -> go.Figure:
    """Draw how large each path's part is and, below, its share of the total, for one sequence.

    A part that points against the total has a negative share and is stacked below zero.
    """
    titles = [
        _("size of each part, and what it is taken for"),
        _("share of what arrives at {state}").format(state=f"{split.state}<sub>t</sub>"),
    ]
    figure = panels(ground, [0.58, 0.42], titles, 600)
    t = np.arange(split.first, split.steps + 1, dtype=np.float32)
    for name in split.parts:
        line = dict(color=_ink(name, ground), width=1.5, dash=_dash(name))
        own: dict[str, Any] = dict(legendgroup=name, showlegend=False)  # its area has the name
        size = split.log10_norm[name][split.first :, 0]
        add_curve(figure, t, size, path_name(name, split.cell), line, **own, row=1, col=1)
        _add_share(figure, split, name, t, ground)
    _add_total_and_product(figure, split, t, ground)
    curves = split.log10_total, split.log10_shortcut, *split.log10_norm.values()
    limits = log10_range([curve[split.first :, 0] for curve in curves])
    set_log10_axis(figure, limits, f"‖∂L/∂{split.state}<sub>t</sub>‖", row=1, col=1)
    _set_share_axis(figure, split)
    figure.update_xaxes(range=[split.first - 0.5, split.steps + 0.5], **whole_ticks(split.steps))
    figure.update_xaxes(title_text=_("time step t"), row=2, col=1)
    figure.update_layout(legend=dict(y=1.06), margin_t=112, hovermode="closest")
    return figure


def _ink(name: str, ground: str) -> str:
    own = {HIGHWAY: GROUNDS[ground].muted, DIRECT: colour("h", ground)}
    return own[name] if name in own else colour(name, ground)


def _dash(name: str) -> str:
    return {HIGHWAY: "14px,4px", DIRECT: dash("h")}.get(name) or dash(name)


def _add_total_and_product(figure: go.Figure, split: PathSplit, t: Array, ground: str) -> None:
    total, product = (c[split.first :, 0] for c in (split.log10_total, split.log10_shortcut))
    line = dict(color=colour(split.cell, ground), width=3.5)
    name = _("total ∂L/∂{s}").format(s=split.state)
    add_curve(figure, t, total, name, line, row=1, col=1)
    line = dict(color=GROUNDS[ground].text, width=2, dash="dot")
    name = _("product of {gate} alone").format(gate=kept_symbol(CELLS[split.cell]))
    add_curve(figure, t, product, name, line, row=1, col=1)


def _add_share(figure: go.Figure, split: PathSplit, name: str, t: Array, ground: str) -> None:
    """An area of its positive and one of its negative values, stacked away from zero."""
    share = split.share[name][split.first :, 0]
    ink, text = _ink(name, ground), path_name(name, split.cell)
    for side, y in (("above", np.maximum(share, 0)), ("below", np.minimum(share, 0))):
        if side == "below" and not (y < 0).any():
            continue
        figure.add_scatter(
            x=t,
            y=y.astype(np.float32),
            mode="lines",
            stackgroup=side,
            line=dict(width=0.5, color=ink),
            fillcolor=ink,
            name=text,
            legendgroup=name,
            showlegend=side == "above",
            customdata=[words.percent(value) for value in share.tolist()],
            hovertemplate=hover(text),
            row=2,
            col=1,
        )


def _set_share_axis(figure: go.Figure, split: PathSplit) -> None:
    shares = np.array([share[split.first :, 0] for share in split.share.values()])
    shares = shares[:, np.isfinite(shares).all(axis=0)]
    up, down = np.maximum(shares, 0).sum(axis=0), np.minimum(shares, 0).sum(axis=0)
    high = min(max(up.max(initial=1.0), 1.0), MOST_SHARE)
    low = max(min(down.min(initial=0.0), 0.0), -MOST_SHARE / 2)
    figure.update_yaxes(
        range=[low - 0.03, high + 0.03], tickformat=".0%", title_text=_("share, %"), row=2, col=1
    )


def direct_and_total(split: PathSplit, ground: str = "light") -> go.Figure:
    """Draw the total ‖∂L/∂h_t‖ and the part of it that the loss puts in at step t itself."""
    figure = base_figure(ground, height=340)
    own, ink = split.cell, colour(split.cell, ground)
    total, direct = split.h.log10_norm()[:, 0], split.direct_h.log10_norm()[:, 0]
    t, limits = np.arange(len(total)), log10_range([total, direct])
    line = dict(color=ink, width=2.5, dash=dash(own))
    add_curve(figure, t, total, _("total, through every path"), line)
    of_h = dict(color=colour("h", ground), width=2.5, dash=dash("h"))
    add_curve(figure, t, direct, _("direct, what enters at t"), of_h)
    zero = np.isneginf(total)
    if zero.any():
        add_zeros(figure, t[zero].astype(np.float32), limits[0], label(own), line)
    set_log10_axis(figure, limits, _("‖∂L/∂h<sub>t</sub>‖"))
    figure.update_xaxes(
        title_text=_("time step t"), range=[-0.5, len(t) - 0.5], **whole_ticks(len(t))
    )
    figure.update_layout(legend_y=1.04, margin_t=64)
    return figure
