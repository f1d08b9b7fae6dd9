"""Known answers for one network's run, as lines to be drawn from the loss of its measured curve.

RNN     bound       (γ σ_max(U))^k
        radius      ρ(U)^k, the largest |eigenvalue|
        chi         χ^(k/2) for the run's own g and s², with the band of a random walk
        chi_run     χ̂^(k/2), χ̂ = g² · mean φ'² of the run
LSTM    product     ∏ f_t of each unit, and the root mean square over units
        half_life   where that root mean square has halved
        rest        (f + i·o·g)^k of the net at h = c = 0
both    horizons    where the curve passes the smallest numbers of each precision
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz import words
from lstm_viz.analysis import large_n, theory
from lstm_viz.analysis.jacobian import recurrent_spectra
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.analysis.rates import Rate, horizon
from lstm_viz.analysis.survival import Survival
from lstm_viz.analysis.theory import LN_10
from lstm_viz.cells import cell_of
from lstm_viz.cells.protocols import Trace, Weights
from lstm_viz.cells.rnn import CURVES, RNNTrace
from lstm_viz.registry import CELLS
from lstm_viz.result import Shown, size

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
OF_ANY = ("horizons",)  # what else is known of an architecture, its record says
KEYS = ("bound", "radius", "chi", "chi_run", "product", "half_life", "rest", "horizons")
RANDOM = ("pytorch", "gaussian", "xavier", "chrono")  # initialisations with independent entries
NEVER = 1e6  # steps: a decay that needs more of them is none
SIGMAS = 2.0  # of the band: 19 of 20 nets


@dataclass(frozen=True, eq=False, repr=False)
class Curve(Shown):
    """A measured curve as theory is held against it: from the loss on.

    distance : (n,) steps from the loss, the first 0
    log10 : (n,) log10 norms there
    rate : fitted to them
    """

    distance: Array
    log10: Array
    rate: Rate


def curve_over_time(result: Survival) -> Curve:
    """The gradient by the state that carries it, from the loss at step T back."""
    norms = result.log10_norm[::-1]
    return Curve(np.arange(len(norms)), norms, result.rate)


def curve_by_length(band: Band) -> Curve:
    """The median at the first step over the length T; of ∂/∂h_0 with its value 1 at T = 0."""
    lengths, norms = band.lengths, band.median
    if band.starts == 0:
        lengths, norms = np.append(0, lengths), np.append(0.0, norms)
    return Curve(lengths - lengths[0], norms, band.rate)


@dataclass(frozen=True)
class Mark:
    """A point of interest k steps from the loss, where the gradient is 10**log10 times as large.

    name : of a precision, with "naive" before it for an unscaled norm; "" for a half-life
    measured : whether the curve itself got there; otherwise its fit was prolonged
    """

    name: str
    steps: float
    log10: float
    measured: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Reference(Shown):
    """One known answer: by what factor the gradient changes within k = 0 … K steps of the loss.

    key, cell : what it is, and beside whose curve it stands
    start : log10 of that curve at the loss, where all lines begin
    log10 : (K+1,) log10 of the factor; None where it is no line
    low, high : (K+1,) a band around it, NaN where it does not hold; None without one
    marks : points of interest
    problem : "" or why there is nothing to draw: "unmixed" (U does not mix the units), "zero" (the
        factor is exactly 0), "too small" (below the floats, and not 0), "not finite" (the forward
        pass left the finite numbers), "no rate" (of the measured curve), "kept" (the gradient does
        not decay), "no start" (the measured curve has no finite value at the loss) or "too short"
        (it is a single point)
    value : what it comes down to: a factor per step, χ, or a half-life in steps; NaN without one
    """

    key: str
    cell: str
    start: float = 0.0
    log10: Array | None = None
    low: Array | None = None
    high: Array | None = None
    marks: tuple[Mark, ...] = ()
    problem: str = ""
    value: float = math.nan

    @property
    def factor(self) -> float:
        """Factor per step, the geometric mean where steps differ; NaN for no line."""
        if self.log10 is None:
            return math.nan
        return float(10 ** (self.log10[-1] / (len(self.log10) - 1)))

    def facts(self) -> dict[str, str]:
        own = {"theory": self.key, "cell": self.cell, "not drawn": self.problem}
        if self.log10 is not None:
            own["factor"] = (
                f"{size(float(self.log10[-1]))} after {words.steps(len(self.log10) - 1)}"
            )
        marks = (f"{mark.name} at {words.steps(mark.steps)}" for mark in self.marks)
        return own | {"marks": ", ".join(marks)}

    def _rows(self) -> "DataFrame":
        """A table with one row for each k or, for points, each point."""
        from lstm_viz.tables import rows_frame

        own = {"cell": self.cell, "theory": self.key, "problem": self.problem}
        if self.log10 is None:
            return rows_frame(
                [
                    own | {"mark": m.name, "steps_from_loss": m.steps, "log10_factor": m.log10}
                    for m in self.marks
                ]
                or [own]
            )
        columns = {"log10_factor": self.log10, "log10_low": self.low, "log10_high": self.high}
        columns = {name: array for name, array in columns.items() if array is not None}
        return rows_frame(
            [
                own | {"steps_from_loss": k} | {n: float(a[k]) for n, a in columns.items()}
                for k in range(len(self.log10))
            ]
        )


def references(
    weights: Weights,
    trace: Trace,
    curve: Curve,
    init: str,
    keys: tuple[str, ...],
    from_loss: bool = True,
    nets: Sequence = (),
) -> list[Reference]:
    """Those of the known answers that `keys` names and that concern this network, in that order.

    Parameters
    ----------
    trace : of one sequence (B = 1), T steps
    curve : what was measured; each line is as long
    init : the name of the initialisation that the weights were drawn from
    from_loss : whether a product of gates begins at the last of the curve's steps, as for one loss
        at step T, or at the first, as for a loss at each step
    nets : weights of all nets whose median the curve is, if of several: the median of their bounds
        bounds the median of their curves, as that of one net does not
    """
    own = [key for key in keys if key in known_of(weights.cell)]
    start = float(curve.log10[0])
    if not math.isfinite(start):
        return [Reference(key, weights.cell, problem="no start") for key in own]
    if not curve.distance[-1]:
        return [Reference(key, weights.cell, problem="too short") for key in own]
    found = [
        _bound(nets or [weights], int(curve.distance[-1]))
        if key == "bound"
        else _reference(key, weights, trace, curve, init, from_loss)
        for key in own
    ]
    return [replace(reference, start=start) for reference in found]


def known_of(cell: str) -> tuple[str, ...]:
    """Which of `KEYS` there are for an architecture, in their order."""
    return tuple(key for key in KEYS if key in (*CELLS[cell].theory, *OF_ANY))


def _reference(
    key: str, weights: Weights, trace: Trace, curve: Curve, init: str, from_loss: bool
) -> Reference:
    K = int(curve.distance[-1])
    if key == "horizons":
        return _horizons(weights.cell, curve)
    if key == "radius":
        return _powers(key, weights.cell, recurrent_spectra(weights)[0].radius, K)
    if key == "rest":
        return _powers(key, weights.cell, large_n.at_rest(weights).factor, K)
    if trace.failure is not None:
        return Reference(key, weights.cell, problem="not finite")
    if isinstance(trace, RNNTrace):
        return _chi(key, trace, init, K)
    return _gates(key, trace, K, from_loss)


def _bound(nets: Sequence, steps: int) -> Reference:
    factor = float(np.median([theory.pascanu_factor(weights) for weights in nets]))
    return _powers("bound", nets[0].cell, factor, steps)


def _powers(
    key: str, cell: str, factor: float, steps: int, value: float | None = None
) -> Reference:
    """A factor that is the same at each step; `value` is what it comes from, if not itself."""
    value = factor if value is None else value
    if factor == 0:
        return Reference(key, cell, problem="zero", value=value)
    return Reference(key, cell, log10=math.log10(factor) * np.arange(steps + 1), value=value)


def _chi(key: str, trace: RNNTrace, init: str, K: int) -> Reference:
    """χ of theory with its band, or χ̂ of the run."""
    weights = trace.weights
    if init not in (*RANDOM, "orthogonal"):
        return Reference(key, weights.cell, problem="unmixed")
    H = weights.hidden_size
    if key == "chi_run":
        chi = large_n.measured_chi(weights, trace)
        if chi == 0 and weights.activation in CURVES and weights.U.any():
            return Reference(key, weights.cell, problem="too small")
        return _powers(key, weights.cell, math.sqrt(chi), K, chi)
    g, s2 = large_n.recurrent_gain(weights), large_n.input_variance(weights, trace)
    chi = large_n.chi(g, s2, weights.activation)
    line = _powers(key, weights.cell, math.sqrt(chi), K, chi)
    if line.problem or init not in RANDOM:
        return line
    walk, k = large_n.driven_walk(g, s2, H, weights.activation), np.arange(K + 1)
    low, _middle, high = walk.log10_band(k, SIGMAS)
    holds = k <= max(1, H // 2)  # with one U for all steps
    return replace(line, low=np.where(holds, low, np.nan), high=np.where(holds, high, np.nan))


def _gates(key: str, trace: Trace, K: int, from_loss: bool) -> Reference:
    """The product of the last K steps' forget gates: lowest, highest and root mean square unit."""
    gate, sign = cell_of(trace.weights).keeper
    a = sign * getattr(trace, f"a_{gate}")[len(trace.x) - K :, 0]
    log10_f = -np.logaddexp(0, -a.astype(np.float64)) / LN_10
    steps = log10_f[::-1] if from_loss else log10_f
    product = np.cumsum(np.concatenate([np.zeros_like(steps[:1]), steps]), axis=0)
    low, high = product.min(axis=1), product.max(axis=1)
    middle = high + 0.5 * np.log10((10 ** (2 * (product - high[:, None]))).mean(axis=1))
    if key == "half_life":
        return _half_life(trace.weights.cell, middle)
    line = Reference(key, trace.weights.cell, log10=middle, low=low, high=high)
    return replace(line, value=line.factor)


def _half_life(cell: str, log10: Array) -> Reference:
    """Where a curve from 0 has fallen to a half, between two steps or by its mean rate."""
    half, slope = math.log10(0.5), float(log10[-1]) / (len(log10) - 1)
    below = np.flatnonzero(log10 <= half)
    if len(below):
        k = int(below[0])
        steps = k - float((log10[k] - half) / (log10[k] - log10[k - 1]))
    elif slope * NEVER > half:
        return Reference("half_life", cell, problem="kept")
    else:
        steps = half / slope
    mark = Mark("", steps, half, measured=len(below) > 0)
    return Reference("half_life", cell, marks=(mark,), value=steps)


def _horizons(cell: str, curve: Curve) -> Reference:
    """Where the curve passes the smallest normal numbers, and their square roots."""
    start, marks = float(curve.log10[0]), []
    prolong = math.nan if curve.rate.problem else curve.rate.log10_factor
    for dtype in theory.PRECISIONS:
        smallest = math.log10(np.finfo(dtype).smallest_normal)
        for name, level in ((dtype, smallest), (f"naive {dtype}", smallest / 2)):
            found = horizon(curve.distance, curve.log10, level - start, prolong, start)
            if found.steps < NEVER:
                marks.append(Mark(name, found.steps, level - start, found.measured))
    problem = "" if marks else "no rate" if math.isnan(prolong) else "kept"
    return Reference("horizons", cell, marks=tuple(marks), problem=problem)
