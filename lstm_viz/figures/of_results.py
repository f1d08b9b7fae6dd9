"""The figure of each kind of result: what `Shown.figure` draws."""

from dataclasses import replace
from functools import singledispatch

import plotly.graph_objects as go

from lstm_viz.analysis.architectures import Reach
from lstm_viz.analysis.attention_map import AttentionViews
from lstm_viz.analysis.cost import CostCurve, SizeCurve
from lstm_viz.analysis.gates import GateSummary, GateViews
from lstm_viz.analysis.gradient_map import GradientMap
from lstm_viz.analysis.jacobian import SingularValues, Spectrum
from lstm_viz.analysis.length_sweep import Band, LengthSweep, band
from lstm_viz.analysis.lyapunov import LyapunovSpectrum
from lstm_viz.analysis.paths import PathSplit
from lstm_viz.analysis.survival import Survival
from lstm_viz.analysis.timing import Timing
from lstm_viz.errors import SpecError
from lstm_viz.figures.architectures import input_gradients
from lstm_viz.figures.attention_views import gradient_map as attention_map
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.figures.cost_views import costs_by_size, counted_costs, measured_times
from lstm_viz.figures.gate_views import gate_lines, saturation
from lstm_viz.figures.gradient_flow import gradient_flow
from lstm_viz.figures.gradient_map import SHOWN, map_figure
from lstm_viz.figures.jacobian import eigenvalue_plane, exponents, stretch_by_distance
from lstm_viz.figures.paths import path_shares


@singledispatch
def figure(result: object, ground: str = "light") -> go.Figure:
    """Draw a result. Raises SpecError if there is no figure of its kind."""
    raise SpecError("no-figure", kind=type(result).__name__)


OF_ONE = {
    GateViews: gate_lines,
    GateSummary: saturation,
    PathSplit: path_shares,
    AttentionViews: attention_map,
}
OF_SEVERAL = {
    Survival: gradient_flow,
    Band: gradient_by_length,
    Reach: input_gradients,
    CostCurve: counted_costs,
    SizeCurve: costs_by_size,
    Timing: measured_times,
}
for kind, draw in OF_ONE.items():
    figure.register(kind, draw)
for kind, draw in OF_SEVERAL.items():
    figure.register(kind, lambda result, ground="light", draw=draw: draw([result], ground))


@figure.register
def _(result: LengthSweep, ground: str = "light") -> go.Figure:
    return gradient_by_length([band(str(result.net["cell"]), [result])], ground)


@figure.register
def _(result: GradientMap, ground: str = "light") -> go.Figure:
    drawn = result.thinned(SHOWN)
    return map_figure(drawn, int(drawn.losses[-1]), int(drawn.steps[0]), ground)


@figure.register
def _(result: SingularValues, ground: str = "light") -> go.Figure:
    return stretch_by_distance(result, str(result.net["cell"]), [], ground)


@figure.register
def _(result: Spectrum, ground: str = "light") -> go.Figure:
    gate = result.name.partition("_")[0]  # of whatever layer or direction
    return eigenvalue_plane([replace(result, name=gate)], ground)


@figure.register
def _(result: LyapunovSpectrum, ground: str = "light") -> go.Figure:
    return exponents(result, str(result.net["cell"]), ground)
