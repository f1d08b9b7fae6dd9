"""An LSTM with a normaliser, as the sLSTM of Beck et al. (2024) has one: three states.

    i, f, o = σ(W x_t + U h_{t−1} + b)      gates; theirs may be exponential
    z = tanh(W_z x_t + U_z h_{t−1} + b_z)   candidate
    c_t = f ∘ c_{t−1} + i ∘ z               cell state
    n_t = f ∘ n_{t−1} + i                   normaliser
    h_t = o ∘ c_t / n_t                     hidden state

Its variant "no_output_gate" has h_t = c_t / n_t, and three rows of weights for each unit.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Architecture, Chain, Gate, record_of, varied
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.weight_gradients import unchecked, weight_gradients
from lstm_viz.initializers import draw

WITHOUT_O = "no_output_gate"
I, F, Z, O = range(4)  # noqa: E741 — the gates' own letters


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedWeights(base.Weights):
    """W (4H, D), U (4H, H), b (4H,), rows stacked i, f, z, o; without o 3H."""

    cell = "normalised"
    gates = property(lambda self: 3 if WITHOUT_O in self.flags else 4)


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedTrace(Traced):
    x: np.ndarray  # (T, B, D)
    pre: np.ndarray  # (T, B, G, H)
    h: np.ndarray  # (T+1, B, H), and so c and n
    c: np.ndarray
    n: np.ndarray
    weights: NormalisedWeights
    lengths: np.ndarray | None = None

    i = property(lambda self: sigmoid(self.pre[:, :, I]))
    f = property(lambda self: sigmoid(self.pre[:, :, F]))
    z = property(lambda self: np.tanh(self.pre[:, :, Z]))
    o = property(lambda self: out_gate(self.pre))


@dataclass(frozen=True, eq=False, repr=False)
class NormalisedGradients(base.Gradients):
    h = true_value("h", "(T+1, B, H)")
    c = true_value("c", "(T+1, B, H)")
    n = true_value("n", "(T+1, B, H)")
    a_i = true_value("a_i", "(T, B, H)")
    a_f = true_value("a_f", "(T, B, H)")
    a_z = true_value("a_z", "(T, B, H)")
    a_o = true_value("a_o", "(T, B, H)")


def out_gate(pre):
    """σ(a_o), or 1 without it: (..., G, H) → (..., H)."""
    return sigmoid(pre[..., O, :]) if pre.shape[-2] > O else np.ones_like(pre[..., Z, :])


def step(weights, x_t, h, c, n):
    a = x_t @ weights.W.T + h @ weights.U.T + weights.b
    a_i, a_f, a_z, *a_o = np.split(a, weights.gates, axis=1)
    i, f, z = sigmoid(a_i), sigmoid(a_f), np.tanh(a_z)
    c, n = f * c + i * z, f * n + i
    return (sigmoid(a_o[0]) if a_o else 1) * c / n, c, n


def vary(record, flags):
    return replace(record, gates=record.gates[:O])


def init_weights(spec, stream=()):
    gates = varied(NORMALISED, spec.variant).gates
    return NormalisedWeights(*draw(spec, gates, stream), variant=spec.variant)


def count_parameters(spec):
    return base.count_recurrent(spec, 4)


def cost(spec, T):
    return base.recurrent_cost(spec, 4, T)


def forward(weights, x, h0=None, c0=None, n0=None, lengths=None):
    x = base.check_input(weights, x)
    (T, B, D), G, H = x.shape, weights.gates, weights.hidden_size
    given = [base.check_like(*own, (B, H), x.dtype) for own in (("h0", h0), ("c0", c0), ("n0", n0))]
    h, c, n = np.empty((3, T + 1, B, H), np.result_type(x, *given, weights.W))
    h[0], c[0], n[0] = given
    pre = (x.reshape(T * B, D) @ weights.W.T + weights.b).reshape(T, B, G, H).astype(h.dtype)
    for t in range(T):
        pre[t] += (h[t] @ weights.U.T).reshape(B, G, H)
        (i, f), z = sigmoid(pre[t, :, [I, F]]), np.tanh(pre[t, :, Z])
        c[t + 1], n[t + 1] = f * c[t] + i * z, f * n[t] + i
        h[t + 1] = out_gate(pre[t]) * c[t + 1] / n[t + 1]
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
    by_o: np.ndarray | None


def slopes(weights, trace, lo, hi):
    a_i, a_f, a_z, *a_o = np.moveaxis(trace.pre[lo:hi], 2, 0)
    gates = (own[lo:hi] for own in (trace.i, trace.f, trace.z))
    derived = sigmoid_derivative(a_i), sigmoid_derivative(a_f), tanh_derivative(a_z)
    before = trace.c[lo:hi], trace.n[lo:hi]
    n = np.where(trace.n[lo + 1 : hi + 1] == 0, 1, trace.n[lo + 1 : hi + 1])  # 0 in padding
    by_c, share = trace.o[lo:hi] / n, trace.c[lo + 1 : hi + 1] / n
    by_o = sigmoid_derivative(a_o[0]) * share if a_o else None
    return Slopes(*gates, *derived, *before, by_c, -by_c * share, by_o)


def backward_block(U, slope, adjoints, direct, da=None):
    (dh, dc, dn), L, (B, H) = adjoints, len(slope.f), adjoints[0].shape[1:]
    G = len(U) // H
    da = np.empty_like(dh, shape=(L, B, G, H)) if da is None else da
    for t in reversed(range(L)):
        for own, enters in zip(adjoints, direct, strict=True):
            if enters is not None:
                own[t + 1] += enters[t]
        dc[t + 1] += slope.by_c[t] * dh[t + 1]
        dn[t + 1] += slope.by_n[t] * dh[t + 1]
        da[t, :, I] = slope.di[t] * (slope.z[t] * dc[t + 1] + dn[t + 1])
        da[t, :, F] = slope.df[t] * (slope.c[t] * dc[t + 1] + slope.n[t] * dn[t + 1])
        da[t, :, Z] = slope.dz[t] * slope.i[t] * dc[t + 1]
        if slope.by_o is not None:
            da[t, :, O] = slope.by_o[t] * dh[t + 1]
        dh[t] = da[t].reshape(B, G * H) @ U
        dc[t], dn[t] = slope.f[t] * dc[t + 1], slope.f[t] * dn[t + 1]
    return da[0].reshape(B, G * H)


def backward(weights, trace, dh, dc=None, dn=None):
    found = back_through(record_of(weights), weights, trace, dh, dc, dn)
    full, scaled, rows, exponent, direct = found
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
    flags=(WITHOUT_O,),
    vary=vary,
)
