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
from functools import cached_property

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.base import true_value
from lstm_viz.cells.bptt import backprop_through_time
from lstm_viz.cells.weight_gradients import unchecked, weight_gradients
from lstm_viz.initializers import draw
from lstm_viz.logscale import Scaled
from lstm_viz.spec import ModelSpec

Array = np.ndarray
GATES = ("i", "f", "g", "o")
STACK = ("o", "i", "f", "g")
O, I, F, G = range(4)


@dataclass(frozen=True, eq=False)
class LSTMWeights(base.Weights):
    """W (4H, D), U (4H, H), b (4H,), rows stacked i, f, g, o."""

    cell = "lstm"
    gates = len(GATES)


@dataclass(frozen=True, eq=False)
class LSTMTrace:
    """Every value of a forward pass; row t−1 of x, gates and pre-activations belongs to step t."""

    x: Array  # (T, B, D)
    pre: Array  # (4, T, B, H) pre-activations a, stacked o, i, f, g
    gates: Array  # (4, T, B, H) their activations, in the same order
    c: Array  # (T+1, B, H) cell state, row 0 the initial one
    h: Array  # (T+1, B, H) hidden state, row 0 the initial one
    tanh_c: Array  # (T, B, H)

    o = property(lambda self: self.gates[O], doc="(T, B, H) output gate")
    i = property(lambda self: self.gates[I], doc="(T, B, H) input gate")
    f = property(lambda self: self.gates[F], doc="(T, B, H) forget gate")
    g = property(lambda self: self.gates[G], doc="(T, B, H) candidate")
    a_o = property(lambda self: self.pre[O], doc="(T, B, H) pre-activation of o")
    a_i = property(lambda self: self.pre[I], doc="(T, B, H) pre-activation of i")
    a_f = property(lambda self: self.pre[F], doc="(T, B, H) pre-activation of f")
    a_g = property(lambda self: self.pre[G], doc="(T, B, H) pre-activation of g")

    @cached_property
    def failure(self) -> base.Failure | None:
        """Where the states stopped being finite, or None."""
        return base.find_failure({"c": self.c, "h": self.h})

    def to_frame(self):
        """A table with one row for each step, sequence and unit: i, f, g, o, c, h."""
        from lstm_viz.tables import grid_frame

        columns = {name: getattr(self, name) for name in GATES}
        return grid_frame("step", 1, {**columns, "c": self.c[1:], "h": self.h[1:]})


@dataclass(frozen=True, eq=False)
class LSTMGradients(base.Gradients):
    """∂L/∂ of every quantity of an LSTM's trace."""

    h = true_value("h", "(T+1, B, H) total ∂L/∂h_t")
    c = true_value("c", "(T+1, B, H) total ∂L/∂c_t, the way through h_t of the same step included")
    x = true_value("x", "(T, B, D) ∂L/∂x_t")
    a_i = true_value("a_i", "(T, B, H) ∂L/∂ the input gate's pre-activation")
    a_f = true_value("a_f", "(T, B, H) ∂L/∂ the forget gate's pre-activation")
    a_g = true_value("a_g", "(T, B, H) ∂L/∂ the candidate's pre-activation")
    a_o = true_value("a_o", "(T, B, H) ∂L/∂ the output gate's pre-activation")


Weights = LSTMWeights
STATES = ("h", "c")


def init_weights(spec: ModelSpec) -> LSTMWeights:
    """Draw initial weights; initializers.py has the laws."""
    return LSTMWeights(*draw(spec, GATES))


def _restack(matrix: Array) -> Array:
    """Rows i, f, g, o → o, i, f, g."""
    i, f, g, o = np.split(matrix, 4)
    return np.concatenate([o, i, f, g])


def forward(weights: LSTMWeights, x: Array, h0: Array | None = None, c0: Array | None = None):
    """Run an LSTM over `x` and keep every intermediate value.

    Parameters
    ----------
    x : (T, B, D)
    h0, c0 : (B, H), the initial states; zero by default

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
    pre, gates = np.empty((4, T, B, H), dtype), np.empty((4, T, B, H), dtype)
    c, h = np.empty((T + 1, B, H), dtype), np.empty((T + 1, B, H), dtype)
    trace = LSTMTrace(x, pre, gates, c, h, np.empty((T, B, H), dtype))
    h[0], c[0] = h0, c0
    with np.errstate(over="ignore", invalid="ignore"):
        _read_input(weights, trace)
        _run(_restack(weights.U), trace)
    return trace


def _read_input(weights: LSTMWeights, trace: LSTMTrace) -> None:
    """Put W x_t + b of all steps into the pre-activations."""
    (T, B, D), W, b = trace.x.shape, _restack(weights.W), _restack(weights.b)
    for a, W_gate, b_gate in zip(trace.pre, np.split(W, 4), np.split(b, 4), strict=True):
        np.add((trace.x.reshape(T * B, D) @ W_gate.T).reshape(T, B, -1), b_gate, out=a)


def _run(U: Array, trace: LSTMTrace) -> None:
    """Step through time, filling `trace`, whose pre-activations hold W x_t + b so far."""
    B, H = trace.h.shape[1:]
    Uh = np.empty((B, 4 * H), trace.h.dtype)
    Uh_gates = Uh.reshape(B, 4, H).swapaxes(0, 1)  # the same memory, (4, B, H)
    i_g = np.empty((B, H), trace.h.dtype)
    steps = zip(
        *(trace.pre.swapaxes(0, 1), trace.gates[:G].swapaxes(0, 1), *trace.gates),
        *(trace.c, trace.h, trace.c[1:], trace.h[1:], trace.tanh_c),
        strict=False,  # c and h have a row more
    )
    for a, o_i_f, o, i, f, g, c_prev, h_prev, c, h, tanh_c in steps:
        np.dot(h_prev, U.T, out=Uh)
        a += Uh_gates  # a = W x_t + U h_{t−1} + b
        sigmoid(a[:G], out=o_i_f)  # o, i, f = σ(a)
        np.tanh(a[G], out=g)  # g = tanh(a_g)
        np.multiply(f, c_prev, out=c)
        np.multiply(i, g, out=i_g)
        c += i_g  # c_t = f ∘ c_{t−1} + i ∘ g
        np.tanh(c, out=tanh_c)
        np.multiply(o, tanh_c, out=h)  # h_t = o ∘ tanh(c_t)


@dataclass(frozen=True, eq=False)
class Slopes:
    """The factors between gradients of one step, for a block of L steps.

    da : (4, L, B, H) ∂L/∂a = da[o] ∘ ∂L/∂h_t and da[i, f, g] ∘ ∂L/∂c_t
    dc : (L, B, H) what ∂L/∂h_t adds to ∂L/∂c_t, o ∘ tanh'(c)
    f : (L, B, H) what ∂L/∂c_t hands on to ∂L/∂c_{t−1}
    """

    da: Array
    dc: Array
    f: Array


def stacked(weights: LSTMWeights) -> tuple[Array, Array]:
    """W and U in this file's order, as `backward_block` and its result want them."""
    return _restack(weights.W), _restack(weights.U)


def slopes(weights: LSTMWeights, trace: LSTMTrace, lo: int, hi: int) -> Slopes:
    """Return the factors for the steps lo+1 … hi."""
    o, i, f, g = trace.gates[:, lo:hi]
    da = np.empty_like(trace.pre[:, lo:hi])
    sigmoid_derivative(trace.pre[:G, lo:hi], out=da[:G])
    tanh_derivative(trace.pre[G, lo:hi], out=da[G])
    da[O] *= trace.tanh_c[lo:hi]
    da[I] *= g
    da[F] *= trace.c[lo:hi]
    da[G] *= i
    dc = tanh_derivative(trace.c[lo + 1 : hi + 1])
    dc *= o
    return Slopes(da, dc, f)


def backward_block(U: Array, slope: Slopes, adjoints, direct, da: Array | None = None) -> Array:
    """Backpropagate through a block of L steps, last step first.

    Parameters
    ----------
    U : (4H, H), stacked o, i, f, g
    adjoints : dh, dc, each (L+1, B, H); the last row is what comes from later steps
    direct : what enters at each step into h and c, each (L, B, H) or None
    da : (4, L, B, H), receives ∂L/∂a if given

    Returns
    -------
    (B, 4H), ∂L/∂a of the block's first step, stacked o, i, f, g.
    """
    (dh, dc), (dh_in, dc_in) = adjoints, direct
    L, B, H = slope.dc.shape[0], *dh.shape[1:]
    flat = np.empty((B, 4 * H), dh.dtype)
    da_t = flat.reshape(B, 4, H).swapaxes(0, 1)  # the same memory, (4, B, H)
    da_o, da_ifg = da_t[O], da_t[I:]
    through_h = np.empty((B, H), dh.dtype)
    for t in reversed(range(L)):
        dh_t, dc_t = dh[t + 1], dc[t + 1]
        if dh_in is not None:
            dh_t += dh_in[t]
        if dc_in is not None:
            dc_t += dc_in[t]
        np.multiply(slope.dc[t], dh_t, out=through_h)
        dc_t += through_h  # ∂L/∂c_t += ∂L/∂h_t ∘ o ∘ tanh'(c_t)
        np.multiply(slope.da[O, t], dh_t, out=da_o)
        np.multiply(slope.da[I:, t], dc_t, out=da_ifg)
        if da is not None:
            da[:, t] = da_t
        np.dot(flat, U, out=dh[t])  # ∂L/∂h_{t−1} = Uᵀ ∂L/∂a_t
        np.multiply(slope.f[t], dc_t, out=dc[t])  # ∂L/∂c_{t−1} = f ∘ ∂L/∂c_t
    return flat


def backward(weights: LSTMWeights, trace: LSTMTrace, dh: Array, dc: Array | None = None):
    """Backpropagate through time and keep the gradient of every intermediate value.

    Parameters
    ----------
    dh : (T, B, H), the direct ∂L/∂h_t
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
    base.check_trace(weights, trace, LSTMTrace)
    shape, dtype = trace.tanh_c.shape, trace.h.dtype
    direct = [base.check_like("dh", dh, shape, dtype), None]
    if dc is not None:
        direct[1] = base.check_like("dc", dc, shape, dtype)
    adjoints = [np.empty_like(trace.h), np.empty_like(trace.c)]
    adjoints[0][-1] = adjoints[1][-1] = 0
    da = np.empty_like(trace.pre)
    U = np.ascontiguousarray(_restack(weights.U).T).T  # as BLAS likes it in flat @ U

    def run_block(lo, hi, rows, entering):
        backward_block(U, slopes(weights, trace, lo, hi), rows, entering, da[:, lo:hi])

    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        exponent = np.zeros((len(trace.h), shape[1]), np.int64)
        backprop_through_time(run_block, adjoints, direct, exponent)
        return _gradients(weights, trace, adjoints, da, exponent, direct[0])


def _gradients(weights, trace, adjoints, da, exponent, direct) -> LSTMGradients:
    (T, B, H), W = trace.tanh_c.shape, np.split(_restack(weights.W), 4)
    dx = np.zeros((T * B, weights.input_size), da.dtype)
    for da_k, W_k in zip(da, W, strict=True):
        dx += da_k.reshape(T * B, H) @ W_k
    at_step = exponent[1:]
    scaled = {"h": Scaled(adjoints[0], exponent), "c": Scaled(adjoints[1], exponent)}
    scaled["x"] = Scaled(dx.reshape(T, B, -1), at_step)
    scaled |= {f"a_{name}": Scaled(da[STACK.index(name)], at_step) for name in GATES}
    sums, log10_step = weight_gradients(da, at_step, trace.x, trace.h[:-1], order=(I, F, G, O))
    return LSTMGradients(scaled, direct, unchecked(weights, **sums), log10_step)
