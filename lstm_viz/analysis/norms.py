"""Gradients → log10 norms."""

import numpy as np

from lstm_viz.arrays import check_lengths, up_to_end
from lstm_viz.cells.protocols import Gradients
from lstm_viz.errors import ShapeError

Array = np.ndarray


def log10_norms(gradients: Gradients, lengths: Array | None = None) -> dict[str, Array]:
    """log10 of the Euclidean norm over units of each quantity's total gradient.

    lengths : (B,), how many steps each sequence of a padded batch has; by default what the forward
        pass was told. After them there is no norm: NaN, and not the −inf of a gradient that died.

    Returns
    -------
    dict
        "h" and, where there is a cell state, "c": (T+1, B), row 0 the initial state. "x" and the
        pre-activations ("a"; "a_i", "a_f", "a_g", "a_o"): (T, B), row t−1 for step t. "W", "U" and
        "b": (T,), step t's own contribution to the weight gradient. An exact zero is −inf; NaN
        where the forward pass had left the finite numbers.

    At any magnitude: 100,000 steps of a linear RNN with U = ½Q read −30102.999566398.
    """
    if not hasattr(gradients, "log10_step"):
        raise ShapeError(
            "what-returns", name="gradients", function="backward", got=type(gradients).__name__
        )
    norms = {name: scaled.log10_norm() for name, scaled in gradients.scaled.items()}
    T, B = gradients.entering.mantissa.shape[:2]
    known = getattr(gradients, "lengths", None) if lengths is None else lengths
    ends = check_lengths(known, T, B)
    norms = {name: up_to_end(norm, ends, T) for name, norm in norms.items()}
    return norms | dict(gradients.log10_step)
