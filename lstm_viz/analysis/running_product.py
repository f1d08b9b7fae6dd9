"""Every loss's gradient at the first step, from one running product of Jacobians.

    P_1 = [J_1 | ∂s_1/∂x_1]        P_T = J_T P_{T−1}        ∂⟨v, h_T⟩/∂(s_0, x_1) = v P_T[h]

All losses share the steps before them, so T products of one size give what columns.py finds with a
row for each loss. But the product has one power of two for all its rows: it is given up where the
probe reads what has decayed far below the rest of it, or where a block left the safe range.
"""

import numpy as np

from lstm_viz.analysis.columns import STEPS, safe_range
from lstm_viz.cells import cell_of
from lstm_viz.cells.base import Transition
from lstm_viz.cells.jacobians import input_jacobians, transition
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.cells.range import exact
from lstm_viz.logscale import Scaled, binary_exponent, max_abs, times_power_of_two
from lstm_viz.wide import Wide

Array = np.ndarray
TRUST = 1e-4  # of the product's largest entry: a probe that reads less may have lost digits


def running_product(weights: Weights, trace: ChainTrace, steps: int, v: Array) -> Scaled | None:
    """∂⟨v, h_T⟩/∂(s_0, x_1) for T = 1 … steps, (steps, S+D); None where it may be inexact.

    trace : of one sequence, B = 1; v : (H,)
    """
    P = _first(weights, trace)
    if isinstance(P, Wide):
        return _in_wide_numbers(weights, trace, steps, v, P.as_array)
    rows, exponent = np.empty((steps, P.shape[1]), P.dtype), np.zeros(steps, np.int64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for lo in range(0, steps, STEPS):
            hi = min(lo + STEPS, steps)
            e = int(binary_exponent(np.abs(P).max()))
            P = times_power_of_two(P, np.array(-e))
            exponent[lo:] += e
            if lo == 0:
                rows[0] = v @ P[: len(v)]
            J = transition(weights, trace, max(lo, 1), hi)
            P = _multiply(J, P, v, rows[max(lo, 1) : hi])
            if not _is_exact(rows[lo:hi], P, list(cell_of(weights).sizes(weights).values())):
                return None
    return Scaled(rows, exponent)


def _first(weights: Weights, trace: ChainTrace) -> Array | Wide:
    """[J_1 | ∂s_1/∂x_1], (S, S+D)."""
    parts: list[Array | Wide] = [transition(weights, trace, 0, 1).matrices()[0]]
    parts.append(input_jacobians(weights, trace, 0, 1)[0])
    if isinstance(exact(trace).pre, Wide):
        parts = list(map(Wide.of, parts))
    return np.concatenate(parts, axis=1)


def _in_wide_numbers(weights: Weights, trace: ChainTrace, steps: int, v: Array, P: Array) -> Scaled:
    """The same where floats do not hold the Jacobians: each entry is as exact as a sum can be."""
    rows = np.empty_like(P, shape=(steps, P.shape[1]))
    rows[0] = v @ P[: len(v)]
    for lo in range(1, steps, STEPS):
        hi = min(lo + STEPS, steps)
        J = transition(weights, trace, lo, hi)
        P = _multiply(J, P, v, rows[lo:hi])
    return Scaled.of(rows, 0)


def _multiply(J: Transition, P: Array, v: Array, rows: Array) -> Array:
    """Go through a block of steps, leaving v P_T[h] of each in `rows`; return the last P."""
    H = len(v)
    for k in range(len(rows)):
        after = J.dense[k] @ P[: J.dense.shape[2]]
        if J.carry is not None and J.through_c is not None:
            after[H:] += J.carry[k][:, None] * P[H:]
            after[:H] += J.through_c[k][:, None] * after[H:]
        P = after
        rows[k] = v @ P[:H]
    return P


def _is_exact(rows: Array, P: Array, states: list[int]) -> bool:
    """Whether each part of each row is exactly zero or well inside the range, and weighs enough."""
    low, high = safe_range(rows.dtype)
    parts = np.split(rows, np.cumsum(states), axis=1)
    sizes = np.array([max_abs(part) for part in parts])  # (parts, L)
    inside = ((sizes > low) & (sizes < high)) | (sizes == 0)
    largest = sizes.max(axis=0)
    return bool(inside.all() and (largest > low).all() and largest[-1] > TRUST * np.abs(P).max())
