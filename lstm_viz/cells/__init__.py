"""The architectures, one file each, and the calls that pick the right one.

A new architecture is a file with `Weights`, `init_weights`, `forward` and `backward`, and one line
in `CELLS`.
"""

import numpy as np

from lstm_viz.cells import lstm, rnn
from lstm_viz.errors import ShapeError
from lstm_viz.spec import ModelSpec

CELLS = {"rnn": rnn, "lstm": lstm}


def cell_of(weights: object):
    """Return the module of the architecture that these weights belong to."""
    for module in CELLS.values():
        if isinstance(weights, module.Weights):
            return module
    known = ", ".join(module.Weights.__name__ for module in CELLS.values())
    raise ShapeError(f"weights must be one of {known}; got {type(weights).__name__}")


def init_weights(spec: ModelSpec):
    """Draw the initial weights that `spec` describes; the same spec gives the same weights."""
    return CELLS[spec.cell].init_weights(spec)


def forward(weights, x: np.ndarray, h0: np.ndarray | None = None, c0: np.ndarray | None = None):
    """Run the weights' architecture over x (T, B, D) and return its trace.

    h0 and c0 (B, H) are the initial states, zero by default; the cell's own `forward` in
    lstm_viz/cells says what the trace holds and what is refused.
    """
    module = cell_of(weights)
    if c0 is None:
        return module.forward(weights, x, h0)
    if "c0" not in module.forward.__annotations__:
        raise ShapeError(f"c0 must be None: {weights.cell!r} has no cell state")
    return module.forward(weights, x, h0, c0)


def backward(weights, trace, dh: np.ndarray, dc: np.ndarray | None = None):
    """Backpropagate the direct ∂L/∂h_t (T, B, H), and ∂L/∂c_t if given, through `trace`.

    Returns the architecture's gradients: totals ∂L/∂h and ∂L/∂c (T+1, B, H), ∂L/∂x (T, B, D), each
    gate's ∂L/∂a (T, B, H), ∂L/∂ of the weights and each step's contribution to them.
    """
    return cell_of(weights).backward(weights, trace, dh, dc)
