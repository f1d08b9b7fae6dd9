"""Long short-term memory: its equations, and the same equations in reverse.

    i_t = σ(W_i x_t + U_i h_{t−1} + b_i)        input gate
    f_t = σ(W_f x_t + U_f h_{t−1} + b_f)        forget gate
    g_t = tanh(W_g x_t + U_g h_{t−1} + b_g)     candidate
    o_t = σ(W_o x_t + U_o h_{t−1} + b_o)        output gate
    c_t = f_t ∘ c_{t−1} + i_t ∘ g_t             cell state
    h_t = o_t ∘ tanh(c_t)                       hidden state

Weights are stacked i, f, g, o, as torch.nn.LSTM has them. Inside this file the gates are stacked
o, i, f, g: the three sigmoids are then one block, and so are the three that get their gradient
through c_t. Nothing is allocated within a step; `out=` names the array that receives the result.
"""

from dataclasses import dataclass

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Again, Architecture, AtRest, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.lstm_again import cancels, is_narrow, recomputed
from lstm_viz.cells.range import exact
from lstm_viz.cells.ways import DIRECT, HIGHWAY, from_step_1, to_step_before
from lstm_viz.cells.weight_gradients import unchecked, weight_gradients
from lstm_viz.initializers import draw
from lstm_viz.logscale import Scaled
from lstm_viz.spec import ModelSpec

Array = np.ndarray
STACK = ("o", "i", "f", "g")
O, I, F, G = range(4)


@dataclass(frozen=True, eq=False, repr=False)
class LSTMWeights(base.Weights):
    """W (4H, D), U (4H, H), b (4H,), rows stacked i, f, g, o."""

    cell = "lstm"
    gates = 4


@dataclass(frozen=True, eq=False, repr=False)
class LSTMTrace(Traced):
    """Every value of a forward pass; row t−1 of x, gates and pre-activations belongs to step t."""

    x: Array  # (T, B, D)
    pre: Array  # (T, B, 4, H) pre-activations a, stacked o, i, f, g
    gates: Array  # (T, B, 4, H) their activations, in the same order
    c: Array  # (T+1, B, H) cell state, row 0 the initial one
    h: Array  # (T+1, B, H) hidden state, row 0 the initial one
    tanh_c: Array  # (T, B, H)
    weights: LSTMWeights  # that it was run with
    lengths: Array | None = None  # (B,) after how many steps a sequence is padding

    o = property(lambda self: self.gates[:, :, O], doc="(T, B, H) output gate")
    i = property(lambda self: self.gates[:, :, I], doc="(T, B, H) input gate")
    f = property(lambda self: self.gates[:, :, F], doc="(T, B, H) forget gate")
    g = property(lambda self: self.gates[:, :, G], doc="(T, B, H) candidate")
    a_o = property(lambda self: self.pre[:, :, O], doc="(T, B, H) pre-activation of o")
    a_i = property(lambda self: self.pre[:, :, I], doc="(T, B, H) pre-activation of i")
    a_f = property(lambda self: self.pre[:, :, F], doc="(T, B, H) pre-activation of f")
    a_g = property(lambda self: self.pre[:, :, G], doc="(T, B, H) pre-activation of g")


@dataclass(frozen=True, eq=False, repr=False)
class LSTMGradients(base.Gradients):
    """∂L/∂ of every quantity of an LSTM's trace."""

    weights: LSTMWeights

    h = true_value("h", "(T+1, B, H) total ∂L/∂h_t")
    c = true_value("c", "(T+1, B, H) total ∂L/∂c_t, the way through h_t of the same step included")
    a_i = true_value("a_i", "(T, B, H) ∂L/∂ the input gate's pre-activation")
    a_f = true_value("a_f", "(T, B, H) ∂L/∂ the forget gate's pre-activation")
    a_g = true_value("a_g", "(T, B, H) ∂L/∂ the candidate's pre-activation")
    a_o = true_value("a_o", "(T, B, H) ∂L/∂ the output gate's pre-activation")


def step(weights: LSTMWeights, x_t: Array, h: Array, c: Array) -> tuple[Array, Array]:
    """One step by the equations: x_t (B, D) and h, c of step t−1 (B, H) → (h_t, c_t)."""
    a_i, a_f, a_g, a_o = np.split(x_t @ weights.W.T + h @ weights.U.T + weights.b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c + i * g
    return o * np.tanh(c), c


def init_weights(spec: ModelSpec, stream: tuple[int, ...] = ()) -> LSTMWeights:
    """Draw initial weights; initializers.py has the laws."""
    return LSTMWeights(*draw(spec, LSTM.gates, stream))


def count_parameters(spec: ModelSpec) -> int:
    """4H (D + H + 2): as torch.nn.LSTM counts, with two biases a gate."""
    return base.count_recurrent(spec, len(LSTM.gates))


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Of T steps, each of which waits for the one before."""
    return base.recurrent_cost(spec, len(LSTM.gates), T)


def stack_rows(matrix: Array) -> Array:
    """Rows i, f, g, o → o, i, f, g."""
    return np.roll(matrix, matrix.shape[0] // 4, axis=0)


def _unstack(matrix: Array) -> Array:
    """Rows o, i, f, g → i, f, g, o."""
    return np.roll(matrix, -(matrix.shape[0] // 4), axis=0)


def forward(
    weights: LSTMWeights,
    x: Array,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
) -> LSTMTrace:
    """Run an LSTM over `x` and keep every intermediate value.

    Parameters
    ----------
    x : (T, B, D)
    h0, c0 : (B, H), the initial states; zero by default
    lengths : (B,), how many steps each sequence has; the rest is padding, where the trace is 0

    Returns
    -------
    LSTMTrace
        Gates (T, B, H); states (T+1, B, H), row 0 the initial state. In the weights' dtype.

    Raises
    ------
    ShapeError, DTypeError
        If an array does not fit the weights, or T is 0.

    References
    ----------
    Gers, Schmidhuber & Cummins (2000). Gate order follows torch.nn.LSTM.
    """
    x = base.check_input(weights, x)
    (T, B, _), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    c0 = base.check_like("c0", c0, (B, H), x.dtype)
    dtype = np.result_type(x, h0, c0, weights.W)
    pre, gates = np.empty((T, B, 4, H), dtype), np.empty((T, B, 4, H), dtype)
    c, h = np.empty((T + 1, B, H), dtype), np.empty((T + 1, B, H), dtype)
    trace = LSTMTrace(x, pre, gates, c, h, np.empty((T, B, H), dtype), weights, lengths)
    h[0], c[0] = h0, c0
    with np.errstate(over="ignore", invalid="ignore"):
        _read_input(weights, trace)
        _run(stack_rows(weights.U), trace)
    base.blank_padding(lengths, pre, gates, c[1:], h[1:], trace.tanh_c)
    return trace


def _read_input(weights: LSTMWeights, trace: LSTMTrace) -> None:
    """Put W x_t + b of all steps into the pre-activations."""
    T, B, D = trace.x.shape
    a = trace.pre.reshape(T * B, -1)
    np.matmul(trace.x.reshape(T * B, D), stack_rows(weights.W).T, out=a)
    a += stack_rows(weights.b)


def _run(U: Array, trace: LSTMTrace) -> None:
    """Step through time, filling `trace`, whose pre-activations hold W x_t + b so far."""
    T, B, _, H = trace.pre.shape
    pre, gates = trace.pre.reshape(T, B, 4 * H), trace.gates.reshape(T, B, 4 * H)
    Uh = np.empty((B, 4 * H), trace.h.dtype)
    i_g = np.empty((B, H), trace.h.dtype)
    steps = zip(
        *(pre, gates[:, :, : G * H], trace.o, trace.i, trace.f, trace.g),
        *(trace.c, trace.h, trace.c[1:], trace.h[1:], trace.tanh_c),
        strict=False,  # c and h have a row more
    )
    for a, o_i_f, o, i, f, g, c_prev, h_prev, c, h, tanh_c in steps:
        np.dot(h_prev, U.T, out=Uh)
        a += Uh  # a = W x_t + U h_{t−1} + b
        sigmoid(a[:, : G * H], out=o_i_f)  # o, i, f = σ(a)
        np.tanh(a[:, G * H :], out=g)  # g = tanh(a_g)
        np.multiply(f, c_prev, out=c)
        np.multiply(i, g, out=i_g)
        c += i_g  # c_t = f ∘ c_{t−1} + i ∘ g
        np.tanh(c, out=tanh_c)
        np.multiply(o, tanh_c, out=h)  # h_t = o ∘ tanh(c_t)


@dataclass(frozen=True, eq=False)
class Slopes:
    """The factors between gradients of one step, for a block of L steps.

    da : (L, B, 4, H) ∂L/∂a = da[o] ∘ ∂L/∂h_t and da[i, f, g] ∘ ∂L/∂c_t
    dc : (L, B, H) what ∂L/∂h_t adds to ∂L/∂c_t, o ∘ tanh'(c)
    f : (L, B, H) what ∂L/∂c_t hands on to ∂L/∂c_{t−1}
    """

    da: Array
    dc: Array
    f: Array


def stacked(weights: LSTMWeights) -> tuple[Array, Array]:
    """W and U in this file's order, as `backward_block` and its result want them."""
    return stack_rows(weights.W), stack_rows(weights.U)


def slopes(weights: LSTMWeights, trace: LSTMTrace, lo: int, hi: int) -> Slopes:
    """Return the factors for the steps lo+1 … hi."""
    o, i, f, g = np.moveaxis(trace.gates[lo:hi], 2, 0)
    pre = trace.pre[lo:hi]
    da = sigmoid_derivative(pre)  # of all four: one contiguous block is faster than three of four
    tanh_derivative(pre[:, :, G], out=da[:, :, G])
    da[:, :, O] *= trace.tanh_c[lo:hi]
    da[:, :, I] *= g
    da[:, :, F] *= trace.c[lo:hi]
    da[:, :, G] *= i
    dc = tanh_derivative(trace.c[lo + 1 : hi + 1])
    dc *= o
    return Slopes(da, dc, f)


def transition(weights: LSTMWeights, trace: LSTMTrace, lo: int, hi: int) -> base.Transition:
    """Return the Jacobians of (h, c) by (h, c) one step before, for the steps lo+1 … hi (B = 1).

    Row j of ∂c_t/∂h_{t−1} is a mixture of the rows j of U_i, U_f and U_g: a product with three
    terms for each j, over all steps at once.
    """
    slope, U = slopes(weights, exact(trace), lo, hi), stack_rows(weights.U)
    L, H = slope.f.shape[0], slope.f.shape[2]
    U = U.reshape(4, H, H)
    da = slope.da[:, 0]  # (L, 4, H)
    dense = np.empty_like(da, shape=(L, 2, H, H))  # of h_t and of c_t
    np.multiply(da[:, O, :, None], U[O], out=dense[:, 0])
    by_unit = da[:, I:].transpose(2, 0, 1).copy()  # (H, L, 3), as BLAS takes it
    np.matmul(by_unit, U[I:].swapaxes(0, 1), out=dense[:, 1].swapaxes(0, 1))
    return base.Transition(dense.reshape(L, 2 * H, H), slope.dc[:, 0], slope.f[:, 0]).in_floats()


def log_det(weights: LSTMWeights, trace: LSTMTrace, lo: int, hi: int) -> Array:
    """ln |det ∂(h, c)_t/∂(h, c)_{t−1}| of the steps lo+1 … hi (B = 1), (L,).

    With c_t held fixed, which changes no determinant, h_t does not depend on c_{t−1}: what is left
    is Σ ln |∂h/∂a_o| + ln |det U_o| + Σ ln f.
    """
    slope, U_o = slopes(weights, exact(trace), lo, hi), stack_rows(weights.U)[: weights.hidden_size]
    by_unit = base.log_abs(slope.da[:, 0, O]) + base.log_abs(slope.f[:, 0])
    return by_unit.sum(axis=1) + base.log_abs_det(U_o)


def backward_block(
    U: Array,
    slope: Slopes,
    adjoints: list[Array],
    direct: list[Array | None],
    da: Array | None = None,
) -> Array:
    """Backpropagate through a block of L steps, last step first.

    Parameters
    ----------
    U : (4H, H), stacked o, i, f, g
    adjoints : dh, dc, each (L+1, B, H); the last row is what comes from later steps
    direct : what enters at each step into h and c, each (L, B, H) or None
    da : (L, B, 4, H), receives ∂L/∂a if given

    Returns
    -------
    (B, 4H), ∂L/∂a of the block's first step, stacked o, i, f, g.
    """
    (dh, dc), (dh_in, dc_in) = adjoints, direct
    L, B, H = slope.dc.shape[0], *dh.shape[1:]
    through_h = np.empty_like(dh[0])
    da_t = np.empty_like(dh, shape=(B, 4, H))
    for t in reversed(range(L)):
        dh_t, dc_t = dh[t + 1], dc[t + 1]
        da_t = da_t if da is None else da[t]
        if dh_in is not None:
            dh_t += dh_in[t]
        if dc_in is not None:
            dc_t += dc_in[t]
        np.multiply(slope.dc[t], dh_t, out=through_h)
        dc_t += through_h  # ∂L/∂c_t += ∂L/∂h_t ∘ o ∘ tanh'(c_t)
        np.multiply(slope.da[t, :, O], dh_t, out=da_t[:, O])
        np.multiply(slope.da[t, :, I:], dc_t[:, None], out=da_t[:, I:])
        np.dot(da_t.reshape(B, 4 * H), U, out=dh[t])  # ∂L/∂h_{t−1} = Uᵀ ∂L/∂a_t
        np.multiply(slope.f[t], dc_t, out=dc[t])  # ∂L/∂c_{t−1} = f ∘ ∂L/∂c_t
    return da_t.reshape(B, 4 * H)


def backward(
    weights: LSTMWeights, trace: LSTMTrace, dh: Array | Scaled, dc: Array | Scaled | None = None
) -> LSTMGradients:
    """Backpropagate through time and keep the gradient of every intermediate value.

    Parameters
    ----------
    dh : (T, B, H), the direct ∂L/∂h_t, an array or `Scaled`
    dc : (T, B, H), the direct ∂L/∂c_t, for a loss that reads the cell state; none by default

    Returns
    -------
    LSTMGradients
        Exact at any magnitude: what float64 cannot hold is in `scaled` and in `log10_norms`.

    Raises
    ------
    ShapeError, DTypeError
        If dh or dc does not have the trace's shape.

    References
    ----------
    Hochreiter & Schmidhuber (1997), without their truncation; Gers et al. (2000).
    """
    full, scaled, rows, exponent, direct = back_through(LSTM, weights, trace, dh, dc)
    sums, log10_step = weight_gradients(rows, exponent, full.x, full.h[:-1])
    own = unchecked(weights, **{name: _unstack(value) for name, value in sums.items()})
    return LSTMGradients(scaled, direct, own, log10_step, trace.lengths)


@np.errstate(over="ignore")
def at_rest(weights: LSTMWeights) -> tuple[Array, Array, Array]:
    """f, i ∘ o and U_g at h = c = 0 without input."""
    i, f, _, o = sigmoid(weights.b.astype(float).reshape(4, -1))
    return f, i * o, np.split(weights.U.astype(float), 4)[2]


def paths(
    weights: LSTMWeights, trace: LSTMTrace, gradients: LSTMGradients, dc: Scaled | None
) -> dict[str, Scaled]:
    """Of what arrives at c_t, the part along each path, (T+1, B, H).

    highway     ∂L/∂c_{t+1} ∘ f_{t+1}
    i, f, g, o  (U_kᵀ ∂L/∂a_k) ∘ o_t ∘ tanh'(c_t)     through h_t and gate k of step t+1
    direct      what the loss puts in at step t itself, into h_t or c_t
    """
    scaled = gradients.scaled
    into_c = tanh_derivative(trace.c)  # what ∂L/∂h_t adds to ∂L/∂c_t, for t ≥ 1
    into_c[1:] *= trace.o
    into_c[0] = 0
    parts = {HIGHWAY: to_step_before(scaled["c"][1:] * trace.f)}
    for name, U in zip(LSTM.gate_names, np.split(weights.U, 4), strict=True):
        parts[name] = to_step_before(scaled[f"a_{name}"] @ U) * into_c
    direct = gradients.entering * into_c[1:]
    if dc is not None:
        direct = direct + dc
    return parts | {DIRECT: from_step_1(direct)}


LSTM = Architecture(
    name="lstm",
    weights=LSTMWeights,
    trace=LSTMTrace,
    gradients=LSTMGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    gates=(Gate("i", "writes"), Gate("f", "keeps"), Gate("g", "candidate"), Gate("o", "reads")),
    step=step,
    states=("h", "c"),
    carries="c",
    chain=Chain(
        slopes=slopes,
        backward_block=backward_block,
        transition=transition,
        log_det=log_det,
        stacked=stacked,
        order=STACK,
        # up to this |a|, what cancels in c loses no more than 5 digits
        again=Again(12, is_narrow, cancels, recomputed),
    ),
    rest=AtRest(at_rest, "f + i·o·g"),
    theory=("product", "half_life", "rest"),
    paths=paths,
    padding=True,
)
