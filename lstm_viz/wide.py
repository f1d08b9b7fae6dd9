"""Wide numbers: arrays in which each entry has a power of two of its own.

    value = mantissa · 2**exponent        ½ ≤ |mantissa| < 1, exponent an int64

A float64 ends at 1e-308, and the slope of a sigmoid leaves it at |a| = 745; here e^−10,000,000
stands beside 1 in the same vector, each to the full 53 bits. `Wide` answers to NumPy's own
functions (`np.exp(x)`, `f * c + i * g`, `np.multiply(a, b, out=c)`, `da @ U`), and so the equations
of the cells, which are written for floats, run with it as they are. What they need of NumPy is
here, and no more.

    a = np.array([-2000.0, 0.5])
    sigmoid(a)                            [0.  0.62]
    sigmoid(Wide.of(a)).log10_abs()       [-868.59  -0.21]

Numbers are real; complex ones are refused. Multiplications, sums and matrix products are as exact
as those of floats; `exp` and `tanh` are within 2e-16 of the exact value of their argument.

References
----------
Harris et al. (2020) and NEP 13, NEP 18 for how NumPy hands its functions over. The argument of
`exp` is reduced as Cody & Waite (1980) do it.
"""

from collections.abc import Callable, Iterable
from functools import partial, reduce
from types import EllipsisType
from typing import Any, SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike

from lstm_viz.words import tidy

Array = np.ndarray
Index = SupportsIndex | slice | EllipsisType | Array | tuple | None  # what stands in brackets
LOG10_2 = np.log10(2.0)
NOTHING = -(2**60)  # the exponent of an exact zero: below any other
BAND = 400  # binary orders of magnitude that one matrix product of floats takes on each side
DIGITS = 80  # binary orders below which a term changes no sum, however many there are
LN2 = (0.693145751953125, 1.428606765330187e-06, 5.497923018708371e-14)  # of 15, 24 and 53 bits
FARTHEST = 2.0**40  # the largest argument of exp that is told from infinity


class Wide(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of wide numbers; mantissa and exponent have its shape. Make one with `Wide.of`."""

    def __init__(self, mantissa: Array, exponent: Array) -> None:
        self.mantissa, self.exponent = mantissa, exponent

    @classmethod
    def of(cls, x: ArrayLike) -> "Wide":
        """Floats, exactly; a `Wide` itself."""
        if isinstance(x, cls):
            return x
        x = np.asarray(x)
        if x.dtype.kind == "c":
            raise TypeError("wide numbers are real; got complex ones")
        return _normalised(x.astype(np.float64), np.zeros(x.shape, np.int64))

    @classmethod
    def scaled(cls, x: Array, exponent: Array) -> "Wide":
        """x · 2**exponent, which broadcasts to the shape of x."""
        return _normalised(np.asarray(x, np.float64), np.broadcast_to(exponent, np.shape(x)))

    @property
    def value(self) -> Array:
        """The floats; 0 or infinity beyond their range."""
        with np.errstate(over="ignore", under="ignore"):
            return np.ldexp(self.mantissa, self.exponent)

    @property
    def as_array(self) -> Array:
        """These very numbers, for code that is written for arrays and typed so."""
        return cast(Array, self)

    def log10_abs(self) -> Array:
        """log10 of each entry's magnitude; −inf for exactly 0, NaN for NaN."""
        with np.errstate(divide="ignore"):
            return np.log10(np.abs(self.mantissa)) + self.exponent * LOG10_2

    def by_vector(self) -> tuple[Array, Array]:
        """Mantissas on one power of two for each vector along the last axis, and that: (…,).

        Entries below 2**−1074 of their vector's largest become 0.
        """
        top = self.exponent.max(axis=-1)
        top = np.where(top == NOTHING, 0, top)
        with np.errstate(under="ignore"):
            return np.ldexp(self.mantissa, self.exponent - top[..., None]), top

    def in_floats(self, powers: int) -> "Array | Wide":
        """The floats, if all entries are 0 or within so many powers of two from 1."""
        far = np.abs(self.exponent) > powers
        return self if (far & (self.mantissa != 0)).any() else self.value

    # What an array has: a view shares its entries.
    @property
    def shape(self) -> tuple[int, ...]:
        return self.mantissa.shape

    @property
    def ndim(self) -> int:
        return self.mantissa.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.mantissa.dtype

    @property
    def T(self) -> "Wide":
        return self._each(lambda part: part.T)

    def __len__(self) -> int:
        return len(self.mantissa)

    def __getitem__(self, key: Index) -> "Wide":
        return Wide(self.mantissa[key], self.exponent[key])

    def __setitem__(self, key: Index, value: ArrayLike) -> None:
        value = Wide.of(value)
        self.mantissa[key], self.exponent[key] = value.mantissa, value.exponent

    def __repr__(self) -> str:
        log10 = self.log10_abs()
        log10 = log10[np.isfinite(log10)]
        sizes = f", log10 of sizes {tidy(log10.min())} to {tidy(log10.max())}" if log10.size else ""
        return f"Wide(shape {self.shape}{sizes})"

    def copy(self) -> "Wide":
        return self._each(lambda part: part.copy())

    def reshape(self, *shape: SupportsIndex) -> "Wide":
        return self._each(lambda part: part.reshape(*shape))

    def swapaxes(self, a: int, b: int) -> "Wide":
        return self._each(lambda part: part.swapaxes(a, b))

    def transpose(self, *axes: SupportsIndex) -> "Wide":
        return self._each(lambda part: part.transpose(*axes))

    def mean(self, axis: int = -1, keepdims: bool = True) -> "Wide":
        """Along the last axis, which stays."""
        if axis not in (-1, self.ndim - 1) or not keepdims:
            raise ValueError("wide numbers have a mean along their last axis, which is kept")
        return (self @ np.ones((self.shape[-1], 1))) / float(self.shape[-1])

    def _each(self, function: Callable[[Array], Array]) -> "Wide":
        return Wide(function(self.mantissa), function(self.exponent))

    def __array_ufunc__(
        self,
        ufunc: np.ufunc,
        method: str,
        *inputs: ArrayLike,
        out: tuple[Array] | None = None,
        **options: object,
    ) -> object:
        if method != "__call__" or ufunc not in UFUNCS or options:
            return NotImplemented
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            result = UFUNCS[ufunc](*map(Wide.of, inputs))
        if out is None:
            return result
        out[0][...] = result
        return out[0]

    def __array__(self, dtype: object = None, copy: object = None) -> Array:
        """For those who ask whether NumPy takes this; what is no function of its own, may not."""
        raise TypeError("wide numbers are no array of floats: `value` is, as far as they go")

    def __array_function__(
        self, function: Callable, types: Iterable[type], args: tuple, options: dict
    ) -> object:
        if function is np.dot:
            return np.matmul(*args, **options)
        if function is np.real:
            return args[0]
        if function is np.iscomplexobj:
            return False
        if function in SHAPING:
            parts = [function(*_part(args, name), **options) for name in ("mantissa", "exponent")]
            split = function is np.split
            return [Wide(*p) for p in zip(*parts, strict=True)] if split else Wide(*parts)
        return NotImplemented


SHAPING = {np.moveaxis, np.empty_like, np.concatenate, np.broadcast_to}
SHAPING |= {np.where, np.split, np.stack}


def _part(args: object, name: str) -> Any:
    """The arguments of a function with the mantissas, or the exponents, of those that are wide."""
    if isinstance(args, Wide):
        return getattr(args, name)
    return type(args)(_part(a, name) for a in args) if isinstance(args, list | tuple) else args


def _normalised(mantissa: Array, exponent: Array) -> Wide:
    """mantissa · 2**exponent in the form that this module's head describes."""
    mantissa, shift = np.frexp(mantissa)
    exponent = np.where(np.isfinite(mantissa), exponent + shift, 0)
    return Wide(mantissa, np.where(mantissa == 0, NOTHING, exponent))


def _add(x: Wide, y: Wide) -> Wide:
    top = np.maximum(x.exponent, y.exponent)
    parts = (np.ldexp(z.mantissa, np.maximum(z.exponent - top, -2000)) for z in (x, y))
    return _normalised(np.add(*parts), top)


def _negative(x: Wide) -> Wide:
    return Wide(-x.mantissa, x.exponent.copy())


def _multiply(x: Wide, y: Wide) -> Wide:
    return _normalised(x.mantissa * y.mantissa, x.exponent + y.exponent)


def _divide(x: Wide, y: Wide) -> Wide:
    return _normalised(x.mantissa / y.mantissa, x.exponent - y.exponent)


def _exp(x: Wide) -> Wide:
    """e^x = e^r · 2**k with k = x / ln 2, rounded, and r = x − k ln 2, where no digits are lost."""
    v = np.clip(x.value, -FARTHEST, FARTHEST)
    k = np.rint(np.where(np.isnan(v), 0, v) / np.log(2))
    r = ((v - k * LN2[0]) - k * LN2[1]) - k * LN2[2]
    return _normalised(np.exp(np.where(np.isinf(x.value), x.value, r)), k.astype(np.int64))


def _tanh(x: Wide) -> Wide:
    """x itself where x² is below the round-off of 1."""
    y = Wide.of(np.tanh(x.value))
    small = x.exponent < -27
    return Wide(np.where(small, x.mantissa, y.mantissa), np.where(small, x.exponent, y.exponent))


def _matmul(x: Wide, y: Wide) -> Wide:
    """x (…, M, K) or (K,) @ y (…, K, N): each entry is as exact as a sum of floats is.

    Each factor is cut into bands of magnitude: x below the largest entry of its row, y below that
    of its own, whose power of two x takes over. A band is a matrix of floats. Bands are multiplied
    from the largest on, until what is left out is too small to be seen anywhere.
    """
    if x.ndim == 1:
        return _matmul(x[None], y)[..., 0, :]
    rows = y.exponent.max(axis=-1)  # (…, K)
    x = Wide(x.mantissa, x.exponent + rows[..., None, :])
    top = x.exponent.max(axis=-1, keepdims=True)  # (…, M, 1)
    of_x, of_y = _bands(x, top), _bands(y, rows[..., None])
    total, reached = Wide.of(np.zeros(1)), None
    for level in sorted({i + j for i in of_x for j in of_y}):
        pairs = (of_x[i]() @ of_y[level - i]() for i in of_x if level - i in of_y)
        part = reduce(np.add, pairs)
        total = _add(total, _normalised(part, top - BAND * level))
        settled = total.exponent > top - BAND * (level + 1) + DIGITS
        if settled.all():
            return total
        if reached is None:
            reached = (x.mantissa != 0).astype(np.float32) @ (y.mantissa != 0).astype(np.float32)
        if (settled | (reached == 0)).all():
            return total
    shape = np.broadcast_shapes(x.shape[:-2], y.shape[:-2]) + (x.shape[-2], y.shape[-1])
    return Wide.of(np.broadcast_to(total, shape)).copy()


def _bands(x: Wide, top: Array) -> dict[int, Callable[[], Array]]:
    """k → floats: the entries BAND · k … BAND · (k+1) powers of two below `top`, in that unit."""
    depth = top - x.exponent
    band = np.where((x.mantissa == 0) | (x.exponent < NOTHING // 2), -1, depth // BAND)

    def take(k: int) -> Array:
        inside = band == k
        return np.where(inside, np.ldexp(x.mantissa, np.where(inside, BAND * k - depth, 0)), 0)

    return {k: partial(take, k) for k in np.unique(band).tolist() if k >= 0}


UFUNCS = {
    np.add: _add,
    np.subtract: lambda x, y: _add(x, _negative(y)),
    np.negative: _negative,
    np.positive: lambda x: x.copy(),
    np.absolute: lambda x: Wide(np.abs(x.mantissa), x.exponent.copy()),
    np.multiply: _multiply,
    np.divide: _divide,
    np.reciprocal: lambda x: _divide(Wide.of(1.0), x),
    np.exp: _exp,
    np.tanh: _tanh,
    np.matmul: _matmul,
}
