"""Layers of one recurrent cell on top of each other: each reads what the one below puts out.

    output_l = cell_l(output_{l−1}),  output_0 = x        ∂L/∂output_{l−1} = ∂L/∂x of layer l

The gradient is handed down with its powers of two, so that a stack is as exact as one layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.cells import base, told
from lstm_viz.cells.architecture import Architecture
from lstm_viz.errors import Said, ShapeError, shown
from lstm_viz.logscale import Scaled
from lstm_viz.registry import CELLS
from lstm_viz.result import once
from lstm_viz.spec import ModelSpec, is_list

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class StackWeights(told.Weighted):
    """The layers' weights, lowest first, all of one cell."""

    layers: tuple

    def __post_init__(self) -> None:
        layers: tuple = tuple(self.layers) if is_list(self.layers) else ()
        kinds = {type(layer) for layer in layers}
        if len(kinds) != 1 or not hasattr(layers[0], "cell"):
            raise ShapeError(
                "list-of-layers", kind=Said("weights-of-one-cell"), got=shown(self.layers)
            )
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "variant", layers[0].variant)
        for k, (below, above) in enumerate(pairwise(layers), 2):
            if above.input_size != below.output_size:
                raise ShapeError(
                    "layer-reads",
                    k=k,
                    outputs=Said("outputs", n=below.output_size),
                    inputs=Said("inputs", n=above.input_size),
                )

    @property
    def cell(self) -> str:
        return self.layers[0].cell

    @property
    def input_size(self) -> int:
        """D"""
        return self.layers[0].input_size

    @property
    def hidden_size(self) -> int:
        """H"""
        return self.layers[-1].hidden_size

    @property
    def output_size(self) -> int:
        """O"""
        return self.layers[-1].output_size

    def sizes(self) -> dict[str, object]:
        top = {"hidden_size": self.hidden_size, "layers": len(self.layers)}
        return self.layers[0].sizes() | top

    def parts(self) -> Mapping[str, told.Weighted]:
        return {str(k): layer for k, layer in enumerate(self.layers, 1)}

    def arrays(self) -> dict[str, Array]:
        return told.numbered(self.layers)


@dataclass(frozen=True, eq=False, repr=False)
class StackTrace(told.Traced):
    """The layers' traces, lowest first; the input of each is the output of the one below."""

    layers: tuple

    @property
    def x(self) -> Array:
        """(T, B, D)"""
        return self.layers[0].x

    @property
    def output(self) -> Array:
        """(T, B, O), of the top layer"""
        return self.layers[-1].output

    @property
    def lengths(self) -> Array | None:
        """(B,) where padding begins, or None"""
        return self.layers[0].lengths

    @property
    def weights(self) -> StackWeights:
        return StackWeights(tuple(own.weights for own in self.layers))

    @once
    def failure(self) -> base.Failure | None:
        """Where the lowest layer that failed stopped giving finite numbers, or None."""
        return next((t.failure for t in self.layers if t.failure is not None), None)

    def _rows(self) -> "DataFrame":
        """The layers' tables under each other, `layer` counted from 1."""
        from lstm_viz.tables import concatenate

        frames = [trace._rows() for trace in self.layers]
        return concatenate(frame.assign(layer=k) for k, frame in enumerate(frames, 1))


@dataclass(frozen=True, eq=False, repr=False)
class StackGradients(base.LossGradients):
    """The layers' gradients, lowest first.

    scaled : "x", and each layer's other quantities with its number, counted from 1: "h_1" …
    entering : the direct gradient of the top layer's output
    weights, log10_step : as in cells.base.Gradients
    """

    layers: tuple
    entering: Scaled
    weights: StackWeights

    @property
    def lengths(self) -> Array | None:
        """(B,) as in the trace, or None"""
        return self.layers[0].lengths

    @once
    def scaled(self) -> Mapping[str, Scaled]:
        return {"x": self.layers[0].scaled["x"]} | self._by_layer("scaled")

    @once
    def log10_step(self) -> Mapping[str, Array]:
        return self._by_layer("log10_step")

    def _by_layer(self, field: str) -> dict:
        return {
            f"{name}_{k}": value
            for k, layer in enumerate(self.layers, 1)
            for name, value in getattr(layer, field).items()
            if name != "x"
        }


def layer_specs(spec: ModelSpec) -> list[ModelSpec]:
    """The specification of each layer, lowest first."""
    above = CELLS[spec.cell].directions * spec.hidden_size
    sizes = [spec.input_size] + [above] * (spec.layers - 1)
    return [replace(spec, layers=1, input_size=size) for size in sizes]


def init_weights(spec: ModelSpec) -> StackWeights:
    """Draw each layer's weights; the lowest is the net that one layer alone would be."""
    draw, specs = CELLS[spec.cell].init_weights, layer_specs(spec)
    return StackWeights(tuple(draw(part, (k,) if k else ()) for k, part in enumerate(specs)))


def count_parameters(spec: ModelSpec) -> int:
    """The sum over the layers."""
    return sum(CELLS[spec.cell].count_parameters(part) for part in layer_specs(spec))


def cost(spec: ModelSpec, T: int) -> base.Cost:
    """Layers may work at once, each a step behind the one below, unless they read both ways."""
    cell = CELLS[spec.cell]
    parts = [cell.cost(part, T) for part in layer_specs(spec)]
    waits = len(parts) * T if cell.directions > 1 else T + len(parts) - 1
    operations, kept = (sum(getattr(p, name) for p in parts) for name in ("operations", "kept"))
    return base.Cost(operations, waits, T + len(parts) - 1, kept)


def forward(
    weights: StackWeights, x: Array, lengths: Array | None = None, **initial: Array
) -> StackTrace:
    """Run the layers over x (T, B, D), lowest first.

    lengths : (B,), how many steps each sequence has; the rest is padding
    initial : h0 and so on, (layers, …), each layer's initial states as its cell takes them
    """
    from lstm_viz.cells import run

    traces = []
    for k, layer in enumerate(weights.layers):
        states = {n[:-1]: _of_layer(n, s, k, weights) for n, s in initial.items()}
        traces.append(run(layer, traces[-1].output if traces else x, states, lengths))
    return StackTrace(tuple(traces))


def _of_layer(name: str, state: Array, k: int, weights: StackWeights) -> Array:
    count, found = len(weights.layers), len(state) if np.iterable(state) else Said("a-number")
    if found != count:
        raise ShapeError("state-a-layer", name=name, n=count, got=found)
    return state[k]


def backward(
    weights: StackWeights, trace: StackTrace, dh: Array | Scaled, **direct: Array | Scaled
) -> StackGradients:
    """Backpropagate the direct gradient (T, B, O) of the top layer's output through all layers.

    direct : dc and so on, the direct gradients of the top layer's other states
    """
    from lstm_viz.cells import run_back

    if not isinstance(trace, StackTrace) or len(trace.layers) != len(weights.layers):
        raise ShapeError("trace-of-layers", n=len(weights.layers))
    gradients, enters, more = [], dh, {name[1:]: value for name, value in direct.items()}
    for layer, own in zip(reversed(weights.layers), reversed(trace.layers), strict=True):
        gradients.insert(0, run_back(layer, own, enters, more))
        enters, more = gradients[0].scaled["x"], {}
    own = StackWeights(tuple(layer.weights for layer in gradients)).drawn_by(weights.spec)
    return StackGradients(tuple(gradients), gradients[-1].entering, own)


STACK = Architecture(
    name="stack",
    weights=StackWeights,
    trace=StackTrace,
    gradients=StackGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
    padding=True,
)
