"""Known answers for any number of units: bounds, closed forms and horizons to hold a curve against.

What holds in the limit of many units is in large_n.py. There and here g is the recurrent gain of
the literature, √H times the standard deviation of U's entries (PyTorch's initialisation has
g = 1/√3), not the candidate of an LSTM.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_viz import words
from lstm_viz.activations import ACTIVATIONS
from lstm_viz.analysis.jacobian import recurrent_spectra
from lstm_viz.cells.protocols import Weights
from lstm_viz.cells.rnn import RNNWeights
from lstm_viz.errors import SpecError, shown
from lstm_viz.spec import check_finite, check_integer

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
