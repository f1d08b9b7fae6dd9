"""The total gradient against the time step, one curve for each network."""

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.overlays import Reference
from lstm_viz.analysis.survival import Survival
from lstm_viz.figures.log_axis import (
    add_zeros,
    log10_range,
    mark_underflow,
    set_log10_axis,
)
from lstm_viz.figures.overlays import LEGEND_ROW, add_references, widened
from lstm_viz.figures.theme import base_figure, colour, dash, label, translucent, whole_ticks
from lstm_viz.findings import course
from lstm_viz.i18n import _


def gradient_flow(
    results: list[Survival],
    ground: str = "light",
    pinned: list[Survival] | None = None,
    references: list[Reference] | None = None,
) -> go.Figure:
    """Draw log10 ‖∂L/∂h_t‖ for t = 0 … T, all networks on one range.

    Pinned results are drawn as ghosts, with their loss at the same place. A gradient of exactly
    zero is a cross on the floor of the figure; where it is not defined the curve has a gap.
    references : known answers, drawn from the loss back
    """
    pinned, references = pinned or [], references or []
    figure = base_figure(ground, height=400 + LEGEND_ROW * len(references))
    limits = log10_range([result.norms["h"] for result in [*results, *pinned]])
    limits, last = widened(limits, references), results[0].steps
    for ghost in pinned:
        _add_ghost(figure, ghost, last, ground)
    add_references(figure, references, lambda k: last - k, ground)
    for result in results:
        _add_curve(figure, result, limits[0], ground)
    set_log10_axis(figure, limits, _("‖∂L/∂h<sub>t</sub>‖"))
    figure.update_xaxes(
        title_text=_("time step t (the loss is at the last)"), range=[0, last], **whole_ticks(last)
    )
    mark_underflow(figure, limits, ground, corner="right")
    return figure


def _add_curve(figure: go.Figure, result: Survival, floor: float, ground: str) -> None:
    y = result.norms["h"]
    t = np.arange(len(y), dtype=np.float32)
    ink, name = colour(result.cell, ground), label(result.cell)
    figure.add_scatter(
        x=t,
        y=np.where(np.isfinite(y), y, np.nan).astype(np.float32),
        mode="lines" if len(y) > 2 else "lines+markers",
        name=_legend(result, name),
        line=dict(color=ink, width=2.5, dash=dash(result.cell)),
        customdata=[words.power(value) for value in y],
        hovertemplate=_("{name}, t = %{{x}}: %{{customdata}}<extra></extra>").format(name=name),
    )
    zero = np.flatnonzero(np.isneginf(y))
    if len(zero):
        add_zeros(figure, t[zero], floor, result.cell, ground)


def _add_ghost(figure: go.Figure, ghost: Survival, last: int, ground: str) -> None:
    y, name = ghost.norms["h"], label(ghost.cell)
    figure.add_scatter(
        x=np.arange(last - ghost.steps, last + 1, dtype=np.float32),
        y=np.where(np.isfinite(y), y, np.nan).astype(np.float32),
        mode="lines",
        name=_("{name}, pinned").format(name=name),
        line=dict(color=translucent(ghost.cell, ground, 0.45), width=5),
        customdata=[words.power(value) for value in y],
        hovertemplate=_("{name}, pinned: %{{customdata}}<extra></extra>").format(name=name),
    )


def _legend(result: Survival, name: str) -> str:
    if result.failure is not None:
        return _("{name}: not finite from step {step}").format(name=name, step=result.failure.step)
    return _("{name}: {course}").format(name=name, course=course(result.rate, result.steps))
