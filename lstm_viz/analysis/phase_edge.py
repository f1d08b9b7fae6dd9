"""The edge between vanishing and exploding: by theory, and for one net by measurement."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.analysis.large_n import at_rest, critical_g2, has_rest, recurrent_gain
from lstm_viz.analysis.phase import check_mapped, drive_variance, phase_diagram, vertical_of
from lstm_viz.analysis.survival import survival_of_one
from lstm_viz.arrays import one_sequence
from lstm_viz.cells import carrying, cell_of, init_weights
from lstm_viz.cells.protocols import Weights
from lstm_viz.errors import SpecError
from lstm_viz.inputs.probes import unit_probe
from lstm_viz.result import Shown
from lstm_viz.spec import ModelSpec, numbers

Array = np.ndarray


def edge_by_theory(spec: ModelSpec, y: Iterable[float]) -> Array:
    """The gain at which theory has a factor of 1 per step, for each value of the vertical axis.

    Plain RNN, y = s²: χ(g, s²) = 1, for many units and a net that has settled. LSTM and GRU,
    y = forget bias: f + i·o·g = 1 (GRU: z + (1−z)·r·g = 1) at h = c = 0 without input, where all
    units are alike; with these biases, the gain g at which the mean over units of
    (i·o·g / (1−f))² is 1. The literature's g is √H times the root mean square of U's entries.

    Returns (Y,): gains that multiply this spec's own U; NaN for a cell of which nothing is known.

    References
    ----------
    Chen, Pennington & Schoenholz (2018); large_n.py has the rest.
    """
    check_mapped(spec)
    unit, y = replace(spec, gain=1.0), numbers("y", y)
    weights = init_weights(unit)
    if "chi" in cell_of(weights).theory:
        g = recurrent_gain(weights)
        return np.array([math.sqrt(_critical_g2(spec.activation, s2)) / g for s2 in y])
    if has_rest(weights) and vertical_of(spec) == "forget_bias":
        return np.array([_gated_edge(replace(unit, forget_bias=float(b))) for b in y])
    return np.full(len(y), np.nan)


def _critical_g2(activation: str, s2: float) -> float:
    fixed = {"relu": 2.0, "linear": 1.0}
    return fixed[activation] if activation in fixed else critical_g2(float(s2), activation)


def _gated_edge(spec: ModelSpec) -> float:
    rest = at_rest(init_weights(spec))
    with np.errstate(divide="ignore"):
        return 1 / math.sqrt(np.mean((rest.iog / (1 - rest.f)) ** 2))


@dataclass(frozen=True, repr=False)
class PhasePlace(Shown):
    """One net in its diagram, and the edge beside it.

    gain, y : its place; vertical : what y is
    log10_factor : decades per step back, NaN where there is none; failure : step, 0 for none
    straight : whether that one rate describes the curve; of : by which state, "h" or "c"
    edge : of the gains at which a net with the same y has a factor of 1, the nearest; NaN where
        there is none from `least` to `most`
    theory : the gain at which theory has it for this y
    """

    gain: float
    y: float
    vertical: str
    log10_factor: float
    failure: int
    straight: bool
    of: str
    edge: float
    least: float
    most: float
    theory: float


def phase_place(
    spec: ModelSpec,
    x: Array,
    gains: Iterable[float],
    probe: Array | None = None,
    *,
    batch_first: bool | None = None,
) -> PhasePlace:
    """Place a net in a diagram over these gains, and look for the edge along its row.

    Parameters are those of `phase_diagram`, but that spec and x are the net's own.
    """
    check_mapped(spec)
    axis = np.unique([*numbers("gains", gains), spec.gain])
    x = one_sequence(x, spec.input_size, batch_first)
    weights, ends = init_weights(spec), (float(axis[0]), float(axis[-1]))
    vertical, of = vertical_of(spec), carrying(weights)
    y = drive_variance(weights, x) if vertical == "s2" else spec.forget_bias
    if not math.isfinite(y):  # the input is too large for float64 to say how large
        no_rate = math.nan, 0, False, of, math.nan
        return PhasePlace(spec.gain, y, vertical, *no_rate, *ends, math.nan)
    s2, forget_bias = ([y], None) if vertical == "s2" else (None, [y])
    row = phase_diagram(spec, x, axis, forget_bias=forget_bias, s2=s2, probe=probe)
    edges = crossings(axis, row.log10_factor[0])
    nearest = min(edges, key=lambda g: abs(g - spec.gain), default=math.nan)
    theory = float(edge_by_theory(spec, [y])[0])
    own = _own_factor(weights, x, probe)
    return PhasePlace(spec.gain, y, vertical, *own, of, nearest, *ends, theory)


def _own_factor(weights: Weights, x: Array, probe: Array | None) -> tuple[float, int, bool]:
    """The net's own factor, failure and straightness, from its own pass at any magnitude.

    A diagram's row sets s² by scaling the input, and there may be two ways to a weak one.
    """
    v = unit_probe(weights.hidden_size) if probe is None else probe
    found = survival_of_one(weights, x, v)
    if np.isnan(found.log10_norm).any():
        return math.nan, found.failure.step if found.failure else 0, False
    zero = np.isneginf(found.log10_norm).any()
    return -math.inf if zero else found.rate.log10_factor, 0, not found.rate.problem


def crossings(gain: Array, log10_factor: Array) -> list[float]:
    """The gains, by linear interpolation, at which the factor per step passes through 1."""
    if np.shape(gain) != np.shape(log10_factor):
        raise SpecError(
            "same-shape",
            first="gain",
            second="log10_factor",
            one=np.shape(gain),
            other=np.shape(log10_factor),
        )
    found = [float(g) for g, f in zip(gain, log10_factor, strict=True) if f == 0]
    for k in range(len(gain) - 1):
        low, high = log10_factor[k], log10_factor[k + 1]
        if low * high < 0 and math.isfinite(low) and math.isfinite(high):
            found.append(float(gain[k] + (gain[k + 1] - gain[k]) * low / (low - high)))
    return sorted(found)
