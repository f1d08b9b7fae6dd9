"""What is done against gradients that explode or vanish: clipping, and Pascanu's Ω."""

import math
from collections.abc import Sequence

import numpy as np

from lstm_viz.analysis.norms import log10_norms
from lstm_viz.analysis.theory import check_number
from lstm_viz.arrays import check_finite
from lstm_viz.cells.protocols import Gradients
from lstm_viz.logscale import binary_exponent, max_abs, times_power_of_two

Array = np.ndarray


def clip_by_norm(arrays: Sequence[Array], limit: float) -> list[Array]:
    """Shorten the arrays, taken together as one vector, to the norm `limit`; keep its direction.

    A vector that is no longer than `limit` comes back as it was, and so does an exact zero. Holds
    at any magnitude: all arrays are first scaled by one power of two.

    Parameters
    ----------
    arrays : the gradients of a net's weights, of any shapes; they are not changed
    limit : above 0

    Returns
    -------
    list
        New arrays of the same shapes and dtypes.

    Raises
    ------
    SpecError
        If `limit` is not a finite number above 0.
    NonFiniteError
        If an entry is NaN or infinite, where no direction is left to keep.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), algorithm 1. torch.nn.utils.clip_grad_norm_ adds 1e-6 to the
    norm, and so shortens a little more; that is not done here.
    """
    limit = check_number("limit", limit, above=True)
    arrays = [np.array(array, np.result_type(array, np.float32)) for array in arrays]
    for k, array in enumerate(arrays):
        check_finite(f"arrays[{k}]", array)
    largest = max((float(max_abs(a.reshape(-1))) for a in arrays if a.size), default=0.0)
    e = binary_exponent(np.array(largest))
    unit = [times_power_of_two(array, -e) for array in arrays]
    norm = math.sqrt(sum(float(np.vdot(u, u).real) for u in unit))  # of the scaled vector
    with np.errstate(over="ignore", under="ignore"):
        if norm <= np.ldexp(limit, -e):
            return arrays
    return [(u * (limit / norm)).astype(u.dtype, copy=False) for u in unit]


def pascanu_omega(gradients: Gradients) -> Array:
    """How much the norm changes at each step back: Ω_t = (‖∂L/∂h_t‖ / ‖∂L/∂h_{t+1}‖ − 1)².

    0 where the norm is kept, (ρ − 1)² in a linear net with U = ρQ, at most 1 where it shrinks.
    Computed from log10 norms, and so true where the norms themselves underflow.

    These are total gradients. For a loss at the last step of a plain RNN, ∂L/∂h_t =
    ∂L/∂h_{t+1} · ∂h_{t+1}/∂h_t, and Ω_t is a term of the paper's regulariser. A direct gradient at
    step t would be in the numerator too, and in an LSTM so is what came along c, where the paper
    has a Jacobian of h alone.

    Returns
    -------
    (T, B)
        Row t for the step from h_{t+1} back to h_t, t = 0 … T−1. NaN where both are exactly 0,
        infinity where a gradient comes from nothing.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), eq. 9, whose Ω is the sum over t.
    """
    log10 = log10_norms(gradients)["h"]
    with np.errstate(over="ignore", invalid="ignore"):
        return (10.0 ** (log10[:-1] - log10[1:]) - 1) ** 2
