"""An LSTM's trace computed again, where floats do not hold it: cells/range.py says when.

Pre-activations, gates and gradients are stacked o, i, f, g, as in lstm.py.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.activations import sigmoid
from lstm_viz.cells.range import fits, lost, near_sigmoid, near_tanh
from lstm_viz.wide import Wide

if TYPE_CHECKING:
    from lstm_viz.cells.lstm import LSTMTrace

Array = np.ndarray
G = 3


def is_narrow(trace: "LSTMTrace", most: float) -> bool:
    """Whether floats hold all slopes, if no pre-activation is above `most` in magnitude.

    The smallest are i ∘ tanh'(a_g) and o ∘ tanh'(c).
    """
    return fits(most, 3, trace.h.dtype, factor=trace.g, state=trace.c)


def cancels(trace: "LSTMTrace") -> bool:
    """Whether f ∘ c_{t−1} and i ∘ g have cancelled somewhere."""
    kept = np.abs(trace.f * trace.c[:-1])
    return bool((np.abs(trace.c[1:]) < 1e-3 * kept).any())


def recomputed(trace: "LSTMTrace", number: Callable[[Array], Array]) -> "LSTMTrace":
    """The trace from its pre-activations in numbers of another kind, which `number` makes.

    With f = F + φ, i ∘ g = P + π and c = C + γ, where F, P and C are whole numbers:

        C_t = F C_{t−1} + P        γ_t = F γ_{t−1} + φ c_{t−1} + π
    """
    pre, c, h = map(number, (trace.pre, trace.c, trace.h))
    tanh_c = number(trace.tanh_c)
    full = replace(trace, pre=pre, gates=_gates(pre), c=c, h=h, tanh_c=tanh_c)
    parts, again = _parts(full), lost(trace.pre)
    whole = np.rint(trace.c[0])
    rest = c[0] - whole
    for t in range(len(pre)):
        if again[t].any():
            _run_again(full, again, t)
            for own, new in zip(parts, _parts(full, t), strict=True):
                own[t] = new
        F, phi, P, pi = (part[t] for part in parts)
        whole, rest = F * whole + P, F * rest + phi * c[t] + pi
        c[t + 1] = rest + whole
        full.tanh_c[t] = np.tanh(c[t + 1])
        h[t + 1] = full.o[t] * full.tanh_c[t]
    return full


def _parts(trace: "LSTMTrace", t: int | slice = slice(None)) -> tuple[Array | Wide, ...]:
    """F, φ, P, π of step t+1, or of all steps, as `recomputed` has them."""
    (F, phi), (I_, iota) = (near_sigmoid(a[t]) for a in (trace.a_f, trace.a_i))
    G_, gamma = near_tanh(trace.a_g[t])
    P = I_ * G_
    pi = np.where(P == 0, trace.i[t] * trace.g[t], iota * G_ + gamma + iota * gamma)
    return F, phi, P, pi


def _run_again(trace: "LSTMTrace", again: Array, t: int) -> None:
    """Fill in those pre-activations of step t+1 that have been lost, and the gates (in place)."""
    from lstm_viz.cells.lstm import stack_rows

    W, U, b = map(stack_rows, (trace.weights.W, trace.weights.U, trace.weights.b))
    a = trace.x[t] @ W.T + b + trace.h[t] @ U.T
    trace.pre[t] = np.where(again[t], a.reshape(again[t].shape), trace.pre[t])
    trace.gates[t] = _gates(trace.pre[t])


def _gates(pre: Array) -> Array:
    """The activations (..., 4, H) of pre-activations in this file's order."""
    gates = sigmoid(pre)
    gates[..., G, :] = np.tanh(pre[..., G, :])
    return gates
