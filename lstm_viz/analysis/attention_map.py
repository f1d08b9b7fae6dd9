"""Self-attention's gradient map: which output's loss reaches which input, for all pairs at once.

A loss at one step enters the top layer at one query alone. There the backward pass of all steps is
one of T rows of attention, not of T whole ones; only the layers below need (T, T) for each loss.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from lstm_viz.arrays import one_sequence, vector
from lstm_viz.cells import attention, attention_layer, cell_of, run
from lstm_viz.cells.attention import AttentionWeights
from lstm_viz.cells.attention_layer import LayerTrace, LayerWeights, Normal
from lstm_viz.cells.base import Failure
from lstm_viz.cells.protocols import Weights
from lstm_viz.errors import ShapeError
from lstm_viz.inputs.probes import unit_probe
from lstm_viz.logscale import Scaled, binary_exponent, max_abs, times_power_of_two
from lstm_viz.result import OfNet, Shown, failed, net_facts, settings_of, size
from lstm_viz.sketch import Line

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
ENTRIES = 2**20  # of the largest array of one batch of losses: 8 MB in float64
APART = 1e-9  # relative: what lies nearer to the largest share than this is a tie with it


@dataclass(frozen=True, eq=False, repr=False)
class AttentionViews(OfNet):
    """What every step takes from every other, and how far its gradient goes to each.

    weights : (layers, heads, T, T), row s−1, column t−1: the share of step t in what step s reads
    log10_norm : (T, T), log10 ‖∂⟨v, y_s⟩/∂x_t‖, −inf for exactly 0
    causal : no step reads a later one
    failure : where the forward pass left the finite numbers, None if it did not
    """

    weights: Array
    log10_norm: Array
    causal: bool
    failure: Failure | None = None

    @property
    def steps(self) -> int:
        return len(self.log10_norm)

    @property
    def layers(self) -> int:
        return self.weights.shape[0]

    @property
    def heads(self) -> int:
        return self.weights.shape[1]

    def shares(self, layer: int = 0, head: int | None = None) -> Array:
        """(T, T), the weights of one head, or of the mean of all."""
        own = self.weights[layer]
        return own.mean(axis=0) if head is None else own[head]

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.net), "heads": f"{self.heads} in each of {self.layers} layers"}
        own["forward pass"] = failed(self.failure)
        far, near = (size(float(self.log10_norm[-1, t])) for t in (0, -1))
        return own | {"∂L/∂x of the last loss": f"{near} at its step, {far} at the first"}

    def line(self) -> Line:
        steps = np.arange(1, self.steps + 1)
        return Line(steps, self.log10_norm[-1], "time step t", "‖∂L/∂x_t‖ of the last loss")

    def _rows(self) -> "DataFrame":
        """A table with one row for each pair of steps: gradient, weight in each layer and head."""
        from lstm_viz.tables import columns_frame

        s, t = np.indices(self.log10_norm.shape).reshape(2, -1) + 1
        columns = {"loss_step": s, "step": t, "log10_norm_x": self.log10_norm.ravel()}
        for k, h in np.ndindex(self.weights.shape[:2]):
            columns[f"weight_layer{k + 1}_head{h}"] = self.weights[k, h].ravel()
        return columns_frame(columns)


@dataclass(frozen=True, repr=False)
class Spread(Shown):
    """How a step's shares lie over the steps that it sees.

    Averaged over the steps that see two or more and have a share of anything: a loss whose gradient
    is exactly zero everywhere has none.

    distance : in steps, of the average share
    steps : e^entropy, over how many steps equal shares would be as spread
    seen : how many steps there are to see
    evenness : entropy / ln(steps seen), 1 for equal shares
    """

    distance: float
    steps: float
    seen: float
    evenness: float


@dataclass(frozen=True, repr=False)
class Peaks(Shown):
    """How often the largest gradient lies where the largest weight does.

    same : so many steps have both at one step …
    of : … of so many that see two or more and have one largest weight and one largest gradient
    ties : so many have several that are equally large, of either
    """

    same: int
    of: int
    ties: int


def attention_views(
    weights: AttentionWeights,
    x: Array,
    probe: Array | None = None,
    progress: Callable[[float], object] | None = None,
) -> AttentionViews:
    """Return every layer's and head's weights and the gradient map of one sequence (T, 1, D)."""
    trace = run(weights, one_sequence(x, weights.input_size))
    log10_norm = gradient_map_x(weights, x, probe, progress)
    shares = np.stack([own.weights[0] for own in trace.layers])
    net = settings_of(weights) | {"T": len(log10_norm)}
    return AttentionViews(shares, log10_norm, weights.causal, trace.failure, net=net)


def attends(weights: Weights) -> TypeGuard[AttentionWeights]:
    """Whether the net's steps read each other, so that `gradient_map_x` is for it."""
    return cell_of(weights).attends


def gradient_map_x(
    weights: AttentionWeights,
    x: Array,
    probe: Array | None = None,
    progress: Callable[[float], object] | None = None,
) -> Array:
    """log10 ‖∂⟨v, y_s⟩/∂x_t‖ for every loss step s and input step t, exact through all layers.

    Parameters
    ----------
    x : (T, 1, D), one sequence
    probe : v (E,); by default the unit vector of seed 0
    progress : called with the share that is done, after each batch of losses

    Returns
    -------
    (T, T), row s−1, column t−1. The upper triangle is real: a loss reaches later steps too, unless
    attention is causal, where it is −inf. About 10 T²E² operations for one layer and 8 T³E for each
    further one; no array has more than a few million entries, apart from the weights (heads, T, T).

    Raises
    ------
    ShapeError
        If x holds more than one sequence, or v does not fit.
    """
    if not isinstance(weights, AttentionWeights):
        raise ShapeError(
            "of-type", name="weights", kind="AttentionWeights", got=type(weights).__name__
        )
    trace = run(weights, one_sequence(x, weights.input_size))
    T, v = len(trace.x), unit_probe(weights.hidden_size) if probe is None else probe
    v = vector("probe", v, weights.hidden_size, weights.dtype)
    norms, batch = np.empty((T, T)), _batch(weights, T)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for start in range(0, T, batch):
            rows = np.arange(start, min(start + batch, T))
            du = _through_top(weights.layers[-1], trace.layers[-1], rows, v)
            for layer, own in list(zip(weights.layers, trace.layers, strict=True))[-2::-1]:
                du = attention_layer.backward(layer, own, du)["x"]
            norms[rows] = attention.to_x(weights, du).log10_norm().T
            if progress is not None:
                progress(float(rows[-1] + 1) / T)
    return norms


def _batch(weights: AttentionWeights, T: int) -> int:
    """How many losses to take back together."""
    below = max((layer.heads for layer in weights.layers[:-1]), default=0)
    return max(1, ENTRIES // (T * max(weights.hidden_size, below * T)))


def _through_top(layer: LayerWeights, own: LayerTrace, rows: Array, v: Array) -> Scaled:
    """∂⟨v, y_s⟩/∂ of the top layer's input, (T, S, E), for S loss steps."""
    at, here = _at(own, rows), (rows, np.arange(len(rows)))
    exponent = int(binary_exponent(max_abs(v)))
    unit = times_power_of_two(v, np.array(-exponent))
    d = attention_layer.down_to_mixed(layer, at, np.broadcast_to(unit, (1, len(rows), len(v))))
    d |= attention_layer.through_attention(at, d["mixed"])
    dread = d["k"] @ layer.W_k + d["v"] @ layer.W_v
    dread[here] += d["q"][0] @ layer.W_q
    dx = attention_layer.to_input(layer, own, dread)
    if layer.residual:
        dx[here] += d["attended"][0]
    return Scaled.of(dx, np.full(dx.shape[:-1], exponent))


def _at(own: LayerTrace, rows: Array) -> LayerTrace:
    """The trace of one sequence as that of S sequences with one query each and all its keys."""

    def steps(array: Array) -> Array:
        return array[rows].swapaxes(0, 1)  # (1, S, E)

    def normal(n: Normal | None) -> Normal | None:
        return None if n is None else Normal(steps(n.unit), steps(n.rate))

    def heads(array: Array) -> Array:
        return array[0][:, rows].swapaxes(0, 1)[:, :, None]  # (S, heads, 1, d or T)

    names = ("x", "read", "mixed", "middle", "output", "read_2", "hidden")
    by_step = {n: steps(array) for n in names if (array := getattr(own, n)) is not None}
    normals = {name: normal(getattr(own, name)) for name in ("normal_1", "normal_2")}
    at = replace(own, queries=heads(own.queries), weights=heads(own.weights), **by_step, **normals)
    vars(at)["saturated"] = own.saturated
    if own.saturated:
        vars(at)["scores"] = heads(own.scores)
    return at


def weight_spread(views: AttentionViews, layer: int = 0, head: int | None = None) -> Spread | None:
    """The spread of one layer's weights, of one head or of the mean over its heads."""
    return _spread(views.shares(layer, head), views.causal)


def gradient_spread(views: AttentionViews) -> Spread | None:
    """The spread of the gradient's norms, as shares of their sum over all steps."""
    return _spread(_relative(views.log10_norm), views.causal)


def same_peak(views: AttentionViews, layer: int = 0, head: int | None = None) -> Peaks:
    """How often a loss step's largest gradient is at the step of its largest weight."""
    told = _told(views.log10_norm, views.causal)
    weights, norms = views.shares(layer, head)[told], _relative(views.log10_norm[told])
    single = _single(weights) & _single(norms)
    same = single & (weights.argmax(axis=1) == norms.argmax(axis=1))
    return Peaks(int(same.sum()), int(single.sum()), int(len(single) - single.sum()))


def silent_losses(views: AttentionViews) -> tuple[int, int]:
    """How many losses have a gradient of exactly zero at every input, and of how many."""
    return int(np.isneginf(views.log10_norm).all(axis=1).sum()), views.steps


def _relative(log10: Array) -> Array:
    """Norms (S, T) over the largest of their row; 0 where the whole row is."""
    return 10.0 ** (log10 - np.maximum(log10.max(axis=1, keepdims=True), -1e300))


def _single(values: Array) -> Array:
    """Whether each row (S, T) has one largest value that stands clear of the next, (S,)."""
    second, first = np.sort(values, axis=1)[:, -2:].T if len(values) else np.empty((2, 0))
    return second < first * (1 - APART)


def _seen(T: int, causal: bool) -> Array:
    """How many steps each step sees, (T,)."""
    return np.arange(1, T + 1) if causal else np.full(T, T)


def _told(log10: Array, causal: bool) -> Array:
    """Which rows (T, T) of log10 magnitudes see two steps or more and are not all zero, (T,)."""
    return (_seen(len(log10), causal) > 1) & np.isfinite(log10.max(axis=1))


def _spread(size: Array, causal: bool) -> Spread | None:
    """The spread of what each row (T, T) shares out; None where none has anything to share."""
    steps, total = np.arange(len(size)), size.sum(axis=1)
    told = (_seen(len(size), causal) > 1) & (total > 0)
    if not told.any():
        return None
    share, seen = size[told] / total[told, None], _seen(len(size), causal)[told]
    distance = (share * np.abs(steps[told, None] - steps)).sum(axis=1)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=1)
    values = distance, np.exp(entropy), seen, entropy / np.log(seen)
    return Spread(*(float(value.mean()) for value in values))
