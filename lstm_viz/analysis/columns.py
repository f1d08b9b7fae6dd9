"""Many losses in one backward pass: each is a row of one matrix, on the same trace.

    s̄_{t−1} = s̄_t J_t:        c̄_t += h̄_t ∘ through_c_t        (what ∂L/∂h_t adds to ∂L/∂c_t)
                             h̄_{t−1} = s̄_t @ dense_t         c̄_{t−1} = c̄_t ∘ carry_t

s̄_t (C, S) holds ∂⟨v, h_s⟩/∂s_t for C loss steps s, the latest first. A loss rests at v until the
pass, on its way back, comes to its step; so the losses that take part are always the first n rows.
The Jacobians J_t serve all of them, and one product with half the terms of all four gates' takes
them back a step.

Each loss has its own power of two. The squared norms, which are wanted anyway, show whether a block
of steps stayed where squares are exact. If not, its norms are taken again with care; and where the
gradients themselves left the safe range, the block is run as two shorter ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import cell_of
from lstm_viz.cells.base import Transition
from lstm_viz.errors import SpecError, shown
from lstm_viz.logscale import (
    LOG10_2,
    Scaled,
    binary_exponent,
    log10_norm,
    max_abs,
    square_norm,
    times_power_of_two,
)

Array = np.ndarray
STEPS = 64  # of one stretch: their Jacobians are kept together
COLUMNS = 512  # losses taken back together
Read = Callable[[int, Array], Array]  # (step within the stretch, s̄ (n, S)) → gradients (n, ·)


def check_of(name: str, of: str, states: tuple[str, ...], cell: str) -> None:
    """Raise SpecError unless the gradient can be taken by this: one of the states, or "x"."""
    if not isinstance(of, str) or of not in (*states, "x"):
        known = ", ".join((*states, "x"))
        raise SpecError(f"{name} must be one of {known} for {cell}; got {shown(of)}")


def start(weights, losses: Array, v: Array) -> Scaled:
    """The losses ⟨v, h_s⟩ at rest: s̄ (C, S) with v for h and 0 for the cell state."""
    S = len(cell_of(weights).STATES) * weights.hidden_size
    state = np.zeros((len(losses), S), v.dtype)
    state[:, : len(v)] = v
    return _normalised(state, np.zeros(len(losses), np.int64))


def stretches(last: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """(lo, hi) of consecutive stretches from step `last` back to step `first`."""
    for hi in range(last, first, -STEPS):
        yield max(first, hi - STEPS), hi


def go_back(
    weights, trace, losses: Array, state: Scaled, lo: int, hi: int, wrt: str = "h"
) -> tuple[Scaled, Array]:
    """Take the losses from step hi back to step lo, and measure them on the way.

    Parameters
    ----------
    trace : of one sequence, B = 1
    losses : (C,), loss steps s ≥ 1, none smaller before a larger
    state : s̄_hi (C, S); rows of losses before hi still at rest
    wrt : "h", "c" (the total, through h_t too) or "x"

    Returns
    -------
    state : s̄_lo
    log10_norm : (hi−lo, C), row t−lo−1 for the gradients at step t; NaN for a loss before t
    """
    module = cell_of(weights)
    J = module.transition(weights, trace, lo, hi)
    read = _reader(weights, trace, lo, hi, wrt, J)
    active = np.searchsorted(-losses, -np.arange(lo + 1, hi + 1), side="right")
    mantissa, exponent = state.mantissa.copy(), state.exponent.copy()
    norms = np.full((hi - lo, len(losses)), np.nan)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        for first in range(0, int(active[0]), COLUMNS):
            own = slice(first, first + COLUMNS)
            counts = np.clip(active - first, 0, COLUMNS).tolist()
            group = _Group(J, read, counts, mantissa[own], exponent[own], norms[:, own])
            mantissa[own], exponent[own] = group.go_back()
    return Scaled(mantissa, exponent), norms


def input_jacobians(weights, trace, lo: int, hi: int) -> Array:
    """∂s_t/∂x_t of the steps lo+1 … hi of one sequence, (L, S, D).

    A step's own backward pass with the identity as its batch: one loss for each entry of s_t.
    """
    module, H = cell_of(weights), weights.hidden_size
    W, U = module.stacked(weights)
    states = len(module.STATES)
    found = []
    for t in range(lo, hi):
        rows = np.zeros((states, 2, states * H, H), trace.h.dtype)
        for k in range(states):
            rows[k, 1, k * H : (k + 1) * H] = np.eye(H)
        slope = module.slopes(weights, trace, t, t + 1)
        found.append(module.backward_block(U, slope, list(rows), [None] * states) @ W)
    return np.array(found)


def _reader(weights, trace, lo: int, hi: int, wrt: str, J: Transition) -> Read:
    """What to measure of s̄_t: ∂/∂h_t as it stands, ∂/∂c_t with its way through h_t, or ∂/∂x_t."""
    H = weights.hidden_size
    if wrt == "x":
        Jx = input_jacobians(weights, trace, lo, hi)
        return lambda k, s: s @ Jx[k]
    if wrt == "c":
        return lambda k, s: s[:, H:] + s[:, :H] * J.through_c[k]
    return lambda k, s: s[:, :H]


def _normalised(state: Array, exponent: Array) -> Scaled:
    """The same with each row's largest entry in [½, 1)."""
    e = binary_exponent(max_abs(state))
    return Scaled(times_power_of_two(state, -e[:, None]), exponent + e)


@dataclass
class _Group:
    """Some of the losses on their way through one stretch; `norms` is filled, the rest is read.

    counts : for each step of the stretch how many rows take part
    """

    J: Transition
    read: Read
    counts: list[int]
    state: Array
    exponent: Array
    norms: Array

    def go_back(self) -> tuple[Array, Array]:
        """Return the state before the stretch's first step, and its exponents."""
        pending = [(0, len(self.counts))]
        while pending:
            lo, hi = pending.pop()
            after = self._quickly(lo, hi)
            if after is None:
                after = self._carefully(lo, hi)
            if after is None:
                middle = (lo + hi) // 2
                pending += [(lo, middle), (middle, hi)]
            else:
                moved = _normalised(after, self.exponent)
                self.state, self.exponent = moved.mantissa, moved.exponent
        return self.state, self.exponent

    def _walk(self, lo: int, hi: int, visit: Callable[[int, Array], None]) -> Array:
        """Show `visit` the state at each step hi … lo+1 and return that at step lo."""
        now, before = self.state.copy(), self.state.copy()
        J, H = self.J, self.J.dense.shape[2]
        through_h = np.empty((len(now), H), now.dtype)
        for k in reversed(range(lo, hi)):
            n = self.counts[k]
            s, earlier = now[:n], before[:n]
            visit(k, s)
            if J.carry is not None:
                s[:, H:] += np.multiply(s[:, :H], J.through_c[k], out=through_h[:n])
                np.multiply(s[:, H:], J.carry[k], out=earlier[:, H:])
            np.matmul(s, J.dense[k], out=earlier[:, :H])
            now, before = before, now
        return now

    def _quickly(self, lo: int, hi: int) -> Array | None:
        """Norms from their squares; None if one of them left the range where that is exact."""
        square = np.ones((hi - lo, len(self.state)))

        def visit(k: int, s: Array) -> None:
            square[k - lo, : len(s)] = square_norm(self.read(k, s))

        after = self._walk(lo, hi, visit)
        low, high = safe_range(self.state.dtype)
        if not ((square > low**2) & (square < high**2)).all():
            return None
        self._keep(lo, hi, 0.5 * np.log10(square))
        return after

    def _carefully(self, lo: int, hi: int) -> Array | None:
        """Norms of any size; None if a gradient itself left the safe range within the block.

        An exact zero is safe from the start or not at all, and nothing can be saved where NaN or
        infinity has come in from the forward pass.
        """
        log10, size = np.zeros((2, hi - lo, len(self.state)))

        def visit(k: int, s: Array) -> None:
            log10[k - lo, : len(s)] = log10_norm(self.read(k, s))
            size[k - lo, : len(s)] = max_abs(s)

        after = self._walk(lo, hi, visit)
        if hi - lo > 1:
            low, high = safe_range(self.state.dtype)
            begin = max_abs(self.state)
            idle = (begin == 0) | ~np.isfinite(begin)
            resting = np.arange(len(self.state)) >= np.array(self.counts[lo:hi])[:, None]
            size = np.concatenate([max_abs(after)[None], np.where(resting, 1, size)])
            if not ((size > low) & (size < high) | idle).all():
                return None
        self._keep(lo, hi, log10)
        return after

    def _keep(self, lo: int, hi: int, log10: Array) -> None:
        log10 += self.exponent * LOG10_2
        resting = np.arange(len(self.state)) >= np.array(self.counts[lo:hi])[:, None]
        self.norms[lo:hi] = np.where(resting, np.nan, log10)


def safe_range(dtype: np.dtype) -> tuple[float, float]:
    """Between which magnitudes neither they nor, in float64, their squares lose anything."""
    info = np.finfo(dtype)
    margin = info.nmant + 16
    return 2.0 ** max(info.minexp + margin, -450), 2.0 ** min(info.maxexp - margin, 450)
