"""Many losses in one backward pass: each is a column of the batch, on the same trace.

∂⟨v, h_s⟩/∂h_t for a set of loss steps s: column s is zero until the pass, on its way back, comes to
step s; there v enters. The slopes of a step are computed once and serve all columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import cell_of
from lstm_viz.cells.bptt import backprop_through_time
from lstm_viz.logscale import Scaled

Array = np.ndarray
STEPS = 64  # of one stretch


@dataclass(frozen=True, eq=False)
class Stretch:
    """The gradients of C losses for the steps lo+1 … hi.

    adjoints : for each state (hi−lo+1, C, H), row 0 for step lo; the true value is
        adjoint · 2**exponent, exponent (hi−lo+1, C)
    da : (C, G·H), ∂L/∂a of step lo+1, whose exponent is that of row 1
    """

    lo: int
    hi: int
    adjoints: list[Array]
    exponent: Array
    da: Array


def backward_columns(weights, trace, losses: Array, v: Array) -> Iterator[Stretch]:
    """Go back from the last loss step to the initial state, a stretch of steps at a time.

    Parameters
    ----------
    trace : of one sequence, B = 1
    losses : (C,), loss steps s ≥ 1
    v : (H,), the probe: loss s is ⟨v, h_s⟩
    """
    module, C, H = cell_of(weights), len(losses), weights.hidden_size
    _, U = module.stacked(weights)
    carry = [np.zeros((C, H), trace.h.dtype) for _ in module.STATES]
    carry_exponent = np.zeros(C, np.int64)
    for hi in range(int(max(losses)), 0, -STEPS):
        lo = max(0, hi - STEPS)
        adjoints = [np.empty((hi - lo + 1, C, H), trace.h.dtype) for _ in carry]
        exponent = np.empty((hi - lo + 1, C), np.int64)
        exponent[-1] = carry_exponent
        for adjoint, last in zip(adjoints, carry, strict=True):
            adjoint[-1] = last
        first_da = _run(
            module, weights, U, trace, lo, adjoints, _entering(losses, lo, hi, v, carry), exponent
        )
        yield Stretch(lo, hi, adjoints, exponent, first_da)
        carry, carry_exponent = [adjoint[0] for adjoint in adjoints], exponent[0]


def _entering(
    losses: Array, lo: int, hi: int, v: Array, states: list[Array]
) -> list[Scaled | None]:
    """v at (step, column) wherever a column's loss step lies in lo+1 … hi; into h alone."""
    here = np.flatnonzero((losses > lo) & (losses <= hi))
    direct = None
    if len(here):
        direct = np.zeros((hi - lo, *states[0].shape), states[0].dtype)
        direct[losses[here] - lo - 1, here] = v
        direct = Scaled(direct, np.zeros(direct.shape[:-1], np.int64))
    return [direct] + [None] * (len(states) - 1)


def _run(module, weights, U, trace, lo, adjoints, direct, exponent) -> Array:
    da = {}

    def run_block(start, stop, rows, entering):
        slope = module.slopes(weights, trace, lo + start, lo + stop)
        da[start] = module.backward_block(U, slope, rows, entering)

    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        backprop_through_time(run_block, adjoints, direct, exponent)
    return da[0]
