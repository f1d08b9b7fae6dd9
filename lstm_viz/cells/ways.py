"""What the cells' `paths` share: the names of two ways, and rows that are moved to their state."""

import numpy as np

from lstm_viz.logscale import Scaled, concatenate

HIGHWAY, DIRECT = "highway", "direct"


def to_step_before(part: Scaled) -> Scaled:
    """What steps 1 … T send back, (T, B, H) → rows 0 … T."""
    return concatenate([part, _nothing(part[-1:])])


def from_step_1(entering: Scaled) -> Scaled:
    """What enters at steps 1 … T → rows 0 … T, with nothing at the initial state."""
    return concatenate([_nothing(entering[:1]), entering])


def _nothing(row: Scaled) -> Scaled:
    return Scaled(np.zeros_like(row.mantissa), row.exponent)
