"""What stands in for missing values of a table."""

import numpy as np

from lstm_viz.errors import InputError
from lstm_viz.i18n import N_

Array = np.ndarray

POLICIES = {
    "interpolate": N_("interpolated"),
    "repeat": N_("the last one repeated"),
    "drop": N_("rows left out"),
    "zero": N_("set to 0"),
}


def filled(values: Array, gaps: Array, policy: str) -> Array:
    """Return a table (T, D) without its gaps, of fewer rows where the policy drops some.

    Beyond the first and the last number of a column, "interpolate" takes the nearest one, as
    "repeat" does before the first.

    Parameters
    ----------
    values : (T, D), each column with at least one finite number
    gaps : (T, D) bool, where a value is missing
    policy : one of `POLICIES`

    Raises InputError if no row is left.
    """
    if policy == "drop":
        kept = values[~gaps.any(axis=1)]
        if not len(kept):
            raise InputError("none-left")
        return kept
    values = values.copy()
    if policy == "zero":
        values[gaps] = 0.0
        return values
    for k in np.flatnonzero(gaps.any(axis=0)):
        steps, known = np.flatnonzero(gaps[:, k]), np.flatnonzero(~gaps[:, k])
        if policy == "interpolate":
            values[steps, k] = np.interp(steps, known, values[known, k])
        else:
            before = np.searchsorted(known, steps) - 1
            values[steps, k] = values[known[np.maximum(before, 0)], k]
    return values
