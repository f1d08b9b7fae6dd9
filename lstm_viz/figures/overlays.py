"""Known answers drawn beside a measured curve: lines, bands and marks."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.overlays import Reference
from lstm_viz.figures.curves import hover
from lstm_viz.figures.theme import GROUNDS, colour, translucent
from lstm_viz.say.theory import mark_sentence, theory_name

Array = np.ndarray
Places = Callable[[Array], Array]  # steps from the loss → places on the x axis
ROOM = 0.6  # by how much of the measured curves' span lines may widen the axis, on either side
AFTER = 1001  # in a legend, where the measured curves have 1000
LEGEND_ROW = 24  # pixels of height for each name more in a legend


DASHES = {
    "bound": "12px,3px",
    "radius": "2px,3px",
    "chi": "8px,3px,2px,3px",
    "chi_run": "4px,3px",
    "product": "2px,3px",
    "half_life": "solid",
    "rest": "8px,3px,2px,3px",
    "horizons": "solid",
}


def widened(limits: tuple[float, float], references: list[Reference]) -> tuple[float, float]:
    """The range of an axis with some room for these lines, but never most of it for them."""
    low, high = limits
    room = ROOM * (high - low)
    for reference in references:
        ends = [a for a in (reference.log10, reference.low, reference.high) if a is not None]
        values = np.concatenate([*ends, [m.log10 for m in reference.marks if m.measured], [0.0]])
        values = reference.start + values[np.isfinite(values)]
        low = min(low, max(float(values.min()) - 0.15, limits[0] - room))
        high = max(high, min(float(values.max()) + 0.15, limits[1] + room))
    return low, high


def add_references(figure: go.Figure, references: list[Reference], at: Places, ground: str) -> None:
    """Draw lines, bands and marks; `at` turns steps from the loss into places on the x axis."""
    for reference in references:
        if reference.low is not None and reference.high is not None:
            _add_band(figure, reference, (reference.low, reference.high), at, ground)
        if reference.log10 is not None:
            _add_line(figure, reference, reference.log10, at, ground)
        if reference.marks:
            _add_marks(figure, reference, at, ground)


def _add_line(
    figure: go.Figure, reference: Reference, log10: Array, at: Places, ground: str
) -> None:
    k = np.arange(len(log10))
    y, name = reference.start + log10, theory_name(reference.key, reference.cell)
    figure.add_scatter(
        x=at(k).astype(np.float32),
        y=y.astype(np.float32),
        mode="lines",
        line=dict(color=colour(reference.cell, ground), width=1.6, dash=DASHES[reference.key]),
        name=name,
        legendrank=AFTER,
        legendgroup=f"{reference.cell} {reference.key}",
        customdata=words.powers(y),
        hovertemplate=hover(name, at=""),
    )


def _add_band(
    figure: go.Figure, reference: Reference, sides: tuple[Array, Array], at: Places, ground: str
) -> None:
    holds = np.isfinite(sides[0]) & np.isfinite(sides[1])
    x = at(np.flatnonzero(holds))
    low, high = (reference.start + side[holds] for side in sides)
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]).astype(np.float32),
        y=np.concatenate([high, low[::-1]]).astype(np.float32),
        mode="lines",
        fill="toself",
        fillcolor=translucent(reference.cell, ground, 0.14),
        line=dict(width=0),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=f"{reference.cell} {reference.key}",
    )


def _add_marks(figure: go.Figure, reference: Reference, at: Places, ground: str) -> None:
    """Points, but for those beyond the end of the figure; norms without scaling are hollow."""
    ink, name = colour(reference.cell, ground), theory_name(reference.key, reference.cell)
    steps = np.array([mark.steps for mark in reference.marks])
    hollow = [mark.name.startswith("naive") for mark in reference.marks]
    symbol = "diamond" if reference.key == "half_life" else "triangle-down"
    figure.add_scatter(
        x=at(steps).astype(np.float32),
        y=np.array([reference.start + mark.log10 for mark in reference.marks], np.float32),
        mode="markers+text",
        marker=dict(
            symbol=[f"{symbol}-open" if open_ else symbol for open_ in hollow],
            size=11,
            color=ink,
            line=dict(color=ink, width=1.5),
        ),
        text=[
            "" if open_ else mark.name for mark, open_ in zip(reference.marks, hollow, strict=True)
        ],
        textposition="top left" if at(np.ones(1)) < at(np.zeros(1)) else "top right",
        textfont=dict(size=12, color=GROUNDS[ground].muted),
        name=name,
        legendrank=AFTER,
        customdata=[mark_sentence(mark) for mark in reference.marks],
        hovertemplate="%{customdata}<extra></extra>",
    )
