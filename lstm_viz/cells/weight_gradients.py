"""From the gradients of pre-activations to those of W, U and b: their sum and each step's share.

    ∂L/∂W = Σ_t Σ_b da_tb x_tbᵀ        ∂L/∂U = Σ_t Σ_b da_tb h_{t−1,b}ᵀ        ∂L/∂b = Σ_t Σ_b da_tb

Throughout, da is (G, T, B, H) for G gates, exponent (T, B): ∂L/∂a = da · 2**exponent.
"""

import numpy as np

from lstm_viz.logscale import LOG10_2, binary_exponent, max_abs, times_power_of_two

Array = np.ndarray
NOTHING = -(2**30)  # the exponent of an exact zero: below any other


def weight_gradients(
    da: Array, exponent: Array, x: Array, h: Array, order: tuple[int, ...]
) -> dict[str, Array]:
    """Return ∂L/∂W, ∂L/∂U and ∂L/∂b, gates stacked in this order; x (T, B, D), h (T, B, H)."""
    da, common = _align(da, exponent)
    gates = [da[k].reshape(-1, da.shape[-1]) for k in order]
    x, h = x.reshape(len(gates[0]), -1), h.reshape(len(gates[0]), -1)
    sums = {
        "W": np.concatenate([gate.T @ x for gate in gates]),
        "U": np.concatenate([gate.T @ h for gate in gates]),
        "b": np.concatenate([gate.sum(axis=0) for gate in gates]),
    }
    return {name: times_power_of_two(value, common) for name, value in sums.items()}


def _align(da: Array, exponent: Array) -> tuple[Array, Array]:
    """Bring all steps to one power of two; what is too small to matter in the sum becomes 0."""
    if not exponent.any():
        return da, np.zeros(1, np.int64)
    size = max_abs(da).max(axis=0)
    common = np.where(size > 0, binary_exponent(size) + exponent, NOTHING).max()
    common = 0 if common == NOTHING else common
    return times_power_of_two(da, (exponent - common)[..., None]), np.array([common])


def unchecked(weights: object, **arrays: Array) -> object:
    """Return a copy of `weights` holding gradients, which may be infinite where weights may not."""
    copy = object.__new__(type(weights))
    for name, value in {**vars(weights), **arrays}.items():
        object.__setattr__(copy, name, value)
    return copy


def log10_contributions(da: Array, exponent: Array, x: Array, h: Array) -> dict[str, Array]:
    """log10 of the norm of each step's own contribution to ∂L/∂W, ∂L/∂U and ∂L/∂b, each (T,).

    With the rows of A = da_t and Y = x_t, ‖AᵀY‖² = Σ (AAᵀ ∘ YYᵀ): two (B, B) Gram matrices instead
    of the (G·H, D) matrix. Where a batch's sequences cancel each other in the first k digits, this
    norm loses 2k of its own.
    """
    ones = np.ones((*x.shape[:2], 1), da.dtype)
    gram_a = None if exponent.any() else _gram(da)
    result = {}
    for name, y in (("W", x), ("U", h), ("b", ones)):
        gram_y = _gram(y)
        if gram_a is not None and _holds(gram_a, da) and _holds(gram_y, y):
            result[name] = _log10_root((gram_a * gram_y).sum(axis=(1, 2)))
        else:
            result[name] = _log10_contribution_scaled(da, exponent, y)
    return result


def _gram(rows: Array) -> Array:
    """(…, T, B, H) → (T, B, B), summed over what comes before T."""
    product = rows @ rows.swapaxes(-1, -2)
    return product if product.ndim == 3 else product.sum(axis=0)


def _holds(gram: Array, rows: Array) -> bool:
    """Whether the squares on the diagonal neither over- nor underflowed."""
    square = np.einsum("tbb->tb", gram)
    limit = np.finfo(gram.dtype).maxexp // 2
    inside = (square > 2.0**-limit) & (square < 2.0**limit)
    return bool(inside.all()) or bool((inside | (max_abs(rows) == 0)).all())


def _log10_root(square: Array) -> Array:
    with np.errstate(divide="ignore"):
        return 0.5 * np.log10(np.maximum(square, 0), dtype=np.float64)


def _log10_contribution_scaled(da: Array, exponent: Array, y: Array) -> Array:
    """The same at any magnitude: each row scaled to 1, the product's exponent put on da."""
    size_a, size_y = max_abs(da).max(axis=0), max_abs(y)
    e_y = binary_exponent(size_y)
    product = np.where(
        (size_a > 0) & (size_y > 0), binary_exponent(size_a) + exponent + e_y, NOTHING
    )
    common = product.max(axis=1, keepdims=True)
    common = np.where(common == NOTHING, 0, common)
    a = times_power_of_two(da, (exponent + e_y - common)[..., None])
    y = times_power_of_two(y, -e_y[..., None])
    return _log10_root((_gram(a) * _gram(y)).sum(axis=(1, 2))) + common[:, 0] * LOG10_2
