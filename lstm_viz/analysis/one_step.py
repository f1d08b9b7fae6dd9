"""Every number of one step and one unit of a cell: what flows forward, and what comes back.

A run's arrays go in, a frozen record of scalars comes out. The GRU's is in gru_step.py.
"""

from dataclasses import dataclass

from lstm_viz.activations import tanh_derivative
from lstm_viz.analysis.step_record import (
    ZERO,
    Neuron,
    Place,
    Scalar,
    Step,
    check_place,
    entry,
    number,
    read_neuron,
    sent_back,
    shared,
    times,
)
from lstm_viz.cells.lstm import LSTM, LSTMGradients, LSTMTrace, LSTMWeights
from lstm_viz.cells.range import exact
from lstm_viz.cells.rnn import RNN, RNNGradients, RNNTrace, RNNWeights

LSTM_PHI = {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"}
LSTM_ROWS = tuple(LSTM_PHI)  # the order of the weights' row blocks


@dataclass(frozen=True, repr=False)
class LSTMStep(Step):
    """Step t of one unit of an LSTM.

    slope_c : tanh'(c_t)
    dc : ∂L/∂c_t = dc_via_h + dc_next, with dc_via_h = ∂L/∂h_t · o · tanh'(c_t) and
        dc_next = ∂L/∂c_{t+1} · f_{t+1}
    dc_prev : ∂L/∂c_{t−1} = dc_sent + dc_prev_via_h, with dc_sent = ∂L/∂c_t · f_t; the second part
        comes through h_{t−1} (0 for the initial state)
    """

    cell = LSTM.name
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


@dataclass(frozen=True, repr=False)
class RNNStep(Step):
    """Step t of one unit of a plain RNN: h_t is `neuron`'s value."""

    cell = RNN.name
    neuron: Neuron


def lstm_step(
    weights: LSTMWeights,
    trace: LSTMTrace,
    grads: LSTMGradients,
    step: int,
    unit: int,
    sequence: int = 0,
) -> LSTMStep:
    """Return every number of step t = `step` (1 … T) of one unit (from 0) of an LSTM.

    The loss is one that reads h: a direct ∂L/∂c_t given to `backward` is in dc, not in its parts.

    Raises
    ------
    SpecError
        If step, unit or sequence lies outside the run; the message has the range.
    """
    t, b, j = check_place(trace, step, unit, sequence)
    da, H = [grads.scaled[f"a_{k}"] for k in LSTM_ROWS], trace.h.shape[-1]
    i, f, g, o = (
        read_neuron(weights, trace, grads, k, LSTM_PHI[k], (t, b, j), row * H)
        for row, k in enumerate(LSTM_ROWS)
    )
    full = exact(trace)
    return LSTMStep(
        **shared(trace, grads, lambda s: sent_back(weights.U, da, s, b, j), (t, b, j)),
        i=i,
        f=f,
        g=g,
        o=o,
        h=number(full.h[t, b, j]),
        h_prev=number(full.h[t - 1, b, j]),
        c=number(full.c[t, b, j]),
        c_prev=number(full.c[t - 1, b, j]),
        tanh_c=number(full.tanh_c[t - 1, b, j]),
        slope_c=number(tanh_derivative(full.c[t, b, j, None])[0]),
        **_cell_gradients(full, grads, (t, b, j)),
    )


def rnn_step(
    weights: RNNWeights,
    trace: RNNTrace,
    grads: RNNGradients,
    step: int,
    unit: int,
    sequence: int = 0,
) -> RNNStep:
    """Return every number of step t = `step` (1 … T) of one unit (from 0) of a plain RNN.

    Raises
    ------
    SpecError
        If step, unit or sequence lies outside the run; the message has the range.
    """
    t, b, j = check_place(trace, step, unit, sequence)
    da = [grads.scaled["a"]]
    return RNNStep(
        **shared(trace, grads, lambda s: sent_back(weights.U, da, s, b, j), (t, b, j)),
        neuron=read_neuron(weights, trace, grads, "h", weights.activation, (t, b, j), row=0),
        h=number(exact(trace).h[t, b, j]),
        h_prev=number(exact(trace).h[t - 1, b, j]),
    )


def _cell_gradients(trace: LSTMTrace, grads: LSTMGradients, place: Place) -> dict:
    """∂L/∂c_t and ∂L/∂c_{t−1}, each with the parts that it is the sum of."""
    t, b, j = place
    dc, dh, T = grads.scaled["c"], grads.scaled["h"], len(trace.f)

    def along_highway(s: int) -> Scalar:
        return times(entry(dc, s, b, j), number(trace.f[s - 1, b, j]))

    def through_h(s: int) -> Scalar:
        slope = tanh_derivative(trace.c[s, b, j, None])[0]
        return times(entry(dh, s, b, j), number(trace.o[s - 1, b, j] * slope))

    return {
        "dc": entry(dc, t, b, j),
        "dc_via_h": through_h(t),
        "dc_next": ZERO if t == T else along_highway(t + 1),
        "dc_sent": along_highway(t),
        "dc_prev": entry(dc, t - 1, b, j),
        "dc_prev_via_h": ZERO if t == 1 else through_h(t - 1),
    }
