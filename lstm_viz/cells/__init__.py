"""The architectures, one file each, and the calls that pick the right one by its record."""

import numpy as np

from lstm_viz.arrays import check_finite, check_room, present, sequences, time_first
from lstm_viz.cells import attention, bilstm, gru, lstm, rnn
from lstm_viz.cells.architecture import Architecture, Chain
from lstm_viz.cells.stack import STACK, StackWeights
from lstm_viz.cells.told import Weighted
from lstm_viz.errors import Said, ShapeError
from lstm_viz.logscale import Scaled
from lstm_viz.registry import CELLS
from lstm_viz.spec import ModelSpec, check_integer, check_spec

Array = np.ndarray
TRACED = 8  # numbers kept of each unit and step, at the least
RECORDS = (rnn.RNN, lstm.LSTM, gru.GRU, bilstm.BILSTM, attention.ATTENTION)  # as pages list them
CELLS.update({record.name: record for record in RECORDS})


def cell_of(weights: object) -> Architecture:
    """Return the record of the architecture that these weights belong to."""
    records = [*CELLS.values(), STACK]
    for record in records:
        if isinstance(weights, record.weights):
            return record
    known = ", ".join(record.weights.__name__ for record in records)
    raise ShapeError("one-of", name="weights", known=known, got=type(weights).__name__)


def chained() -> tuple[str, ...]:
    """The architectures whose states form one chain through time."""
    return tuple(name for name, record in CELLS.items() if record.chain)


def described(weights) -> str | Said:
    """Which net these weights are of, for a message: "lstm", "2 layers of lstm"."""
    if not isinstance(weights, StackWeights):
        return weights.cell
    return Said("layers-of", n=len(weights.layers), cell=weights.cell)


def chain_of(weights) -> Chain:
    """How a gradient goes through the steps; ShapeError for a net that is no chain of steps."""
    found = cell_of(weights).chain
    if found is None:
        known = ", ".join(chained())
        raise ShapeError("one-layer-of", name="weights", known=known, got=described(weights))
    return found


def states_of(weights) -> tuple[str, ...]:
    """The states that form one chain through time, "h" first; none for a net without such."""
    return cell_of(weights).states


def carrying(weights) -> str:
    """By what a net's gradient is followed: the state that carries it, "x" without such a chain.

    The carrying state is the one that a step back reaches without a product with U, as its record
    says: "c" of an LSTM, "h" of a GRU; a plain RNN has h alone. A BiLSTM, self-attention
    and stacked layers have no single chain of states; there it is the input.
    """
    return cell_of(weights).carries or "x"


def init_weights(spec: ModelSpec):
    """Draw the initial weights that `spec` describes; the same spec gives the same weights."""
    check_room(Said("room-weights"), count_parameters(spec))
    weights = drawn_as(spec).init_weights(spec)
    return weights.drawn_by(spec) if isinstance(weights, Weighted) else weights


def drawn_as(spec: ModelSpec) -> Architecture:
    """The record of its cell, or of a stack of several layers, if the cell has none of its own."""
    record = CELLS[spec.cell]
    return STACK if spec.layers > 1 and not record.own_layers else record


def count_parameters(spec: ModelSpec) -> int:
    """Count the numbers that would be learned, as PyTorch's module of that name counts them."""
    check_spec(spec)
    return drawn_as(spec).count_parameters(spec)


def cost(spec: ModelSpec, T: int):
    """What one forward pass over one sequence of T steps costs, a `cells.base.Cost`."""
    check_spec(spec)
    T = check_integer("T", T, 1)
    return drawn_as(spec).cost(spec, T)


def forward(
    weights,
    x: Array,
    h0: Array | None = None,
    c0: Array | None = None,
    *,
    batch_first: bool | None = None,
    lengths: Array | None = None,
):
    """Run the weights' architecture over x (T, B, D) and return its trace.

    Parameters
    ----------
    x : (T, B, D), or (B, T, D) with batch_first=True, as in PyTorch
    h0, c0 : (B, H), the initial states, zero by default; for stacked layers (layers, B, H)
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
    sure = not (h0 is None and c0 is None and lengths is None)
    x, lengths = sequences(x, weights.input_size, batch_first, lengths, sure=sure)
    check_room(Said("room-trace"), TRACED * x.shape[0] * x.shape[1] * weights.output_size)
    return run(weights, x, h0, c0, lengths)


def run(
    weights,
    x: Array,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
):
    """`forward` for an array (T, B, D) that the library made itself, and that may hold infinity."""
    record = cell_of(weights)
    given = {"h0": h0, "c0": c0, "lengths": lengths}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in record.takes:
            code = "reads-padding" if name == "lengths" else "no-such-state"
            raise ShapeError(code, name=name, cell=repr(weights.cell))
    return record.forward(weights, x, **given)


def backward(
    weights,
    trace,
    dh: Array | Scaled,
    dc: Array | Scaled | None = None,
    *,
    batch_first: bool | None = None,
):
    """Backpropagate the direct gradient (T, B, O) of what the net puts out through `trace`.

    Parameters
    ----------
    trace : of `forward` with these weights
    dh : (T, B, O), the direct ∂L/∂h_t of a recurrent cell; all finite
    dc : (T, B, O), the direct ∂L/∂c_t of an LSTM, of stacked layers that of the top one; none by
        default
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
    dh = entering("dh", dh, batch_first)
    dc = None if dc is None else entering("dc", dc, batch_first)
    lengths = getattr(trace, "lengths", None)
    return run_back(weights, trace, *(without_padding(direct, lengths) for direct in (dh, dc)))


def without_padding(direct: Array | Scaled | None, lengths: Array | None) -> Array | Scaled | None:
    """What enters (T, B, O) with 0 where the sequences have ended."""
    if direct is None or lengths is None:
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


def run_back(weights, trace, dh: Array | Scaled, dc: Array | Scaled | None = None):
    """`backward` for a time-first gradient that the library made itself, which may hold NaN."""
    record = cell_of(weights)
    if dc is None:
        return record.backward(weights, trace, dh)
    if "c" not in record.starts:
        raise ShapeError("no-cell-state", name="dc", cell=repr(weights.cell))
    return record.backward(weights, trace, dh, dc)
