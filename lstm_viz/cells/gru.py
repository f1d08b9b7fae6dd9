"""Gated recurrent unit: its equations, and the same equations in reverse.

    r_t = σ(W_r x_t + U_r h_{t−1} + b_r)                    reset gate
    z_t = σ(W_z x_t + U_z h_{t−1} + b_z)                    update gate
    q_t = U_n h_{t−1} + b_q                                 what the past offers the candidate
    n_t = tanh(W_n x_t + b_n + r_t ∘ q_t)                   candidate
    h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}                   hidden state

The reset gate acts after the product with U_n, as in torch.nn.GRU and in Keras (reset_after=True),
and z near 1 keeps the state. The other convention, that of Cho et al. (2014), resets the state
before the product, n_t = tanh(W_n x_t + b_n + U_n (r_t ∘ h_{t−1})), where one bias is enough; in
their paper it is 1 − z that keeps. Weights are stacked r, z, n, as torch.nn.GRU has them.

1 − z is computed as σ(−a_z), which stays accurate where z rounds to 1; it stands between z and n in
the stack of activations, so that the three sigmoids are one block. Nothing is allocated within a
step; `out=` names the array that receives the result.
"""

from dataclasses import dataclass

import numpy as np

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.cells import base
from lstm_viz.cells.architecture import Again, Architecture, AtRest, Chain, Gate
from lstm_viz.cells.base import true_value
from lstm_viz.cells.frame import Traced, back_through
from lstm_viz.cells.gru_again import cancels, is_narrow, recomputed
from lstm_viz.cells.range import exact
from lstm_viz.cells.undetermined import undetermined
from lstm_viz.cells.ways import DIRECT, HIGHWAY, from_step_1, to_step_before
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.initializers import draw, two_biases
from lstm_viz.logscale import Scaled
from lstm_viz.result import once
from lstm_viz.spec import ModelSpec

Array = np.ndarray
R, Z, N = range(3)


@dataclass(frozen=True, eq=False, repr=False)
class GRUWeights(base.Weights):
    """W (3H, D), U (3H, H), b (3H,), rows stacked r, z, n; b_q (H,), zero by default."""

    b_q: Array = None  # type: ignore[assignment]  # an array once it is made
    cell = "gru"
    gates = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        b_q = base.check_like("b_q", self.b_q, (self.hidden_size,), self.W.dtype)
        base.check_finite("b_q", b_q)
        arrays = {"W": self.W, "U": self.U, "b": self.b, "b_q": b_q}
        for name, array in arrays.items():  # a complex one makes all complex
            object.__setattr__(self, name, array.astype(np.result_type(self.W, b_q), copy=False))


@dataclass(frozen=True, eq=False, repr=False)
class GRUTrace(Traced):
    """Every value of a forward pass; row t−1 of x, gates and pre-activations belongs to step t."""

    x: Array  # (T, B, D)
    pre: Array  # (T, B, 3, H) pre-activations a, stacked r, z, n
    gates: Array  # (T, B, 4, H) their activations r, z, 1 − z, n
    q: Array  # (T, B, H) what the past offers the candidate, before the reset
    h: Array  # (T+1, B, H) hidden state, row 0 the initial one
    weights: GRUWeights  # that it was run with
    lengths: Array | None = None  # (B,) after how many steps a sequence is padding

    r = property(lambda self: self.gates[:, :, R], doc="(T, B, H) reset gate")
    z = property(lambda self: self.gates[:, :, Z], doc="(T, B, H) update gate")
    new = property(lambda self: self.gates[:, :, 2], doc="(T, B, H) 1 − z, what is taken of n")
    n = property(lambda self: self.gates[:, :, 3], doc="(T, B, H) candidate")
    a_r = property(lambda self: self.pre[:, :, R], doc="(T, B, H) pre-activation of r")
    a_z = property(lambda self: self.pre[:, :, Z], doc="(T, B, H) pre-activation of z")
    a_n = property(lambda self: self.pre[:, :, N], doc="(T, B, H) pre-activation of n")

    def gap(self, lo: int, hi: int) -> Array:
        """(L, B, H), h_{t−1} − n_t of the steps lo+1 … hi."""
        known = vars(self).get("_gap")  # of a trace that was computed again
        return self.h[lo:hi] - self.n[lo:hi] if known is None else known[0][lo:hi]

    def parts_of_gap(self) -> Array:
        """(T, B, H), the magnitudes of the two numbers whose difference h_{t−1} − n_t is."""
        known = vars(self).get("_gap")
        return np.abs(self.h[:-1]) + np.abs(self.n) if known is None else known[1]


@dataclass(frozen=True, eq=False, repr=False)
class GRUGradients(base.Gradients):
    """∂L/∂ of every quantity of a GRU's trace.

    trace : what they were taken back through
    """

    trace: GRUTrace | None = None

    h = true_value("h", "(T+1, B, H) total ∂L/∂h_t")
    a_r = true_value("a_r", "(T, B, H) ∂L/∂ the reset gate's pre-activation")
    a_z = true_value("a_z", "(T, B, H) ∂L/∂ the update gate's pre-activation")
    a_n = true_value("a_n", "(T, B, H) ∂L/∂ the candidate's pre-activation")

    @once
    def undetermined(self) -> dict[str, Array]:
        """Where "a_z", "x" (T, B) or "h" (T+1, B) rest on digits that no float of the run holds."""
        if self.trace is None:
            return {}
        return undetermined(self.trace.weights, self.trace, self.scaled)


def step(weights: GRUWeights, x_t: Array, h: Array) -> tuple[Array]:
    """One step by the equations: x_t (B, D) and h_{t−1} (B, H) → (h_t,)."""
    Wx_r, Wx_z, Wx_n = np.split(x_t @ weights.W.T + weights.b, 3, axis=1)
    Uh_r, Uh_z, Uh_n = np.split(h @ weights.U.T, 3, axis=1)
    r, z = sigmoid(Wx_r + Uh_r), sigmoid(Wx_z + Uh_z)
    n = np.tanh(Wx_n + r * (Uh_n + weights.b_q))
    return ((1 - z) * n + z * h,)


def init_weights(spec: ModelSpec, stream: tuple[int, ...] = ()) -> GRUWeights:
    """Draw initial weights; initializers.py has the laws. `forget_bias` is added to b_z."""
    W, U, b = draw(spec, GRU.gates, stream)
    if spec.init != "pytorch":
        return GRUWeights(W, U, b)
    b[N * spec.hidden_size :], b_q = two_biases(spec, N, stream)  # apart, not summed
    return GRUWeights(W, U, b, b_q.astype(spec.dtype))


def count_parameters(spec: ModelSpec) -> int:
    """3H (D + H + 2): as torch.nn.GRU counts, with two biases a gate."""
    return base.count_recurrent(spec, len(GRU.gates))


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Of T steps, each of which waits for the one before."""
    return base.recurrent_cost(spec, len(GRU.gates), T)


def forward(
    weights: GRUWeights, x: Array, h0: Array | None = None, lengths: Array | None = None
) -> GRUTrace:
    """Run a GRU over `x` and keep every intermediate value.

    Parameters
    ----------
    x : (T, B, D)
    h0 : (B, H), the initial state; zero by default
    lengths : (B,), how many steps each sequence has; the rest is padding, where the trace is 0

    Returns
    -------
    GRUTrace
        Gates (T, B, H); states (T+1, B, H), row 0 the initial state. In the weights' dtype.

    Raises
    ------
    ShapeError, DTypeError
        If an array does not fit the weights, or T is 0.

    References
    ----------
    Cho et al. (2014); reset after the product as torch.nn.GRU has it.
    """
    x = base.check_input(weights, x)
    (T, B, D), H = x.shape, weights.hidden_size
    h0 = base.check_like("h0", h0, (B, H), x.dtype)
    dtype = np.result_type(x, h0, weights.W)
    pre, gates = np.empty((T, B, 3, H), dtype), np.empty((T, B, 4, H), dtype)
    q, h = np.empty((T, B, H), dtype), np.empty((T + 1, B, H), dtype)
    trace = GRUTrace(x, pre, gates, q, h, weights, lengths)
    h[0] = h0
    with np.errstate(over="ignore", invalid="ignore"):
        a = pre.reshape(T * B, 3 * H)
        np.matmul(x.reshape(T * B, D), weights.W.T, out=a)
        a += weights.b
        _run(weights, trace)
    base.blank_padding(lengths, pre, gates, q, h[1:])
    return trace


def _run(weights: GRUWeights, trace: GRUTrace) -> None:
    """Step through time, filling `trace`, whose pre-activations hold W x_t + b so far."""
    B, _, H = trace.pre.shape[1:]
    Uh, signed = np.empty((B, 3, H), trace.h.dtype), np.empty((B, 3, H), trace.h.dtype)
    flat, Uh_rz, Uh_n, part = Uh.reshape(B, 3 * H), Uh[:, :N], Uh[:, N], np.empty_like(Uh[:, N])
    steps = zip(
        *(trace.pre[:, :, :N], trace.a_z, trace.a_n, trace.gates[:, :, :3]),
        *(trace.r, trace.z, trace.new, trace.n, trace.q, trace.h, trace.h[1:]),
        strict=False,  # h has a row more
    )
    for a_rz, a_z, a_n, r_z_new, r, z, new, n, q, h_prev, h in steps:
        np.dot(h_prev, weights.U.T, out=flat)
        a_rz += Uh_rz
        signed[:, :N] = a_rz
        np.negative(a_z, out=signed[:, N])
        sigmoid(signed, out=r_z_new)  # r, z = σ(a),  1 − z = σ(−a_z)
        np.add(Uh_n, weights.b_q, out=q)
        np.multiply(r, q, out=part)
        a_n += part
        np.tanh(a_n, out=n)  # n = tanh(W_n x_t + b_n + r ∘ q)
        np.multiply(new, n, out=h)
        np.multiply(z, h_prev, out=part)
        h += part  # h_t = (1 − z) ∘ n + z ∘ h_{t−1}


@dataclass(frozen=True, eq=False)
class Slopes:
    """The factors between gradients of one step, for a block of L steps; all multiply ∂L/∂h_t.

    da : (L, B, 3, H), giving ∂L/∂a of r, z, n
    dU : (L, B, 3, H), giving the gradients of what U's rows give: ∂L/∂a of r and z, and ∂L/∂q
    z : (L, B, H), what ∂L/∂h_t hands on to ∂L/∂h_{t−1} past the gates
    """

    da: Array
    dU: Array
    z: Array


def slopes(weights: GRUWeights, trace: GRUTrace, lo: int, hi: int) -> Slopes:
    """Compute the slopes for the steps lo+1 … hi."""
    a_r, a_z, a_n = np.moveaxis(trace.pre[lo:hi], 2, 0)
    r, _, new, _ = np.moveaxis(trace.gates[lo:hi], 2, 0)
    da = np.empty_like(trace.pre[lo:hi])
    np.multiply(new, tanh_derivative(a_n), out=da[:, :, N])
    np.multiply(trace.gap(lo, hi), sigmoid_derivative(a_z), out=da[:, :, Z])
    np.multiply(da[:, :, N] * trace.q[lo:hi], sigmoid_derivative(a_r), out=da[:, :, R])
    dU = da.copy()
    dU[:, :, N] *= r  # ∂L/∂q = r ∘ ∂L/∂a_n
    return Slopes(da, dU, trace.z[lo:hi])


def transition(weights: GRUWeights, trace: GRUTrace, lo: int, hi: int) -> base.Transition:
    """Return the Jacobians of h by h one step before, for the steps lo+1 … hi (B = 1)."""
    slope, H = slopes(weights, exact(trace), lo, hi), weights.hidden_size
    by_unit = slope.dU[:, 0].transpose(2, 0, 1).copy()  # (H, L, 3), as BLAS takes it
    rows_of_U = weights.U.reshape(3, H, H).swapaxes(0, 1)
    dense = np.empty_like(by_unit, shape=(hi - lo, H, H))
    np.matmul(by_unit, rows_of_U, out=dense.swapaxes(0, 1))  # of the rows j of U_r, U_z and U_n
    dense[:, range(H), range(H)] += slope.z[:, 0]
    return base.Transition(dense).in_floats()


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
    U : (3H, H)
    adjoints : dh, (L+1, B, H); its last row is what comes from later steps
    direct : what enters at each step, (L, B, H) or None
    da : (L, B, 3, H), receives ∂L/∂a if given

    Returns
    -------
    (B, 3H), ∂L/∂a of the block's first step, stacked r, z, n.
    """
    (dh,), (entering,) = adjoints, direct
    (B, H), L = dh.shape[1:], len(slope.z)
    dU_t, kept = np.empty_like(dh, shape=(B, 3, H)), np.empty_like(dh[0])
    for t in reversed(range(L)):
        dh_t = dh[t + 1]
        if entering is not None:
            dh_t += entering[t]
        np.multiply(slope.dU[t], dh_t[:, None], out=dU_t)
        np.dot(dU_t.reshape(B, 3 * H), U, out=dh[t])  # ∂L/∂h_{t−1} = Uᵀ (∂L/∂a_r, ∂L/∂a_z, ∂L/∂q)
        np.multiply(slope.z[t], dh_t, out=kept)
        dh[t] += kept  # + z ∘ ∂L/∂h_t
    if da is not None:
        np.multiply(slope.da, dh[1:, :, None], out=da)
    return (slope.da[0] * dh[1][:, None]).reshape(B, 3 * H)


def backward(weights: GRUWeights, trace: GRUTrace, dh: Array | Scaled) -> GRUGradients:
    """Backpropagate through time and keep the gradient of every intermediate value.

    Parameters
    ----------
    dh : (T, B, H), the direct ∂L/∂h_t, an array or `Scaled`

    Returns
    -------
    GRUGradients
        Exact at any magnitude: what float64 cannot hold is in `scaled` and in `log10_norms`.

    Raises
    ------
    ShapeError, DTypeError
        If dh does not have the trace's shape.

    References
    ----------
    Cho et al. (2014); Werbos (1990).
    """
    full, scaled, rows, exponent, direct = back_through(GRU, weights, trace, dh)
    dU, n = rows.copy(), N * weights.hidden_size
    with np.errstate(under="ignore", invalid="ignore"):
        dU[..., n:] *= full.r  # U's last rows give q, not a_n
    sums, log10_step = contributions(rows, exponent, {"W": full.x, "b": None})
    more, log10_more = contributions(dU, exponent, {"U": full.h[:-1]})
    past, log10_past = contributions(dU[..., n:], exponent, {"b_q": None})
    own = unchecked(weights, **sums, **more, **past)
    log10_step |= log10_more | log10_past
    return GRUGradients(scaled, direct, own, log10_step, full.lengths, full)


@np.errstate(over="ignore")
def at_rest(weights: GRUWeights) -> tuple[Array, Array, Array]:
    """z, (1 − z) ∘ r and U_n at h = 0 without input."""
    r, z, _ = sigmoid(weights.b.astype(float).reshape(3, -1))
    return z, (1 - z) * r, np.split(weights.U.astype(float), 3)[2]


def paths(
    weights: GRUWeights, trace: GRUTrace, gradients: GRUGradients, _dc: None
) -> dict[str, Scaled]:
    """Of what arrives at h_t, the part along each path, (T+1, B, H).

    highway     ∂L/∂h_{t+1} ∘ z_{t+1}                 h is carried over
    n           U_nᵀ (∂L/∂a_n ∘ r_{t+1})              through the candidate
    r, z        U_kᵀ ∂L/∂a_k                          through gate k
    direct      what the loss puts in at step t itself
    """
    scaled = gradients.scaled
    parts = {HIGHWAY: to_step_before(scaled["h"][1:] * trace.z)}
    for name, U in zip(GRU.gate_names, np.split(weights.U, 3), strict=True):
        da = scaled[f"a_{name}"]
        parts[name] = to_step_before((da * trace.r if name == "n" else da) @ U)
    return parts | {DIRECT: from_step_1(gradients.entering)}


GRU = Architecture(
    name="gru",
    weights=GRUWeights,
    trace=GRUTrace,
    gradients=GRUGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    gates=(Gate("r", "reads"), Gate("z", "keeps"), Gate("n", "candidate")),
    step=step,
    states=("h",),
    carries="h",
    chain=Chain(
        slopes=slopes,
        backward_block=backward_block,
        transition=transition,
        # up to this |a|, h_{t−1} − n loses no more than 5 digits
        again=Again(5, is_narrow, cancels, recomputed),
    ),
    rest=AtRest(at_rest, "z + (1−z)·r·g"),
    paths=paths,
    padding=True,
)
