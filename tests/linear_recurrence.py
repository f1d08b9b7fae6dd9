"""A diagonal linear recurrence by the README's recipe: no gates, and nothing recurs but by unit.

    a_t = W x_t + b                 what the input drives
    h_t = λ ∘ h_{t−1} + a_t         hidden state; a decay for each unit

λ is drawn from U(½, 1), times the gain.
"""

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import base
from lstm_viz.cells.architecture import Architecture, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.initializers import draw, random


@dataclass(frozen=True, eq=False, repr=False)
class LinearWeights(base.Arrays):
    """W (H, D), decay λ (H,), b (H,)."""

    W: np.ndarray
    decay: np.ndarray
    b: np.ndarray
    cell = "linear"
    letters = (("W", "HD"), ("decay", "H"), ("b", "H"))


@dataclass(frozen=True, eq=False, repr=False)
class LinearTrace(Traced):
    x: np.ndarray  # (T, B, D)
    a: np.ndarray  # (T, B, H)
    h: np.ndarray  # (T+1, B, H)
    weights: LinearWeights
    lengths: np.ndarray | None = None

    pre = property(lambda self: self.a)


@dataclass(frozen=True, eq=False, repr=False)
class LinearGradients(base.Gradients):
    h = true_value("h", "(T+1, B, H)")
    a = true_value("a", "(T, B, H)")


def step(weights, x_t, h):
    return (weights.decay * h + x_t @ weights.W.T + weights.b,)


def init_weights(spec, stream=()):
    W, _, b = draw(spec, (Gate("h", "candidate", recurrent=False),), stream)
    decay = spec.gain * random(spec, 1, *stream).uniform(0.5, 1, spec.hidden_size)
    return LinearWeights(W, decay.astype(spec.dtype), b)


def count_parameters(spec):
    return spec.hidden_size * (spec.input_size + 2)


def cost(spec, T):
    D, H = spec.input_size, spec.hidden_size
    return base.Cost(2 * H * (D + 1) * T, T, T, kept=8 * T * H)


def forward(weights, x, h0=None, lengths=None):
    x = base.check_input(weights, x)
    (T, B, D), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    a = (x.reshape(T * B, D) @ weights.W.T + weights.b).reshape(T, B, H)
    h = np.empty((T + 1, B, H), np.result_type(a, h0, weights.decay))
    h[0] = h0
    for t in range(T):
        h[t + 1] = weights.decay * h[t] + a[t]
    base.blank_padding(lengths, a, h[1:])
    return LinearTrace(x, a, h, weights, lengths)


def stacked(weights):
    return weights.W, weights.decay


def slopes(weights, trace, lo, hi):
    """∂h_t/∂a_t is 1: how many steps is all there is to know."""
    return hi - lo


def backward_block(decay, steps, adjoints, direct, da=None):
    (dh,), (entering,) = adjoints, direct
    for t in reversed(range(steps)):
        if entering is not None:
            dh[t + 1] += entering[t]
        if da is not None:
            da[t] = dh[t + 1]
        dh[t] = decay * dh[t + 1]
    return dh[1]


def backward(weights, trace, dh):
    full, scaled, rows, exponent, direct = back_through(LINEAR, weights, trace, dh)
    sums, log10_step = contributions(rows, exponent, {"W": full.x, "b": None})
    of_decay, log10_decay = contributions(rows * full.h[:-1], exponent, {"decay": None})
    own, log10_step = unchecked(weights, **sums, **of_decay), log10_step | log10_decay
    return LinearGradients(scaled, direct, own, log10_step, trace.lengths)


LINEAR = Architecture(
    name="linear",
    weights=LinearWeights,
    trace=LinearTrace,
    gradients=LinearGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    step=step,
    states=("h",),
    carries="h",
    chain=Chain(slopes, backward_block, stacked=stacked),
    padding=True,
)
