"""One layer of self-attention: its equations, and the same equations in reverse.

    q_t, k_t, v_t = W_q x_t + b_q, W_k x_t + b_k, W_v x_t + b_v     E numbers: d = E/heads a head
    A = softmax(q kᵀ / √d)                  of each head, over the keys; 0 where masked
    y_t = W_o (A v)_t + b_o                 heads side by side
    r_t = W_2 relu(W_1 y_t + b_1) + b_2     feed-forward, if there is any

Each of these two halves, x → y and y → r, may have a residual connection and a layer norm:

    norm "none": x + f(x)      "post": LN(x + f(x))      "pre": x + f(LN(x))
    without the residual connection the x before the plus is left out
    LN(x) = scale ∘ (x − mean) / √(variance + 1e-5) + shift

With residual, norm "post" and feed-forward this is torch.nn.TransformerEncoderLayer without dropout
("pre": its norm_first=True), bare it is torch.nn.MultiheadAttention. There is no state: "step" here
is a position, and all of them are computed at once.
"""

from dataclasses import dataclass

import numpy as np

from lstm_viz.activations import relu, relu_derivative, softmax, softmax_adjoint
from lstm_viz.arrays import present
from lstm_viz.cells import base
from lstm_viz.cells.range import least
from lstm_viz.cells.weight_gradients import contributions, unchecked
from lstm_viz.errors import ShapeError
from lstm_viz.logscale import NOTHING, Scaled, binary_exponent, max_abs, times_power_of_two
from lstm_viz.result import Shown, once
from lstm_viz.spec import NORM_NAMES, check_flag, check_integer, check_name
from lstm_viz.wide import Wide

Array = np.ndarray
SMALL = 0.3  # of the dtype's negative exponents: a weight below needs wide numbers
EPSILON = 1e-5  # PyTorch's, added to the variance in a layer norm
SHAPES = {name: ("E", "E") for name in ("W_q", "W_k", "W_v", "W_o")}
SHAPES |= {name: ("E",) for name in ("b_q", "b_k", "b_v", "b_o")}
SHAPES |= {"scale_1": ("E",), "shift_1": ("E",), "scale_2": ("E",), "shift_2": ("E",)}
SHAPES |= {"W_1": ("F", "E"), "b_1": ("F",), "W_2": ("E", "F"), "b_2": ("E",)}
Given = Array | None  # an array that not every layer has
FEED_FORWARD = ("W_1", "b_1", "W_2", "b_2")
NORMED = {"pre": ("read", "read_2"), "post": ("middle", "output")}  # what the two norms put out


def fitting_heads(E: int) -> str:
    """The numbers of heads that E can be divided by, for a message."""
    return ", ".join(str(n) for n in range(1, E + 1) if E % n == 0)


@dataclass(frozen=True, eq=False, repr=False)
class LayerWeights(Shown):
    """What one layer multiplies with; E is the width, F that of the feed-forward part.

    Raises ShapeError, DTypeError, NonFiniteError or SpecError if it does not fit together.
    """

    W_q: Array  # (E, E), d rows for each head; so W_k, W_v
    W_k: Array
    W_v: Array
    W_o: Array  # (E, E), d columns for each head
    b_q: Array  # (E,)
    b_k: Array
    b_v: Array
    b_o: Array
    W_1: Array | None = None  # (F, E)
    b_1: Array | None = None  # (F,)
    W_2: Array | None = None  # (E, F)
    b_2: Array | None = None  # (E,)
    scale_1: Array | None = None  # (E,) of the attention half's layer norm
    shift_1: Array | None = None
    scale_2: Array | None = None  # (E,) of the feed-forward half's
    shift_2: Array | None = None
    heads: int = 1
    causal: bool = False
    residual: bool = False
    norm: str = "none"

    def __post_init__(self) -> None:
        check_name("norm", self.norm, NORM_NAMES)
        check_integer("heads", self.heads, 1)
        for name in ("causal", "residual"):
            check_flag(name, getattr(self, name))
        self._check_parts()
        arrays = {name: base.as_array(name, value) for name, value in self.arrays().items()}
        dtype = np.result_type(*arrays.values(), np.float32)
        base.check_shape("W_q", arrays["W_q"], ("E", "E"))
        sizes = {"E": len(arrays["W_q"]), "F": 0}
        if "W_1" in arrays:
            base.check_shape("W_1", arrays["W_1"], ("F", sizes["E"]))
            sizes["F"] = len(arrays["W_1"])
        for name, array in arrays.items():
            base.check_shape(name, array, tuple(sizes[letter] for letter in SHAPES[name]))
            base.check_finite(name, array)
            object.__setattr__(self, name, array.astype(dtype, copy=False))
        if sizes["E"] % self.heads:
            fitting = fitting_heads(sizes["E"])
            raise ShapeError("heads", name="E", size=sizes["E"], fitting=fitting, got=self.heads)

    def _check_parts(self) -> None:
        wanted = set(SHAPES) - {"scale_1", "shift_1", "scale_2", "shift_2"}
        wanted -= set(FEED_FORWARD) if self.W_1 is None else set()
        if self.norm != "none":
            wanted |= {"scale_1", "shift_1"}
            wanted |= {"scale_2", "shift_2"} if self.W_1 is not None else set()
        if wrong := wanted ^ set(self.arrays()):
            raise ShapeError(
                "parts-without-W_1" if self.W_1 is None else "parts-with-W_1",
                norm=repr(self.norm),
                wanted=", ".join(sorted(wanted)),
                wrong=", ".join(sorted(wrong)),
            )

    @property
    def feed_forward(self) -> tuple[Array, Array, Array, Array] | None:
        """W_1, b_1, W_2, b_2; None without that part."""
        W_1, b_1, W_2, b_2 = self.W_1, self.b_1, self.W_2, self.b_2
        if W_1 is None or b_1 is None or W_2 is None or b_2 is None:
            return None
        return W_1, b_1, W_2, b_2

    def arrays(self) -> dict[str, Array]:
        """Everything that would be learned, by name."""
        values = {name: getattr(self, name) for name in SHAPES}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, eq=False, repr=False)
class Normal(Shown):
    """A layer norm at work: unit = (x − mean) · rate, (T, B, E); rate = 1/√(variance + ε)."""

    unit: Array
    rate: Array  # (T, B, 1)


@dataclass(frozen=True, eq=False, repr=False)
class LayerTrace(Shown):
    """Every value of a layer's forward pass; row t−1 of an array that begins with T is step t."""

    x: Array  # (T, B, E) what the layer is given
    read: Array  # (T, B, E) what queries, keys and values are made of: x, or its layer norm
    queries: Array  # (B, heads, T, d)
    keys: Array  # (B, heads, T, d)
    values: Array  # (B, heads, T, d)
    weights: Array  # (B, heads, T, T) A: row s−1, column t−1 is how much step s takes of step t
    mixed: Array  # (T, B, E) A v, heads side by side
    middle: Array  # (T, B, E) what the attention half puts out
    read_2: Array | None  # (T, B, E) what the feed-forward part reads; None without one
    hidden: Array | None  # (T, B, F) its pre-activation
    output: Array  # (T, B, E)
    normal_1: Normal | None
    normal_2: Normal | None
    causal: bool
    lengths: Array | None = None  # (B,) after how many steps a sequence is padding

    @once
    def scores(self) -> Array:
        """(B, heads, T, T), q kᵀ / √d; −inf where masked."""
        return _scores(self.queries, self.keys, self.causal, self.lengths)

    @once
    def saturated(self) -> bool:
        """Whether weights that are not masked are too small for floats to hold what they pass."""
        if np.iscomplexobj(self.weights):
            return False
        small, T = self.weights < least(self.weights.dtype, SMALL), self.weights.shape[-1]
        masked = small.size // T * (T - 1) // 2 if self.causal else 0
        if np.count_nonzero(small) <= masked:
            return False
        return bool((small & np.isfinite(self.scores)).any())

    @once
    def wide_weights(self) -> Wide:
        """(B, heads, T, T), the weights at any magnitude: 0 where masked, and nowhere else."""
        scores = self.scores.astype(np.float64)
        e = np.exp(Wide.of(scores - scores.max(axis=-1, keepdims=True)))
        return Wide.of(e / (e @ np.ones((e.shape[-1], 1))))


def split(rows: Array, heads: int) -> Array:
    """(T, B, E) → (B, heads, T, d)."""
    T, B, E = rows.shape
    return rows.reshape(T, B, heads, E // heads).transpose(1, 2, 0, 3)


def join(parts: Array) -> Array:
    """(B, heads, T, d) → (T, B, E)."""
    B, heads, T, d = parts.shape
    return parts.transpose(2, 0, 1, 3).reshape(T, B, heads * d)


def forward(layer: LayerWeights, x: Array, lengths: Array | None = None) -> LayerTrace:
    """Run one layer over x (T, B, E) and keep every intermediate value.

    lengths : (B,), after how many steps a sequence is padding, which no step reads

    References
    ----------
    Vaswani et al. (2017), §3.2 and 3.3; "pre": Xiong et al. (2020).
    """
    read, normal_1 = _enter(layer, x, layer.scale_1, layer.shift_1)
    rows = [read @ W.T + b for W, b in _projections(layer)]
    q, k, v = (split(r, layer.heads) for r in rows)
    A = softmax(_scores(q, k, layer.causal, lengths))
    mixed = join(A @ v)
    attended = mixed @ layer.W_o.T + layer.b_o
    middle, after = _leave(layer, x, attended, layer.scale_1, layer.shift_1)
    values = (x, read, q, k, v, A, mixed, middle)
    normal_1 = normal_1 or after
    if layer.feed_forward is None:
        return LayerTrace(*values, None, None, middle, normal_1, None, layer.causal, lengths)
    W_1, b_1, W_2, b_2 = layer.feed_forward
    read_2, normal_2 = _enter(layer, middle, layer.scale_2, layer.shift_2)
    hidden = read_2 @ W_1.T + b_1
    fed = relu(hidden) @ W_2.T + b_2
    output, after = _leave(layer, middle, fed, layer.scale_2, layer.shift_2)
    return LayerTrace(
        *values, read_2, hidden, output, normal_1, normal_2 or after, layer.causal, lengths
    )  # fmt: skip


def _projections(layer: LayerWeights) -> list[tuple[Array, Array]]:
    return [(layer.W_q, layer.b_q), (layer.W_k, layer.b_k), (layer.W_v, layer.b_v)]


def _scores(queries: Array, keys: Array, causal: bool, lengths: Array | None) -> Array:
    scores = (
        queries @ keys.swapaxes(-1, -2) / np.sqrt(np.real(queries).dtype.type(queries.shape[-1]))
    )
    if causal:
        T = scores.shape[-1]
        scores = np.where(np.tri(T, dtype=bool), scores, -np.inf)
    if lengths is not None:
        read = present(scores.shape[-1], lengths).T  # (B, T)
        scores = np.where(read[:, None, None], scores, -np.inf)
    return scores


def _enter(
    layer: LayerWeights, x: Array, scale: Given, shift: Given
) -> tuple[Array, Normal | None]:
    """What a half of the layer reads, and its layer norm if that comes first."""
    if layer.norm != "pre" or scale is None or shift is None:
        return x, None
    return _normalise(x, scale, shift)


def _leave(
    layer: LayerWeights, x: Array, y: Array, scale: Given, shift: Given
) -> tuple[Array, Normal | None]:
    """What a half of the layer puts out for its result y, and its layer norm if that comes last."""
    y = x + y if layer.residual else y
    if layer.norm != "post" or scale is None or shift is None:
        return y, None
    return _normalise(y, scale, shift)


def _normalise(x: Array, scale: Array, shift: Array) -> tuple[Array, Normal]:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    rate = 1 / np.sqrt(variance + np.real(x).dtype.type(EPSILON))
    unit = centred * rate
    return scale * unit + shift, Normal(unit, rate)


def _normalise_adjoint(normal: Normal, scale: Array, dy: Array) -> Array:
    du = dy * scale
    du = du - du.mean(axis=-1, keepdims=True)
    du -= normal.unit * (du * normal.unit).mean(axis=-1, keepdims=True)
    return du * normal.rate


def down_to_mixed(layer: LayerWeights, trace: LayerTrace, dy: Array) -> dict[str, Array]:
    """∂L/∂ of what stands above the attention itself, position by position, from ∂L/∂output.

    "output", "fed" and "hidden" of the feed-forward part, "read_2", "middle", "attended" (before
    residual and norm), "mixed": shapes as in the trace. Trace and dy may broadcast over B.
    """
    d = {"output": dy, "middle": dy}
    if layer.feed_forward is not None and trace.hidden is not None:
        W_1, _, W_2, _ = layer.feed_forward
        d["fed"] = _norm_adjoint("post", layer, trace.normal_2, layer.scale_2, dy)
        d["hidden"] = (d["fed"] @ W_2) * relu_derivative(trace.hidden)
        d["read_2"] = d["hidden"] @ W_1
        through = _norm_adjoint("pre", layer, trace.normal_2, layer.scale_2, d["read_2"])
        d["middle"] = through + d["fed"] if layer.residual else through
    d["attended"] = _norm_adjoint("post", layer, trace.normal_1, layer.scale_1, d["middle"])
    d["mixed"] = d["attended"] @ layer.W_o
    return d


def _norm_adjoint(
    at: str, layer: LayerWeights, normal: Normal | None, scale: Given, dy: Array
) -> Array:
    """Back through a half's layer norm, if it stands there, "pre" or "post"."""
    if layer.norm != at or normal is None or scale is None:
        return dy
    return _normalise_adjoint(normal, scale, dy)


def through_attention(trace: LayerTrace, dmixed: Array) -> dict[str, Array]:
    """∂L/∂ of queries, keys and values, as "q", "k", "v" (T, B, E), from ∂L/∂mixed (T, B, E)."""
    q, k, v = trace.queries, trace.keys, trace.values
    A = trace.wide_weights if trace.saturated else trace.weights
    do = split(dmixed, A.shape[1])
    dA = do @ v.swapaxes(-1, -2)
    adjoint = _wide_adjoint(trace, dA) if trace.saturated else softmax_adjoint(trace.weights, dA)
    ds = adjoint / np.sqrt(q.dtype.type(q.shape[-1]))
    dq, dk, dv = ds @ k, ds.swapaxes(-1, -2) @ q, A.swapaxes(-1, -2) @ do
    return {"q": join(dq), "k": join(dk), "v": join(dv)}


def _wide_adjoint(trace: LayerTrace, dA: Array) -> Wide:
    """`softmax_adjoint` for weights of any magnitude."""
    A, largest = trace.wide_weights, trace.weights.argmax(axis=-1, keepdims=True)
    dA = dA - np.take_along_axis(dA, largest, axis=-1)
    return A * (dA - (A * dA) @ np.ones((dA.shape[-1], 1)))


def to_input(layer: LayerWeights, trace: LayerTrace, dread: Array) -> Array:
    """∂L/∂x through what queries, keys and values read; without the residual connection's part."""
    return _norm_adjoint("pre", layer, trace.normal_1, layer.scale_1, dread)


def _adjoints(layer: LayerWeights, trace: LayerTrace, dy: Array) -> dict[str, Array]:
    """∂L/∂ of everything, from ∂L/∂output (T, B, E), all of it within the range of its dtype."""
    d = down_to_mixed(layer, trace, dy)
    d |= through_attention(trace, d["mixed"])
    d["read"] = d["q"] @ layer.W_q + d["k"] @ layer.W_k + d["v"] @ layer.W_v
    d["x"] = to_input(layer, trace, d["read"])
    if layer.residual:
        d["x"] = d["x"] + d["attended"]
    return d


def backward(layer: LayerWeights, trace: LayerTrace, dy: Scaled) -> dict[str, Scaled]:
    """Return ∂L/∂ of everything in the layer, by the names of `_adjoints`, from ∂L/∂output.

    The backward pass is linear: vectors of very different size go back apart, each band on a
    power of two of its own, and are added up. So gradients are exact at any magnitude, also what
    goes through weights that the softmax of floats rounds to 0.
    """
    dy = dy.by_vector()
    total: dict[str, Scaled] = {}
    for exponent, plain in _bands(dy):
        for name, value in _adjoints(layer, trace, plain).items():
            part = Scaled.of(value, np.full(value.shape[:-1], exponent), dy.mantissa.dtype)
            total[name] = total[name] + part if name in total else part
    return total


def _bands(dy: Scaled) -> list[tuple[int, Array]]:
    """Split vectors by size: (e, array) with dy = Σ array · 2**e and entries not far from 1."""
    width = np.finfo(dy.mantissa.dtype).maxexp // 4
    largest = max_abs(dy.mantissa)
    size = np.where(largest == 0, NOTHING, dy.exponent + binary_exponent(largest))
    left, found = size != NOTHING, []
    while left.any():
        top = int(size[left].max())
        inside = left & (size > top - width)
        mantissa = np.where(inside[..., None], dy.mantissa, 0)
        shift = np.where(inside, dy.exponent - top, 0)
        found.append((top, times_power_of_two(mantissa, shift[..., None])))
        left &= ~inside
    return found or [(0, np.zeros_like(dy.mantissa))]


def weight_gradients(
    layer: LayerWeights, trace: LayerTrace, d: dict[str, Scaled]
) -> tuple[LayerWeights, dict[str, Array]]:
    """∂L/∂ of the layer's weights, and log10 of each step's own contribution, name → (T,).

    d : what `backward` returned. A step's contribution to W_q is that of its query, to W_k and W_v
    that of its key and value.
    """
    used: dict[str, dict[str, Given]]
    used = {name: {f"W_{name}": trace.read, f"b_{name}": None} for name in "qkv"}
    used["attended"] = {"W_o": trace.mixed, "b_o": None}
    if trace.hidden is not None:
        used["hidden"] = {"W_1": trace.read_2, "b_1": None}
        used["fed"] = {"W_2": relu(trace.hidden), "b_2": None}
    sums: dict[str, Array] = {}
    log10_step: dict[str, Array] = {}
    for name, inputs in used.items():
        _add(sums, log10_step, d[name], inputs)
    normals = (trace.normal_1, trace.normal_2)
    for k, (name, normal) in enumerate(zip(NORMED.get(layer.norm, ()), normals, strict=False), 1):
        if normal is not None:
            _add(sums, log10_step, d[name] * normal.unit, {f"scale_{k}": None})
            _add(sums, log10_step, d[name], {f"shift_{k}": None})
    return unchecked(layer, **sums), log10_step


def _add(sums: dict, log10_step: dict, da: Scaled, inputs: dict[str, Given]) -> None:
    da = da.by_vector()
    found, steps = contributions(da.mantissa, da.exponent, inputs)
    sums |= found
    log10_step |= steps
