"""The calls that pick the right architecture; registry.py names them, one file each."""

import importlib
from types import ModuleType

import numpy as np

from lstm_viz.cells import stack
from lstm_viz.errors import ShapeError
from lstm_viz.registry import CELLS
from lstm_viz.spec import ModelSpec


def module_of(cell: str) -> ModuleType:
    """Import the module of an architecture by its name."""
    return importlib.import_module(CELLS[cell])


def cell_of(weights: object) -> ModuleType:
    """Return the module of the architecture that these weights belong to."""
    modules = [*map(module_of, CELLS), stack]
    for module in modules:
        if isinstance(weights, module.Weights):
            return module
    known = ", ".join(module.Weights.__name__ for module in modules)
    raise ShapeError(f"weights must be one of {known}; got {type(weights).__name__}")


def init_weights(spec: ModelSpec):
    """Draw the initial weights that `spec` describes; the same spec gives the same weights."""
    module = module_of(spec.cell)
    return stack.init_weights(spec, module) if stacks(spec) else module.init_weights(spec)


def stacks(spec: ModelSpec) -> bool:
    """Whether the net is several layers of one cell; an architecture may have layers of its own."""
    return spec.layers > 1 and not getattr(module_of(spec.cell), "OWN_LAYERS", False)


def count_parameters(spec: ModelSpec) -> int:
    """Count the numbers that would be learned, as PyTorch's module of that name counts them."""
    module = module_of(spec.cell)
    parts = stack.layer_specs(spec, module) if stacks(spec) else [spec]
    return sum(module.count_parameters(part) for part in parts)


def cost(spec: ModelSpec, T: int):
    """What one forward pass over one sequence of T steps costs, a `cells.base.Cost`."""
    module = module_of(spec.cell)
    return stack.cost(spec, module, T) if stacks(spec) else module.cost(spec, T)


def forward(weights, x: np.ndarray, h0: np.ndarray | None = None, c0: np.ndarray | None = None):
    """Run the weights' architecture over x (T, B, D) and return its trace.

    h0 and c0 (B, H) are the initial states, zero by default, for stacked layers (layers, B, H); the
    cell's own `forward` in lstm_viz/cells says what the trace holds and what is refused.
    """
    module = cell_of(weights)
    states = {name: s for name, s in (("h0", h0), ("c0", c0)) if s is not None}
    for name in states:
        if name not in module.forward.__annotations__:
            raise ShapeError(f"{name} must be None: {weights.cell!r} has no such state")
    return module.forward(weights, x, **states)


def backward(weights, trace, dh: np.ndarray, dc: np.ndarray | None = None):
    """Backpropagate the direct gradient (T, B, O) of what the net puts out through `trace`.

    For a recurrent cell that is ∂L/∂h_t, and dc, if given, the direct ∂L/∂c_t. Returns the
    architecture's gradients: ∂L/∂x (T, B, D); totals ∂L/∂h and ∂L/∂c (T+1, B, H) and each gate's
    ∂L/∂a (T, B, H) where there are such; ∂L/∂ of the weights and each step's contribution to them.
    """
    module = cell_of(weights)
    if dc is None:
        return module.backward(weights, trace, dh)
    if "dc" not in module.backward.__annotations__:
        raise ShapeError(f"dc must be None: {weights.cell!r} has no cell state")
    return module.backward(weights, trace, dh, dc)
