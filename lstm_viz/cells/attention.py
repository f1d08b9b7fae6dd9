"""Multi-head self-attention, one or more layers: every output reads every step directly.

    u_t = W_in x_t + b_in, or x_t itself where D = E        E = hidden_size
    u_t + p_t, with p_t(2i) = sin(ω_i (t−1)), p_t(2i+1) = cos(ω_i (t−1)), ω_i = 10000^(−2i/E)
    output = layer_L( … layer_1(u + p))                     attention_layer.py has a layer

Without positions a permutation of the input permutes the output: attention itself knows no order.
With D = E, one layer and nothing else it is torch.nn.MultiheadAttention(x, x, x).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.arrays import check_room
from lstm_viz.cells import attention_layer, base, told
from lstm_viz.cells.architecture import Architecture
from lstm_viz.cells.attention_layer import LayerTrace, LayerWeights, fitting_heads, join
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.errors import Said, ShapeError, SpecError, shown
from lstm_viz.initializers import linear_matrix, random
from lstm_viz.logscale import Scaled
from lstm_viz.result import once
from lstm_viz.spec import POSITION_NAMES, ModelSpec, check_name, is_list

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
STREAM = 4  # of random numbers: 0 to 3 are those of W, U, b and the probe


@dataclass(frozen=True, eq=False, repr=False)
class AttentionWeights(told.Weighted):
    """The layers, lowest first, and the linear map before them.

    W_in (E, D), b_in (E,) : None where D = E and the input is used as it is
    positions : "sinusoidal" or "none"
    """

    layers: tuple[LayerWeights, ...]
    W_in: Array | None = None
    b_in: Array | None = None
    positions: str = "sinusoidal"
    cell = "attention"

    def __post_init__(self) -> None:
        check_name("positions", self.positions, POSITION_NAMES)
        layers = tuple(self.layers) if is_list(self.layers) else ()
        if not layers or not all(isinstance(own, LayerWeights) for own in layers):
            raise ShapeError("list-of-layers", kind="LayerWeights", got=shown(self.layers))
        object.__setattr__(self, "layers", layers)
        if len({own.W_q.shape for own in self.layers}) > 1:
            raise ShapeError("other-widths")
        if (self.W_in is None) != (self.b_in is None):
            raise ShapeError("both-or-neither")
        if self.W_in is not None:
            for name, shape in (("W_in", (self.hidden_size, "D")), ("b_in", (self.hidden_size,))):
                array = base.as_array(name, getattr(self, name))
                base.check_shape(name, array, shape)
                base.check_finite(name, array)
                object.__setattr__(self, name, array.astype(np.result_type(array, np.float32)))

    @property
    def hidden_size(self) -> int:
        """E"""
        return len(self.layers[0].W_q)

    @property
    def output_size(self) -> int:
        """E"""
        return self.hidden_size

    @property
    def heads(self) -> int:
        """of the first layer"""
        return self.layers[0].heads

    @property
    def causal(self) -> bool:
        return all(layer.causal for layer in self.layers)

    @property
    def input_size(self) -> int:
        """D"""
        return self.hidden_size if self.W_in is None else self.W_in.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """What is computed in."""
        arrays = [layer.W_q for layer in self.layers]
        return np.result_type(*arrays, *([] if self.W_in is None else [self.W_in]))

    def sizes(self) -> dict[str, object]:
        own, first = {"cell": self.cell, "input_size": self.input_size}, self.layers[0]
        own |= {"hidden_size": self.hidden_size, "layers": len(self.layers)}
        names = ("heads", "causal", "residual", "norm")
        own |= {name: getattr(first, name) for name in names} | {"positions": self.positions}
        width = 0 if first.b_1 is None else len(first.b_1)
        return own | {"feed_forward": width, "dtype": str(self.dtype)}

    def arrays(self) -> dict[str, Array]:
        embedding = {} if self.W_in is None else {"W_in": self.W_in, "b_in": self.b_in}
        return told.numbered(self.layers) | embedding


@dataclass(frozen=True, eq=False, repr=False)
class AttentionTrace(told.Traced):
    """Every value of a forward pass; layers[0].x is the input after embedding and positions."""

    x: Array  # (T, B, D)
    layers: tuple[LayerTrace, ...]
    weights: AttentionWeights  # that it was run with
    lengths: Array | None = None  # (B,) after how many steps a sequence is padding

    @property
    def output(self) -> Array:
        """(T, B, E), what a loss reads"""
        return self.layers[-1].output

    @once
    def failure(self) -> base.Failure | None:
        """Where the lowest layer that failed stopped giving finite numbers, or None.

        Of what a layer reads, its values v and its output the earliest in this order counts: one
        infinite v spoils all outputs, those of the masked steps before it too, as 0 · ∞ is NaN.
        """
        for own in self.layers:
            for name, rows in (("x", own.x), ("v", join(own.values)), ("output", own.output)):
                if found := base.find_failure({name: rows}):
                    return replace(found, step=found.step + 1)  # there is no initial state
        return None

    def _rows(self) -> "DataFrame":
        """One row for each layer (from 1), sequence, head, query step and key step."""
        from lstm_viz.tables import columns_frame

        shape = (len(self.layers), *self.layers[0].weights.shape)
        index = np.indices(shape).reshape(len(shape), -1)
        names = ("layer", "sequence", "head", "query_step", "key_step")
        starts = (1, 0, 0, 1, 1)
        columns = {n: k + start for n, k, start in zip(names, index, starts, strict=True)}
        for name in ("scores", "weights"):
            columns[name[:-1]] = np.stack([getattr(own, name) for own in self.layers]).ravel()
        frame = columns_frame(columns)
        if self.lengths is None:
            return frame
        ends = self.lengths[frame["sequence"]]
        inside = (frame["query_step"] <= ends) & (frame["key_step"] <= ends)
        return frame.loc[inside].reset_index(drop=True)


@dataclass(frozen=True, eq=False, repr=False)
class AttentionGradients(base.LossGradients):
    """∂L/∂ of every quantity, kept at any magnitude.

    scaled : "x" (T, B, D); for each layer, counted from 1, "q_1", "k_1", "v_1" (T, B, E) of its
        queries, keys and values, heads side by side, "output_1" (T, B, E) the total of what it puts
        out, and "hidden_1" (T, B, F) the feed-forward part's pre-activation
    entering : (T, B, E), the direct gradient of the output
    weights : in the shape of the weights themselves
    log10_step : "W_q_1", "b_q_1" … "W_in", "b_in" → (T,), log10 of the norm of what step t's own
        query, key, value or vector contributes, summed over the batch
    """

    scaled: Mapping[str, Scaled]
    entering: Scaled
    weights: AttentionWeights
    log10_step: Mapping[str, Array]
    lengths: Array | None = None  # (B,), as in the trace


SHOWN = ("q", "k", "v", "hidden", "output")


def init_weights(spec: ModelSpec, stream: tuple[int, ...] = ()) -> AttentionWeights:
    """Draw initial weights; `gain` and `forget_bias` have no effect, as nothing recurs.

        init          W_q, W_k, W_v (E, E)    W_o, W_1, W_2, W_in      biases
        pytorch       U(±√(6/(3E+E)))         U(±1/√inputs)            U(±1/√inputs) of W_1, W_2 and
                                                                       W_in; of the attention 0
        others        as W in initializers.py, square ones orthogonal or the identity          0

    Layer norms begin with scale 1 and shift 0.

    Raises
    ------
    SpecError
        If `heads` does not divide `hidden_size`, or under "chrono".

    References
    ----------
    torch.nn.MultiheadAttention, torch.nn.Linear: the three projections are drawn as one Xavier
    matrix (3E, E).
    """
    _check_heads(spec)
    E = spec.hidden_size
    layers = tuple(_draw_layer(spec, (STREAM, k, *stream)) for k in range(1, spec.layers + 1))
    W_in = b_in = None
    if spec.input_size != E:
        W_in, b_in = _linear(spec, (STREAM, 0, *stream), (E, spec.input_size))
    return AttentionWeights(layers, W_in, b_in, spec.positions)


def _check_heads(spec: ModelSpec) -> None:
    E = spec.hidden_size
    if E % spec.heads:
        fitting = fitting_heads(E)
        raise SpecError("heads", name="hidden_size", size=E, fitting=fitting, got=spec.heads)


def _draw_layer(spec: ModelSpec, stream: tuple[int, ...]) -> LayerWeights:
    E, F = spec.hidden_size, spec.feed_forward
    arrays = {f"b_{name}": np.zeros(E, spec.dtype) for name in "qkvo"}
    for k, name in enumerate("qkvo"):
        arrays[f"W_{name}"], _ = _linear(spec, (*stream, k), (E, E))
    if spec.init == "pytorch":
        for name in "qkv":  # from U(±1/√E) to Xavier's law for a (3E, E) matrix
            arrays[f"W_{name}"] *= np.sqrt(6 / (3 * E + E)) * np.sqrt(E)
    if F:
        arrays["W_1"], arrays["b_1"] = _linear(spec, (*stream, 4), (F, E))
        arrays["W_2"], arrays["b_2"] = _linear(spec, (*stream, 5), (E, F))
    if spec.norm != "none":
        for k in (1, 2) if F else (1,):
            arrays[f"scale_{k}"], arrays[f"shift_{k}"] = np.ones(E), np.zeros(E)
    form = {name: getattr(spec, name) for name in ("heads", "causal", "residual", "norm")}
    return LayerWeights(**{n: a.astype(spec.dtype) for n, a in arrays.items()}, **form)


def _linear(
    spec: ModelSpec, stream: tuple[int, ...], shape: tuple[int, int]
) -> tuple[Array, Array]:
    """Weight and bias of a linear map; the bias is PyTorch's, or 0."""
    W = linear_matrix(spec, random(spec, *stream, 0), shape)
    b = np.zeros(shape[0])
    if spec.init == "pytorch":
        b = random(spec, *stream, 1).uniform(-1, 1, shape[0]) / np.sqrt(shape[1])
    return W.astype(spec.dtype), b.astype(spec.dtype)


def count_parameters(spec: ModelSpec) -> int:
    """4E² + 4E a layer, as torch.nn.MultiheadAttention counts, and what else the spec asks for.

    Feed-forward 2EF + F + E, each layer norm 2E, a linear map before the layers E D + E. Raises
    SpecError if `heads` does not divide `hidden_size`.
    """
    _check_heads(spec)
    D, E, F = spec.input_size, spec.hidden_size, spec.feed_forward
    layer = 4 * E * E + 4 * E
    layer += 2 * E * F + F + E if F else 0
    layer += 0 if spec.norm == "none" else 2 * E * (2 if F else 1)
    return spec.layers * layer + (E * D + E if D != E else 0)


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Of each layer 8TE² for the projections, 4T²E for q kᵀ and A v, 4TEF for the feed-forward.

    A causal layer is counted in full: the masked half is computed too, here as in PyTorch's plain
    implementation, and only special kernels leave it out. All steps of a layer can be computed at
    once, so what must wait are the layers; so many it takes from x_1 to the output at T.
    """
    D, E, F = spec.input_size, spec.hidden_size, spec.feed_forward
    layer = 8 * T * E * E + 4 * T * T * E + 4 * T * E * F
    embedding = 2 * T * E * D if D != E else 0
    kept = spec.layers * T * (4 * spec.heads * T + 16 * spec.hidden_size)
    return base.Cost(spec.layers * layer + embedding, spec.layers, spec.layers, kept)


def sinusoidal(steps: int, width: int) -> Array:
    """p (T, E): sines in the even columns, cosines in the odd ones, wavelengths 2π to 2π · 10⁴.

    Vaswani et al. (2017), §3.5; the embedding is not multiplied by √E here.
    """
    angle = np.arange(steps)[:, None] * 10000.0 ** (-np.arange(0, width, 2) / width)
    p = np.empty((steps, width))
    p[:, 0::2] = np.sin(angle)
    p[:, 1::2] = np.cos(angle[:, : width // 2])
    return p


def forward(weights: AttentionWeights, x: Array, lengths: Array | None = None) -> AttentionTrace:
    """Run self-attention over `x` and keep every intermediate value.

    Parameters
    ----------
    x : (T, B, D)
    lengths : (B,), how many steps each sequence has; the rest is padding, which no step reads

    Returns
    -------
    AttentionTrace
        For each layer queries, keys, values (B, heads, T, d), scores and weights (B, heads, T, T):
        the memory needed grows as T². Output (T, B, E). In the weights' dtype.

    Raises
    ------
    ShapeError, DTypeError
        If x does not fit the weights, or T is 0.

    References
    ----------
    Vaswani et al. (2017).
    """
    x = base.check_sequence(x, weights.input_size, weights.dtype)
    pairs = len(x) ** 2 * x.shape[1]
    check_room(Said("room-attention"), sum(own.heads for own in weights.layers) * pairs)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        u = x if weights.W_in is None else x @ weights.W_in.T + weights.b_in
        if weights.positions == "sinusoidal":
            u = u + sinusoidal(len(x), weights.hidden_size)[:, None].astype(weights.dtype)
        traces: list[LayerTrace] = []
        for layer in weights.layers:
            traces.append(attention_layer.forward(layer, u, lengths))
            u = traces[-1].output
    return AttentionTrace(x, tuple(traces), weights, lengths)


def backward(
    weights: AttentionWeights, trace: AttentionTrace, dh: Array | Scaled
) -> AttentionGradients:
    """Backpropagate the direct gradient of the output through all layers.

    Parameters
    ----------
    dh : (T, B, E), ∂L/∂output_t, an array or `Scaled`

    Returns
    -------
    AttentionGradients
        Exact at any magnitude.

    Raises
    ------
    ShapeError, DTypeError
        If dh does not have the output's shape, or the trace is not of such weights.

    References
    ----------
    Vaswani et al. (2017) for what is differentiated.
    """
    _check_trace(weights, trace)
    entering = base.check_direct("dh", dh, trace.output.shape, trace.output.dtype).by_vector()
    scaled, log10_step, layers, dy = {}, {}, [], entering
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for k in range(len(weights.layers), 0, -1):
            layer, own = weights.layers[k - 1], trace.layers[k - 1]
            d = attention_layer.backward(layer, own, dy)
            gradient, steps = attention_layer.weight_gradients(layer, own, d)
            layers.insert(0, gradient)
            log10_step |= {f"{name}_{k}": value for name, value in steps.items()}
            scaled |= {f"{name}_{k}": d[name] for name in SHOWN if name in d}
            dy = d["x"]
        sums, steps = {}, {}
        if weights.W_in is not None:
            inputs = {"W_in": trace.x, "b_in": None}
            given = dy.by_vector()
            sums, steps = contributions(given.mantissa, given.exponent, inputs)
        scaled["x"] = to_x(weights, dy)
    own = unchecked(weights, layers=tuple(layers), **sums)
    return AttentionGradients(scaled, entering, own, log10_step | steps, trace.lengths)


def to_x(weights: AttentionWeights, du: Scaled) -> Scaled:
    """∂L/∂x from that of the first layer's input."""
    return du if weights.W_in is None else du @ weights.W_in


def _check_trace(weights: AttentionWeights, trace: object) -> None:
    if not isinstance(trace, AttentionTrace):
        raise ShapeError("of-type", name="trace", kind="AttentionTrace", got=type(trace).__name__)
    sizes = trace.x.shape[-1], trace.output.shape[-1], len(trace.layers)
    own = weights.input_size, weights.hidden_size, len(weights.layers)
    if sizes != own:
        raise ShapeError("sizes-of-trace", letters="D, E, L", own=own, got=sizes)
    if trace.weights is not weights:
        base.check_same(replace(trace.weights, layers=weights.layers), weights)
        for traced, layer in zip(trace.weights.layers, weights.layers, strict=True):
            base.check_same(traced, layer)


ATTENTION = Architecture(
    name="attention",
    weights=AttentionWeights,
    trace=AttentionTrace,
    gradients=AttentionGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    padding=True,
    attends=True,
    own_layers=True,
)
