"""Every number of one step and one unit of a cell: what flows forward, and what comes back.

A run's arrays go in, a frozen record of scalars comes out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from lstm_viz.activations import ACTIVATIONS, tanh_derivative
from lstm_viz.errors import SpecError
from lstm_viz.logscale import LOG10_2, Scaled

LSTM_ROWS = ("i", "f", "g", "o")  # the order of the weights' row blocks
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


@dataclass(frozen=True)
class _Step:
    """What both cells have. Gradients named dX are ∂L/∂X, total unless said otherwise.

    step : t in 1 … `steps`; unit : j in 0 … `units`−1; sequence : b
    x : x_t, all D inputs, and dx : ∂L/∂x_t
    dh : ∂L/∂h_t = dh_direct + dh_next, what the loss puts in at step t + what step t+1 sends back
    dh_prev : ∂L/∂h_{t−1} = dh_sent + dh_prev_direct, what this step sends back + what the loss puts
        in at step t−1 (0 for the initial state)
    """

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

    def to_frame(self):
        """A tidy table: one row for each quantity, with its value and log10 of its magnitude."""
        from lstm_viz.tables import rows_frame

        place = {"step": self.step, "sequence": self.sequence, "unit": self.unit}
        return rows_frame([place | {"quantity": q} | _columns(v) for q, v in quantities(self)])


@dataclass(frozen=True)
class LSTMStep(_Step):
    """Step t of one unit of an LSTM.

    slope_c : tanh'(c_t)
    dc : ∂L/∂c_t = dc_via_h + dc_next, with dc_via_h = ∂L/∂h_t · o · tanh'(c_t) and
        dc_next = ∂L/∂c_{t+1} · f_{t+1}
    dc_prev : ∂L/∂c_{t−1} = dc_sent + dc_prev_via_h, with dc_sent = ∂L/∂c_t · f_t; the second part
        comes through h_{t−1} (0 for the initial state)
    """

    f: Neuron
    i: Neuron
    g: Neuron
    o: Neuron
    c_prev: float
    c: float
    tanh_c: float
    slope_c: float
    dc: Scalar
    dc_via_h: Scalar
    dc_next: Scalar
    dc_sent: Scalar
    dc_prev: Scalar
    dc_prev_via_h: Scalar


@dataclass(frozen=True)
class RNNStep(_Step):
    """Step t of one unit of a plain RNN: h_t is `neuron`'s value."""

    neuron: Neuron


def quantities(step: LSTMStep | RNNStep) -> Iterator[tuple[str, float | Scalar]]:
    """Yield (name, value) of everything in the record: "c", "f.Wx", "x[0]", "dh" …"""
    for field in fields(step)[5:]:
        value = getattr(step, field.name)
        if isinstance(value, Neuron):
            for part in fields(Neuron)[2:]:
                yield f"{field.name}.{part.name}", getattr(value, part.name)
        elif isinstance(value, tuple):
            yield from ((f"{field.name}[{d}]", entry) for d, entry in enumerate(value))
        else:
            yield field.name, value


def _columns(value: float | Scalar) -> dict[str, float]:
    scalar = value if isinstance(value, Scalar) else Scalar(value)
    return {"value": scalar.value, "log10_abs": scalar.log10}


def lstm_step(weights, trace, grads, step: int, unit: int, sequence: int = 0) -> LSTMStep:
    """Return every number of step t = `step` (1 … T) of one unit (from 0) of an LSTM.

    The loss is one that reads h: a direct ∂L/∂c_t given to `backward` is in dc, not in its parts.

    Raises
    ------
    SpecError
        If step, unit or sequence lies outside the run; the message has the range.
    """
    t, b, j = _check_place(trace, step, unit, sequence)
    gates = {
        k: _neuron(weights, trace, grads, k, "tanh" if k == "g" else "sigmoid", (t, b, j))
        for k in LSTM_ROWS
    }
    state = {k: float(getattr(trace, k)[t, b, j]) for k in ("c", "h")}
    before = {f"{k}_prev": float(getattr(trace, k)[t - 1, b, j]) for k in ("c", "h")}
    return LSTMStep(
        **_shared(weights, trace, grads, [f"a_{k}" for k in LSTM_ROWS], (t, b, j)),
        **gates,
        **state,
        **before,
        tanh_c=float(trace.tanh_c[t - 1, b, j]),
        slope_c=_tanh_slope(state["c"]),
        **_cell_gradients(trace, grads, (t, b, j)),
    )


def rnn_step(weights, trace, grads, step: int, unit: int, sequence: int = 0) -> RNNStep:
    """Return every number of step t = `step` (1 … T) of one unit (from 0) of a plain RNN.

    Raises
    ------
    SpecError
        If step, unit or sequence lies outside the run; the message has the range.
    """
    t, b, j = _check_place(trace, step, unit, sequence)
    return RNNStep(
        **_shared(weights, trace, grads, ["a"], (t, b, j)),
        neuron=_neuron(weights, trace, grads, "h", weights.activation, (t, b, j)),
        h=float(trace.h[t, b, j]),
        h_prev=float(trace.h[t - 1, b, j]),
    )


def _check_place(trace, step: int, unit: int, sequence: int) -> tuple[int, int, int]:
    T, B, H = trace.h.shape[0] - 1, *trace.h.shape[1:]
    for name, value, low, high in (
        ("step", step, 1, T),
        ("unit", unit, 0, H - 1),
        ("sequence", sequence, 0, B - 1),
    ):
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise SpecError(f"{name} must be a whole number from {low} to {high}; got {value!r}")
    return int(step), int(sequence), int(unit)


def _shared(weights, trace, grads, pre: list[str], place) -> dict:
    """The fields of `_Step`, but for h_t and h_{t−1}; `pre` names the ∂L/∂a, stacked as U is."""
    t, b, j = place
    T, _, H = trace.h.shape[0] - 1, *trace.h.shape[1:]
    x = grads.scaled["x"]
    return {
        "step": t,
        "steps": T,
        "unit": j,
        "units": H,
        "sequence": b,
        "x": tuple(float(v) for v in trace.x[t - 1, b]),
        "dx": tuple(_entry(x, t - 1, b, d) for d in range(trace.x.shape[-1])),
        "dh": _entry(grads.scaled["h"], t, b, j),
        "dh_direct": Scalar(float(grads.direct[t - 1, b, j])),
        "dh_next": ZERO if t == T else _sent_back(weights.U, grads, pre, t + 1, b, j),
        "dh_sent": _sent_back(weights.U, grads, pre, t, b, j),
        "dh_prev": _entry(grads.scaled["h"], t - 1, b, j),
        "dh_prev_direct": ZERO if t == 1 else Scalar(float(grads.direct[t - 2, b, j])),
    }


@np.errstate(over="ignore", invalid="ignore")  # a net that blew up is shown as it is
def _neuron(weights, trace, grads, name: str, function: str, place) -> Neuron:
    t, b, j = place
    H, gated = trace.h.shape[-1], weights.cell == "lstm"
    row = LSTM_ROWS.index(name) * H + j if gated else j
    pre = f"a_{name}" if gated else "a"
    a = float(getattr(trace, pre)[t - 1, b, j])
    return Neuron(
        name=name,
        phi=PHI[function],
        Wx=float(weights.W[row] @ trace.x[t - 1, b]),
        Uh=float(weights.U[row] @ trace.h[t - 1, b]),
        b=float(weights.b[row]),
        a=a,
        value=float(getattr(trace, name)[t - 1 if gated else t, b, j]),
        slope=float(ACTIVATIONS[function].derivative(np.array([a]))[0]),
        da=_entry(grads.scaled[pre], t - 1, b, j),
        sent=_sent_back(weights.U[row - j : row - j + H], grads, [pre], t, b, j),
    )


def _cell_gradients(trace, grads, place) -> dict[str, Scalar]:
    """∂L/∂c_t and ∂L/∂c_{t−1}, each with the parts that it is the sum of."""
    t, b, j = place
    dc, dh, T = grads.scaled["c"], grads.scaled["h"], len(trace.f)

    def along_highway(s: int) -> Scalar:
        return _times(_entry(dc, s, b, j), trace.f[s - 1, b, j])

    def through_h(s: int) -> Scalar:
        slope = _tanh_slope(trace.c[s, b, j])
        return _times(_entry(dh, s, b, j), trace.o[s - 1, b, j] * slope)

    return {
        "dc": _entry(dc, t, b, j),
        "dc_via_h": through_h(t),
        "dc_next": ZERO if t == T else along_highway(t + 1),
        "dc_sent": along_highway(t),
        "dc_prev": _entry(dc, t - 1, b, j),
        "dc_prev_via_h": ZERO if t == 1 else through_h(t - 1),
    }


def _tanh_slope(c: float) -> float:
    return float(tanh_derivative(np.array([c]))[0])


def _entry(scaled: Scaled, row: int, b: int, j: int) -> Scalar:
    exponent = np.broadcast_to(scaled.exponent, scaled.mantissa.shape[:-1])
    return Scalar(float(scaled.mantissa[row, b, j]), int(exponent[row, b]))


def _times(scalar: Scalar, factor: float) -> Scalar:
    return Scalar(scalar.mantissa * float(factor), scalar.exponent)


@np.errstate(over="ignore", invalid="ignore")
def _sent_back(U: np.ndarray, grads, pre: list[str], t: int, b: int, j: int) -> Scalar:
    """(Uᵀ ∂L/∂a_t)_j, with ∂L/∂a of the gates `pre` stacked as U's rows are."""
    da = np.concatenate([grads.scaled[name].mantissa[t - 1, b] for name in pre])
    return Scalar(float(U[:, j] @ da), _entry(grads.scaled[pre[0]], t - 1, b, j).exponent)
