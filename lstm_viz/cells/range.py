"""Whether floats hold every factor of a backward pass; if not, a trace in numbers that do.

A gradient is a product of slopes, weights and what is carried back. Each has its share of the
dtype's range here, so that no product of one of each is ever rounded to 0:

    slopes ≥ 2^−450        carried entries ≥ 2^−368, beside their vector's largest        (float64)
    weights ≥ 2^−194

A trace whose slopes might leave their share, because a pre-activation is large or a state tiny, is
computed again from its pre-activations: of a float32 net in float64, otherwise in wide numbers. So
is one whose saturated gates and states cancel: 1 − e^−50 is 1 in floats, and so the difference of
two such numbers is lost. They are then split into a whole number and what is left of it, which
keeps its digits. An ordinary trace costs a look at its input and its candidates.
"""

from functools import cache, lru_cache
from typing import Any

import numpy as np

from lstm_viz.activations import sigmoid
from lstm_viz.cells.architecture import Again, record_of
from lstm_viz.cells.protocols import ChainTrace, TraceT, Weights
from lstm_viz.logscale import largest, smallest
from lstm_viz.wide import Wide

Array = np.ndarray
LONG = 2**18  # pre-activations: to look at each would be felt
CALM = 12  # the largest |a| of a trace in which no gate is open or closed for good
MIXED = 0.1  # of the negative exponents: how far U's smallest entry may be below its largest
CURVES, STATES, ENTRIES, WEIGHTS = 0.33, 0.11, 0.36, 0.19  # shares of the negative exponents


@cache
def least(dtype: np.dtype, share: float) -> float:
    """The smallest magnitude within a share of the dtype's range."""
    return 2.0 ** (share * np.finfo(dtype).minexp)


def exact(trace: TraceT) -> TraceT:
    """The trace, or the same in wide numbers where floats do not hold its slopes.

    The pre-activations are taken as the exact numbers that they are, gates and states are computed
    from them once more. Found once for a trace, and kept with it.
    """
    if "_exact" not in vars(trace):
        chain = record_of(trace.weights).chain
        found = _find(chain.again if chain else None, trace)
        vars(trace)["_exact"] = found
        vars(found)["_exact"] = None  # itself, without a circle that would keep it in memory
    own = vars(trace)["_exact"]
    return trace if own is None else own


def mixes(trace: ChainTrace) -> bool:
    """Whether each step back spreads what it is given over all units, and leaves none far behind.

    Then one power of two suits all entries of a gradient. A row of a Jacobian is a mixture of rows
    of U, none of which may be far below the largest; and gates that are open or closed for good
    would keep units apart.
    """
    own = exact(trace)
    if isinstance(own.pre, Wide) or not vars(trace).get("_calm", False):
        return False
    return weights_range(trace.weights)[1] >= least(own.h.dtype, MIXED)


def _find(again: Again | None, trace: Any) -> Any:
    if again is None or np.iscomplexobj(trace.h):
        return trace
    most = _reach(trace, again.easy)
    held = again.is_narrow(trace, most)
    vars(trace)["_calm"] = held and most <= CALM
    if held and (most <= again.easy or not again.cancels(trace)):
        return trace
    if held or trace.h.dtype.itemsize < 8:
        trace = again.recomputed(trace, lambda x: x.astype(np.float64))
        if held or again.is_narrow(trace, most):
            return trace
    return again.recomputed(trace, Wide.of)


def _reach(trace: Any, enough: float) -> float:
    """How large in magnitude a pre-activation gets, or a bound that is no larger than `enough`.

    No |h| is above 1 but the initial ones, and so rows of W and U bound a long trace at once.
    """
    if trace.pre.size > LONG:
        W, U, b = (np.abs(a) for a in (trace.weights.W, trace.weights.U, trace.weights.b))
        h = max(1.0, largest(trace.h[:1]))
        bound = float((W.sum(axis=1) * largest(trace.x) + U.sum(axis=1) * h + b).max())
        if bound <= enough:
            return bound
    return largest(trace.pre)


def fits(
    most: float,
    curves: int,
    dtype: np.dtype,
    factor: Array | None = None,
    state: Array | None = None,
) -> bool:
    """Whether all slopes of a trace are exactly 0 or within their share of its dtype's range.

    most : of the pre-activations' magnitudes
    curves : of how many factors e^−|a| a slope may be the product
    factor : (T, B, H), what a slope may be a multiple of besides
    state : (T+1, B, H), another such, and its tanh' one more of the first; it grows by at most 1 a
        step, and is 0 or no smaller than a factor that is not 0
    """
    limit, low = -np.log(least(dtype, CURVES)) / curves, least(dtype, STATES)
    if factor is None or not most <= limit:
        return most <= limit
    with_0, above_0 = smallest(factor)
    if state is None or not above_0 >= low:
        return above_0 >= low
    if with_0 > 0 and len(factor) + largest(state[:1]) <= limit:
        state = state[:1]
    return smallest(state)[1] >= low and largest(state) <= limit


@lru_cache(maxsize=8)
def weights_range(weights: Weights) -> tuple[float, float]:
    """The smallest magnitude above 0 in W and U, and how U's smallest compares to its largest.

    That of a U which is no matrix counts as 0: it mixes no units.
    """
    chain = record_of(weights).chain
    assert chain is not None, "asked of one layer of a chain of states"
    W, U = chain.stacked(weights)
    (low, above_0), most = smallest(U), largest(U)
    return min(smallest(W)[1], above_0), low / most if most and U.ndim == 2 else 0.0


def near_sigmoid(a: Array | Wide) -> tuple[Array, Array | Wide]:
    """σ(a) = N + ν with N = 0 or 1, whichever is nearer: ν has all its digits in saturation."""
    open_ = _floats(a) > 0
    away = sigmoid(-np.abs(a))
    return open_.astype(np.float64), np.where(open_, -away, away)


def near_tanh(a: Array | Wide) -> tuple[Array, Array | Wide]:
    """tanh(a) = N + ν with N = −1, 0 or 1, whichever is nearest."""
    n = np.tanh(a)
    whole = np.rint(_floats(n))
    return whole, np.where(whole == 0, n, sigmoid(-2 * np.abs(a)) * (-2 * whole))


def _floats(x: Array | Wide) -> Array:
    return x.value if isinstance(x, Wide) else x


def lost(a: Array) -> Array:
    """Which numbers of a forward pass are 0 or no longer have all their digits."""
    return np.abs(a) < 2.0 ** (np.finfo(a.dtype).minexp + np.finfo(a.dtype).nmant)


def close_together(rows: list[Array]) -> bool:
    """Whether the non-zero entries of the vectors (L, B, H) are within their share of the range."""
    low = least(rows[0].dtype, ENTRIES)
    return all(smallest(r)[1] >= low for r in rows)
