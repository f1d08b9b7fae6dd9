"""The minimal gated unit of Zhou et al. (2016) by the README's recipe; it is in no registry.

    f_t = σ(W_f x_t + U_f h_{t−1} + b_f)                what is written, and what is read
    n_t = tanh(W_n x_t + U_n (f_t ∘ h_{t−1}) + b_n)     candidate
    h_t = (1 − f_t) ∘ h_{t−1} + f_t ∘ n_t               hidden state

f near 0 keeps the state: a bias that is to make the net remember has to be taken from b_f.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Architecture, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.ways import DIRECT, HIGHWAY, from_step_1, to_step_before
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.initializers import draw


@dataclass(frozen=True, eq=False, repr=False)
class MGUWeights(base.Weights):
    """W (2H, D), U (2H, H), b (2H,), rows stacked f, n."""

    cell = "mgu"
    gates = 2


@dataclass(frozen=True, eq=False, repr=False)
class MGUTrace(Traced):
    x: np.ndarray  # (T, B, D)
    pre: np.ndarray  # (T, B, 2, H)
    h: np.ndarray  # (T+1, B, H)
    weights: MGUWeights
    lengths: np.ndarray | None = None

    a_f = property(lambda self: self.pre[:, :, 0])
    a_n = property(lambda self: self.pre[:, :, 1])
    f = property(lambda self: sigmoid(self.a_f))
    kept = property(lambda self: sigmoid(-self.a_f))  # 1 − f, right where f rounds to 1
    n = property(lambda self: np.tanh(self.a_n))


@dataclass(frozen=True, eq=False, repr=False)
class MGUGradients(base.Gradients):
    h = true_value("h", "(T+1, B, H)")
    a_f = true_value("a_f", "(T, B, H)")
    a_n = true_value("a_n", "(T, B, H)")


def step(weights, x_t, h):
    Wx_f, Wx_n = np.split(x_t @ weights.W.T + weights.b, 2, axis=1)
    U_f, U_n = np.split(weights.U, 2)
    f = sigmoid(Wx_f + h @ U_f.T)
    n = np.tanh(Wx_n + (f * h) @ U_n.T)
    return ((1 - f) * h + f * n,)


def init_weights(spec, stream=()):
    return MGUWeights(*draw(spec, MGU.gates, stream))


def count_parameters(spec):
    return base.count_recurrent(spec, 2)


def cost(spec, T):
    return base.recurrent_cost(spec, 2, T)


def forward(weights, x, h0=None, lengths=None):
    x = base.check_input(weights, x)
    (T, B, D), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    h = np.empty((T + 1, B, H), np.result_type(x, h0, weights.W))
    pre = (x.reshape(T * B, D) @ weights.W.T + weights.b).reshape(T, B, 2, H).astype(h.dtype)
    (U_f, U_n), h[0] = np.split(weights.U, 2), h0
    for t in range(T):
        pre[t, :, 0] += h[t] @ U_f.T
        f = sigmoid(pre[t, :, 0])
        pre[t, :, 1] += (f * h[t]) @ U_n.T
        h[t + 1] = (1 - f) * h[t] + f * np.tanh(pre[t, :, 1])
    base.blank_padding(lengths, pre, h[1:])
    return MGUTrace(x, pre, h, weights, lengths)


class Slopes(NamedTuple):
    """Each (L, B, H); `n` is ∂h/∂a_n, `f` is σ'(a_f)."""

    n: np.ndarray
    f: np.ndarray
    gate: np.ndarray
    kept: np.ndarray
    gap: np.ndarray
    h: np.ndarray


def slopes(weights, trace, lo, hi):
    a_f, a_n, f, h = trace.a_f[lo:hi], trace.a_n[lo:hi], trace.f[lo:hi], trace.h[lo:hi]
    by_n, by_f, gap = f * tanh_derivative(a_n), sigmoid_derivative(a_f), np.tanh(a_n) - h
    return Slopes(by_n, by_f, f, trace.kept[lo:hi], gap, h)


def backward_block(U, slope, adjoints, direct, da=None):
    (dh,), (entering,), H = adjoints, direct, U.shape[1]
    da = np.empty_like(dh, shape=(len(slope.f), dh.shape[1], 2, H)) if da is None else da
    for t in reversed(range(len(slope.f))):
        if entering is not None:
            dh[t + 1] += entering[t]
        da_n = slope.n[t] * dh[t + 1]
        dfh = da_n @ U[H:]  # of f ∘ h_{t−1}
        da_f = slope.f[t] * (slope.gap[t] * dh[t + 1] + slope.h[t] * dfh)
        dh[t] = slope.kept[t] * dh[t + 1] + slope.gate[t] * dfh + da_f @ U[:H]
        da[t, :, 0], da[t, :, 1] = da_f, da_n
    return da[0].reshape(dh.shape[1], 2 * H)


def transition(weights, trace, lo, hi):
    own = Slopes(*(part[:, 0, :, None] for part in slopes(weights, trace, lo, hi)))
    U_f, U_n = np.split(weights.U, 2)
    units = np.eye(len(U_f))
    by_a_f = own.f * U_f
    by_fh = own.n * U_n
    J = own.kept * units + own.gap * by_a_f
    return base.Transition(J + by_fh @ (own.gate * units + own.h * by_a_f))


def backward(weights, trace, dh):
    full, scaled, rows, exponent, direct = back_through(MGU, weights, trace, dh)
    H = weights.hidden_size
    sums, log10_step = contributions(rows, exponent, {"W": full.x, "b": None})
    U_f, log10_f = contributions(rows[..., :H], exponent, {"U": full.h[:-1]})
    U_n, log10_n = contributions(rows[..., H:], exponent, {"U": full.f * full.h[:-1]})
    U = np.concatenate([U_f["U"], U_n["U"]])
    squares = [2 * np.log(10) * own["U"] for own in (log10_f, log10_n)]
    log10_step["U"] = np.logaddexp(*squares) / (2 * np.log(10))
    own = unchecked(weights, **sums, U=U)
    return MGUGradients(scaled, direct, own, log10_step, trace.lengths)


def paths(weights, trace, gradients, _dc):
    U_f, U_n = np.split(weights.U, 2)
    scaled = gradients.scaled
    dfh = scaled["a_n"] @ U_n
    parts = {HIGHWAY: scaled["h"][1:] * trace.kept, "f": scaled["a_f"] @ U_f}
    parts["n"] = dfh * trace.f
    moved = {name: to_step_before(part) for name, part in parts.items()}
    return moved | {DIRECT: from_step_1(gradients.entering)}


MGU = Architecture(
    name="mgu",
    weights=MGUWeights,
    trace=MGUTrace,
    gradients=MGUGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    gates=(Gate("f", "writes"), Gate("n", "candidate")),
    step=step,
    states=("h",),
    carries="h",
    chain=Chain(slopes, backward_block, transition),
    paths=paths,
    padding=True,
)
