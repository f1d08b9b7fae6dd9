"""What comes in from outside as an array: read and checked here, whichever function takes it.

Arrays of any memory layout and byte order, lists, pandas' tables and detached tensors are read;
nothing that is given is changed.
"""

import os
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lstm_viz.errors import (
    BatchFirstWarning,
    DTypeError,
    NonFiniteError,
    Said,
    ShapeError,
    SpecError,
)
from lstm_viz.spec import check_flag, whole_numbers

if TYPE_CHECKING:
    from lstm_viz.logscale import Scaled
    from lstm_viz.wide import Wide

Array = np.ndarray
Rows = TypeVar("Rows", Array, "Scaled", "Wide")
HERE = str(Path(__file__).parent)


def as_array(name: str, value: object) -> Array:
    """Return `value` as an array of real or complex numbers, or say what it is instead."""
    if np.ma.isMaskedArray(value):
        raise DTypeError("masked", name=name)
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise ShapeError("no-array", name=name, reason=str(error)) from error
    except (TypeError, RuntimeError) as error:  # a tensor that has a gradient, or is elsewhere
        raise DTypeError("no-array", name=name, reason=str(error)) from error
    if array.dtype.kind not in "fiuc":
        raise DTypeError("no-real-numbers", name=name, got=_described(value, array))
    if np.real(array).itemsize > 8:
        raise DTypeError("too-wide", name=name, dtype=array.dtype)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _described(value: object, array: Array) -> str | Said:
    if value is None or array.dtype.kind != "O" or hasattr(value, "dtype"):
        return "None" if value is None else f"dtype {array.dtype}"
    return Said("read-as", kind=type(value).__name__, dtype=array.dtype)


def real_array(name: str, value: object) -> Array:
    """Return `value` as an array of real numbers, in float64."""
    array = as_array(name, value)
    if array.dtype.kind == "c":
        raise DTypeError("no-real-numbers", name=name, got=f"dtype {array.dtype}")
    return array.astype(np.float64, copy=False)


def check_shape(name: str, array: Array, expected: tuple[int | str, ...]) -> None:
    """Raise ShapeError unless the shape fits; a letter stands for any size of at least 1."""
    fits = array.ndim == len(expected) and all(
        size > 0 if isinstance(want, str) else size == want
        for size, want in zip(array.shape, expected, strict=True)
    )
    if not fits:
        wanted = ", ".join(str(want) for want in expected) + ("," if len(expected) == 1 else "")
        raise ShapeError("shape", name=name, shape=f"({wanted})", got=array.shape)


def check_room(what: Said, count: int) -> None:
    """Raise SpecError if so many float64 numbers are more than this machine has memory for."""
    needed, memory = 8 * count, _memory()
    if needed > memory:
        raise SpecError("room", what=what, needed=needed / 1e9, memory=memory / 1e9)


@cache
def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # a system that does not say
        return 2**40


def out_of_range(array: Array, dtype: np.dtype) -> bool:
    """Whether this dtype, if it is narrower, has no normal number for some of these."""
    if np.can_cast(array.dtype, dtype):
        return False
    size, info = np.abs(array[array != 0]), np.finfo(dtype)
    return bool(((size < info.smallest_normal) | (size > info.max)).any())


def vector(name: str, value: object, size: int, dtype: np.dtype) -> Array:
    """Return `value` as a finite vector (size,) of this dtype."""
    array = as_array(name, value)
    check_shape(name, array, (size,))
    check_finite(name, array)
    if array.dtype.kind == "c" and np.dtype(dtype).kind != "c":
        raise DTypeError("not-real", name=name, dtype=array.dtype)
    if out_of_range(array, dtype):
        raise DTypeError("out-of-range", name=name, dtype=np.dtype(dtype))
    return array.astype(dtype, copy=False)


def check_finite(name: str, array: Array, *, nan: bool = False) -> None:
    """Raise NonFiniteError at the first infinity, or NaN unless `nan` lets it pass."""
    bad = np.isinf(array) if nan else ~np.isfinite(array)
    if bad.any():
        where = tuple(int(k) for k in np.argwhere(bad)[0])
        raise NonFiniteError("not-finite", name=name, where=list(where), value=array[where])


def time_first(name: str, value: object, batch_first: bool | None) -> Array:
    """Return what has an axis of steps and one of sequences with the steps first."""
    if batch_first is not None:
        check_flag("batch_first", batch_first)
    array = as_array(name, value)
    swap = batch_first and array.ndim > 1
    return np.ascontiguousarray(array.swapaxes(0, 1)) if swap else array


def sequences(
    x: Any,
    input_size: int,
    batch_first: bool | None = False,
    lengths: object = None,
    *,
    sure: bool = False,
) -> tuple[Array, Array | None]:
    """Return x as (T, B, D) with D = input_size, from (B, T, D) if `batch_first`, and the lengths.

    lengths : (B,) of padded sequences, None for whole ones; padding becomes 0
    Where that is left open, as None, and x has more sequences than steps, a BatchFirstWarning says
    so; `sure` : whether something else given says how many sequences there are. NaN is followed,
    and the trace names it; an infinity is refused, as a gate that it saturates would hide it.
    """
    found = time_first("x", x, batch_first)
    axes = "(B, T, D)" if batch_first else "(T, B, D)"
    if found.ndim == 2:
        one = "x[None]" if batch_first else "x[:, None, :]"
        raise ShapeError("two-axes", shape=axes, got=found.shape, one=one)
    wanted = ("B", "T", input_size) if batch_first else ("T", "B", input_size)
    check_shape("x", found.swapaxes(0, 1) if batch_first and found.ndim == 3 else found, wanted)
    lengths = check_lengths(lengths, *found.shape[:2])
    if lengths is not None:
        found = np.where(present(len(found), lengths)[..., None], found, 0)
    check_finite("x", found.swapaxes(0, 1) if batch_first else found, nan=True)
    if batch_first is None and not sure and found.shape[1] > found.shape[0]:
        _warn(found.shape)
    return found, lengths


def check_lengths(lengths: object, T: int, B: int) -> Array | None:
    """Return how many steps each of B padded sequences has, (B,), from 1 to T; None for None."""
    if lengths is None:
        return None
    found = np.array(whole_numbers("lengths", lengths, 1, T))
    if len(found) != B:
        raise ShapeError("lengths", n=B, got=len(found))
    return found


def present(rows: int, lengths: Array) -> Array:
    """(rows, B): whether a row, of step 1 first, belongs to a sequence and not to its padding."""
    return np.arange(rows)[:, None] < lengths


def up_to_end(norm: Array, lengths: Array | None, T: int) -> Array:
    """Norms (T, B), or (T+1, B) with the initial state's first, with NaN in padding."""
    if lengths is None:
        return norm
    return np.where(present(len(norm), lengths + len(norm) - T), norm, np.nan)


def turned(rows: Rows, lengths: Array | None) -> Rows:
    """(n, B, …) in the opposite order of time, each sequence from its own end; padding stays.

    rows : an array, or `Scaled` or `Wide` numbers
    lengths : (B,) of how many rows each sequence has, or None where all have n
    """
    if lengths is None:
        return rows[::-1]
    n = np.arange(len(rows))[:, None]
    order = np.where(n < lengths, lengths - 1 - n, n)
    return rows[order, np.arange(rows.shape[1])]


def one_sequence(
    x: Any, input_size: int, batch_first: bool | None = None, lengths: object = None
) -> Array:
    """Return x as (T, 1, D), for what is measured of one sequence, without its padding."""
    found, ends = sequences(x, input_size, batch_first, lengths, sure=True)
    if found.shape[1] == 1:
        return found if ends is None else found[: ends[0]]
    wanted = "(1, T, D)" if batch_first else "(T, 1, D)"
    T, B, D = found.shape
    hint = Said("steps-of-sequences", steps=Said("steps", n=T), sequences=Said("sequences", n=B))
    if not batch_first and T == 1:
        hint = Said("read-batch-first", steps=Said("steps", n=B))
    got = (B, T, D) if batch_first else (T, B, D)
    raise ShapeError("one-sequence", shape=wanted, got=got, hint=hint)


def _warn(shape: tuple[int, ...]) -> None:
    T, B, _ = shape
    warning = BatchFirstWarning(
        "batch-first",
        shape=shape,
        steps=Said("steps", n=T),
        sequences=Said("sequences", n=B),
        others=Said("sequences", n=T),
        long=Said("steps", n=B),
    )
    warnings.warn(warning, stacklevel=_levels_to_caller())


def _levels_to_caller() -> int:
    """How many frames above `_warn` the one stands that called this library."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        frame, level = frame.f_back, level + 1
    return level
