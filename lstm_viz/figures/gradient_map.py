"""Every loss against every step: the map, and one loss's and one step's curve beside it."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.gradient_map import (
    LOG10_FLOAT32,
    LOG10_THOUSANDTH,
    GradientMap,
)
from lstm_viz.figures.curves import add_curve
from lstm_viz.figures.log_axis import log10_range, mark_underflow, set_log10_axis
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, traces_of, whole_ticks
from lstm_viz.i18n import _

Array = np.ndarray
SHOWN = 200  # losses and steps that a browser still moves fluently
ISO = "#E5383B"  # stands out from every colour of the map, and from either ground
ZERO = "#C2699E"  # so does this


def map_figure(
    found: GradientMap, loss: int, step: int, ground: str = "light", relative: bool = False
) -> go.Figure:
    """Draw the map: loss steps upward, time steps to the right, colour for log10 of the norm.

    Of a long sequence evenly spread losses and steps are drawn. Iso-lines at a thousandth and at
    float32's smallest normal number; a gradient of exactly zero has a colour of its own; (loss,
    step) is marked. Moving the pointer over it redraws a `curves` figure of the same cursor; points
    can be picked, row by row.

    relative : whether each row of the map has been divided by its largest value
    """
    shown, look = found.thinned(SHOWN), GROUNDS[ground]
    figure = base_figure(ground, height=460)
    figure.add_heatmap(**_heat(shown, found, ground, relative))
    if np.isneginf(shown.log10_norm).any():
        figure.add_heatmap(**_zeros(shown))
    pick = list(range(len(traces_of(figure))))
    for name, level, dash in (
        (_("a thousandth, 10<sup>−3</sup>"), LOG10_THOUSANDTH, "solid"),
        (_("float32 ends, 10<sup>−38</sup>"), LOG10_FLOAT32, "dot"),
    ):
        _add_iso_line(figure, shown, name, level, dash)
    figure.add_scatter(
        x=[step], y=[loss], mode="markers", showlegend=False, hoverinfo="skip", cliponaxis=False,
        marker=dict(size=11, color=look.paper, line=dict(color=look.text, width=3)),
    )  # fmt: skip
    last = int(found.steps[-1]) + 0.5
    shared: dict[str, Any] = dict(range=[0.5, last], showgrid=False, **whole_ticks(last))
    figure.update_xaxes(title_text=_("time step t"), **shared)
    figure.update_yaxes(title_text=_("loss at step s"), **shared)
    figure.update_layout(meta={"map": 0, "pick": pick}, margin=dict(l=64, r=8, t=60))
    return figure


def _size(wrt: str, relative: bool) -> str:
    """What is drawn, in symbols."""
    size = f"‖∂⟨v, h<sub>s</sub>⟩/∂{wrt}<sub>t</sub>‖"
    return _("{size} / largest of its row").format(size=size) if relative else size


def _heat(shown: GradientMap, found: GradientMap, ground: str, relative: bool) -> dict:
    limits = log10_range([found.log10_norm])
    text = GROUNDS[ground].text
    hover = _("loss {s} → step {t}: {value}").format(s="%{y}", t="%{x}", value="%{customdata}")
    finite = np.isfinite(shown.log10_norm)
    return dict(
        x=shown.steps.astype(np.float32),
        y=shown.losses.astype(np.float32),
        z=np.where(finite, shown.log10_norm, np.nan).astype(np.float32),
        customdata=words.powers(shown.log10_norm),
        colorscale="Cividis",
        zmin=limits[0],
        zmax=min(limits[1], float(np.nanmax(found.log10_norm))) if finite.any() else limits[1],
        hoverongaps=False,
        hovertemplate=hover + "<extra></extra>",
        colorbar=dict(
            thickness=12, tickprefix="10<sup>", ticksuffix="</sup>", tickfont_color=text,
            title=dict(text=_size(found.wrt, relative), side="right", font_color=text),
            dtick=max(1, math.ceil((limits[1] - limits[0]) / 7)), tick0=0, outlinewidth=0,
        ),
    )  # fmt: skip


def _zeros(shown: GradientMap) -> dict:
    """Where the gradient is exactly zero: a colour of its own, that of no magnitude."""
    hover = _("loss {s} → step {t}: exactly 0").format(s="%{y}", t="%{x}")
    return dict(
        x=shown.steps.astype(np.float32),
        y=shown.losses.astype(np.float32),
        z=np.where(np.isneginf(shown.log10_norm), 0, np.nan).astype(np.float32),
        colorscale=[[0, ZERO], [1, ZERO]],
        zmin=0,
        zmax=1,
        showscale=False,
        hoverongaps=False,
        hovertemplate=hover + "<extra></extra>",
    )


def _add_iso_line(
    figure: go.Figure, shown: GradientMap, name: str, level: float, dash: str
) -> None:
    known = shown.log10_norm[~np.isnan(shown.log10_norm)]
    if min(shown.log10_norm.shape) < 2 or not (known < level).any() or not (known > level).any():
        return
    figure.add_contour(
        x=shown.steps.astype(np.float32),
        y=shown.losses.astype(np.float32),
        z=np.where(np.isneginf(shown.log10_norm), level - 1, shown.log10_norm).astype(np.float32),
        contours=dict(start=level, end=level, size=1, coloring="none"),
        line=dict(color=ISO, width=2.5, dash=dash),
        name=name,
        showlegend=True,
        hoverinfo="skip",
    )


def curves(
    found: GradientMap, loss: int, step: int, ground: str = "light", relative: bool = False
) -> go.Figure:
    """Draw what one loss sends to each step, and what one step gets from each loss.

    The two curves meet where the pair (loss, step) lies. Their names are templates in `meta`, so
    that the browser can put another pair in their place.

    relative : whether each row of the map has been divided by its largest value
    """
    figure, limits = base_figure(ground, height=460), log10_range([found.log10_norm])
    sent, got = _("from the loss at step {n}"), _("to step {n}")
    for template, number, x, y, ink, dash in (
        (sent, loss, found.steps, found.of_loss(loss), colour(found.cell, ground), "solid"),
        (got, step, found.losses, found.of_step(step), GROUNDS[ground].text, "6px,3px"),
    ):
        line = dict(color=ink, width=2.5, dash=dash)
        name = template.format(n=number)
        add_curve(figure, x, y, name, line, hovertemplate="%{x}: %{customdata}")
    set_log10_axis(figure, limits, _size(found.wrt, relative))
    last = int(found.steps[-1]) + 0.5
    figure.update_xaxes(
        title_text=_("step t of the one, s of the other"), range=[0.5, last], **whole_ticks(last)
    )
    mark_underflow(figure, limits, ground, corner="right")
    figure.update_layout(meta={"curves": [sent, got]}, margin=dict(t=60))
    return figure
