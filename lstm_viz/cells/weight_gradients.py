"""From the gradients of pre-activations to those of W, U and b: their sum and each step's share.

    ∂L/∂W = Σ_t Σ_b da_tb x_tbᵀ        ∂L/∂U = Σ_t Σ_b da_tb h_{t−1,b}ᵀ        ∂L/∂b = Σ_t Σ_b da_tb

Throughout, da is (G, T, B, H) for G gates, exponent (T, B): ∂L/∂a = da · 2**exponent.
"""

import numpy as np

from lstm_viz.logscale import (
    LOG10_2,
    NOTHING,
    binary_exponent,
    max_abs,
    times_power_of_two,
)

Array = np.ndarray


def weight_gradients(
    da: Array, exponent: Array, x: Array, h: Array, order: tuple[int, ...]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the gradients of W, U and b, and log10 of the norm of each step's contribution.

    Parameters
    ----------
    x : (T, B, D); h : (T, B, H), the states that the steps started from
    order : the gates in the order in which W, U and b stack them

    Returns
    -------
    sums : "W" (G·H, D), "U" (G·H, H), "b" (G·H,)
    log10_step : the same names → (T,)
    """
    gram_a, size_a = _gram(da)
    size_a = np.maximum(size_a + exponent, NOTHING)
    sums, log10_step = {}, {}
    for name, y in (("W", x), ("U", h), ("b", np.ones((*x.shape[:2], 1), da.dtype))):
        gram_y, size_y = _gram(y[None])
        size = np.maximum(size_a + size_y, NOTHING)
        log10_step[name] = _log10_contribution(gram_a, gram_y, size)
        sums[name] = _sum(da, exponent, y, size, order)
    sums["b"] = sums["b"][:, 0]
    return sums, log10_step


def _sum(da: Array, exponent: Array, y: Array, size: Array, order: tuple[int, ...]) -> Array:
    """Σ_t Σ_b da_tb y_tbᵀ 2**exponent, (G·H, K) for y (T, B, K); a term is about 2**size.

    Terms that would be subnormal beside the largest are left out: they cost far more time than all
    others together.
    """
    reach = int(0.88 * np.finfo(da.dtype).minexp)
    matters = size > max(size.max() + reach, NOTHING // 2)
    steps = np.flatnonzero(matters.any(axis=1))
    if not len(steps):
        return np.zeros((len(order) * da.shape[-1], y.shape[-1]), da.dtype)
    span = slice(steps[0], steps[-1] + 1)
    weight = np.where(matters, np.ldexp(1.0, exponent - size.max()), 0)[span]
    y = (y[span] * weight[..., None].astype(y.dtype)).reshape(-1, y.shape[-1])
    total = np.concatenate([da[k, span].reshape(len(y), -1).T @ y for k in order])
    return times_power_of_two(total, size.max())


def unchecked(weights: object, **arrays: Array) -> object:
    """Return a copy of `weights` holding gradients, which may be infinite where weights may not."""
    copy = object.__new__(type(weights))
    for name, value in {**vars(weights), **arrays}.items():
        object.__setattr__(copy, name, value)
    return copy


def _gram(rows: Array) -> tuple[Array, Array]:
    """Inner products of a step's rows, scaled: (G, T, B, H) → gram (T, B, B), size (T, B).

    Σ_g rows_b · rows_b' = gram[b, b'] · 2**(size[b] + size[b']), and gram's diagonal lies in
    [½, 2), or is 0 for a row of zeros, whose size is NOTHING.
    """
    gram, shift = _products(rows), 0
    square = np.einsum("tbb->tb", gram)
    if not _in_range(square, rows):
        shift = binary_exponent(max_abs(rows).max(axis=0))
        gram = _products(times_power_of_two(rows, -shift[..., None]))
        square = np.einsum("tbb->tb", gram)
    half = binary_exponent(square) // 2
    gram = times_power_of_two(gram, -(half[:, :, None] + half[:, None, :]))
    return gram, np.where(square == 0, NOTHING, half + shift)


def _products(rows: Array) -> Array:
    product = rows @ rows.swapaxes(-1, -2)
    return (product[0] if len(product) == 1 else product.sum(axis=0)).astype(np.float64)


def _in_range(square: Array, rows: Array) -> bool:
    """Whether squared norms neither over- nor underflowed in the rows' own dtype."""
    limit = np.finfo(rows.dtype).maxexp // 2
    inside = (square > 2.0**-limit) & (square < 2.0**limit)
    return bool(inside.all()) or not rows[:, ~inside].any()


def _log10_contribution(gram_a: Array, gram_y: Array, size: Array) -> Array:
    """log10 ‖AᵀY‖ for each step, from two scaled Gram matrices and the sizes of their products.

    ‖AᵀY‖² = Σ (AAᵀ ∘ YYᵀ), with the rows of A = da_t and Y = x_t: the (G·H, D) matrix of a step is
    never built. Where a batch's sequences cancel each other in the first k digits, this norm loses
    2k of its own.
    """
    common = size.max(axis=1, keepdims=True)
    weight = np.ldexp(1.0, np.maximum(size - common, -2000))
    square = np.einsum("tbc,tbc,tb,tc->t", gram_a, gram_y, weight, weight)
    with np.errstate(divide="ignore"):
        return 0.5 * np.log10(np.maximum(square, 0)) + common[:, 0] * LOG10_2
