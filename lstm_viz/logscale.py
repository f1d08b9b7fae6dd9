"""Numbers of any magnitude: arrays with a power of two beside them, and norms as log10.

A float64 norm becomes 0 below about 1e-162 and a float32 norm below 1e-23, which is where vanishing
gradients begin to be interesting. Multiplication by a power of two is exact, so nothing is lost by
carrying it apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.result import Shown, size
from lstm_viz.wide import LOG10_2, NOTHING, Index, Wide

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
CHUNK = 2**15  # entries that are looked at together: they stay in the cache


@dataclass(frozen=True, eq=False, repr=False)
class Scaled(Shown):
    """An array of vectors with powers of two beside it: value = mantissa · 2**exponent.

    mantissa : (..., n, H)
    exponent : integers (..., n), or what broadcasts to it: one for each vector. Where the entries
        of a vector lie too far apart for that, (..., n, H), one for each entry.
    """

    mantissa: Array
    exponent: Array

    @classmethod
    def of(cls, x: Array | Wide, exponent: Array | int, dtype: np.dtype | None = None) -> "Scaled":
        """x · 2**exponent, for one exponent a vector; wide entries keep their own if they must."""
        dtype, exponent = dtype or x.dtype, np.asarray(exponent)
        if not isinstance(x, Wide):
            if x.dtype == dtype:
                return cls(x, exponent)
            x = Wide.of(x)
        mantissa, top = x.by_vector()
        depth = np.where(x.mantissa == 0, 0, top[..., None] - x.exponent)
        if not (depth > -np.finfo(dtype).minexp).any():
            return cls(mantissa.astype(dtype), top + exponent)
        return cls(x.mantissa.astype(dtype), x.exponent + exponent[..., None])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the vectors, (..., n, H)."""
        return self.mantissa.shape

    def __len__(self) -> int:
        return len(self.mantissa)

    @property
    def by_entry(self) -> bool:
        """Whether each entry has a power of two of its own."""
        return np.ndim(self.exponent) == self.mantissa.ndim

    @property
    def each_exponent(self) -> Array:
        """The exponents as they stand beside the mantissas: (..., n, H) or (..., n, 1)."""
        return self.exponent if self.by_entry else np.asarray(self.exponent)[..., None]

    @property
    def wide(self) -> Wide:
        """The same as wide numbers."""
        return Wide.scaled(self.mantissa, self.each_exponent)

    def by_vector(self) -> "Scaled":
        """The same with one power of two for each vector.

        An entry below 2**−1074 (in float64) of its vector's largest then becomes 0.
        """
        if not self.by_entry:
            return self
        mantissa, exponent = self.wide.by_vector()
        return Scaled(mantissa.astype(self.mantissa.dtype), exponent)

    def facts(self) -> dict[str, str]:
        norms, array = self.log10_norm(), self.mantissa
        known = norms[~np.isnan(norms)]
        sizes = f"{size(known.min())} to {size(known.max())}" if known.size else "undefined"
        return {"vectors": f"{array.dtype} {array.shape}", "norms": sizes}

    def _rows(self) -> "DataFrame":
        """A table with one row for each entry."""
        from lstm_viz.tables import columns_frame

        axes = ("row", "sequence", "unit")[-self.mantissa.ndim :]
        places = zip(axes, np.indices(self.mantissa.shape), strict=False)
        columns = {name: place.ravel() for name, place in places}
        log10 = self.log10_abs().ravel()
        return columns_frame(columns | {"sign": np.sign(self.mantissa).ravel(), "log10": log10})

    @cached_property
    def value(self) -> Array:
        """The plain array; entries beyond its dtype's range read 0 or infinity."""
        return times_power_of_two(self.mantissa, self.each_exponent)

    def __add__(self, other: "Scaled") -> "Scaled":
        """The sum, vector by vector, on the power of two of the larger one."""
        if self.by_entry or other.by_entry:
            return Scaled.of(
                self.wide + other.wide, 0, np.result_type(self.mantissa, other.mantissa)
            )
        sizes = [_size(v) for v in (self, other)]
        exponent = np.maximum(*sizes)
        exponent = np.where(exponent == NOTHING, 0, exponent)
        parts = [
            times_power_of_two(v.mantissa, (v.exponent - exponent)[..., None])
            for v in (self, other)
        ]
        return Scaled(parts[0] + parts[1], exponent)

    def __mul__(self, factor: Array | Wide | float) -> "Scaled":
        """The vectors, each entry times that of an array (..., n, H), or times one number."""
        return self._mapped(lambda x: x * factor, factor)

    def __matmul__(self, matrix: Array) -> "Scaled":
        """Each vector times a matrix (H, K)."""
        return self._mapped(lambda x: x @ matrix, matrix)

    def _mapped(self, function: Callable, operand: Array | Wide | float) -> "Scaled":
        if self.by_entry or isinstance(operand, Wide):
            return Scaled.of(function(self.wide), 0, self.mantissa.dtype)
        return Scaled(function(self.mantissa), self.exponent)

    def __getitem__(self, rows: Index) -> "Scaled":
        """Some of the vectors: `rows` indexes the axes before the last."""
        if self.by_entry:
            return Scaled(self.mantissa[rows], self.exponent[rows])
        exponent = np.broadcast_to(self.exponent, self.mantissa.shape[:-1])
        return Scaled(self.mantissa[rows], exponent[rows])

    def entries(self, part: slice) -> "Scaled":
        """Some of the entries of each vector."""
        return Scaled(
            self.mantissa[..., part],
            self.each_exponent[..., part] if self.by_entry else self.exponent,
        )

    def log10_norm(self) -> Array:
        """log10 of each vector's Euclidean norm, (..., n); −inf for exactly 0, NaN for NaN."""
        vectors = self.by_vector()
        return log10_norm(vectors.mantissa) + vectors.exponent * LOG10_2

    def log10_abs(self) -> Array:
        """log10 of each entry's magnitude, (..., n, H); −inf for exactly 0, NaN for NaN."""
        with np.errstate(divide="ignore"):
            return np.log10(np.abs(self.mantissa)) + self.each_exponent * LOG10_2


def concatenate(parts: list[Scaled]) -> Scaled:
    """Vectors behind each other along the first axis."""
    mantissa = np.concatenate([part.mantissa for part in parts])
    by_entry = any(part.by_entry for part in parts)
    shapes = [part.mantissa.shape if by_entry else part.mantissa.shape[:-1] for part in parts]
    exponents = [part.each_exponent if by_entry else part.exponent for part in parts]
    pairs = zip(exponents, shapes, strict=True)
    return Scaled(mantissa, np.concatenate([np.broadcast_to(e, shape) for e, shape in pairs]))


def _size(v: Scaled) -> Array:
    """The exponent of each vector's largest entry; NOTHING for a vector of zeros."""
    largest = max_abs(v.mantissa)
    return np.where(largest == 0, NOTHING, v.exponent + binary_exponent(largest))


def times_power_of_two(x: Array, exponent: Array) -> Array:
    """x · 2**exponent without an intermediate overflow; `x` itself where all exponents are 0."""
    furthest = np.abs(exponent).max()
    if furthest == 0:
        return x
    one = np.ones((), np.real(x).dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if furthest < np.finfo(x.dtype).maxexp - 2:
            return x * np.ldexp(one, exponent)  # the power itself is a normal number
        if np.iscomplexobj(x):
            return np.ldexp(np.real(x), exponent) + 1j * np.ldexp(np.imag(x), exponent)
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


def largest(x: Array) -> float:
    """The largest magnitude in x (n, ...); a NaN may be passed over."""
    return float(max(np.abs(part).max() for part in _chunks(x)))


def smallest(x: Array) -> tuple[float, float]:
    """The smallest magnitude in x (n, ...), and the smallest above 0: infinity if there is none."""
    found = [_smallest(np.abs(part)) for part in _chunks(x)]
    return min(low for low, _ in found), min(above for _, above in found)


def _smallest(size: Array) -> tuple[float, float]:
    low = float(size.min())
    return low, low if low > 0 else float(size.min(where=size > 0, initial=np.inf))


def _chunks(x: Array) -> list[Array]:
    step = max(1, CHUNK * len(x) // max(1, x.size))
    return [x] if step >= len(x) else [x[k : k + step] for k in range(0, len(x), step)]


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
