"""The Jacobians J_t = ∂s_t/∂s_{t−1} of one sequence, as factors that keep each entry's digits.

The state s is h, or (h, c) for a cell with a cell state; S is its size, H or 2H.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstm_viz.arrays import one_sequence
from lstm_viz.cells import cell_of, chain_of, run
from lstm_viz.cells.jacobians import transition
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.result import Shown
from lstm_viz.wide import Wide

Array = np.ndarray
STRETCH = 32  # steps whose Jacobians are held in memory at once
FLOATS = 450  # powers of two from 1: so far off, a product of two entries is still a float


@dataclass(frozen=True, eq=False, repr=False)
class Step(Shown):
    """J = N · K with N = [[1, diag(through_c)], [0, 1]].

    An LSTM's h_t = o ∘ tanh(c_t) depends on the state before through c_t too: added up, what comes
    that way may hide what comes through o.

    K : (S, S), ∂/∂s_{t−1} of h_t, with c_t held fixed, and of c_t; each entry to its own accuracy
    through_c : (H,), the diagonal of ∂h_t/∂c_t; None where s = h, and N is the identity
    """

    K: Array | Wide
    through_c: Array | Wide | None = None

    def after(self, X: Array) -> Array:
        """N · X."""
        return X if self.through_c is None else _coupled(self.through_c, X, 0, 1)

    def before(self, X: Array) -> Array:
        """Nᵀ · X."""
        return X if self.through_c is None else _coupled(self.through_c, X, 1, 0)

    def factors(self) -> list[Array | Wide]:
        """N and K, or K alone, as matrices."""
        if self.through_c is None:
            return [self.K]
        H = len(self.through_c)
        N = np.eye(2 * H)
        N = Wide.of(N) if isinstance(self.through_c, Wide) else N
        N[np.arange(H), np.arange(H, 2 * H)] = self.through_c
        return [N, self.K]

    def is_floats(self) -> bool:
        """Whether float64 holds all entries."""
        return not (isinstance(self.K, Wide) or isinstance(self.through_c, Wide))


def _coupled(through_c: Array | Wide, X: Array, to: int, of: int) -> Array:
    """X with what one half of its rows adds to the other."""
    H = len(through_c)
    X = X.copy()
    halves = X[:H], X[H:]
    halves[to][...] += through_c[:, None] * halves[of]
    return X


def chain(weights: Weights, x: Array, batch_first: bool | None = None) -> ChainTrace:
    """The trace of x (T, 1, D); ShapeError for a batch, or for a net that is no chain of steps."""
    chain_of(weights)
    return run(weights, one_sequence(x, weights.input_size, batch_first))


def state_size(weights: Weights) -> int:
    """S, how many numbers the cell's states have together."""
    return sum(cell_of(weights).sizes(weights).values())


def steps(weights: Weights, trace: ChainTrace, count: int | None = None) -> Iterator[Step]:
    """The steps t = 1 … count, all T by default."""
    count = len(trace.x) if count is None else count
    for lo in range(0, count, STRETCH):
        yield from _stretch(weights, trace, lo, min(lo + STRETCH, count))


def steps_back(weights: Weights, trace: ChainTrace, count: int | None = None) -> Iterator[Step]:
    """The steps t = count … 1, from T by default."""
    count = len(trace.x) if count is None else count
    for lo in reversed(range(0, count, STRETCH)):
        yield from _stretch(weights, trace, lo, min(lo + STRETCH, count))[::-1]


def _stretch(weights: Weights, trace: ChainTrace, lo: int, hi: int) -> list[Step]:
    J = transition(weights, trace, lo, hi)
    if J.carry is None or J.through_c is None:
        return [Step(_narrow(K)) for K in J.dense]
    L, S, H = J.dense.shape
    K, units = np.empty_like(J.dense, shape=(L, S, S)), np.arange(H)
    K[...] = 0
    K[:, :, :H] = J.dense
    K[:, H + units, H + units] = J.carry
    return [Step(_narrow(K[t]), _narrow(J.through_c[t])) for t in range(L)]


def _narrow(x: Array | Wide) -> Array | Wide:
    return x.in_floats(FLOATS) if isinstance(x, Wide) else x.astype(np.float64, copy=False)
