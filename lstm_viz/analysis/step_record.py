"""What the records of one step of one unit have in common, and how they are read from a run.

A run's arrays go in, scalars come out.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.cells.base import Weights
from lstm_viz.cells.protocols import ChainTrace, Gradients, Trace
from lstm_viz.cells.range import exact
from lstm_viz.errors import SpecError, shown
from lstm_viz.logscale import LOG10_2, Scaled
from lstm_viz.result import Shown, brief, size
from lstm_viz.wide import Wide

if TYPE_CHECKING:
    from pandas import DataFrame

Place = tuple[int, int, int]  # t in 1 … T, sequence, unit
PHI = {"sigmoid": "σ", "tanh": "tanh", "relu": "relu", "linear": "id"}


@dataclass(frozen=True)
class Scalar:
    """A gradient's single entry at any magnitude: mantissa · 2**exponent."""

    mantissa: float
    exponent: int = 0

    def __float__(self) -> float:
        return self.value

    @property
    def value(self) -> float:
        """The plain number; 0 or infinity where a float64 cannot hold it."""
        try:
            return math.ldexp(self.mantissa, self.exponent)
        except OverflowError:
            return math.copysign(math.inf, self.mantissa)

    @property
    def log10(self) -> float:
        """log10 of the magnitude; −inf for an exact zero, NaN for NaN."""
        if self.mantissa == 0:
            return -math.inf
        return float(math.log10(abs(self.mantissa)) + self.exponent * LOG10_2)


ZERO = Scalar(0.0)


class Faint(float):
    """A number of the forward pass below the floats' range: 0 as a float, but it is not 0.

    It has the mantissa and the exponent of its true value, by which it is written and multiplied.
    """

    mantissa: float
    exponent: int

    def __new__(cls, mantissa: float, exponent: int) -> "Faint":
        self = super().__new__(cls, math.ldexp(mantissa, exponent))
        self.mantissa, self.exponent = mantissa, exponent
        return self

    def __reduce__(self) -> tuple[type, tuple[float, int]]:
        return Faint, (self.mantissa, self.exponent)

    def __mul__(self, other: float) -> float:
        return _forward(times(Scalar(self.mantissa, self.exponent), other))

    __rmul__ = __mul__

    def __neg__(self) -> "Faint":
        return Faint(-self.mantissa, self.exponent)

    @property
    def log10(self) -> float:
        return Scalar(self.mantissa, self.exponent).log10


def _forward(value: Scalar) -> float:
    """A number of the forward pass: a float, or `Faint` where a float would be 0 or cut short."""
    faint = value.mantissa and abs(value.value) < sys.float_info.min
    return Faint(value.mantissa, value.exponent) if faint else value.value


@dataclass(frozen=True)
class Neuron:
    """One unit of a gate, or of a plain RNN: value = φ(a) with a = Wx + Uh + b.

    slope : φ'(a), accurate in saturation
    da : ∂L/∂a
    sent : (Uᵀ ∂L/∂a)_j with the gradients of all H units of this gate: what the gate sends back to
        h_{t−1} of the chosen unit j
    """

    name: str
    phi: str
    Wx: float
    Uh: float
    b: float
    a: float
    value: float
    slope: float
    da: Scalar
    sent: Scalar


@dataclass(frozen=True, repr=False)
class Step(Shown):
    """What every cell has. Gradients named dX are ∂L/∂X, total unless said otherwise.

    step : t in 1 … `steps`; unit : j in 0 … `units`−1; sequence : b
    x : x_t, all D inputs, and dx : ∂L/∂x_t
    dh : ∂L/∂h_t = dh_direct + dh_next, what the loss puts in at step t + what step t+1 sends back
    dh_prev : ∂L/∂h_{t−1} = dh_sent + dh_prev_direct, what this step sends back + what the loss puts
        in at step t−1 (0 for the initial state)
    """

    cell: ClassVar[str]  # the architecture's name
    step: int
    steps: int
    unit: int
    units: int
    sequence: int
    x: tuple[float, ...]
    h_prev: float
    h: float
    dh: Scalar
    dh_direct: Scalar
    dh_next: Scalar
    dh_sent: Scalar
    dh_prev: Scalar
    dh_prev_direct: Scalar
    dx: tuple[Scalar, ...]

    def facts(self) -> dict[str, str]:
        own = {"step": f"{self.step} of {self.steps}", "unit": f"{self.unit} of {self.units}"}
        own |= {"sequence": str(self.sequence), "h": f"{brief(self.h_prev)} → {brief(self.h)}"}
        return own | {"|∂L/∂h|": size(self.dh.log10)}

    def _rows(self) -> "DataFrame":
        """A tidy table: one row for each quantity, with its value and log10 of its magnitude."""
        from lstm_viz.tables import rows_frame

        place = {"step": self.step, "sequence": self.sequence, "unit": self.unit}
        return rows_frame([place | {"quantity": q} | _columns(v) for q, v in quantities(self)])


def quantities(step: Step) -> Iterator[tuple[str, float | Scalar]]:
    """Yield (name, value) of everything in the record: "c", "f.Wx", "x[0]", "dh" …"""
    for field in fields(step)[5:]:
        value = getattr(step, field.name)
        if isinstance(value, Neuron):
            for part in fields(value)[2:]:
                yield f"{field.name}.{part.name}", getattr(value, part.name)
        elif isinstance(value, tuple):
            yield from ((f"{field.name}[{d}]", entry) for d, entry in enumerate(value))
        else:
            yield field.name, value


def showable(step: Step, direction: str) -> str:
    """What of a direction can be shown: of "both" what is finite, "" for none of it."""
    values = dict(forward=[], backward=[])
    for _name, value in quantities(step):
        size = value.mantissa if isinstance(value, Scalar) else value
        values["backward" if isinstance(value, Scalar) else "forward"].append(size)
    finite = [way for way, sizes in values.items() if all(map(math.isfinite, sizes))]
    if "forward" not in finite:
        return ""
    return (
        direction
        if "backward" in finite or direction == "forward"
        else "forward" * (direction == "both")
    )


def _columns(value: float | Scalar) -> dict[str, float]:
    scalar = value if isinstance(value, Scalar | Faint) else Scalar(value)
    return {"value": float(scalar), "log10_abs": scalar.log10}


def check_place(trace: Trace, step: int, unit: int, sequence: int) -> Place:
    """Return (t, b, j) as plain integers, or raise SpecError with the range that was left."""
    T, B, H = trace.output.shape
    for name, value, low, high in (
        ("step", step, 1, T),
        ("unit", unit, 0, H - 1),
        ("sequence", sequence, 0, B - 1),
    ):
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise SpecError("whole-between", name=name, least=low, most=high, got=shown(value))
    return int(step), int(sequence), int(unit)


def shared(
    trace: ChainTrace, grads: Gradients, back: Callable[[int], Scalar], place: Place
) -> dict:
    """The fields of `Step`, but for h_t and h_{t−1}.

    back : gives for a step s what it sends back to unit j of h_{s−1}
    """
    t, b, j = place
    T, x, direct = len(trace.x), grads.scaled["x"], grads.entering
    return {
        "step": t,
        "steps": T,
        "unit": j,
        "units": trace.h.shape[-1],
        "sequence": b,
        "x": tuple(float(v) for v in trace.x[t - 1, b]),
        "dx": tuple(entry(x, t - 1, b, d) for d in range(trace.x.shape[-1])),
        "dh": entry(grads.scaled["h"], t, b, j),
        "dh_direct": entry(direct, t - 1, b, j),
        "dh_next": ZERO if t == T else back(t + 1),
        "dh_sent": back(t),
        "dh_prev": entry(grads.scaled["h"], t - 1, b, j),
        "dh_prev_direct": ZERO if t == 1 else entry(direct, t - 2, b, j),
    }


@np.errstate(over="ignore", invalid="ignore")  # a net that blew up is shown as it is
def read_neuron(
    weights: Weights,
    trace: ChainTrace,
    grads: Gradients,
    name: str,
    function: str,
    place: Place,
    row: int,
) -> Neuron:
    """The neuron `name`, whose weights' rows begin at `row`; a plain RNN's is "h"."""
    t, b, j = place
    pre, at = ("a", t) if name == "h" else (f"a_{name}", t - 1)
    full = exact(trace)
    a = getattr(full, pre)[t - 1, b, j]
    U = weights.U[row : row + trace.h.shape[-1]]
    return Neuron(
        name=name,
        phi=PHI[function],
        Wx=float(weights.W[row + j] @ trace.x[t - 1, b]),
        Uh=number((full.h[t - 1, b, None] @ U[j, :, None])[0, 0]),
        b=float(weights.b[row + j]),
        a=number(a),
        value=number(getattr(full, name)[at, b, j]),
        slope=number(ACTIVATIONS[function].derivative(a[None])[0]),
        da=entry(grads.scaled[pre], t - 1, b, j),
        sent=sent_back(U, [grads.scaled[pre]], t, b, j),
    )


def entry(scaled: Scaled, row: int, b: int, j: int) -> Scalar:
    """One entry of a gradient."""
    exponent = np.broadcast_to(scaled.each_exponent, scaled.mantissa.shape)
    return Scalar(float(scaled.mantissa[row, b, j]), int(exponent[row, b, j]))


def number(x: np.ndarray | Wide) -> float:
    """A single entry of a trace."""
    if isinstance(x, Wide):
        return _forward(Scalar(float(x.mantissa), int(x.exponent)))
    return float(x)


def times(scalar: Scalar, factor: float | Scalar) -> Scalar:
    """The gradient on the other side of a product with `factor`."""
    if isinstance(factor, Scalar | Faint):
        return Scalar(scalar.mantissa * factor.mantissa, scalar.exponent + factor.exponent)
    return Scalar(scalar.mantissa * float(factor), scalar.exponent)


def plus(*parts: Scalar) -> Scalar:
    """The sum, on the power of two of the largest."""
    sizes = [part.exponent + math.frexp(part.mantissa)[1] for part in parts if part.mantissa]
    top = max(sizes, default=0)
    return Scalar(sum(math.ldexp(p.mantissa, max(p.exponent - top, -3000)) for p in parts), top)


@np.errstate(over="ignore", invalid="ignore")
def sent_back(U: np.ndarray, da: list[Scaled], t: int, b: int, j: int) -> Scalar:
    """(Uᵀ ∂L/∂a_t)_j, with ∂L/∂a of the gates stacked as U's rows are."""
    stacked = np.concatenate([gate[t - 1, b].wide for gate in da])
    total = Wide.of(stacked[None] @ U[:, j, None])
    return Scalar(float(total.mantissa[0, 0]), int(total.exponent[0, 0]))
