"""The architectures, one file each, and the calls that pick the right one by its record."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstm_viz.arrays import check_finite, check_room, present, sequences, time_first
from lstm_viz.cells import attention, bilstm, gru, lstm, rnn
from lstm_viz.cells.architecture import Architecture, Chain, record_of, varied
from lstm_viz.cells.base import Cost
from lstm_viz.cells.protocols import Weights
from lstm_viz.cells.stack import STACK, StackWeights
from lstm_viz.cells.told import Weighted
from lstm_viz.errors import Said, ShapeError, shown
from lstm_viz.logscale import Scaled
from lstm_viz.registry import CELLS
from lstm_viz.spec import ModelSpec, check_integer, check_spec

Array = np.ndarray
TRACED = 8  # numbers kept of each unit and step, at the least
RECORDS = (rnn.RNN, lstm.LSTM, gru.GRU, bilstm.BILSTM, attention.ATTENTION)  # as pages list them
CELLS.update({record.name: record for record in RECORDS})


def cell_of(weights: object) -> Architecture:
    """Return the record of the architecture that these weights belong to: the one of their `cell`.

    So two architectures may have weights of one class, and a class may be derived from another's.
    """
    if isinstance(weights, StackWeights):
        return STACK
    record = CELLS.get(getattr(weights, "cell", ""))
    if record is not None and isinstance(weights, record.weights):
        return record_of(weights)
    known = ", ".join(dict.fromkeys(own.weights.__name__ for own in (*CELLS.values(), STACK)))
    raise ShapeError("one-of", name="weights", known=known, got=type(weights).__name__)


def chained() -> tuple[str, ...]:
    """The architectures whose states form one chain through time."""
    return tuple(name for name, record in CELLS.items() if record.chain)


def described(weights: Weights) -> str | Said:
    """Which net these weights are of, for a message: "lstm", "2 layers of lstm"."""
    if not isinstance(weights, StackWeights):
        return weights.cell
    return Said("layers-of", n=len(weights.layers), cell=weights.cell)


def chain_of(weights: Weights) -> Chain:
    """How a gradient goes through the steps; ShapeError for a net that is no chain of steps."""
    found = cell_of(weights).chain
    if found is None:
        known = ", ".join(chained())
        raise ShapeError("one-layer-of", name="weights", known=known, got=described(weights))
    return found


def states_of(weights: Weights) -> tuple[str, ...]:
    """The states that form one chain through time, "h" first; none for a net without such."""
    return cell_of(weights).states


def starts_of(weights: Weights) -> tuple[str, ...]:
    """The states whose initial values `forward` takes; of stacked layers, those of their cell."""
    first = weights.layers[0] if isinstance(weights, StackWeights) else weights
    return cell_of(first).starts or ()


def carrying(weights: Weights) -> str:
    """By what a net's gradient is followed: the state that carries it, "x" without such a chain.

    The carrying state is the one that a step back reaches without a product with U, as its record
    says: "c" of an LSTM, "h" of a GRU; a plain RNN has h alone. A BiLSTM, self-attention
    and stacked layers have no single chain of states; there it is the input.
    """
    return cell_of(weights).carries or "x"


def init_weights(spec: ModelSpec) -> Any:
    """Draw the initial weights that `spec` describes; the same spec gives the same weights."""
    check_room(Said("room-weights"), count_parameters(spec))
    weights = drawn_as(spec).init_weights(spec)
    return weights.drawn_by(spec) if isinstance(weights, Weighted) else weights


def drawn_as(spec: ModelSpec) -> Architecture:
    """The record of its cell, or of a stack of several layers, if the cell has none of its own."""
    record = varied(CELLS[spec.cell], spec.variant)
    return STACK if spec.layers > 1 and not record.own_layers else record


def count_parameters(spec: ModelSpec) -> int:
    """Count the numbers that would be learned, as PyTorch's module of that name counts them."""
    check_spec(spec)
    return drawn_as(spec).count_parameters(spec)


def cost(spec: ModelSpec, T: int) -> Cost:
    """What one forward pass over one sequence of T steps costs, a `cells.base.Cost`."""
    check_spec(spec)
    T = check_integer("T", T, 1)
    return drawn_as(spec).cost(spec, T)


def forward(
    weights: Weights,
    x: Array,
    h0: Array | None = None,
    c0: Array | None = None,
    *,
    initial: Mapping[str, Array] | None = None,
    batch_first: bool | None = None,
    lengths: Array | None = None,
) -> Any:
    """Run the weights' architecture over x (T, B, D) and return its trace.

    Parameters
    ----------
    x : (T, B, D), or (B, T, D) with batch_first=True, as in PyTorch
    h0, c0 : (B, H), the initial states, zero by default; for stacked layers (layers, B, H)
    initial : the same for states of any name, {"n": (B, H)}
    batch_first : how the axes of x are to be read. The trace is time-first either way. Left at
        None, time first is taken, and a BatchFirstWarning given where x has more sequences than
        steps and neither an initial state nor `lengths` confirms their number.
    lengths : (B,), how many steps each sequence of a padded batch has. What x holds after them is
        read by nothing, gradients are 0 there, and `log10_norms` has NaN; a BiLSTM's backward
        direction begins where each sequence ends, as with PyTorch's packed sequences.

    Returns
    -------
    The cell's own trace: its `forward` in lstm_viz/cells says what it holds.

    Raises
    ------
    ShapeError, DTypeError
        If an array does not fit the weights, or holds no numbers.
    NonFiniteError
        If x holds an infinity. (NaN is followed; `failure` of the trace names its step.)
    """
    cell_of(weights)
    states = _by_state(weights, "initial", initial, h=h0, c=c0)
    sure = bool(states) or lengths is not None
    x, lengths = sequences(x, weights.input_size, batch_first, lengths, sure=sure)
    check_room(Said("room-trace"), TRACED * x.shape[0] * x.shape[1] * weights.output_size)
    return run(weights, x, states, lengths)


def _by_state(weights: Weights, name: str, more: Mapping | None, **own: Any) -> dict[str, Any]:
    """What is given for each state; ShapeError if it is given twice, not by name, or for none."""
    given = {state: value for state, value in own.items() if value is not None}
    if more is None:
        return given
    if not isinstance(more, Mapping):
        raise ShapeError("by-state", name=name, got=shown(more))
    for state in more:
        _check_state(weights, f"{name}[{shown(state)}]", state)
    if twice := sorted(given.keys() & more.keys()):
        raise ShapeError("given-twice", name=name, states=", ".join(twice))
    return given | {state: value for state, value in more.items() if value is not None}


def run(
    weights: Weights,
    x: Array,
    initial: Mapping[str, Array] | None = None,
    lengths: Array | None = None,
) -> Any:
    """`forward` for an array (T, B, D) that the library made itself, and that may hold infinity."""
    record = cell_of(weights)
    for name in initial or {}:
        _check_state(weights, f"{name}0", name)
    given = {f"{name}0": value for name, value in (initial or {}).items()}
    if lengths is not None:
        if not record.padding:
            raise ShapeError("reads-padding", name="lengths", cell=repr(weights.cell))
        given["lengths"] = lengths
    return record.forward(weights, x, **given)


def _check_state(weights: Weights, given: str, state: str) -> None:
    if state not in starts_of(weights):
        raise ShapeError("no-such-state", name=given, cell=repr(weights.cell))


def backward(
    weights: Weights,
    trace: Any,
    dh: Array | Scaled,
    dc: Array | Scaled | None = None,
    *,
    direct: Mapping[str, Array | Scaled] | None = None,
    batch_first: bool | None = None,
) -> Any:
    """Backpropagate the direct gradient (T, B, O) of what the net puts out through `trace`.

    Parameters
    ----------
    trace : of `forward` with these weights
    dh : (T, B, O), the direct ∂L/∂h_t of a recurrent cell; all finite
    dc : (T, B, O), the direct ∂L/∂c_t of an LSTM, of stacked layers that of the top one; none by
        default
    direct : the same for states of any name, {"n": (T, B, N)} for one of N numbers
    batch_first : True if dh and dc are (B, T, O). All gradients are time-first either way.

    Returns
    -------
    The architecture's gradients: ∂L/∂x (T, B, D); totals ∂L/∂h and ∂L/∂c (T+1, B, H) and each
    gate's ∂L/∂a (T, B, H) where there are such; ∂L/∂ of the weights and each step's contribution.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the trace is of other weights, or dh or dc does not fit it or is not finite.
    """
    cell_of(weights)
    given = {"h": dh} | _by_state(weights, "direct", direct, h=dh, c=dc)
    lengths = getattr(trace, "lengths", None)
    for name, value in given.items():
        own = entering(f"d{name}", value, batch_first)
        given[name] = without_padding(own, lengths)
    return run_back(weights, trace, given.pop("h"), given)


def without_padding(direct: Array | Scaled, lengths: Array | None) -> Array | Scaled:
    """What enters (T, B, O) with 0 where the sequences have ended."""
    if lengths is None:
        return direct
    plain = direct.mantissa if isinstance(direct, Scaled) else direct
    if plain.ndim != 3 or plain.shape[1] != len(lengths):
        return direct  # the cell will say what is wrong with it
    plain = np.where(present(len(plain), lengths)[..., None], plain, 0)
    return Scaled(plain, direct.exponent) if isinstance(direct, Scaled) else plain


def entering(name: str, value: Array | Scaled, batch_first: bool | None) -> Array | Scaled:
    """Return a direct gradient, plain or with powers of two, time-first and finite."""
    scaled = isinstance(value, Scaled)
    array = time_first(name, value.mantissa if scaled else value, batch_first)
    check_finite(name, array)
    if not scaled:
        return array
    shape = value.shape if value.by_entry else value.shape[:-1]
    exponent = np.broadcast_to(value.exponent, shape)
    return Scaled(array, exponent.swapaxes(0, 1) if batch_first else exponent)


def run_back(
    weights: Weights,
    trace: Any,
    dh: Array | Scaled,
    direct: Mapping[str, Array | Scaled] | None = None,
) -> Any:
    """`backward` for time-first gradients that the library made itself, which may hold NaN.

    direct : what enters states other than the output, by their names
    """
    for name in direct or {}:
        _check_state(weights, f"d{name}", name)
    given = {f"d{name}": value for name, value in (direct or {}).items()}
    return cell_of(weights).backward(weights, trace, dh, **given)
