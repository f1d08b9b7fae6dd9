"""Known answers for any number of units: bounds, closed forms and horizons to hold a curve against.

What holds in the limit of many units is in large_n.py. There and here g is the recurrent gain of
the literature, √H times the standard deviation of U's entries (PyTorch's initialisation has
g = 1/√3), not the candidate of an LSTM.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np

from lstm_viz import arrays, words
from lstm_viz.activations import ACTIVATIONS
from lstm_viz.analysis.jacobian import recurrent_spectra
from lstm_viz.cells.protocols import Weights
from lstm_viz.cells.rnn import RNNWeights
from lstm_viz.errors import SpecError, shown
from lstm_viz.spec import check_finite, check_flag, check_integer, check_name

Array = np.ndarray
LN_10 = math.log(10)
LARGEST = 1e100  # of what is squared
PRECISIONS = ("float16", "float32", "float64")


def check_number(
    name: str, value: float, least: float = 0.0, above: bool = False, most: float = math.inf
) -> float:
    """Return `value` as a float; SpecError unless it is finite and from `least` to `most`.

    above : whether it has to be greater than `least`
    """
    value = check_finite(name, value)
    if value > most:
        raise SpecError("at-most", name=name, most=words.tidy(most), got=shown(value))
    if value < least or (above and value == least):
        code = "above" if above else "at-least"
        raise SpecError(code, name=name, least=words.tidy(least), got=shown(value))
    return value


def pascanu_factor(weights: Weights) -> float:
    """γ σ_max(U): what one step back can multiply the gradient of a plain RNN by, at the most.

    γ = sup |φ'| is 1 for tanh, ReLU and the identity, ¼ for σ. Holds for any weights and inputs:
    ‖∂L/∂h_{T−k}‖ ≤ factor^k · ‖∂L/∂h_T‖ for a loss at step T.

    Raises SpecError for another architecture.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), §2.1.
    """
    weights = check_rnn(weights)
    return ACTIVATIONS[weights.activation].slope_bound * recurrent_spectra(weights)[0].norm


def check_rnn(weights: Weights) -> RNNWeights:
    """Return the weights; SpecError unless they are of one layer of a plain RNN."""
    if not isinstance(weights, RNNWeights):
        raise SpecError("of-type", name="weights", kind="RNNWeights", got=type(weights).__name__)
    return weights


def half_life(factor: float) -> float:
    """Steps until half is left at this factor per step: ln ½ / ln factor; infinity from 1 up.

    The half-life of a closed cell (U = 0) is that of σ(b_f): Hochreiter & Schmidhuber (1997),
    Gers, Schmidhuber & Cummins (2000).
    """
    factor = check_number("factor", factor)
    if factor >= 1:
        return math.inf
    return math.log(0.5) / math.log(factor) if factor else 0.0


def underflow_horizon(
    log10_factor: float, dtype: str = "float32", naive_norm: bool = False
) -> float:
    """Steps until a gradient of size 1 lies below the smallest normal number of this precision.

    k = ln(smallest) / ln(factor); infinity where the gradient does not decay. A norm that squares
    its entries first gets only half as far.

    Parameters
    ----------
    log10_factor : decades per step back
    dtype : "float16", "float32" or "float64"
    naive_norm : whether the norm is √Σx² in the same precision, without scaling

    References
    ----------
    IEEE 754. Below the smallest normal number digits go one by one, for 10 (float16), 23 or 52 more
    powers of two where the processor keeps subnormal numbers at all.
    """
    check_name("dtype", dtype, PRECISIONS)
    check_flag("naive_norm", naive_norm)
    if not isinstance(log10_factor, Real) or isinstance(log10_factor, bool):
        raise SpecError("number", name="log10_factor", got=shown(log10_factor))
    if math.isnan(log10_factor):
        return math.nan
    if log10_factor >= 0:
        return math.inf
    reach = math.log10(np.finfo(dtype).smallest_normal) / log10_factor
    return reach / 2 if naive_norm else reach


def log10_carousel(bias: float, steps: Array) -> Array:
    """log10 σ(b_f)^T: what the constant error carousel keeps over T steps.

    Assumes U = 0 and no input, so that the forget gate stands at σ(b_f); for a GRU, b_z.

    References
    ----------
    Hochreiter & Schmidhuber (1997); Gers, Schmidhuber & Cummins (2000).
    """
    bias = check_finite("bias", bias)
    steps = arrays.real_array("steps", steps)
    arrays.check_finite("steps", steps)
    return -steps * np.logaddexp(0, -bias) / LN_10


def log10_chrono_carry(steps: float, t_max: int) -> float:
    """log10 of E[∂c_T/∂c_0] under chrono initialisation, for any number of steps T ≥ 0.

        E[(u/(1+u))^T],  u uniform on [1, T_max − 1]
        = 1/(4 (T_max − 2)) · ∫ e^(−Tx) / sinh²(x/2) dx   over  ln(1 + 1/(T_max−1)) … ln 2

    with x = ln(1 + 1/u), where the integrand falls from its lower end. Assumes U = 0 and no input:
    f = σ(b_f) = u/(1+u) for b_f = ln u.

    References
    ----------
    Tallec & Ollivier (2018) for the initialisation; the mean is a consequence of it.
    """
    steps = check_number("steps", steps)
    t_max = check_integer("t_max", t_max, 3)
    low, high = math.log1p(1 / (t_max - 1)), math.log(2)
    width = min(low, 1 / (steps + 1))  # over which the integrand changes at its lower end
    panels = max(2, math.ceil(math.log2((high - low) / width + 1)) + 1)
    edges = np.minimum(width * (2.0 ** np.arange(panels) - 1), high - low)
    past_low, weight = _gauss_legendre(np.unique(edges))
    kernel = np.exp(-steps * past_low) / np.sinh((low + past_low) / 2) ** 2
    integral = float(weight @ kernel)
    return (math.log(integral / (4 * (t_max - 2))) - steps * low) / LN_10


def _gauss_legendre(edges: Array, order: int = 24) -> tuple[Array, Array]:
    """Nodes and weights of a quadrature by panels between these edges."""
    node, weight = np.polynomial.legendre.leggauss(order)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * node).ravel(), (half[:, None] * weight).ravel()


def log10_uniform_attention(steps: Array) -> Array:
    """log10 1/n: what uniform attention over n positions passes to each of them.

    For a single head whose scores are all equal, ∂y/∂x_j = W_v/n at every distance j. It is the
    same for all positions, and less for all of them the more there are.

    References
    ----------
    Vaswani et al. (2017), with equal scores.
    """
    n = arrays.real_array("steps", steps)
    if not (n >= 1).all():
        raise SpecError("at-least", name="steps", least=1, got=n.min())
    return -np.log10(n)


def adding_baseline() -> float:
    """1/6: mean squared error of the adding problem for an answer that never looks.

    The sum of two numbers from U[0, 1] has mean 1 and variance 2 · 1/12. (The 0.1767 that is
    often printed is no such variance.)

    References
    ----------
    Hochreiter & Schmidhuber (1997), experiment 4; Arjovsky, Shah & Bengio (2016).
    """
    return 1 / 6


def copy_baseline(delay: int, length: int = 10, symbols: int = 8) -> float:
    """length · ln(symbols) / (delay + 2·length): cross-entropy per step of a net without memory.

    Of the delay + 2·length steps, the last `length` ask for symbols that are then guessed.

    References
    ----------
    Arjovsky, Shah & Bengio (2016).
    """
    named = (("delay", delay), ("length", length), ("symbols", symbols))
    delay, length, symbols = (check_integer(name, value, 1) for name, value in named)
    return length * math.log(symbols) / (delay + 2 * length)


@dataclass(frozen=True)
class Walk:
    """ln‖δ‖ as a random walk: mean and variance of each step's increment, in nats."""

    mean: float
    variance: float

    def log10_band(self, steps: Array, sigmas: float = 1.0) -> tuple[Array, Array, Array]:
        """Low, middle and high of log10‖δ‖ after so many steps, from 0, ± so many sigmas."""
        k = np.asarray(steps, np.float64)
        middle, spread = k * self.mean / LN_10, sigmas * np.sqrt(k * self.variance) / LN_10
        return middle - spread, middle, middle + spread


def untied_walk(g: float, H: int) -> Walk:
    """ln‖δ‖ through Gaussian matrices, a fresh one at each step.

        mean = ln g + ½ [ln(2/H) + ψ(H/2)],    variance = ψ'(H/2) / 4

    Exact for entries N(0, g²/H) that are independent of each other and from step to step, for
    ‖Uᵀδ‖²/‖δ‖² is g²/H times a χ² variable of H degrees of freedom. A recurrent net multiplies by
    the same U again and again: there it holds for many units and few steps.

    References
    ----------
    Newman (1986); the moments of ln χ² are standard.
    """
    g = check_number("g", g, above=True, most=LARGEST)
    H = check_integer("H", H, 1)
    return Walk(math.log(g) + (math.log(2 / H) + digamma(H / 2)) / 2, trigamma(H / 2) / 4)


def digamma(x: float) -> float:
    """ψ(x) for x > 0: recurrence up to 10, then the asymptotic series (Abramowitz & Stegun 6.3)."""
    x = check_number("x", x, above=True)
    below, x = _shifted(x, lambda y: -1 / y)
    v = 1 / (x * x)
    tail = v * (1 / 12 - v * (1 / 120 - v * (1 / 252 - v * (1 / 240 - v * (1 / 132)))))
    return below + math.log(x) - 1 / (2 * x) - tail


def trigamma(x: float) -> float:
    """ψ'(x) for x > 0: recurrence up to 10, then the asymptotic series (A. & S. 6.4)."""
    x = check_number("x", x, above=True)
    below, x = _shifted(x, lambda y: 1 / (y * y))
    v = 1 / (x * x)
    tail = v * (1 / 6 - v * (1 / 30 - v * (1 / 42 - v * (1 / 30 - v * (5 / 66)))))
    return below + (1 + 1 / (2 * x) + tail) / x


def _shifted(x: float, term: Callable[[float], float]) -> tuple[float, float]:
    """Σ term(x + j) over the steps that bring x above 10, and where it arrives."""
    total = 0.0
    while x < 10:
        total += term(x)
        x += 1
    return total, x
