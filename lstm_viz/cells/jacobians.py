"""The Jacobians of single steps, of any cell with a chain of states, by its record.

A step's own backward pass with the identity as its batch: one loss for each number of s_t. So the
Jacobians are as exact as the cell's way back, and need no matrix U.
"""

import numpy as np

from lstm_viz.cells import cell_of, chain_of
from lstm_viz.cells.base import FLOATS, Transition
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.cells.range import exact
from lstm_viz.wide import Wide

Array = np.ndarray


def transition(weights: Weights, trace: ChainTrace, lo: int, hi: int) -> Transition:
    """∂s_t/∂s_{t−1} of the steps lo+1 … hi of one sequence, as the record has it or as here."""
    own = chain_of(weights).transition
    if own is not None:
        return own(weights, trace, lo, hi)
    steps = [_back(weights, exact(trace), t)[0] for t in range(lo, hi)]
    return Transition(np.stack(steps)).in_floats()


def input_jacobians(weights: Weights, trace: ChainTrace, lo: int, hi: int) -> Array | Wide:
    """∂s_t/∂x_t of the steps lo+1 … hi of one sequence, (L, S, D)."""
    W, _ = chain_of(weights).stacked(weights)
    found = np.stack([_back(weights, exact(trace), t)[1] @ W for t in range(lo, hi)])
    return found.in_floats(FLOATS) if isinstance(found, Wide) else found


def totals(weights: Weights, trace: ChainTrace, lo: int, hi: int) -> Array | Wide:
    """What a gradient that enters at s_t is with its ways through other states of the same step.

    (L, S, S) for the steps lo+1 … hi: s̄_t @ totals[k] has the total of an LSTM's c_t, its way
    through h_t included.
    """
    return np.stack([_back(weights, exact(trace), t)[2] for t in range(lo, hi)])


def _back(weights: Weights, trace: ChainTrace, t: int) -> tuple[Array | Wide, ...]:
    """∂s_{t+1}/∂s_t (S, S), ∂s_{t+1}/∂a (S, G·H), and s_{t+1} by itself, in total (S, S)."""
    chain, sizes = chain_of(weights), list(cell_of(weights).sizes(weights).values())
    rows = [np.empty_like(trace.h, shape=(2, sum(sizes), size)) for size in sizes]
    places = np.cumsum([0, *sizes])
    for row, first, size in zip(rows, places, sizes, strict=False):
        row[...] = 0
        row[1, first : first + size] = np.eye(size)
    slope, (_, U) = chain.slopes(weights, trace, t, t + 1), chain.stacked(weights)
    da = chain.backward_block(U, slope, rows, [None] * len(rows))
    before, within = (np.concatenate([row[k] for row in rows], axis=-1) for k in (0, 1))
    return before, da, within
