"""A curve over several seeds: their median as a line, their range as a band around it."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.curves import add_curve
from lstm_viz.figures.theme import colour, dash, translucent
from lstm_viz.quantities import label

Array = np.ndarray


def add_band(
    figure: go.Figure,
    cell: str,
    x: Array,
    log10_norm: Array,
    *,
    name: str,
    at: str,
    floor: float,
    ground: str,
) -> None:
    """Draw log10 norms (seeds, n) of an architecture against x (n,).

    name : of the line, in the legend; at : what x is called where the pointer stands, such as "T"
    floor : lower end of the axis, where exact zeros of the median are drawn as crosses
    """
    x = np.asarray(x, np.float32)
    finite = np.where(np.isfinite(log10_norm), log10_norm, np.nan)
    low, high = finite.min(axis=0), finite.max(axis=0)
    inside = np.isfinite(low) & np.isfinite(high)
    figure.add_scatter(
        x=np.concatenate([x[inside], x[inside][::-1]]),
        y=np.concatenate([high[inside], low[inside][::-1]]).astype(np.float32),
        mode="lines",  # of few points plotly would draw each as a marker too
        fill="toself",
        fillcolor=translucent(cell, ground, 0.18),
        line=dict(width=0),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=cell,
    )
    median = np.median(log10_norm, axis=0)
    line = dict(color=colour(cell, ground), width=2.5, dash=dash(cell))
    own: dict[str, Any] = dict(at=at, legend=name, floor=floor, legendgroup=cell)
    add_curve(figure, x, median, label(cell), line, **own)
