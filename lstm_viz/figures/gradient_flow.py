"""The total gradient against the time step, one curve for each network."""

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.overlays import Reference
from lstm_viz.analysis.survival import Survival
from lstm_viz.figures.curves import add_curve
from lstm_viz.figures.log_axis import log10_range, mark_underflow, set_log10_axis
from lstm_viz.figures.overlays import LEGEND_ROW, add_references, widened
from lstm_viz.figures.theme import base_figure, colour, dash, translucent, whole_ticks
from lstm_viz.i18n import _
from lstm_viz.say.survival import curve_name, survival_legend


def gradient_flow(
    results: list[Survival],
    ground: str = "light",
    pinned: list[Survival] | None = None,
    references: list[Reference] | None = None,
) -> go.Figure:
    """Draw log10 of the gradient's norm by the state that carries it, for t = 0 … T.

    A cell's other state is a thin line of the same colour. Pinned results are drawn as ghosts,
    with their loss at the same place. A gradient of exactly zero is a cross on the floor of the
    figure; where it is not defined the curve has a gap.
    references : known answers, drawn from the loss back
    """
    pinned, references = pinned or [], references or []
    beside = [(result, of) for result in results for of in result.beside]
    figure = base_figure(ground, height=400 + LEGEND_ROW * (len(references) + len(beside)))
    drawn = [result.log10_norm for result in [*results, *pinned]]
    limits = log10_range(drawn + [result.norms[of] for result, of in beside])
    limits, last = widened(limits, references), results[0].steps
    for ghost in pinned:
        _add_ghost(figure, ghost, last, ground)
    add_references(figure, references, lambda k: last - k, ground)
    for result in results:
        _add_curve(figure, result, result.of, limits[0], ground, survival_legend(result), width=2.5)
    for result, of in beside:
        _add_curve(figure, result, of, limits[0], ground, curve_name(result, of), width=1)
    symbols = sorted({result.of for result in results} | {of for _result, of in beside})[::-1]
    set_log10_axis(figure, limits, ", ".join(f"‖∂L/∂{of}<sub>t</sub>‖" for of in symbols))
    figure.update_xaxes(
        title_text=_("time step t (the loss is at the last)"), range=[0, last], **whole_ticks(last)
    )
    mark_underflow(figure, limits, ground, corner="right")
    return figure


def _add_curve(
    figure: go.Figure,
    result: Survival,
    of: str,
    floor: float,
    ground: str,
    legend: str,
    width: float,
) -> None:
    y = result.norms[of]
    line = dict(color=colour(result.cell, ground), width=width, dash=dash(result.cell))
    name = curve_name(result, of)
    add_curve(figure, np.arange(len(y)), y, name, line, legend=legend, floor=floor)


def _add_ghost(figure: go.Figure, ghost: Survival, last: int, ground: str) -> None:
    name = _("{name}, pinned").format(name=curve_name(ghost))
    line = dict(color=translucent(ghost.cell, ground, 0.45), width=5)
    t = np.arange(last - ghost.steps, last + 1)
    add_curve(figure, t, ghost.log10_norm, name, line, at="")
