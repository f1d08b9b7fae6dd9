"""Numbers of any magnitude: arrays with a power of two beside them, and norms as log10.

A float64 norm becomes 0 below about 1e-162 and a float32 norm below 1e-23, which is where vanishing
gradients begin to be interesting. Multiplication by a power of two is exact, so nothing is lost by
carrying it apart.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray
LOG10_2 = np.log10(2.0)
NOTHING = -(2**30)  # the exponent of an exact zero: below any other


@dataclass(frozen=True, eq=False)
class Scaled:
    """An array of vectors, each with its own power of two: value = mantissa · 2**exponent.

    mantissa : (..., n, H)
    exponent : (..., n) or what broadcasts to it, integers
    """

    mantissa: Array
    exponent: Array

    @cached_property
    def value(self) -> Array:
        """The plain array; entries beyond its dtype's range read 0 or infinity."""
        return times_power_of_two(self.mantissa, self.exponent[..., None])

    def __add__(self, other: "Scaled") -> "Scaled":
        """The sum, vector by vector, on the power of two of the larger one."""
        sizes = [_size(v) for v in (self, other)]
        exponent = np.maximum(*sizes)
        exponent = np.where(exponent == NOTHING, 0, exponent)
        parts = [
            times_power_of_two(v.mantissa, (v.exponent - exponent)[..., None])
            for v in (self, other)
        ]
        return Scaled(parts[0] + parts[1], exponent)

    def __getitem__(self, rows) -> "Scaled":
        """Some of the vectors: `rows` indexes the axes that the exponent has."""
        exponent = np.broadcast_to(self.exponent, self.mantissa.shape[:-1])
        return Scaled(self.mantissa[rows], exponent[rows])

    def log10_norm(self) -> Array:
        """log10 of each vector's Euclidean norm, (..., n); −inf for exactly 0, NaN for NaN."""
        return log10_norm(self.mantissa) + self.exponent * LOG10_2

    def log10_abs(self) -> Array:
        """log10 of each entry's magnitude, (..., n, H); −inf for exactly 0, NaN for NaN."""
        with np.errstate(divide="ignore"):
            return np.log10(np.abs(self.mantissa)) + self.exponent[..., None] * LOG10_2


def _size(v: Scaled) -> Array:
    """The exponent of each vector's largest entry; NOTHING for a vector of zeros."""
    largest = max_abs(v.mantissa)
    return np.where(largest == 0, NOTHING, v.exponent + binary_exponent(largest))


def times_power_of_two(x: Array, exponent: Array) -> Array:
    """x · 2**exponent without an intermediate overflow; `x` itself where all exponents are 0."""
    furthest = np.abs(exponent).max()
    if furthest == 0:
        return x
    one = np.ones((), x.real.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if furthest < np.finfo(x.dtype).maxexp - 2:
            return x * np.ldexp(one, exponent)  # the power itself is a normal number
        if np.iscomplexobj(x):
            return np.ldexp(x.real, exponent) + 1j * np.ldexp(x.imag, exponent)
        return np.ldexp(x, exponent)


def square_norm(x: Array) -> Array:
    """Squared Euclidean norm along the last axis, in float64: for float32 it cannot overflow."""
    x = x if x.dtype.itemsize >= 8 else x.astype(np.float64)
    return np.vecdot(x, x).real


def max_abs(x: Array) -> Array:
    """Largest magnitude along the last axis, NaN if one entry is NaN."""
    if np.iscomplexobj(x):
        return np.abs(x).max(axis=-1)
    return np.maximum(x.max(axis=-1), -x.min(axis=-1))


def binary_exponent(magnitude: Array) -> Array:
    """The e with 2**(e−1) ≤ magnitude < 2**e; 0 for 0, NaN and infinity."""
    return np.frexp(np.where(np.isfinite(magnitude), magnitude, 0))[1].astype(np.int64)


def log10_norm(x: Array) -> Array:
    """log10 of the Euclidean norm along the last axis, at any magnitude that `x` itself can hold.

    Each vector is first scaled by a power of two so that its largest entry lies in [½, 1). An
    infinite entry gives infinity, NaN gives NaN, the zero vector gives −inf.
    """
    e = binary_exponent(max_abs(x))
    unit = np.abs(times_power_of_two(x, -e[..., None])).astype(np.float64, copy=False)
    with np.errstate(divide="ignore", over="ignore"):
        return 0.5 * np.log10(np.einsum("...i,...i->...", unit, unit)) + e * LOG10_2
