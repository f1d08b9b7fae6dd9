"""What all cells share: checks of what comes in, the base of traces and gradients."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from lstm_viz.arrays import as_array, check_finite, check_shape, out_of_range, present
from lstm_viz.cells import protocols
from lstm_viz.cells.architecture import record_of
from lstm_viz.cells.told import Weighted, doubts
from lstm_viz.errors import DTypeError, ShapeError
from lstm_viz.logscale import Scaled, binary_exponent, max_abs, times_power_of_two
from lstm_viz.result import Shown, net_facts, once, settings_of, span
from lstm_viz.sketch import Line
from lstm_viz.spec import ModelSpec, check_variant
from lstm_viz.wide import Wide

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
LEAST = -(2**40)  # the exponent that stands for that of 0
FLOATS = 450  # powers of two from 1: so far off, factors of float64 lose nothing in a product


@dataclass(frozen=True, eq=False, repr=False)
class Arrays(Weighted):
    """What one layer multiplies with: fields that are arrays, of any names.

    letters : each array's name and its axes, ("W", "HD"): a letter is one size wherever it stands,
        D that of the input, H the number of units

    Raises ShapeError, DTypeError or NonFiniteError if they do not fit together.
    """

    variant: str = field(default="", kw_only=True)
    letters: ClassVar[tuple[tuple[str, str], ...]]
    cell = ""  # each class has its own

    def __post_init__(self) -> None:
        object.__setattr__(self, "variant", check_variant(self.cell, self.variant))
        arrays = {name: as_array(name, getattr(self, name)) for name, _ in self.letters}
        dtype, sizes = np.result_type(*arrays.values(), np.float32), {}
        for (name, axes), array in zip(self.letters, arrays.values(), strict=True):
            check_shape(name, array, tuple(sizes.get(axis, axis) for axis in axes))
            sizes |= zip(axes, array.shape, strict=True)
            check_finite(name, array)
            object.__setattr__(self, name, array.astype(dtype, copy=False))

    def _size(self, letter: str) -> int:
        name, axes = next(own for own in self.letters if letter in own[1])
        return getattr(self, name).shape[axes.index(letter)]

    def sizes(self) -> dict[str, object]:
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size, "layers": 1}
        variant = {"variant": self.variant} if self.variant else {}
        return {"cell": self.cell, **variant, **sizes, "dtype": str(self.dtype)}

    def arrays(self) -> dict[str, Array]:
        values = {own.name: getattr(self, own.name) for own in fields(self)}
        return {name: v for name, v in values.items() if isinstance(v, np.ndarray)}

    @property
    def dtype(self) -> np.dtype:
        """What is computed in."""
        return getattr(self, self.letters[0][0]).dtype

    @property
    def input_size(self) -> int:
        """D"""
        return self._size("D")

    @property
    def hidden_size(self) -> int:
        """H"""
        return self._size("H")

    @property
    def output_size(self) -> int:
        """How many numbers the net puts out at each step: its hidden state."""
        return self.hidden_size


@dataclass(frozen=True, eq=False, repr=False)
class Weights(Arrays):
    """W (G·H, D), U (G·H, H), b (G·H,) for G gates."""

    W: Array
    U: Array
    b: Array
    gates: ClassVar[int]
    letters = (("U", "RH"), ("W", "RD"), ("b", "R"))

    def __post_init__(self) -> None:
        U = as_array("U", self.U)
        check_shape("U", U, ("G*H", "H"))
        check_shape("U", U, (self.gates * U.shape[1], U.shape[1]))
        super().__post_init__()


def check_input(weights: Arrays, x: object) -> Array:
    """Return the input sequence as (T, B, D) in the dtype to compute in.

    That is the weights' dtype; complex input (a complex-step derivative) makes it complex.
    """
    return check_sequence(x, weights.input_size, weights.dtype)


def check_sequence(x: object, input_size: int, dtype: np.dtype) -> Array:
    """Return x as (T, B, D) for D = input_size, in this dtype unless it is complex."""
    x = as_array("x", x)
    check_shape("x", x, ("T", "B", input_size))
    return _cast(x, dtype)


def _cast(array: Array, dtype: np.dtype) -> Array:
    """Give real arrays this dtype; complex ones stay complex. Beyond its range is infinity."""
    if array.dtype.kind == "c":
        dtype = np.result_type(dtype, array)
    with np.errstate(over="ignore"):
        return array.astype(dtype, copy=False)


def blank_padding(lengths: Array | None, *arrays: Array) -> None:
    """Set what a forward pass found in padding to 0 (in place), as packed sequences have it.

    lengths : (B,), after how many steps a sequence is padding; arrays : (T, B, …)
    """
    if lengths is not None:
        for array in arrays:
            array[~present(len(array), lengths)] = 0


@dataclass(frozen=True, repr=False)
class Cost(Shown):
    """What one forward pass over one sequence of T steps costs.

    operations : floating-point operations of the matrix products, two for each multiply-add
    sequential_steps : how many of them must wait for one another, whatever the machine
    path_length : from x_1 to the output at step T, in applications of the net's function
    kept : about how many numbers a forward and a backward pass hold at once
    """

    operations: int
    sequential_steps: int
    path_length: int
    kept: int


def count_recurrent(spec: ModelSpec, gates: int) -> int:
    """Parameters of a recurrent layer with D inputs, H units and two biases for each gate."""
    D, H = spec.input_size, spec.hidden_size
    return gates * H * (D + H + 2)


def recurrent_cost(spec: ModelSpec, gates: int, T: int) -> Cost:
    """Cost of a recurrent layer: T steps of a product with W and one with U."""
    D, H = spec.input_size, spec.hidden_size
    return Cost(2 * gates * H * (D + H) * T, T, T, kept=4 * T * (gates + 2) * H)


def check_like(name: str, value: object | None, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """Return `value` as an array of this shape; zeros for None."""
    if value is None:
        return np.zeros(shape, dtype)
    array = as_array(name, value)
    check_shape(name, array, shape)
    return _cast(array, dtype)


def check_direct(name: str, value: object, shape: tuple[int, ...], dtype: np.dtype) -> Scaled:
    """Return a direct gradient, given plainly or with powers of two, as the latter."""
    scaled = isinstance(value, Scaled)
    array = as_array(name, value.mantissa if scaled else value)
    if array.ndim == 3 and array.shape != shape and array.swapaxes(0, 1).shape == shape:
        raise ShapeError("batch-first-shape", name=name, shape=shape, got=array.shape)
    check_shape(name, array, shape)
    if array.dtype.kind == "c" and dtype.kind != "c":
        raise DTypeError("not-real", name=name, dtype=array.dtype)
    if scaled and value.by_entry:
        return Scaled(_cast(array, dtype), np.broadcast_to(value.exponent, shape))
    exponent = np.broadcast_to(value.exponent if scaled else np.int64(0), shape[:-1])
    if out_of_range(array, dtype):  # with powers of two a float32 net takes what float64 holds
        e = binary_exponent(max_abs(array))
        array, exponent = times_power_of_two(array, -e[..., None]), exponent + e
    return Scaled(_cast(array, dtype), exponent)


def check_trace(weights: protocols.Weights, trace: Any, kind: type) -> None:
    """Raise unless the trace is of this kind and of these weights."""
    if not isinstance(trace, kind):
        raise ShapeError("of-type", name="trace", kind=kind.__name__, got=type(trace).__name__)
    sizes = trace.x.shape[-1], trace.h.shape[-1]
    if sizes != (weights.input_size, weights.hidden_size):
        own = weights.input_size, weights.hidden_size
        raise ShapeError("sizes-of-trace", letters="D, H", own=own, got=sizes)
    check_same(trace.weights, weights)


def check_same(traced: object, weights: Any) -> None:
    """Raise unless a trace's own weights are these, or equal ones."""
    for own in () if traced is weights else fields(weights):
        if not np.array_equal(getattr(traced, own.name), getattr(weights, own.name)):
            raise ShapeError("other-weights", field=own.name)


@dataclass(frozen=True, repr=False)
class Failure(Shown):
    """Where a forward pass stopped giving finite numbers.

    kind : "NaN" or "infinity"; step : 1 … T, or 0 for the initial state; sequence, unit : from 0;
    quantity : what shows it, such as "h" or "c"
    """

    kind: str
    quantity: str
    step: int
    sequence: int
    unit: int


def find_failure(states: Mapping[str, Array]) -> Failure | None:
    """Return the earliest entry of the states (T+1, B, H) that is not finite, or None."""
    found = []
    for order, (quantity, state) in enumerate(states.items()):
        bad = ~np.isfinite(state)
        if bad.any():
            step, sequence, unit = (int(k) for k in np.argwhere(bad)[0])
            kind = "NaN" if np.isnan(state[step, sequence, unit]) else "infinity"
            found.append((step, order, Failure(kind, quantity, step, sequence, unit)))
    return min(found)[2] if found else None


@dataclass(frozen=True, eq=False, repr=False)
class Transition(Shown):
    """The one-step Jacobians J_t = ∂s_t/∂s_{t−1} of L steps, S = H or, with a cell state, 2H.

    As row vectors, s̄_{t−1} = s̄_t J_t. A cell state takes it in two stages, both of which reach it
    unit by unit: c_t depends on h_{t−1} and c_{t−1}, and h_t on h_{t−1} and c_t.

    dense : (L, S, H) ∂/∂h_{t−1} of h_t, with c_t held fixed, and of c_t
    through_c : (L, H) the diagonal of ∂h_t/∂c_t; None where s = h
    carry : (L, H) the diagonal of ∂c_t/∂c_{t−1}; None where s = h

    All three are arrays of floats, or all three are `Wide`, where floats do not hold the slopes:
    each entry then has a power of two of its own, and `dense.by_vector()` gives rows with one each.
    An exact 0 is a derivative that is 0 (ReLU, a weight of 0), never one that was too small.
    """

    dense: Array | Wide
    through_c: Array | Wide | None = None
    carry: Array | Wide | None = None

    def in_floats(self) -> "Transition":
        """The same as floats, if no entry is further from 1 than a slope may be."""
        parts = [self.dense, self.through_c, self.carry]
        parts = [p.in_floats(FLOATS) if isinstance(p, Wide) else p for p in parts]
        return self if any(isinstance(p, Wide) for p in parts) else Transition(*parts)

    def wide(self) -> "Transition":
        """The same in wide numbers."""
        through_c, carry = (None if v is None else Wide.of(v) for v in (self.through_c, self.carry))
        return Transition(Wide.of(self.dense), through_c, carry)

    def matrices(self) -> Array | Wide:
        """J_t in full, (L, S, S)."""
        if self.carry is None or self.through_c is None:
            return self.dense
        L, S, H = self.dense.shape
        J, units = np.empty_like(self.dense, shape=(L, S, S)), np.arange(H)
        J[...] = 0
        J[:, :, :H] = self.dense
        J[:, H + units, H + units] = self.carry
        J[:, :H] += self.through_c[:, :, None] * J[:, H:]
        return J


def log_abs(x: Array | Wide) -> Array:
    """ln |x|, −inf for exactly 0."""
    return Wide.of(x).log10_abs() * np.log(10)


def log_abs_det(A: Array | Wide) -> Array:
    """ln |det A| of matrices (..., H, H), whose rows and columns are first brought near 1."""
    A = Wide.of(A)
    exponent, total = np.where(A.mantissa == 0, LEAST, A.exponent), 0
    for axis in (-1, -2, -1, -2):
        top = exponent.max(axis=axis, keepdims=True)
        exponent, total = exponent - top, total + top.sum(axis=(-2, -1))
    with np.errstate(under="ignore"):
        unit = np.ldexp(A.mantissa, np.maximum(exponent, -2000))
    return np.linalg.slogdet(unit)[1] + total * np.log(2)


def true_value(name: str, doc: str) -> cached_property:
    """A field of a gradients class: the plain array behind `scaled[name]`."""

    def value(self: protocols.Gradients) -> Array:
        return self.scaled[name].value

    value.__doc__ = doc
    return cached_property(value)


class Told(protocols.Gradients, Protocol):
    """Gradients that say what they are of, and which step a row of theirs is of."""

    def settings(self) -> dict[str, object]: ...
    def _first_step(self, name: str, count: int) -> int: ...


def _followed(gradients: protocols.Gradients) -> list[str]:
    """By what they are followed: the state that carries, the others, the input."""
    record = record_of(gradients.weights)
    names = dict.fromkeys((record.carries, *record.states, "x"))
    return [name for name in names if name in gradients.scaled]


class LossGradients(Shown):
    """What the gradients of every architecture have, from their `scaled` and `entering`."""

    x = true_value("x", "(T, B, D) ∂L/∂x_t")

    @once
    def direct(self: protocols.Gradients) -> Array:
        """(T, B, O), the direct gradient of the output; 0 or infinity beyond its dtype's range."""
        return self.entering.value

    def settings(self: protocols.Gradients) -> dict[str, object]:
        return settings_of(self.weights) | {"T": len(self.entering.mantissa)}

    def facts(self: Told) -> dict[str, str]:
        """How the gradients of states and input go from the loss back, in the first sequence."""
        own = {"net": net_facts(self.settings())}
        own["sequences"] = str(self.entering.mantissa.shape[1])
        for name in _followed(self):
            norms = self.scaled[name].log10_norm()[::-1, 0]
            own[f"∂L/∂{name}, back"] = span(norms)
        return own | doubts(self)

    def line(self: protocols.Gradients) -> Line:
        """Of the first sequence, by a state if there is one chain of them."""
        name = _followed(self)[0]
        norms = self.scaled[name].log10_norm()[:, 0]
        steps = np.arange(len(self.entering.mantissa) + 1)[-len(norms) :]
        return Line(steps, norms, "time step t", f"‖∂L/∂{name}_t‖")

    def _rows(self: Told) -> "DataFrame":
        """A table with one row for each quantity, step and sequence: log10 of the norm."""
        from lstm_viz.tables import concatenate, grid_frame

        frames = []
        for name, scaled in self.scaled.items():
            norms = scaled.log10_norm()
            frame = grid_frame("step", self._first_step(name, len(norms)), {"log10_norm": norms})
            frame.insert(0, "quantity", name)
            frames.append(frame)
        return concatenate(frames)

    def _first_step(self: protocols.Gradients, name: str, count: int) -> int:
        """Which step the first of `count` rows is of: 0 where there is one of an initial state."""
        return len(self.entering.mantissa) + 1 - count


@dataclass(frozen=True, eq=False, repr=False)
class Gradients(LossGradients):
    """∂L/∂ of every quantity, kept at any magnitude.

    scaled : name → vectors over units with their powers of two; the plain arrays of the same name
        are attributes, and read 0 or infinity beyond their dtype's range
    entering : ∂L/∂h_t that enters at step t, (T, B, H); plainly, it is `direct`
    weights : ∂L/∂W, ∂L/∂U, ∂L/∂b, in the shape of the weights themselves
    log10_step : "W", "U", "b" → (T,), log10 of the norm of step t's own contribution, summed over
        the batch as ∂L/∂W itself is
    """

    scaled: Mapping[str, Scaled]
    entering: Scaled
    weights: Weights
    log10_step: Mapping[str, Array]
    lengths: Array | None = None  # (B,), as in the trace

    @property
    def undetermined(self) -> dict[str, Array]:
        """Names of `scaled` → (T, B) or (T+1, B): where round-off of the run hides a gradient."""
        return {}
