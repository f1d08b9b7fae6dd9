"""What cells with a chain of states share: what a trace says, and the way back around bptt."""

from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.cells import base, protocols, told
from lstm_viz.cells.architecture import Architecture, record_of
from lstm_viz.cells.bptt import backpropagate
from lstm_viz.cells.protocols import ChainTraceT, GradientsT, WeightsT
from lstm_viz.cells.range import exact
from lstm_viz.logscale import Scaled
from lstm_viz.result import once
from lstm_viz.wide import Wide

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray


class Traced(told.Traced):
    """What the trace of a chain of states has, by the record of its weights."""

    @property
    def output(self: protocols.ChainTrace) -> Array:
        """(T, B, H), what a loss reads: h_1 … h_T."""
        return self.h[1:]

    @once
    def failure(self: protocols.ChainTrace) -> base.Failure | None:
        """Where the states stopped being finite, or None."""
        states = reversed(record_of(self.weights).states)
        return base.find_failure({name: getattr(self, name) for name in states})

    def _values(self: protocols.ChainTrace) -> dict[str, str]:
        names = record_of(self.weights).gate_names
        gates = {name: told.mean_of(getattr(self, name)) for name in names}
        return gates | {"output": told.mean_size(self.output)}

    def _rows(self: protocols.ChainTrace) -> "DataFrame":
        """A table with one row for each step, sequence and unit: gates, or a, and states."""
        from lstm_viz.tables import grid_frame, unpadded

        record, H = record_of(self.weights), self.weights.hidden_size
        columns = {name: getattr(self, name) for name in record.gate_names or ("a",)}
        for name in reversed(record.states):
            columns |= by_unit(name, getattr(self, name)[1:], H)
        return unpadded(grid_frame("step", 1, columns), self.lengths)


def by_unit(name: str, state: Array, H: int) -> dict[str, Array]:
    """A state (T, B, H), or one with d numbers a unit as name_0 … name_d−1, (T, B, H) each.

    One that is not shared out among the units is left out.
    """
    if state.ndim == 3 and state.shape[2] == H:
        return {name: state}
    if state[0, 0].size % H:
        return {}
    each = np.moveaxis(state.reshape(*state.shape[:2], H, -1), -1, 0)
    return {f"{name}_{k}": part for k, part in enumerate(each)}


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def back_through(
    record: Architecture[WeightsT, ChainTraceT, GradientsT],
    weights: WeightsT,
    trace: ChainTraceT,
    dh: Array | Scaled,
    *more: Array | Scaled | None,
) -> tuple[ChainTraceT, dict[str, Scaled], Array | Wide, Array, Scaled]:
    """Go back through a whole trace.

    Parameters
    ----------
    dh, more : (T, B, N), what enters at each step into h and the record's other states, in their
        order; None, or nothing, for none

    Returns
    -------
    full : the trace in numbers that hold its slopes
    scaled : ∂L/∂ of states, x and pre-activations, as `base.Gradients` has them
    rows : (T, B, G·H), ∂L/∂a · 2**−exponent, stacked as `chain.order` says
    exponent : (T, B)
    entering : the direct ∂L/∂h

    Raises
    ------
    ShapeError, DTypeError
        If the trace is of other weights, or what enters does not have the trace's shape.
    """
    base.check_trace(weights, trace, record.trace)
    (T, B, H), dtype = trace.output.shape, trace.h.dtype
    sizes, chain = list(record.sizes(weights).items()), record.chain
    assert chain is not None, "this is the way back of a chain of states"
    entering = base.check_direct("dh", dh, (T, B, sizes[0][1]), dtype)
    given: list[Scaled | None] = [entering, *[None] * (len(sizes) - 1)]
    for k, (value, (name, size)) in enumerate(zip(more, sizes[1:], strict=False), 1):
        if value is not None:
            given[k] = base.check_direct(f"d{name}", value, (T, B, size), dtype)
    full = exact(trace)
    adjoints, da, exponent = backpropagate(record, weights, full, given)
    at_step = exponent[1:]
    rows = da.reshape(T, B, -1)
    W, _ = chain.stacked(weights)
    dx = (rows.reshape(T * B, -1) @ W).reshape(T, B, -1)
    values = {state: (own, exponent) for state, own in zip(record.states, adjoints, strict=True)}
    values |= {"x": (dx, at_step)} | ({} if record.gates else {"a": (da, at_step)})
    order = chain.order or record.gate_names
    for name in record.gate_names:
        k = order.index(name)
        values[f"a_{name}"] = rows[..., k * H : (k + 1) * H], at_step
    kind = entering.mantissa.dtype
    scaled = {name: Scaled.of(*value, kind) for name, value in values.items()}
    return full, scaled, rows, at_step, entering
