"""A curve of log10 sizes: gaps where there is no number, crosses where it is exactly zero."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.i18n import _

Array = np.ndarray
FEW = 2  # points of a curve that are marked even if a line joins them
POINT = 8  # pixels


def add_curve(
    figure: go.Figure,
    x: Array,
    log10: Array,
    name: str,
    line: dict,
    *,
    at: str = "t",
    legend: str = "",
    floor: float | None = None,
    **options: Any,
) -> None:
    """Draw log10 sizes (n,) against x (n,); points that a line would not show are marked.

    Parameters
    ----------
    name : at the pointer, and in the legend if `legend` is ""
    line : plotly's, with color and width
    at : what x is called at the pointer; "" does not name it
    floor : lower end of the axis, if exact zeros are drawn there
    options : of the trace, such as legendgroup, or row and col of a subplot
    """
    x, finite = np.asarray(x, np.float32), np.isfinite(log10)
    trace = dict(
        x=x,
        y=np.where(finite, log10, np.nan).astype(np.float32),
        name=legend or name,
        line=line,
        customdata=words.powers(log10),
        hovertemplate=hover(name, at),
    )
    figure.add_scatter(**trace | _marks(finite, line) | options)
    zero = np.isneginf(log10)
    if floor is not None and zero.any():
        add_zeros(figure, x[zero], floor, name, line)


def hover(name: str, at: str = "t", value: str = "{value}") -> str:
    """What stands at the pointer: of which curve, where, and how large.

    value : what is said in customdata's place, such as "{value} ms"
    """
    text = _("{name}, {at} = {x}: {value}") if at else _("{name}: {value}")
    said = value.format(value="%{customdata}")
    return text.format(name=name, at=at, x="%{x}", value=said) + "<extra></extra>"


def _marks(finite: Array, line: dict) -> dict:
    """Mode and markers of a curve: on its points without a neighbour, on all of very few."""
    padded = np.pad(finite, 1)
    alone = finite & ~padded[:-2] & ~padded[2:]
    marked = finite if finite.sum() <= FEW else alone
    if not marked.any():
        return dict(mode="lines")
    size = POINT if (marked == finite).all() else np.where(marked, POINT, 0)
    mode = "markers" if (alone == finite).all() else "lines+markers"
    return dict(mode=mode, marker=dict(color=line["color"], size=size), cliponaxis=False)


def add_zeros(figure: go.Figure, x: Array, floor: float, name: str, line: dict) -> None:
    """Draw sizes of exactly zero, which have no place on the axis, as crosses on its floor.

    Not in float32: rounded to below the axis, a cross would not be drawn at all.

    name, line : of the curve; a cross has its colour and is larger on a wider line
    """
    figure.add_scatter(
        x=x,
        y=np.full(len(x), floor),
        mode="markers",
        marker=dict(symbol="x", color=line["color"], size=3 + 1.6 * line["width"]),
        name=_("{name}: exactly zero").format(name=name),
        cliponaxis=False,
        hovertemplate=_("{name} at {x}: exactly 0").format(name=name, x="%{x}") + "<extra></extra>",
    )
