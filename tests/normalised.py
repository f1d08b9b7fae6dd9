"""An LSTM with a normaliser, as the sLSTM of Beck et al. (2024) has one: three states.

i, f, o = σ(W x_t + U h_{t−1} + b)      gates; theirs may be exponential
z = tanh(W_z x_t + U_z h_{t−1} + b_z)   candidate
c_t = f ∘ c_{t−1} + i ∘ z               cell state
n_t = f ∘ n_{t−1} + i                   normaliser
h_t = o ∘ c_t / n_t                     hidden state
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Architecture, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.weight_gradients import unchecked, weight_gradients
from lstm_viz.initializers import draw

I, F, Z, O = range(4)  # noqa: E741 — the gates' own letters


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedWeights(base.Weights):
    """W (4H, D), U (4H, H), b (4H,), rows stacked i, f, z, o."""

    cell = "normalised"
    gates = 4


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedTrace(Traced):
    x: np.ndarray  # (T, B, D)
    pre: np.ndarray  # (T, B, 4, H)
    h: np.ndarray  # (T+1, B, H), and so c and n
    c: np.ndarray
    n: np.ndarray
    weights: NormalisedWeights
    lengths: np.ndarray | None = None

    i = property(lambda self: sigmoid(self.pre[:, :, I]))
    f = property(lambda self: sigmoid(self.pre[:, :, F]))
    z = property(lambda self: np.tanh(self.pre[:, :, Z]))
    o = property(lambda self: sigmoid(self.pre[:, :, O]))


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedGradients(base.Gradients):
    h = true_value("h", "(T+1, B, H)")
    c = true_value("c", "(T+1, B, H)")
    n = true_value("n", "(T+1, B, H)")
    a_i = true_value("a_i", "(T, B, H)")
    a_f = true_value("a_f", "(T, B, H)")
    a_z = true_value("a_z", "(T, B, H)")
    a_o = true_value("a_o", "(T, B, H)")


def step(weights, x_t, h, c, n):
    a_i, a_f, a_z, a_o = np.split(x_t @ weights.W.T + h @ weights.U.T + weights.b, 4, axis=1)
    i, f, z, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_z), sigmoid(a_o)
    c, n = f * c + i * z, f * n + i
    return o * c / n, c, n


def init_weights(spec, stream=()):
    return NormalisedWeights(*draw(spec, NORMALISED.gates, stream))


def count_parameters(spec):
    return base.count_recurrent(spec, 4)


def cost(spec, T):
    return base.recurrent_cost(spec, 4, T)


def forward(weights, x, h0=None, c0=None, n0=None, lengths=None):
    x = base.check_input(weights, x)
    (T, B, D), H = x.shape, weights.hidden_size
    given = [base.check_like(*own, (B, H), x.dtype) for own in (("h0", h0), ("c0", c0), ("n0", n0))]
    h, c, n = np.empty((3, T + 1, B, H), np.result_type(x, *given, weights.W))
    h[0], c[0], n[0] = given
    pre = (x.reshape(T * B, D) @ weights.W.T + weights.b).reshape(T, B, 4, H).astype(h.dtype)
    for t in range(T):
        pre[t] += (h[t] @ weights.U.T).reshape(B, 4, H)
        (i, f, o), z = sigmoid(pre[t, :, [I, F, O]]), np.tanh(pre[t, :, Z])
        c[t + 1], n[t + 1] = f * c[t] + i * z, f * n[t] + i
        h[t + 1] = o * c[t + 1] / n[t + 1]
    base.blank_padding(lengths, pre, h[1:], c[1:], n[1:])
    return NormalisedTrace(x, pre, h, c, n, weights, lengths)


class Slopes(NamedTuple):
    """Each (L, B, H): gates, their derivatives, the states before, and ∂h_t by c_t, n_t and a_o."""

    i: np.ndarray
    f: np.ndarray
    z: np.ndarray
    di: np.ndarray
    df: np.ndarray
    dz: np.ndarray
    c: np.ndarray
    n: np.ndarray
    by_c: np.ndarray
    by_n: np.ndarray
    by_o: np.ndarray


def slopes(weights, trace, lo, hi):
    a_i, a_f, a_z, a_o = np.moveaxis(trace.pre[lo:hi], 2, 0)
    gates = (own[lo:hi] for own in (trace.i, trace.f, trace.z))
    derived = sigmoid_derivative(a_i), sigmoid_derivative(a_f), tanh_derivative(a_z)
    before = trace.c[lo:hi], trace.n[lo:hi]
    n = np.where(trace.n[lo + 1 : hi + 1] == 0, 1, trace.n[lo + 1 : hi + 1])  # 0 in padding
    by_c, share = trace.o[lo:hi] / n, trace.c[lo + 1 : hi + 1] / n
    return Slopes(*gates, *derived, *before, by_c, -by_c * share, sigmoid_derivative(a_o) * share)


def backward_block(U, slope, adjoints, direct, da=None):
    (dh, dc, dn), (L, B, H) = adjoints, slope.f.shape
    B = dh.shape[1]
    da = np.empty_like(dh, shape=(L, B, 4, H)) if da is None else da
    for t in reversed(range(L)):
        for own, enters in zip(adjoints, direct, strict=True):
            if enters is not None:
                own[t + 1] += enters[t]
        dc[t + 1] += slope.by_c[t] * dh[t + 1]
        dn[t + 1] += slope.by_n[t] * dh[t + 1]
        da[t, :, I] = slope.di[t] * (slope.z[t] * dc[t + 1] + dn[t + 1])
        da[t, :, F] = slope.df[t] * (slope.c[t] * dc[t + 1] + slope.n[t] * dn[t + 1])
        da[t, :, Z] = slope.dz[t] * slope.i[t] * dc[t + 1]
        da[t, :, O] = slope.by_o[t] * dh[t + 1]
        dh[t] = da[t].reshape(B, 4 * H) @ U
        dc[t], dn[t] = slope.f[t] * dc[t + 1], slope.f[t] * dn[t + 1]
    return da[0].reshape(B, 4 * H)


def backward(weights, trace, dh, dc=None, dn=None):
    full, scaled, rows, exponent, direct = back_through(NORMALISED, weights, trace, dh, dc, dn)
    sums, log10_step = weight_gradients(rows, exponent, full.x, full.h[:-1])
    own = unchecked(weights, **sums)
    return NormalisedGradients(scaled, direct, own, log10_step, trace.lengths)


NORMALISED = Architecture(
    name="normalised",
    weights=NormalisedWeights,
    trace=NormalisedTrace,
    gradients=NormalisedGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    gates=(Gate("i", "writes"), Gate("f", "keeps"), Gate("z", "candidate"), Gate("o", "reads")),
    step=step,
    states=("h", "c", "n"),
    carries="c",
    chain=Chain(slopes, backward_block),
    padding=True,
)
