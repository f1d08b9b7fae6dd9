"""A GRU's trace computed again, where floats do not hold it: cells/range.py says when.

Pre-activations are stacked r, z, n and gates r, z, 1 − z, n, as in gru.py.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.activations import sigmoid
from lstm_viz.cells.range import fits, lost, near_tanh

if TYPE_CHECKING:
    from lstm_viz.cells.gru import GRUTrace

Array = np.ndarray
Z, N = 1, 2


def is_narrow(trace: "GRUTrace", most: float) -> bool:
    """Whether floats hold all slopes, if no pre-activation is above `most` in magnitude.

    The smallest is (1 − z) ∘ tanh'(a_n) ∘ q ∘ r'.
    """
    return all(fits(most, 4, trace.h.dtype, factor) for factor in (trace.n, trace.q))


def cancels(trace: "GRUTrace") -> bool:
    """Whether h_{t−1} and n have been so near to 1, or to −1, that their difference is lost."""
    near = (np.abs(trace.h[:-1] - trace.n) < 0.02) & (np.abs(trace.n) > 0.98)
    return bool(near.any())


def recomputed(trace: "GRUTrace", number: Callable[[Array], Array]) -> "GRUTrace":
    """The trace from its pre-activations in numbers of another kind, which `number` makes.

    With n = N + ν, h = C + γ, where N and C are whole numbers, and d = h_{t−1} − n:

        d = (C_{t−1} − N) + (γ_{t−1} − ν)
        C_t, γ_t = C_{t−1}, γ_{t−1} − (1 − z) d    where z > ½        N, ν + z d    elsewhere
    """
    pre, q, h = map(number, (trace.pre, trace.q, trace.h))
    full = replace(trace, pre=pre, gates=_gates(pre), q=q, h=h)
    again = np.logical_or(lost(trace.pre).any(axis=(1, 2, 3)), lost(trace.q).any(axis=(1, 2)))
    whole, keeps, d, size = np.rint(trace.h[0]), trace.a_z > 0, np.empty_like(q), np.empty_like(q)
    rest = h[0] - whole
    for t in range(len(pre)):
        if again[t]:
            _run_again(trace, full, t)
        N_, nu = near_tanh(full.a_n[t])
        d[t] = (rest - nu) + (whole - N_)
        size[t] = np.abs(rest) + np.abs(nu) + np.abs(whole - N_)
        rest = np.where(keeps[t], rest - full.new[t] * d[t], nu + full.z[t] * d[t])
        whole = np.where(keeps[t], whole, N_)
        h[t + 1] = rest + whole
    vars(full)["_gap"] = d, size
    return full


def _run_again(trace: "GRUTrace", full: "GRUTrace", t: int) -> None:
    """Fill in row t of `full` where `trace` has lost it (in place)."""
    (B, _, H), weights = trace.pre.shape[1:], trace.weights
    Wx = (trace.x[t] @ weights.W.T + weights.b).reshape(B, 3, H)
    Uh = (full.h[t] @ weights.U.T).reshape(B, 3, H)
    full.q[t] = np.where(lost(trace.q[t]), Uh[:, N] + weights.b_q, full.q[t])
    a_rz = np.where(lost(trace.pre[t, :, :N]), Wx[:, :N] + Uh[:, :N], full.pre[t, :, :N])
    full.pre[t, :, :N] = a_rz
    full.gates[t] = _gates(full.pre[t])
    a_n = Wx[:, N] + full.r[t] * full.q[t]
    full.pre[t, :, N] = np.where(lost(trace.pre[t, :, N]), a_n, full.pre[t, :, N])
    full.gates[t] = _gates(full.pre[t])


def _gates(pre: Array) -> Array:
    """The activations (..., 4, H) of pre-activations (..., 3, H): r, z, 1 − z, n."""
    r_z = sigmoid(pre[..., :N, :])
    new, n = sigmoid(-pre[..., Z : Z + 1, :]), np.tanh(pre[..., N:, :])
    return np.concatenate([r_z, new, n], axis=-2)
