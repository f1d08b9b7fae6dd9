"""Many losses in one backward pass: each is a row of one matrix, on the same trace.

    s̄_{t−1} = s̄_t J_t:        c̄_t += h̄_t ∘ through_c_t        (what ∂L/∂h_t adds to ∂L/∂c_t)
                             h̄_{t−1} = s̄_t @ dense_t         c̄_{t−1} = c̄_t ∘ carry_t

s̄_t (C, S) holds ∂⟨v, h_s⟩/∂s_t for C loss steps s, the latest first. A loss rests at v until the
pass, on its way back, comes to its step; so the losses that take part are always the first n rows.
The Jacobians J_t serve all of them, and one product with half the terms of all four gates' takes
them back a step.

Each loss has its own power of two. The squared norms, which are wanted anyway, show whether a block
of steps stayed where squares are exact. If not, its norms are taken again with care; and where the
gradients themselves left the safe range, the block is run as two shorter ones. Where the entries of
one gradient lie too far apart for one power of two, or floats do not hold the Jacobians, the same
walk is gone in wide numbers.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import cell_of
from lstm_viz.cells.base import Transition
from lstm_viz.cells.jacobians import input_jacobians, totals, transition
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.cells.range import ENTRIES, close_together, least, mixes
from lstm_viz.errors import SpecError, shown
from lstm_viz.logscale import (
    LOG10_2,
    Scaled,
    binary_exponent,
    concatenate,
    log10_norm,
    max_abs,
    smallest,
    square_norm,
    times_power_of_two,
)
from lstm_viz.wide import Wide

Array = np.ndarray
STEPS = 64  # of one stretch: their Jacobians are kept together
COLUMNS = 512  # losses taken back together
Read = Callable[[int, Array], Array]  # (step within the stretch, s̄ (n, S)) → gradients (n, ·)


def check_of(name: str, of: str, states: tuple[str, ...], cell: str) -> None:
    """Raise SpecError unless the gradient can be taken by this: one of the states, or "x"."""
    if not isinstance(of, str) or of not in (*states, "x"):
        known = ", ".join((*states, "x"))
        raise SpecError("one-of-for", name=name, known=known, cell=cell, got=shown(of))


def start(weights: Weights, losses: Array, v: Array) -> Scaled:
    """The losses ⟨v, h_s⟩ at rest: s̄ (C, S) with v for h and 0 for the cell state."""
    S = sum(cell_of(weights).sizes(weights).values())
    state = np.zeros((len(losses), S), v.dtype)
    state[:, : len(v)] = v
    return _normalised(state, np.zeros(len(losses), np.int64))


def stretches(last: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """(lo, hi) of consecutive stretches from step `last` back to step `first`."""
    for hi in range(last, first, -STEPS):
        yield max(first, hi - STEPS), hi


def go_back(
    weights: Weights,
    trace: ChainTrace,
    losses: Array,
    state: Scaled,
    lo: int,
    hi: int,
    wrt: str = "h",
) -> tuple[Scaled, Array]:
    """Take the losses from step hi back to step lo, and measure them on the way.

    Parameters
    ----------
    trace : of one sequence, B = 1
    losses : (C,), loss steps s ≥ 1, none smaller before a larger
    state : s̄_hi (C, S); rows of losses before hi still at rest
    wrt : one of the cell's states (c in total, through h_t too) or "x"

    Returns
    -------
    state : s̄_lo
    log10_norm : (hi−lo, C), row t−lo−1 for the gradients at step t; NaN for a loss before t
    """
    J = transition(weights, trace, lo, hi)
    own, by = places(cell_of(weights).sizes(weights) | {"x": 0})[wrt], None
    if wrt == "x":
        by = input_jacobians(weights, trace, lo, hi)
    elif own.start and J.through_c is None:
        by = totals(weights, trace, lo, hi)[..., own]
    J = J.wide() if isinstance(by, Wide) else J
    read = _reader(J, by, own)
    active = np.searchsorted(-losses, -np.arange(lo + 1, hi + 1), side="right")
    norms = np.full((hi - lo, len(losses)), np.nan)
    state, taken, watched = _on_one_power_each(state), [], not mixes(trace)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        for first in range(0, len(losses), COLUMNS):
            own = slice(first, first + COLUMNS)
            counts = np.clip(active - first, 0, COLUMNS).tolist()
            taken.append(_take_back(J, read, counts, state[own], norms[:, own], watched))
    return concatenate(taken), norms


def _take_back(
    J: Transition, read: Read, counts: list[int], state: Scaled, norms: Array, watched: bool
) -> Scaled:
    """Some of the losses on their way through a stretch, in floats if they hold it."""
    if not counts[0]:
        return state
    after = None
    if not (state.by_entry or isinstance(J.dense, Wide)):
        mantissa = state.mantissa.astype(np.result_type(state.mantissa, J.dense))
        exponent = state.exponent.copy()
        after = _Group(J, read, counts, mantissa, exponent, norms, watched).go_back()
    return after or _take_back_wide(J, read, counts, state, norms)


def _take_back_wide(
    J: Transition, read: Read, counts: list[int], state: Scaled, norms: Array
) -> Scaled:
    def visit(k: int, s: Array) -> None:
        norms[k, : len(s)] = Scaled.of(read(k, s), 0).log10_norm()

    group = _Group(J, read, counts, state.wide.as_array, np.zeros(len(norms[0]), np.int64), norms)
    return Scaled.of(group.walk(0, len(counts), visit), 0)


def _on_one_power_each(state: Scaled) -> Scaled:
    """The same with one power of two for each gradient, if nothing is lost by that."""
    if not state.by_entry:
        return state
    together = state.by_vector()
    kept = ((together.mantissa == 0) == (state.mantissa == 0)).all()
    return together if kept and close_together([together.mantissa]) else state


def _reader(J: Transition, by: Array | Wide | None, own: slice) -> Read:
    """What to measure of s̄_t: h as it stands, of c with its way through h, or s̄_t @ by[k]."""
    if by is not None:
        return lambda k, s: s @ by[k]
    through_c = J.through_c
    if own.start and through_c is not None:
        return lambda k, s: s[:, own] + s[:, : own.start] * through_c[k]
    return lambda k, s: s[:, own]


def places(sizes: dict[str, int]) -> dict[str, slice]:
    """Where each state stands in s, for how many numbers each has."""
    ends = list(itertools.accumulate(sizes.values()))
    starts = [0, *ends[:-1]]
    return {name: slice(*ends) for name, *ends in zip(sizes, starts, ends, strict=True)}


def _normalised(state: Array, exponent: Array) -> Scaled:
    """The same with each row's largest entry in [½, 1)."""
    e = binary_exponent(max_abs(state))
    return Scaled(times_power_of_two(state, -e[:, None]), exponent + e)


@dataclass
class _Group:
    """Some of the losses on their way through one stretch; `norms` is filled, the rest is read.

    counts : for each step of the stretch how many rows take part
    watched : whether to look at each step if entries lie so far apart that floats lose one
    """

    J: Transition
    read: Read
    counts: list[int]
    state: Array
    exponent: Array
    norms: Array
    watched: bool = False

    def go_back(self) -> Scaled | None:
        """Return the state before the stretch's first step, None where floats do not hold it."""
        pending = [(0, len(self.counts))]
        while pending:
            lo, hi = pending.pop()
            after = self._quickly(lo, hi)
            if after is None:
                after = self._carefully(lo, hi)
            if after is None and hi - lo == 1:
                return None
            if after is None:
                middle = (lo + hi) // 2
                pending += [(lo, middle), (middle, hi)]
            else:
                moved = _normalised(after, self.exponent)
                self.state, self.exponent = moved.mantissa, moved.exponent
        return Scaled(self.state, self.exponent)

    def walk(self, lo: int, hi: int, visit: Callable[[int, Array], None]) -> Array:
        """Show `visit` the state at each step hi … lo+1 and return that at step lo."""
        now, before = self.state.copy(), self.state.copy()
        J, H = self.J, self.J.dense.shape[2]
        through_h = np.empty_like(now, shape=(len(now), H))
        self.least = np.inf
        for k in reversed(range(lo, hi)):
            n = self.counts[k]
            s, earlier = now[:n], before[:n]
            visit(k, s)
            if J.carry is not None and J.through_c is not None:
                s[:, H:] += np.multiply(s[:, :H], J.through_c[k], out=through_h[:n])
                np.multiply(s[:, H:], J.carry[k], out=earlier[:, H:])
            if self.watched:
                self.least = min(self.least, smallest(s)[1])
            np.matmul(s, J.dense[k], out=earlier[:, :H])
            now, before = before, now
        return now

    def _quickly(self, lo: int, hi: int) -> Array | None:
        """Norms from their squares; None if one of them left the range where that is exact."""
        square = np.ones((hi - lo, len(self.state)))

        def visit(k: int, s: Array) -> None:
            square[k - lo, : len(s)] = square_norm(self.read(k, s))

        after = self.walk(lo, hi, visit)
        low, high = safe_range(self.state.dtype)
        if self._is_far_apart() or not ((square > low**2) & (square < high**2)).all():
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

        after = self.walk(lo, hi, visit)
        if self._is_far_apart():
            return None
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

    def _is_far_apart(self) -> bool:
        """Whether an entry came near to being rounded to 0."""
        return self.least < least(self.state.dtype, ENTRIES)

    def _keep(self, lo: int, hi: int, log10: Array) -> None:
        log10 += self.exponent * LOG10_2
        resting = np.arange(len(self.state)) >= np.array(self.counts[lo:hi])[:, None]
        self.norms[lo:hi] = np.where(resting, np.nan, log10)


def safe_range(dtype: np.dtype) -> tuple[float, float]:
    """Between which magnitudes neither they nor, in float64, their squares lose anything."""
    info = np.finfo(dtype)
    margin = info.nmant + 16
    return 2.0 ** max(info.minexp + margin, -450), 2.0 ** min(info.maxexp - margin, 450)
