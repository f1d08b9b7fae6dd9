"""From the gradients of pre-activations to those of W, U and b: their sum and each step's share.

    ∂L/∂W = Σ_t Σ_b da_tb x_tbᵀ        ∂L/∂U = Σ_t Σ_b da_tb h_{t−1,b}ᵀ        ∂L/∂b = Σ_t Σ_b da_tb

Throughout, da is (T, B, N), exponent (T, B): ∂L/∂a = da · 2**exponent, for N pre-activations.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from lstm_viz.logscale import (
    LOG10_2,
    NOTHING,
    binary_exponent,
    max_abs,
    times_power_of_two,
)
from lstm_viz.wide import Wide

Array = np.ndarray
Own = TypeVar("Own")  # a class of weights


def weight_gradients(
    da: Array | Wide, exponent: Array, x: Array, h: Array
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the gradients of W, U and b, and log10 of the norm of each step's contribution.

    Parameters
    ----------
    x : (T, B, D); h : (T, B, H), the states that the steps started from

    Returns
    -------
    sums : "W" (N, D), "U" (N, H), "b" (N,)
    log10_step : the same names → (T,)
    """
    return contributions(da, exponent, {"W": x, "U": h, "b": None})


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def contributions(
    da: Array | Wide, exponent: Array, inputs: Mapping[str, Array | Wide | None]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The same for weights of any names and what each is multiplied by: (T, B, K), None for a bias.

    Of wide numbers the norms need no more than a power of two for each vector, and the sums, which
    are floats, neither.

    Returns
    -------
    sums : name → (N, K), of a bias (N,)
    log10_step : name → (T,)
    """
    da, exponent = _one_power_each(da, exponent)
    gram_a, shift_a, size_a = _gram(da)
    shift_a, size_a = shift_a + exponent, size_a + exponent
    sums, log10_step = {}, {}
    for name, given in inputs.items():
        given_y = np.ones((*da.shape[:2], 1), da.dtype) if given is None else given
        y, exponent_y = _one_power_each(given_y, np.array(0))
        gram_y, shift_y, size_y = _gram(y)
        size = size_a + size_y + exponent_y
        shift = shift_a + shift_y + exponent_y
        log10_step[name] = _log10_contribution(gram_a * gram_y, shift, size)
        total = _sum(da, exponent + exponent_y, y, size)
        sums[name] = total[:, 0] if given is None else total
    return sums, log10_step


def _one_power_each(vectors: Array | Wide, exponent: Array) -> tuple[Array, Array]:
    """Floats, and the powers of two beside them, one for each vector."""
    if not isinstance(vectors, Wide):
        return vectors, exponent
    mantissa, own = vectors.by_vector()
    return mantissa, exponent + own


def _sum(da: Array, exponent: Array, y: Array, size: Array) -> Array:
    """Σ_t Σ_b da_tb y_tbᵀ 2**exponent, (N, K) for y (T, B, K); a term is about 2**size.

    Terms that would be subnormal beside the largest are left out: they cost far more time than all
    others together.
    """
    largest = size.max()
    matters = size > max(largest + int(0.88 * np.finfo(da.dtype).minexp), NOTHING // 2)
    steps = np.flatnonzero(matters.any(axis=1))
    if not len(steps):
        return np.zeros((da.shape[-1], y.shape[-1]), da.dtype)
    span = slice(steps[0], steps[-1] + 1)
    weight = np.where(matters, np.ldexp(1.0, np.where(matters, exponent - largest, 0)), 0)[span]
    y = (y[span] * weight[..., None].astype(y.dtype)).reshape(-1, y.shape[-1])
    return times_power_of_two(da[span].reshape(len(y), -1).T @ y, largest)


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def unchecked(weights: Own, **values: object) -> Own:
    """Return a copy of `weights` holding gradients, which may be infinite where weights may not.

    They are in the weights' own precision.
    """
    copy = object.__new__(type(weights))
    for name, value in {**vars(weights), **values}.items():
        own = vars(weights)[name]
        if isinstance(own, np.ndarray) and np.can_cast(value.dtype, own.dtype, "same_kind"):
            value = value.astype(own.dtype, copy=False)
        object.__setattr__(copy, name, value)
    return copy


def _gram(rows: Array) -> tuple[Array, Array, Array]:
    """Inner products of each step's rows (T, B, K): gram (T, B, B), shift (T, B), size (T, B).

    rows_b · rows_b' = gram[b, b'] · 2**(shift[b] + shift[b']), and ‖rows_b‖ is about 2**size[b];
    NOTHING is the size of a row of zeros.
    """
    gram, shift = _products(rows), np.zeros(rows.shape[:2], np.int64)
    square = np.einsum("tbb->tb", gram)
    if not _in_range(square, rows):
        shift = binary_exponent(max_abs(rows))
        gram = _products(times_power_of_two(rows, -shift[..., None]))
        square = np.einsum("tbb->tb", gram)
    return gram, shift, np.where(square == 0, NOTHING, shift + binary_exponent(square) // 2)


def _products(rows: Array) -> Array:
    return (rows @ rows.swapaxes(-1, -2)).astype(np.float64, copy=False)


def _in_range(square: Array, rows: Array) -> bool:
    """Whether squared norms are so far from over- and underflow that two may be multiplied."""
    limit = 0.45 * np.finfo(rows.dtype).maxexp
    inside = (square > 2.0**-limit) & (square < 2.0**limit)
    return bool(inside.all()) or not rows[~inside].any()


def _log10_contribution(gram: Array, shift: Array, size: Array) -> Array:
    """log10 ‖AᵀY‖ for each step, with the rows of A = da_t and Y = x_t.

    ‖AᵀY‖² = Σ (AAᵀ ∘ YYᵀ) = Σ gram[b, b'] · 2**(shift[b] + shift[b']): the (N, D) matrix of a step
    is never built. Where a batch's sequences cancel each other in the first k digits, this norm
    loses 2k of its own.
    """
    common = size.max(axis=1, keepdims=True)
    weight = np.where(size > NOTHING // 2, np.ldexp(1.0, np.minimum(shift - common, 1000)), 0)
    square = (weight[:, None, :] @ gram @ weight[:, :, None])[:, 0, 0]
    with np.errstate(divide="ignore"):
        return 0.5 * np.log10(np.maximum(square, 0)) + common[:, 0] * LOG10_2
