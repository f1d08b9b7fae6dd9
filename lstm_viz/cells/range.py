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

from weakref import WeakKeyDictionary

import numpy as np

from lstm_viz.activations import sigmoid
from lstm_viz.logscale import magnitudes
from lstm_viz.wide import Wide

Array = np.ndarray
_SMALLEST: WeakKeyDictionary = WeakKeyDictionary()  # weights → what `smallest` found
CURVES, STATES, ENTRIES, WEIGHTS = 0.33, 0.11, 0.36, 0.19  # shares of the negative exponents


def least(dtype: np.dtype, share: float) -> float:
    """The smallest magnitude within a share of the dtype's range."""
    return 2.0 ** (share * np.finfo(dtype).minexp)


def exact(trace):
    """The trace, or the same in wide numbers where floats do not hold its slopes.

    The pre-activations are taken as the exact numbers that they are, gates and states are computed
    from them once more. Found once for a trace, and kept with it.
    """
    from lstm_viz.cells import module_of

    if "_exact" not in vars(trace):
        vars(trace)["_exact"] = _find(module_of(trace.weights.cell), trace)
    return vars(trace)["_exact"]


def _find(cell, trace):
    if np.iscomplexobj(trace.h):
        return trace
    largest = _reach(trace)
    if not largest <= cell.EASY:
        largest = magnitudes(trace.pre)[2]
    held = cell.is_narrow(trace, largest)
    if held and (largest <= cell.EASY or not cell.cancels(trace)):
        return trace
    if held or trace.h.dtype.itemsize < 8:
        trace = cell.recomputed(trace, lambda x: x.astype(np.float64))
        if held or cell.is_narrow(trace, largest):
            return trace
    return cell.recomputed(trace, Wide.of)


def _reach(trace) -> float:
    """How large in magnitude a pre-activation can be: no |h| is above 1 but the initial ones."""
    W, U, b = trace.weights.W, trace.weights.U, trace.weights.b
    if W.size + U.size > trace.pre.size:
        return magnitudes(trace.pre)[2]
    x, h = magnitudes(trace.x)[2], max(1.0, magnitudes(trace.h[:1])[2])
    return float((np.abs(W).sum(axis=1) * x + np.abs(U).sum(axis=1) * h + np.abs(b)).max())


def smallest(weights) -> float:
    """The smallest magnitude above 0 in W and U; infinity if there is none."""
    if weights not in _SMALLEST:
        _SMALLEST[weights] = min(magnitudes(weights.W)[1], magnitudes(weights.U)[1])
    return _SMALLEST[weights]


def fits(
    largest: float,
    curves: int,
    dtype: np.dtype,
    factor: Array | None = None,
    state: Array | None = None,
) -> bool:
    """Whether all slopes of a trace are exactly 0 or within their share of its dtype's range.

    largest : of the pre-activations' magnitudes
    curves : of how many factors e^−|a| a slope may be the product
    factor : (T, B, H), what a slope may be a multiple of besides
    state : (T+1, B, H), another such, and its tanh' one more of the first; it grows by at most 1 a
        step, and is 0 or no smaller than a factor that is not 0
    """
    limit, low = -np.log(least(dtype, CURVES)) / curves, least(dtype, STATES)
    if factor is None or not largest <= limit:
        return largest <= limit
    smallest, above_0, _ = magnitudes(factor)
    if state is None or not above_0 >= low:
        return above_0 >= low
    if smallest > 0 and len(factor) + magnitudes(state[:1])[2] <= limit:
        state = state[:1]
    _, above_0, furthest = magnitudes(state)
    return above_0 >= low and furthest <= limit


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
    return all(smallest_above_0(r) >= low for r in rows)


def smallest_above_0(x: Array) -> float:
    """The smallest magnitude that is not 0; infinity if there is none."""
    size = np.abs(x)
    low = size.min()
    return low if low > 0 else size.min(where=size > 0, initial=np.inf)
