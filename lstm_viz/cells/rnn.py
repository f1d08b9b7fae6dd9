"""The plain (Elman) recurrent network: its equations, and the same equations in reverse.

a_t = W x_t + U h_{t−1} + b        pre-activation
h_t = φ(a_t)                       hidden state; φ is tanh, ReLU, σ or the identity
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Again, Architecture, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.range import exact, fits, lost
from lstm_viz.cells.weight_gradients import unchecked, weight_gradients
from lstm_viz.initializers import draw
from lstm_viz.logscale import Scaled
from lstm_viz.spec import ModelSpec, check_name

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class RNNWeights(base.Weights):
    """W (H, D), U (H, H), b (H,) and the name of φ."""

    activation: str = "tanh"
    cell = "rnn"
    gates = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("activation", self.activation, tuple(ACTIVATIONS))

    def sizes(self) -> dict[str, object]:
        return super().sizes() | {"activation": self.activation}


@dataclass(frozen=True, eq=False, repr=False)
class RNNTrace(Traced):
    """Every value of a forward pass; row t−1 of x and a belongs to step t."""

    x: Array  # (T, B, D)
    a: Array  # (T, B, H) pre-activation
    h: Array  # (T+1, B, H) hidden state, row 0 the initial one
    weights: RNNWeights  # that it was run with
    lengths: Array | None = None  # (B,) after how many steps a sequence is padding

    @property
    def pre(self) -> Array:
        """(T, B, H) pre-activation"""
        return self.a


@dataclass(frozen=True, eq=False, repr=False)
class RNNGradients(base.Gradients):
    """∂L/∂ of every quantity of a plain RNN's trace."""

    h = true_value("h", "(T+1, B, H) total ∂L/∂h_t")
    a = true_value("a", "(T, B, H) ∂L/∂ the pre-activation")


CURVES = {"tanh": 2, "sigmoid": 1}  # φ' ≥ ¼ e^−n|a|; the others are flat


def step(weights: RNNWeights, x_t: Array, h: Array) -> tuple[Array]:
    """One step by the equations: x_t (B, D) and h_{t−1} (B, H) → (h_t,)."""
    a = x_t @ weights.W.T + h @ weights.U.T + weights.b
    return (ACTIVATIONS[weights.activation].function(a),)


def init_weights(spec: ModelSpec, stream: tuple[int, ...] = ()) -> RNNWeights:
    """Draw initial weights; initializers.py has the laws."""
    return RNNWeights(*draw(spec, (Gate("h", "candidate"),), stream), activation=spec.activation)


def count_parameters(spec: ModelSpec) -> int:
    """H (D + H + 2): as torch.nn.RNN counts, with two biases."""
    return base.count_recurrent(spec, 1)


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Of T steps, each of which waits for the one before."""
    return base.recurrent_cost(spec, 1, T)


def forward(
    weights: RNNWeights, x: Array, h0: Array | None = None, lengths: Array | None = None
) -> RNNTrace:
    """Run a plain RNN over `x` and keep every intermediate value.

    Parameters
    ----------
    x : (T, B, D)
    h0 : (B, H), the initial state; zero by default
    lengths : (B,), how many steps each sequence has; the rest is padding, where the trace is 0

    Returns
    -------
    RNNTrace
        Pre-activations (T, B, H); states (T+1, B, H), row 0 the initial state. In the weights'
        dtype. Where a linear or ReLU net grows without bound, `trace.failure` says at which step.

    Raises
    ------
    ShapeError, DTypeError
        If an array does not fit the weights, or T is 0.

    References
    ----------
    Elman (1990).
    """
    x = base.check_input(weights, x)
    (T, B, _), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    dtype = np.result_type(x, h0, weights.W)
    phi = ACTIVATIONS[weights.activation].function
    a, h, Uh = np.empty((T, B, H), dtype), np.empty((T + 1, B, H), dtype), np.empty((B, H), dtype)
    h[0] = h0
    with np.errstate(over="ignore", invalid="ignore"):
        np.add((x.reshape(T * B, -1) @ weights.W.T).reshape(T, B, H), weights.b, out=a)
        for t in range(T):
            np.dot(h[t], weights.U.T, out=Uh)
            a[t] += Uh  # a = W x_t + U h_{t−1} + b
            phi(a[t], out=h[t + 1])  # h_t = φ(a)
    base.blank_padding(lengths, a, h[1:])
    return RNNTrace(x, a, h, weights, lengths)


def is_narrow(trace: RNNTrace, most: float) -> bool:
    """Whether floats hold all slopes, if no pre-activation is above `most` in magnitude."""
    curves = CURVES.get(trace.weights.activation)
    return curves is None or fits(most, curves, trace.a.dtype)


def cancels(trace: RNNTrace) -> bool:
    """No slope is a difference."""
    return False


def recomputed(trace: RNNTrace, number: Callable[[Array], Array]) -> RNNTrace:
    """The trace from its pre-activations in numbers of another kind, which `number` makes."""
    weights, phi = trace.weights, ACTIVATIONS[trace.weights.activation].function
    full = replace(trace, a=number(trace.a), h=number(trace.h))
    again = lost(trace.a)
    for t in range(len(trace.a)):
        if again[t].any():
            a = trace.x[t] @ weights.W.T + weights.b + full.h[t] @ weights.U.T
            full.a[t] = np.where(again[t], a, full.a[t])
        full.h[t + 1] = phi(full.a[t])
    return full


def slopes(weights: RNNWeights, trace: RNNTrace, lo: int, hi: int) -> Array:
    """Return φ'(a_t) for the steps lo+1 … hi, (L, B, H)."""
    return ACTIVATIONS[weights.activation].derivative(trace.a[lo:hi])


def transition(weights: RNNWeights, trace: RNNTrace, lo: int, hi: int) -> base.Transition:
    """Return ∂h_t/∂h_{t−1} = diag(φ'(a_t)) U of the steps lo+1 … hi of one sequence (B = 1)."""
    slope = slopes(weights, exact(trace), lo, hi)
    return base.Transition(slope[:, 0, :, None] * weights.U).in_floats()


def log_det(weights: RNNWeights, trace: RNNTrace, lo: int, hi: int) -> Array:
    """ln |det ∂h_t/∂h_{t−1}| = Σ ln φ'(a_t) + ln |det U| of the steps lo+1 … hi (B = 1), (L,)."""
    slope = slopes(weights, exact(trace), lo, hi)[:, 0]
    return base.log_abs(slope).sum(axis=1) + base.log_abs_det(weights.U)


def backward_block(
    U: Array,
    slope: Array,
    adjoints: list[Array],
    direct: list[Array | None],
    da: Array | None = None,
) -> Array:
    """Backpropagate through a block of L steps, last step first.

    Parameters
    ----------
    slope : φ'(a_t), (L, B, H)
    adjoints : dh, (L+1, B, H); its last row is what comes from later steps
    direct : what enters at each step, (L, B, H) or None
    da : (L, B, H), receives ∂L/∂a if given

    Returns
    -------
    (B, H), ∂L/∂a of the block's first step.
    """
    (dh,), (entering,) = adjoints, direct
    da_t = np.empty_like(dh[0])
    for t in reversed(range(len(slope))):
        if entering is not None:
            dh[t + 1] += entering[t]
        np.multiply(slope[t], dh[t + 1], out=da_t)  # ∂L/∂a_t = φ'(a_t) ∘ ∂L/∂h_t
        if da is not None:
            da[t] = da_t
        np.dot(da_t, U, out=dh[t])  # ∂L/∂h_{t−1} = Uᵀ ∂L/∂a_t
    return da_t


def backward(weights: RNNWeights, trace: RNNTrace, dh: Array | Scaled) -> RNNGradients:
    """Backpropagate through time and keep the gradient of every intermediate value.

    Parameters
    ----------
    dh : (T, B, H), the direct ∂L/∂h_t, an array or `Scaled`

    Returns
    -------
    RNNGradients
        Exact at any magnitude: what float64 cannot hold is in `scaled` and in `log10_norms`.

    Raises
    ------
    ShapeError, DTypeError
        If dh does not have the trace's shape.

    References
    ----------
    Werbos (1990).
    """
    full, scaled, rows, exponent, direct = back_through(RNN, weights, trace, dh)
    sums, log10_step = weight_gradients(rows, exponent, full.x, full.h[:-1])
    return RNNGradients(scaled, direct, unchecked(weights, **sums), log10_step, trace.lengths)


RNN = Architecture(
    name="rnn",
    weights=RNNWeights,
    trace=RNNTrace,
    gradients=RNNGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    step=step,
    states=("h",),
    carries="h",
    chain=Chain(
        slopes=slopes,
        backward_block=backward_block,
        transition=transition,
        log_det=log_det,
        # so large, a pre-activation needs no closer look
        again=Again(12, is_narrow, cancels, recomputed),
    ),
    theory=("bound", "radius", "chi", "chi_run"),
    padding=True,
)
