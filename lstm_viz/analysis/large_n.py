"""Known answers in the limit of many units: mean-field theory of random recurrent nets.

For U with independent entries of variance g²/H and all else that enters the pre-activation (inputs
and bias) of variance s², pre-activations become Gaussian, of a variance q that reproduces itself,

    q = g² E[φ(√q z)²] + s²,     z ~ N(0, 1)

and ‖∂L/∂h_t‖² changes by χ = g² E[φ'(√q z)²] with each step back. By universality the law of the
entries does not matter, only their variance. g as in theory.py.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_viz.activations import ACTIVATIONS, sigmoid
from lstm_viz.analysis.theory import LARGEST, Walk, check_number, check_rnn, untied_walk
from lstm_viz.arrays import real_array
from lstm_viz.cells import CELLS, cell_of
from lstm_viz.cells.protocols import Trace, Weights
from lstm_viz.cells.rnn import RNNTrace
from lstm_viz.errors import ShapeError, SpecError
from lstm_viz.spec import check_name

Array = np.ndarray
REACH = 12.0  # standard deviations on either side: what lies outside is 1e-33
FINEST, NODES = 0.01, 2**20
SATURATED = 60  # what lies further from 0 is constant, of tanh, σ and their slopes
WIDE = 1e5  # variance from which the Gaussian is wide against that
HALVINGS = 200  # bisection ends long before, when no float lies between its ends


def gaussian_average(function: Callable[[Array], Array], q: float) -> float:
    """E[function(√q z)] for z ~ N(0, 1), by the trapezoid rule on a dense grid over [−12, 12].

    The grid is as fine as φ'(√q z) is narrow, so that tanh and σ are right to round-off up to
    q = 1e7. Gauss–Hermite quadrature with 101 nodes is off by 14% at g = 5. A function with a
    kink costs digits.
    """
    q = check_number("q", q)
    spread = math.sqrt(q)
    spacing = min(FINEST, 0.25 / spread) if spread else FINEST
    z = np.linspace(-REACH, REACH, min(2 * math.ceil(REACH / spacing) + 1, NODES))
    density = np.exp(-z * z / 2)
    return float(density @ function(spread * z) / density.sum())


def moments(q: float, activation: str = "tanh") -> tuple[float, float]:
    """E[φ(√q z)²] and E[φ'(√q z)²] for z ~ N(0, 1); ReLU and the identity in closed form."""
    check_name("activation", activation, tuple(ACTIVATIONS))
    if not (isinstance(q, float) and q == math.inf):  # of a ReLU net that grows without bound
        q = check_number("q", q)
    if activation in ("relu", "linear"):
        share = 0.5 if activation == "relu" else 1.0
        return share * q, share
    phi = ACTIVATIONS[activation]
    with np.errstate(over="ignore"):
        return (
            _saturating_average(lambda a: phi.function(a) ** 2, q),
            _saturating_average(lambda a: phi.derivative(a) ** 2, q),
        )


def _saturating_average(function: Callable[[Array], Array], q: float) -> float:
    """`gaussian_average` of what is constant on either side of a few units around 0, at any q.

    Where the Gaussian is much wider, the integral over a = √q z is one over these units, of the
    function less the part of it that goes from one constant to the other as σ does, E σ = ½.
    """
    if q < WIDE:
        return gaussian_average(function, q)
    a = np.linspace(-SATURATED, SATURATED, 40 * SATURATED + 1)
    with np.errstate(over="ignore"):
        value, rise = function(a), sigmoid(a)
    low, high = value[0], value[-1]
    density = np.exp(-a * a / (2 * q)) / math.sqrt(2 * math.pi * q)
    return float((low + high) / 2 + density @ (value - low - (high - low) * rise) / 20)


def fixed_point(g: float, s2: float, activation: str = "tanh") -> float:
    """The variance q of pre-activations that reproduces itself, q = g² E[φ(√q z)²] + s².

    0 for tanh with g ≤ 1 and no input; infinity where ReLU (g² ≥ 2) or a linear net (g ≥ 1) has
    none.

    References
    ----------
    Sompolinsky, Crisanti & Sommers (1988); Poole et al. (2016).
    """
    g = check_number("g", g, most=LARGEST)
    s2 = check_number("s2", s2, most=LARGEST)
    check_name("activation", activation, tuple(ACTIVATIONS))
    if activation in ("relu", "linear"):
        kept = g * g * moments(1.0, activation)[0]
        return s2 / (1 - kept) if kept < 1 else math.inf
    if activation == "tanh" and s2 == 0 and g <= 1:
        return 0.0
    low = s2  # below the fixed point, as tanh² ≥ x² − ⅔x⁴ shows for s² = 0
    if activation == "tanh":
        low = max(low, (1 - 1 / (g * g)) / 4) if g > 1 else low
    return _bisect(lambda q: q - g * g * moments(q, activation)[0] - s2, low, g * g + s2)


def chi(g: float, s2: float, activation: str = "tanh") -> float:
    """χ = g² E[φ'(√q z)²] at the fixed point: ‖∂L/∂h_t‖² changes by χ with each step back.

    Below 1 the gradient vanishes, above 1 it explodes. Assumes many units, U with independent
    entries of variance g²/H (or g times an orthogonal matrix), a net that has settled, and an
    input whose variance is the same at every step.

    References
    ----------
    Poole et al. (2016); Schoenholz et al. (2017); Chen, Pennington & Schoenholz (2018) for
    recurrent nets.
    """
    g, q = check_number("g", g, most=LARGEST), fixed_point(g, s2, activation)
    return g * g * moments(q, activation)[1]


def driven_walk(g: float, s2: float, H: int, activation: str = "tanh") -> Walk:
    """ln ‖∂L/∂h_t‖ of a driven net of H units, as a random walk back in time.

        mean = ½ ln χ + ½ [ln(2/H) + ψ(H/2)] − ¾ (κ−1)/H
        variance = ψ'(H/2)/4 + ¾ (κ−1)/H,       κ = E[φ'⁴] / E[φ'²]²

    which is `untied_walk` for a linear net (κ = 1); the terms with κ are the first in 1/H. Assumes
    what `chi` does and a fresh U at each step. With one U for all steps it holds for about H/2
    steps, after which the spread of such nets grows faster; less so the more slopes vary.

    References
    ----------
    Newman (1986) for κ = 1. Otherwise a consequence: given ∂L/∂h_t, the entries of ∂L/∂h_{t−1}
    are Gaussian, and ‖φ' ∘ δ‖²/‖δ‖² of a Gaussian δ has the relative variance 3 (κ−1)/H.
    """
    q, linear = fixed_point(g, s2, activation), untied_walk(g, H)
    if activation in ("relu", "linear"):
        slope, fourth = (moments(1.0, activation)[1],) * 2
    else:
        slope = moments(q, activation)[1]
        derivative = ACTIVATIONS[activation].derivative
        fourth = _saturating_average(lambda a: derivative(a) ** 4, q)
    spread = 0.75 * (fourth / slope**2 - 1) / H
    return Walk(linear.mean + math.log(slope) / 2 - spread, linear.variance + spread)


def critical_g2(s2: float, activation: str = "tanh") -> float:
    """The g² at which χ = 1 for this s²: the edge between vanishing and exploding gradients.

    On that line g² = 1/E[φ'²] and s² = q − E[φ²]/E[φ'²], so it is found by its q. For tanh, whose
    line starts at g = 1 without input, and for σ, whose line starts at g = 10.15. (ReLU has g² = 2
    and a linear net g = 1, whatever s² is.)

    References
    ----------
    Poole et al. (2016); Chen, Pennington & Schoenholz (2018).
    """
    s2 = check_number("s2", s2, most=LARGEST)
    check_name("activation", activation, ("tanh", "sigmoid"))

    def excess(q: float) -> float:
        square, slope = moments(q, activation)
        return q - square / slope - s2

    high = 1.0 + s2
    while excess(high) <= 0:
        high *= 2
    return 1 / moments(_bisect(excess, 0.0, high), activation)[1]


def _bisect(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where `excess` turns from negative, or 0, at `low` to positive at `high`."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    return (low + high) / 2


def timescale(chi: float) -> float:
    """Steps over which ‖∂L/∂h_t‖ changes by a factor e: −2/ln χ, negative where it grows.

    Infinity at χ = 1, where it diverges.

    References
    ----------
    Schoenholz et al. (2017), who count by ‖∂L/∂h‖², and so have half of it.
    """
    chi = check_number("chi", chi)
    if chi in (0, 1):
        return 0.0 if chi == 0 else math.inf
    return -2 / math.log(chi)


def rest_factor(f: Array, iog: Array) -> float:
    """The asymptotic factor per step of a gated net at h = c = 0: f + i·o·g where all units agree.

    Where units differ it is the largest |eigenvalue| of diag(f) + diag(i·o) U_g: the λ above all f
    at which the mean over units of (i·o·g / (λ − f))² is 1.

    f : (H,) or a number, the gate that keeps, at rest: σ(b_f), of a GRU z
    iog : (H,) or a number, i·o at rest times g of U_g; of a GRU (1−z)·r times g of U_n

    Assumes many units, the same U at each step, and no input.

    References
    ----------
    Ahmadian, Fumarola & Miller (2015), for the edge of the spectrum.
    """
    f, iog = np.atleast_1d(real_array("f", f)), np.atleast_1d(real_array("iog", iog))
    if f.shape != iog.shape and 1 not in (f.size, iog.size):
        raise ShapeError("same-shape", first="f", second="iog", one=f.shape, other=iog.shape)
    f, iog = np.broadcast_arrays(f, iog)
    if not f.size or not ((f >= 0) & (iog >= 0) & (f + iog <= LARGEST)).all():
        raise SpecError("negative", name="f, iog")
    active = iog > 0
    if not active.any():
        return float(f.max())
    top = float(f[active].max())
    over = float(np.sqrt((iog[active] ** 2).sum() / f.size))  # λ − top is at most this
    within = _bisect(
        lambda d: 1 - float(((iog[active] / (d + (top - f[active]))) ** 2).sum()) / f.size,
        0.0,
        over,
    )
    return max(float(f.max()), top + within)


@dataclass(frozen=True, eq=False)
class Rest:
    """A gated net at h = c = 0 without input.

    f : (H,) the gate that hands the state on, σ(b_f) of an LSTM or σ(b_z) of a GRU
    iog : (H,) i·o·g, or (1−z)·r·g, with g = √H · the root mean square of U_g's (U_n's) entries
    """

    f: Array
    iog: Array

    @property
    def factor(self) -> float:
        """Asymptotic factor per step, see `rest_factor`."""
        return rest_factor(self.f, self.iog)


def has_rest(weights: Weights) -> bool:
    """Whether `at_rest` knows these weights' equations."""
    return cell_of(weights).rest is not None


def at_rest(weights: Weights) -> Rest:
    """The gates of an LSTM or a GRU at h = c = 0 without input, from its biases.

    Raises SpecError for an architecture whose record does not have them.
    """
    rest = cell_of(weights).rest
    if rest is None:
        known = ", ".join(own.weights.__name__ for own in CELLS.values() if own.rest)
        raise SpecError("one-of", name="weights", known=known, got=type(weights).__name__)
    kept, share, U = rest.parts(weights)
    return Rest(kept, share * _gain(U))


def _gain(U: Array) -> float:
    """g = √H times the root mean square of the entries."""
    return float(np.linalg.norm(U)) / math.sqrt(len(U))


def recurrent_gain(weights: Weights) -> float:
    """g of a plain RNN, estimated from its U: ‖U‖_F / √H."""
    return _gain(check_rnn(weights).U.astype(np.float64))


def input_variance(weights: Weights, trace: Trace) -> float:
    """s² of a run: the mean square of W x_t + b over steps, sequences and units."""
    weights = check_rnn(weights)
    drive = trace.x.astype(np.float64) @ weights.W.T.astype(np.float64) + weights.b
    return float(np.mean(drive**2))


def measured_chi(weights: Weights, trace: RNNTrace) -> float:
    """χ̂ = g² · mean of φ'(a)² over a run's steps, sequences and units, with g² = ‖U‖_F² / H.

    The same quantity as `chi`, from what the net did: it assumes neither Gaussian pre-activations
    nor a steady input, and still that U mixes the units at random. NaN where the run left the
    finite numbers.

    Raises SpecError if the weights are not of a plain RNN.

    References
    ----------
    Schoenholz et al. (2017); the estimate is the definition with averages over units.
    """
    g, weights = recurrent_gain(weights), check_rnn(weights)
    slope = ACTIVATIONS[weights.activation].derivative(trace.a.astype(np.float64))
    return g * g * float(np.mean(slope**2))
