"""Which of a GRU's gradients rest on digits that its forward pass no longer holds.

∂L/∂a_z is a multiple of h_{t−1} − n_t. At rest, as under constant input, the two come to agree in
all digits that floats have, and what is left of the difference is round-off: so is ∂L/∂a_z, and
what is handed on through z as far as it counts beside the rest. (Where they agree because both are
nearly 1 nothing is lost: `gru.recomputed` keeps what they lack of 1.)
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.activations import sigmoid_derivative
from lstm_viz.cells.range import exact
from lstm_viz.logscale import Scaled

if TYPE_CHECKING:
    from lstm_viz.cells.gru import GRUTrace, GRUWeights

Array = np.ndarray
ROUND_OFF = 4  # units in the last place by which the state and the candidate are uncertain
RIGHT = 1e-3  # the relative error above which a norm is called undetermined


def undetermined(
    weights: "GRUWeights", trace: "GRUTrace", scaled: Mapping[str, Scaled]
) -> dict[str, Array]:
    """Where fewer than three digits of a norm are right: "a_z", "x" (T, B) and "h" (T+1, B).

    What is lost at a step is lost at all steps before it too. All False in most traces.
    """
    full, H = exact(trace), trace.h.shape[-1]
    eps = ROUND_OFF * np.finfo(trace.h.dtype).eps
    error = scaled["h"][1:] * (sigmoid_derivative(full.a_z) * full.parts_of_gap() * eps)
    U, W = (np.abs(rows[H : 2 * H]) for rows in (weights.U, weights.W))
    error = Scaled(np.abs(error.mantissa), error.exponent)
    at_h = _is_large(error @ U, scaled["h"][:-1])
    before = np.logical_or.accumulate(at_h[::-1], axis=0)[::-1]  # of h_0 … h_{T−1}
    after = np.concatenate([before[1:], np.zeros_like(before[:1])])  # of h_1 … h_T
    found = {"a_z": _is_large(error, scaled["a_z"]), "x": _is_large(error @ W, scaled["x"])}
    found = {name: own | after for name, own in found.items()}
    return found | {"h": np.concatenate([before, np.zeros_like(before[:1])])}


def _is_large(error: Scaled, gradient: Scaled) -> Array:
    """Whether ‖error‖ is above the share of ‖gradient‖ that counts; an error of 0 never is."""
    share = error.log10_norm() - gradient.log10_norm()
    return np.where(np.isneginf(error.log10_norm()), False, share > np.log10(RIGHT))
