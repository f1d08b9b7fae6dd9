"""Backpropagation through time at any magnitude.

A cell supplies plain backpropagation through a block of steps. This module drives it over the whole
sequence and, between blocks, multiplies what is carried back by exact powers of two, one exponent
for each sequence. A block whose numbers leave the safe range is run again as two shorter ones. So a
gradient that keeps its size costs one comparison for each block, and one that does not stays exact.
Where one power of two does not suit all entries of a vector, or floats do not hold the slopes, the
same plain backpropagation runs in wide numbers.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np

from lstm_viz.cells.architecture import Architecture, Chain
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.cells.range import WEIGHTS, close_together, least, mixes, weights_range
from lstm_viz.logscale import (
    NOTHING,
    Scaled,
    binary_exponent,
    max_abs,
    square_norm,
    times_power_of_two,
)
from lstm_viz.wide import Wide

Array = np.ndarray
STEPS = 64  # of one block in wide numbers
FAR = 256  # binary orders of magnitude: further off, a number needs a power of two of its own
CACHE_ENTRIES = 2**14  # of one quantity in one block: what keeps a block's arrays in the L2 cache

# run_block(lo, hi, adjoints, direct): steps hi … lo+1; adjoints are rows lo … hi, (hi−lo+1, B, H)
RunBlock = Callable[[int, int, list[Array], list[Array | None]], None]


def block_length(sequences: int, units: int) -> int:
    """How many steps of this width to take at once."""
    return max(1, min(64, CACHE_ENTRIES // max(1, sequences * units)))


def backpropagate(
    cell: Architecture, weights: Weights, trace: ChainTrace, direct: list[Scaled | None]
) -> tuple[list[Array], Array | Wide, Array]:
    """Run a cell's backward pass over the whole sequence, in floats if they hold it.

    Parameters
    ----------
    cell : an `Architecture` with a chain of states
    trace : in numbers that hold its slopes, as cells/range.py gives it
    direct : as in `backprop_through_time`

    Returns
    -------
    adjoints, da, exponent : (T+1, B, N) for each state, the pre-activations' own shape, (T+1, B);
        ∂L/∂state = adjoint · 2**exponent and ∂L/∂a_t = da[t−1] · 2**exponent[t]
    """
    assert cell.chain is not None, "this is the way back of a chain of states"
    U = _as_blas_likes(cell.chain.stacked(weights)[1], trace.h.shape[1])
    states = [_side_by_side(getattr(trace, name)) for name in cell.states]
    plain = not isinstance(trace.pre, Wide) and weights_range(weights)[0] >= least(U.dtype, WEIGHTS)
    if plain and not any(d is not None and d.by_entry for d in direct):
        da = np.empty_like(trace.pre)
        run_block, watched = _runner(cell.chain, weights, trace, U, da), not mixes(trace)
        found = backprop_through_time(run_block, states, direct, watched)
        if found is not None:
            return found[0], da, found[1]
    da = Wide.of(np.zeros(trace.pre.shape))
    run_block = _runner(cell.chain, weights, trace, Wide.of(U), da)
    return _in_wide_numbers(run_block, states, direct), da, np.zeros(states[0].shape[:2], np.int64)


def _side_by_side(state: Array) -> Array:
    """All numbers of a state (T+1, B, …) as one vector, (T+1, B, N)."""
    return state.reshape(*state.shape[:2], -1)


def _as_blas_likes(U: Array, rows: int) -> Array:
    """U in the order in which so many rows @ U is fastest, if it is a matrix."""
    tall = U.ndim == 2 and U.shape[0] > U.shape[1] and rows <= 8
    return np.ascontiguousarray(U.T).T if tall else np.ascontiguousarray(U)


def _runner(
    chain: Chain, weights: Weights, trace: ChainTrace, U: Array | Wide, da: Array | Wide
) -> RunBlock:
    def run_block(lo: int, hi: int, rows: list[Array], entering: list[Array | None]) -> None:
        slope = chain.slopes(weights, trace, lo, hi)
        chain.backward_block(U, slope, rows, entering, da[lo:hi])

    return run_block


def _in_wide_numbers(
    run_block: RunBlock, states: list[Array], direct: list[Scaled | None]
) -> list[Array]:
    """The gradient with respect to each state, (T+1, B, H): there is no range to be left."""
    adjoints = [Wide.of(np.zeros(state.shape)).as_array for state in states]
    for hi in range(len(states[0]) - 1, 0, -STEPS):
        lo = max(0, hi - STEPS)
        entering = [None if d is None else d[lo:hi].wide.as_array for d in direct]
        run_block(lo, hi, [a[lo : hi + 1] for a in adjoints], entering)
    return adjoints


def backprop_through_time(
    run_block: RunBlock, states: list[Array], direct: list[Scaled | None], watched: bool = True
) -> tuple[list[Array], Array] | None:
    """Return the gradient with respect to each state, from the last row to the first.

    Parameters
    ----------
    run_block : called as run_block(lo, hi, rows, direct_rows) for the steps hi, hi−1, … lo+1. It
        adds the direct gradient of each step to that step's row and fills the row before it.
    states : (T+1, B, H) each; of their values nothing is read
    direct : for each state the gradients that enter at steps 1 … T, (T, B, H), exponent (T, B), or
        None
    watched : whether to look at each step if entries lie so far apart that floats lose one

    Returns
    -------
    adjoints, exponent : (T+1, B, H) for each state and (T+1, B); ∂L/∂state = adjoint · 2**exponent.
        None where the entries of a vector lie too far apart for one power of two.
    """
    adjoints = [np.empty_like(state) for state in states]
    for adjoint in adjoints:
        adjoint[-1] = 0
    T, B, H = len(adjoints[0]) - 1, *adjoints[0].shape[1:]
    exponent, length = np.zeros((T + 1, B), np.int64), block_length(B, H)
    pending = [(max(0, hi - length), hi) for hi in range(T, 0, -length)][::-1]
    while pending:
        lo, hi = pending.pop()
        rows = [a[lo : hi + 1] for a in adjoints]
        entering = [None if d is None else d[lo:hi] for d in direct]
        carried = [r[-1].copy() for r in rows]
        done = _try_block(run_block, lo, hi, rows, entering, exponent, watched)
        if not done and hi - lo == 1:
            return None
        if not done:
            middle = (lo + hi) // 2
            for r, saved in zip(rows, carried, strict=True):
                r[-1] = saved
            pending += [(lo, middle), (middle, hi)]
    return adjoints, exponent


def _try_block(
    run_block: RunBlock,
    lo: int,
    hi: int,
    rows: list[Array],
    entering: list[Scaled | None],
    exponent: Array,
    watched: bool,
) -> bool:
    """Run one block; False if its numbers left the safe range."""
    single = hi - lo == 1
    if single:
        _normalise(rows, entering, exponent[hi])
    elif any(d is not None and _out_of_scale(d, exponent[hi], rows) for d in entering):
        return False
    run_block(lo, hi, rows, [None if d is None else _aligned(d, exponent[hi]) for d in entering])
    if not (single or _is_safe(rows)):
        return False
    if watched and not close_together([r[1:] for r in rows]):
        return False
    exponent[lo:hi] = exponent[hi]
    _rescale([r[0] for r in rows], exponent[lo])
    return True


def _largest(vectors: list[Array]) -> Array:
    """The largest magnitude in any of the vectors, along their last axis."""
    return np.maximum.reduce([max_abs(v) for v in vectors])


def _aligned(entering: Scaled, exponent: Array) -> Array:
    """What enters, on the powers of two of what is carried."""
    return times_power_of_two(entering.mantissa, (entering.exponent - exponent)[..., None])


def _out_of_scale(entering: Scaled, exponent: Array, rows: list[Array]) -> bool:
    """Whether something enters that the power of two of what is carried does not suit.

    Either it may outweigh what has decayed, or nothing is carried yet and it is far from 1.
    """
    shift = entering.exponent - exponent
    empty = ~np.logical_or.reduce([r[-1].any(axis=-1) for r in rows])
    strange = (shift > 0) | ((shift < -FAR) & empty)
    return bool(strange.any()) and bool(entering.mantissa[strange].any())


def _normalise(rows: list[Array], entering: list[Scaled | None], exponent: Array) -> None:
    """Bring the larger of what is carried and what enters at a step near 1 (both in place)."""
    carried = _largest([r[-1] for r in rows])
    sizes = [np.where(carried > 0, exponent + binary_exponent(carried), NOTHING)]
    for direct in entering:
        if direct is not None:
            entry = max_abs(direct.mantissa[0])
            size = direct.exponent[0] + binary_exponent(entry)
            sizes.append(np.where(entry > 0, size, NOTHING))
    size = np.maximum.reduce(sizes)
    size = np.where(size == NOTHING, exponent, size)
    for r in rows:
        r[-1] = times_power_of_two(r[-1], (exponent - size)[:, None])
    exponent[...] = size


def _is_safe(rows: list[Array]) -> bool:
    """Whether no precision was lost: at each step the norm is well inside the dtype's range.

    An exact zero is safe unless it follows something that was not zero. Where NaN or infinity has
    come in from the forward pass there is nothing to save.
    """
    square = reduce(np.add, map(square_norm, rows))  # (L+1, B)
    info = np.finfo(rows[0].dtype)
    margin = info.nmant + 16
    low = 2.0 ** max(2 * (info.minexp + margin), -900)
    high = 2.0 ** min(2 * (info.maxexp - margin), 900)
    inside = (square > low) & (square < high)
    if inside.all():
        return True
    magnitude = _largest(rows)
    zero = magnitude == 0
    zero[:-1] &= zero[1:]
    return bool((inside | zero | ~np.isfinite(magnitude[-1])).all())


def _rescale(carry: list[Array], exponent: Array) -> None:
    """Bring what is carried on back to a largest entry near 1 (in place) if it has gone far."""
    e = binary_exponent(_largest(carry))
    e = np.where(np.abs(e) > np.finfo(carry[0].dtype).maxexp // 8, e, 0)
    if e.any():
        for c in carry:
            c[...] = times_power_of_two(c, -e[:, None])
        exponent += e
