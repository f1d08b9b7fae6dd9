"""An axis of log10 norms: tick labels as powers of ten, and where floating point ends.

Values are drawn as log10 on a linear axis, since 10**−400 is no float.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.figures.theme import GROUNDS
from lstm_viz.i18n import _
from lstm_viz.say.phrases import listed

Array = np.ndarray
UNDERFLOW = {  # log10 of the smallest normal number
    "float32": float(np.log10(np.finfo(np.float32).tiny)),
    "float64": float(np.log10(np.finfo(np.float64).tiny)),
}
LEAST_SPAN = 2.0  # decades
AIR, ROOM = 0.06, 0.12  # shares of the values' span that stay free above and below them


def log10_range(curves: list[Array]) -> tuple[float, float]:
    """The range that shows every finite value of all curves, with some air; (−1, 1) for none.

    Below them there is room for a line of text, the note on what underflows further down.
    """
    finite = [c[np.isfinite(c)] for c in map(np.asarray, curves)]
    values = np.concatenate([*finite, np.empty(0)])
    if not len(values):
        return -1.0, 1.0
    low, high = float(values.min()), float(values.max())
    air = max(AIR * (high - low), (LEAST_SPAN - (high - low)) / 2, 0.15)
    return low - max(air, ROOM * (high - low)), high + air


def set_log10_axis(
    figure: go.Figure, limits: tuple[float, float], title: str, **where: Any
) -> None:
    """Give the y axis powers of ten as labels; `where` names row and col of a subplot."""
    low, high = limits
    figure.update_yaxes(
        title_text=title,
        range=[low, high],
        tickprefix="10<sup>",
        ticksuffix="</sup>",
        dtick=_tick_distance(high - low),
        tick0=0,
        exponentformat="none",
        separatethousands=False,
        **where,
    )


def _tick_distance(span: float) -> int:
    """A whole number of decades that gives four to nine ticks."""
    for distance in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000):
        if span / distance <= 8:
            return distance
    return int(10 ** np.ceil(np.log10(span / 8)))


def mark_underflow(
    figure: go.Figure, limits: tuple[float, float], ground: str, corner: str = "left"
) -> None:
    """Draw a line where float32 and float64 underflow; one below the axis is named at its foot.

    corner : "left" or "right", where the curves leave room for that name; the lines' own names
        stand at the other end
    """
    look, below = GROUNDS[ground], []
    opposite = "right" if corner == "left" else "left"
    for name, height in UNDERFLOW.items():
        if limits[0] <= height <= limits[1]:
            figure.add_hline(
                y=height,
                line=dict(color=look.muted, width=1, dash="dot"),
                annotation=dict(
                    text=_("{dtype} underflows").format(dtype=name),
                    font=dict(size=12, color=look.muted),
                    bgcolor=look.paper,
                    xanchor=opposite,
                    x=0 if opposite == "left" else 1,
                    yanchor="bottom",
                ),
            )
        elif height < limits[0]:
            below.append(f"{name} {words.power(height)}")
    if below:
        figure.add_annotation(
            text=_("↓ underflow: {marks}").format(marks=listed(below)),
            xref="paper",
            yref="paper",
            x=0.01 if corner == "left" else 0.99,
            y=0.01,
            xanchor=corner,
            yanchor="bottom",
            showarrow=False,
            font=dict(size=12, color=look.muted),
            bgcolor=look.paper,
        )
