"""Bidirectional LSTM: two LSTMs, one of which reads the sequence from its end.

    h→_t = LSTM→(x_1 … x_t)        h←_t = LSTM←(x_T … x_t)        output_t = (h→_t, h←_t)

Both ends of the sequence are thus one step away from some state, and no state has read all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.arrays import turned
from lstm_viz.cells import base, lstm, told
from lstm_viz.cells.architecture import Architecture
from lstm_viz.cells.lstm import LSTMGradients, LSTMTrace, LSTMWeights
from lstm_viz.cells.weight_gradients import weight_gradients
from lstm_viz.errors import ShapeError
from lstm_viz.logscale import Scaled
from lstm_viz.result import once
from lstm_viz.spec import ModelSpec

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
DIRECTIONS = 2


@dataclass(frozen=True, eq=False, repr=False)
class BiLSTMWeights(told.Weighted):
    """An LSTM's weights for each direction, of the same sizes."""

    forward: LSTMWeights
    backward: LSTMWeights
    cell = "bilstm"

    def __post_init__(self) -> None:
        for name in ("forward", "backward"):
            if not isinstance(own := getattr(self, name), LSTMWeights):
                raise ShapeError("of-type", name=name, kind="LSTMWeights", got=type(own).__name__)
        sizes = [(own.input_size, own.hidden_size) for own in (self.forward, self.backward)]
        if sizes[0] != sizes[1]:
            raise ShapeError("other-sizes", one=sizes[0], other=sizes[1])

    @property
    def input_size(self) -> int:
        """D"""
        return self.forward.input_size

    @property
    def hidden_size(self) -> int:
        """H, of each direction"""
        return self.forward.hidden_size

    @property
    def output_size(self) -> int:
        """2H"""
        return 2 * self.hidden_size

    def sizes(self) -> dict[str, object]:
        return self.forward.sizes() | {"cell": self.cell}

    def parts(self) -> Mapping[str, told.Weighted]:
        return {"forward": self.forward, "backward": self.backward}

    def arrays(self) -> dict[str, Array]:
        ways = self.parts().items()
        return {f"{n}_{way}": a for way, own in ways for n, a in own.arrays().items()}


@dataclass(frozen=True, eq=False, repr=False)
class BiLSTMTrace(told.Traced):
    """Each direction's trace in the order in which it ran.

    `backward` begins at step T, or where a sequence of a padded batch ends.
    """

    forward: LSTMTrace
    backward: LSTMTrace

    @property
    def x(self) -> Array:
        """(T, B, D)"""
        return self.forward.x

    @property
    def weights(self) -> BiLSTMWeights:
        return BiLSTMWeights(self.forward.weights, self.backward.weights)

    @once
    def output(self) -> Array:
        """(T, B, 2H), what a loss reads: h→_t, then h←_t."""
        late = turned(self.backward.output, self.lengths)
        return np.concatenate([self.forward.output, late], axis=-1)

    @property
    def lengths(self) -> Array | None:
        """(B,) after how many steps a sequence is padding, or None."""
        return self.forward.lengths

    @once
    def failure(self) -> base.Failure | None:
        """The earliest step at which a direction's states are not finite, or None."""
        found, late, T = self.forward.failure, self.backward.failure, len(self.x)
        if late:
            T = T if self.lengths is None else int(self.lengths[late.sequence])
            late = replace(late, step=T + 1 - late.step if late.step else T)
        return min(filter(None, (found, late)), key=lambda failure: failure.step, default=None)

    def _rows(self) -> "DataFrame":
        """One row for each step, sequence, unit and direction: i, f, g, o, c, h."""
        from lstm_viz.tables import concatenate

        late = self.backward._rows()
        ends = len(self.x) if self.lengths is None else self.lengths[late["sequence"]]
        late["step"] = ends + 1 - late["step"]
        return concatenate(
            [self.forward._rows().assign(direction="forward"), late.assign(direction="backward")]
        )


@dataclass(frozen=True, eq=False, repr=False)
class BiLSTMGradients(base.LossGradients):
    """Each direction's gradients in the order in which it ran, and together in that of time.

    scaled : "x", and each direction's other quantities: "h_forward", "a_f_backward" … Row t−1 of
        those of the backward LSTM belongs to step t; its states have their initial one in row T.
    entering : (T, B, 2H), the direct gradient of the output
    weights, log10_step : as in cells.base.Gradients
    """

    forward: LSTMGradients
    backward: LSTMGradients
    entering: Scaled
    weights: BiLSTMWeights

    @property
    def lengths(self) -> Array | None:
        """(B,) as in the trace, or None"""
        return self.forward.lengths

    def _first_step(self, name: str, count: int) -> int:
        """The backward LSTM's first row is of step 1, its initial state in row T."""
        return 1 if name.endswith("_backward") else super()._first_step(name, count)

    @once
    def scaled(self) -> Mapping[str, Scaled]:
        early, late = self.forward.scaled, self.backward.scaled
        late = {name: _turned(value, self.lengths, name) for name, value in late.items()}
        both = {"x": early["x"] + late["x"]}
        both |= {f"{name}_forward": value for name, value in early.items() if name != "x"}
        return both | {f"{name}_backward": value for name, value in late.items() if name != "x"}

    @once
    def log10_step(self) -> Mapping[str, Array]:
        """As in cells.base.Gradients, in the order of time."""
        early = {f"{name}_forward": v for name, v in self.forward.log10_step.items()}
        late = {f"{name}_backward": v[::-1] for name, v in self.backward.log10_step.items()}
        return early | late


def _turned(value: Scaled, lengths: Array | None, name: str = "x") -> Scaled:
    """Rows of the backward LSTM in the order of time, or the other way round."""
    if lengths is not None and name in lstm.LSTM.states:
        lengths = lengths + 1  # the initial state is a row too
    return turned(value, lengths)


def init_weights(spec: ModelSpec, stream: tuple[int, ...] = ()) -> BiLSTMWeights:
    """Draw both directions; the forward one is the LSTM of the same specification."""
    late = lstm.init_weights(spec, (*stream, 1) if stream else (0, 1))
    return BiLSTMWeights(lstm.init_weights(spec, stream), late)


def count_parameters(spec: ModelSpec) -> int:
    """8H (D + H + 2): as torch.nn.LSTM(bidirectional=True) counts."""
    return DIRECTIONS * lstm.count_parameters(spec)


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Twice an LSTM's operations; the directions need not wait for each other."""
    one = lstm.cost(spec, T)
    return base.Cost(DIRECTIONS * one.operations, T, T, DIRECTIONS * one.kept)


def forward(
    weights: BiLSTMWeights,
    x: Array,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
) -> BiLSTMTrace:
    """Run both directions over x (T, B, D).

    h0, c0 : (2, B, H), the initial states of the forward and the backward LSTM; zero by default.
    The latter stands after step T.
    lengths : (B,), how many steps each sequence has; the rest is padding, and the backward LSTM
    begins where a sequence ends, as with torch.nn.utils.rnn.pack_padded_sequence.

    References
    ----------
    Schuster & Paliwal (1997); Graves & Schmidhuber (2005).
    """
    x = base.check_input(weights.forward, x)
    shape = (DIRECTIONS, x.shape[1], weights.hidden_size)
    h0, c0 = (base.check_like(n, s, shape, x.dtype) for n, s in (("h0", h0), ("c0", c0)))
    early = lstm.forward(weights.forward, x, h0[0], c0[0], lengths)
    late = lstm.forward(weights.backward, turned(x, lengths), h0[1], c0[1], lengths)
    return BiLSTMTrace(early, late)


def backward(
    weights: BiLSTMWeights, trace: BiLSTMTrace, dh: Array | Scaled, dc: Array | Scaled | None = None
) -> BiLSTMGradients:
    """Backpropagate the direct gradient (T, B, 2H) of the output through both directions.

    dc : (T, B, 2H), the direct gradient of both cell states of a step, side by side as in the
        output; none by default
    """
    if not isinstance(trace, BiLSTMTrace):
        raise ShapeError("of-type", name="trace", kind="BiLSTMTrace", got=type(trace).__name__)
    given = [base.check_direct("dh", dh, trace.output.shape, trace.output.dtype)]
    if dc is not None:
        given.append(base.check_direct("dc", dc, trace.output.shape, trace.output.dtype))
    H = weights.hidden_size
    early, late = (
        [one.entries(half) for one in given] for half in (slice(None, H), slice(H, None))
    )
    lengths = trace.lengths
    first = lstm.backward(weights.forward, trace.forward, *early)
    turned_round = (_turned(one, lengths) for one in late)
    second = lstm.backward(weights.backward, trace.backward, *turned_round)
    own = BiLSTMWeights(first.weights, second.weights).drawn_by(weights.spec)
    if lengths is not None:
        second = replace(second, log10_step=_log10_step(trace.backward, second))
    return BiLSTMGradients(first, second, given[0], own)


def _log10_step(trace: LSTMTrace, gradients: LSTMGradients) -> dict[str, Array]:
    """log10 norms of what each step contributes to the backward LSTM's weights, T first.

    In a padded batch the sequences run through one step of time at different steps of their own.
    """
    da = np.concatenate(
        [gradients.scaled[f"a_{name}"].wide for name in lstm.LSTM.gate_names], axis=-1
    )
    exponent = np.zeros(da.shape[:2], np.int64)
    ordered = [turned(a, trace.lengths) for a in (da, exponent, trace.x, trace.h[:-1])]
    return {name: v[::-1] for name, v in weight_gradients(*ordered)[1].items()}


BILSTM = Architecture(
    name="bilstm",
    weights=BiLSTMWeights,
    trace=BiLSTMTrace,
    gradients=BiLSTMGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    gates=lstm.LSTM.gates,
    starts=lstm.LSTM.states,
    padding=True,
    directions=DIRECTIONS,
)
