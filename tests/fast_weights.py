"""Linear attention as a recurrence: its memory is a matrix, a row of it for each unit.

    v_t, k_t, q_t = W x_t + b           H, d and d numbers
    S_t = λ ∘ S_{t−1} + v_t k_tᵀ        memory, (H, d); a decay for each unit
    h_t = S_t q_t                       hidden state

After Katharopoulos et al. (2020), with the decay of RetNet (Sun et al., 2023).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.cells import base
from lstm_viz.cells.architecture import Architecture, Chain
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.initializers import random

WIDTH = 2  # d


@dataclass(frozen=True, eq=False, repr=False)
class FastWeights(base.Arrays):
    """W (H+2d, D), rows stacked v, k, q; decay λ (H,); b (H+2d,)."""

    W: np.ndarray
    decay: np.ndarray
    b: np.ndarray
    cell = "fast"
    letters = (("W", "ND"), ("decay", "H"), ("b", "N"))


@dataclass(frozen=True, eq=False, repr=False)
class FastTrace(Traced):
    x: np.ndarray  # (T, B, D)
    a: np.ndarray  # (T, B, H+2d) v, k and q side by side
    S: np.ndarray  # (T+1, B, H, d)
    h: np.ndarray  # (T+1, B, H)
    weights: FastWeights
    lengths: np.ndarray | None = None

    pre = property(lambda self: self.a)

    def _rows(self):
        from lstm_viz.tables import grid_frame, unpadded

        return unpadded(grid_frame("step", 1, {"h": self.h[1:]}), self.lengths)


@dataclass(frozen=True, eq=False, repr=False)
class FastGradients(base.Gradients):
    h = true_value("h", "(T+1, B, H)")
    S = true_value("S", "(T+1, B, H·d)")
    a = true_value("a", "(T, B, H+2d)")


def split(a, H):
    """v, k and q of what stands side by side."""
    return a[..., :H], a[..., H : H + WIDTH], a[..., H + WIDTH :]


def step(weights, x_t, h, S):
    v, k, q = split(x_t @ weights.W.T + weights.b, len(weights.decay))
    S = weights.decay[:, None] * S + v[:, :, None] * k[:, None]
    return (S @ q[..., None])[..., 0], S


def init_weights(spec, stream=()):
    rng, H = random(spec, 0, *stream), spec.hidden_size
    W = rng.normal(size=(H + 2 * WIDTH, spec.input_size)) / np.sqrt(spec.input_size)
    decay = spec.gain * rng.uniform(0.5, 1, H)
    b = rng.normal(size=len(W))
    return FastWeights(*(array.astype(spec.dtype) for array in (W, decay, b)))


def count_parameters(spec):
    return (spec.hidden_size + 2 * WIDTH) * (spec.input_size + 1) + spec.hidden_size


def cost(spec, T):
    products = count_parameters(spec) + 3 * WIDTH * spec.hidden_size
    return base.Cost(2 * products * T, T, T, kept=8 * T * WIDTH * spec.hidden_size)


def forward(weights, x, h0=None, S0=None, lengths=None):
    x = base.check_input(weights, x)
    (T, B, _), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    S0 = base.check_like("S0", S0, (B, H, WIDTH), x.dtype)
    a = x @ weights.W.T + weights.b
    h = np.empty((T + 1, B, H), np.result_type(a, h0, S0, weights.decay))
    S = np.empty((T + 1, B, H, WIDTH), h.dtype)
    (v, k, q), h[0], S[0] = split(a, H), h0, S0
    for t in range(T):
        S[t + 1] = weights.decay[:, None] * S[t] + v[t, :, :, None] * k[t, :, None]
        h[t + 1] = (S[t + 1] @ q[t, ..., None])[..., 0]
    base.blank_padding(lengths, a, h[1:], S[1:])
    return FastTrace(x, a, S, h, weights, lengths)


class Slopes(NamedTuple):
    """v, k, q (L, B, ·) and the memory after the step (L, B, H, d)."""

    v: np.ndarray
    k: np.ndarray
    q: np.ndarray
    S: np.ndarray


def slopes(weights, trace, lo, hi):
    return Slopes(*split(trace.a[lo:hi], weights.hidden_size), trace.S[lo + 1 : hi + 1])


def backward_block(decay, slope, adjoints, direct, da=None):
    (dh, dS), (L, B, H) = adjoints, slope.v.shape
    B, N = dh.shape[1], H + 2 * WIDTH
    da = np.empty_like(dh, shape=(L, B, N)) if da is None else da
    for t in reversed(range(L)):
        for own, enters in zip(adjoints, direct, strict=True):
            if enters is not None:
                own[t + 1] += enters[t]
        dS[t + 1] += (dh[t + 1][:, :, None] * slope.q[t][:, None]).reshape(B, -1)
        dS_t = dS[t + 1].reshape(B, H, WIDTH)
        v, k, q = split(da[t], H)
        v[...] = (dS_t @ slope.k[t][:, :, None])[..., 0]
        k[...] = (slope.v[t][:, None] @ dS_t)[:, 0]
        q[...] = (dh[t + 1][:, None] @ slope.S[t])[:, 0]
        dh[t] = 0
        dS[t] = (decay[:, None] * dS_t).reshape(B, -1)
    return da[0]


def backward(weights, trace, dh, dS=None):
    full, scaled, rows, exponent, direct = back_through(FAST, weights, trace, dh, dS)
    sums, log10_step = contributions(rows, exponent, {"W": full.x, "b": None})
    through = scaled["S"].wide[1:] * full.S[:-1].reshape(*full.h[:-1].shape[:2], -1)
    by_unit = through.reshape(*full.h[:-1].shape, WIDTH) @ np.ones((WIDTH, 1))
    of_decay, log10_decay = contributions(by_unit[..., 0], 0 * exponent, {"decay": None})
    own, log10_step = unchecked(weights, **sums, **of_decay), log10_step | log10_decay
    return FastGradients(scaled, direct, own, log10_step, trace.lengths)


FAST = Architecture(
    name="fast",
    weights=FastWeights,
    trace=FastTrace,
    gradients=FastGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    step=step,
    states=("h", "S"),
    shapes=lambda weights: {"S": (weights.hidden_size, WIDTH)},
    carries="S",
    chain=Chain(slopes, backward_block, stacked=lambda weights: (weights.W, weights.decay)),
    padding=True,
)
