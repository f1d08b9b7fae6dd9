"""By which path a gradient arrives: shares and sizes over time, and what is told of it."""

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.paths import PathSplit
from lstm_viz.cells.ways import DIRECT, HIGHWAY
from lstm_viz.figures.log_axis import add_zeros, log10_range, set_log10_axis
from lstm_viz.figures.panels import panels
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, dash, whole_ticks
from lstm_viz.i18n import _
from lstm_viz.registry import CELLS
from lstm_viz.say.paths import kept, path_name

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
        _add_size(figure, split, name, t, ground)
        _add_share(figure, split, name, t, ground)
    total, shortcut = split.log10_total[:, 0], split.log10_shortcut[:, 0]
    gate = kept(CELLS[split.cell])
    _add_line(figure, t, total, _("total ∂L/∂{s}").format(s=split.state),
              dict(color=colour(split.cell, ground), width=3.5))  # fmt: skip
    _add_line(figure, t, shortcut, _("product of {gate} alone").format(gate=gate),
              dict(color=GROUNDS[ground].text, width=2, dash="dot"))  # fmt: skip
    curves = [total, shortcut, *(norm[:, 0] for norm in split.log10_norm.values())]
    set_log10_axis(figure, log10_range([c[split.first :] for c in curves]), "", row=1, col=1)
    _set_share_axis(figure, split)
    figure.update_xaxes(range=[split.first - 0.5, split.steps + 0.5], **whole_ticks(split.steps))
    figure.update_xaxes(title_text=_("time step t"), row=2, col=1)
    figure.update_layout(legend=dict(y=1.06), margin_t=112, hovermode="closest")
    return figure


def _ink(name: str, ground: str) -> str:
    own = {HIGHWAY: GROUNDS[ground].muted, DIRECT: colour("h", ground)}
    return own[name] if name in own else colour(name, ground)


def _add_size(figure: go.Figure, split: PathSplit, name: str, t: Array, ground: str) -> None:
    line = dict(color=_ink(name, ground), width=1.5)
    y = split.log10_norm[name][:, 0]
    _add_line(figure, t, y, path_name(name, split.cell), line, group=name)


def _add_line(figure: go.Figure, t: Array, log10: Array, name: str, line: dict, group=None) -> None:
    y = log10[-len(t) :]
    finite = np.isfinite(y)
    lone = bool(finite.sum() == 1)  # such as the last step of a loss at the last step
    figure.add_scatter(
        x=t,
        y=np.where(finite, y, np.nan).astype(np.float32),
        mode="markers" if lone else "lines",
        line=line,
        marker=dict(color=line["color"], size=7),
        cliponaxis=not lone,
        name=name,
        legendgroup=group,
        showlegend=group is None,
        customdata=words.powers(y),
        hovertemplate=name + ", t = %{x}: %{customdata}<extra></extra>",
        row=1,
        col=1,
    )


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
            hovertemplate=text + ", t = %{x}: %{customdata}<extra></extra>",
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
        range=[low - 0.03, high + 0.03], tickformat=".0%", title_text="", row=2, col=1
    )


def direct_and_total(split: PathSplit, ground: str = "light") -> go.Figure:
    """Draw the total ‖∂L/∂h_t‖ and the part of it that the loss puts in at step t itself."""
    figure = base_figure(ground, height=340)
    curves = {
        "total": (split.h.log10_norm()[:, 0], colour(split.cell, ground), dash(split.cell)),
        "direct": (split.direct_h.log10_norm()[:, 0], colour("h", ground), dash("h")),
    }
    names = {
        "total": _("total, through every path"),
        "direct": _("direct, what enters at t"),
    }
    limits = log10_range([y for y, _ink, _dash in curves.values()])
    for key, (y, ink, own_dash) in curves.items():
        finite = np.isfinite(y)
        lone = bool(finite.sum() == 1)
        figure.add_scatter(
            x=np.arange(len(y), dtype=np.float32),
            y=np.where(finite, y, np.nan).astype(np.float32),
            mode="markers" if lone else "lines",
            cliponaxis=not lone,
            line=dict(color=ink, width=2.5, dash=own_dash),
            marker=dict(color=ink, size=9),
            name=names[key],
            customdata=words.powers(y),
            hovertemplate=names[key] + ", t = %{x}: %{customdata}<extra></extra>",
        )
    zero = np.flatnonzero(np.isneginf(curves["total"][0]))
    if len(zero):
        add_zeros(figure, zero.astype(np.float32), limits[0], split.cell, ground)
    set_log10_axis(figure, limits, _("‖∂L/∂h<sub>t</sub>‖"))
    figure.update_xaxes(
        title_text=_("time step t"), range=[-0.5, len(y) - 0.5], **whole_ticks(len(y))
    )
    figure.update_layout(legend_y=1.04, margin_t=64)
    return figure
