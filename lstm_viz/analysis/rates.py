"""From a curve of log10 norms to a rate per step, a half-life and a horizon."""

import math
from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.base import check_shape

Array = np.ndarray
FEWEST = 4  # points that a fit needs
STRAIGHT = 0.95  # least R² of a curve that one rate describes …
FLAT = 0.1  # … unless it stays this close to the line, in decades


@dataclass(frozen=True)
class Horizon:
    """How far back a gradient falls to a given share of itself.

    steps : infinity if it never does, NaN if that cannot be said
    measured : whether the curve itself got there; otherwise the fit was prolonged
    """

    steps: float
    measured: bool


@dataclass(frozen=True)
class Rate:
    """The factor by which a norm changes with each step back, from a least-squares line.

    log10_factor : slope of log10 of the norm, decades per step; NaN without a fit
    spread : root mean square distance of the curve from the line, decades
    steps : over how many steps the line was fitted
    problem : "" where one rate describes the curve; otherwise why it does not: "not finite",
        "zero" (the gradient becomes exactly 0), "too short" or "bent"
    to_1e3, to_eps : until a thousandth and until machine precision is left
    """

    log10_factor: float
    spread: float
    steps: int
    problem: str
    to_1e3: Horizon
    to_eps: Horizon

    @property
    def factor(self) -> float:
        """Factor per step back: below 1 the gradient decays, above 1 it grows."""
        with np.errstate(over="ignore", under="ignore"):
            return float(np.float64(10.0) ** self.log10_factor)

    @property
    def half_life(self) -> float:
        """Steps until half is left; infinity for one that does not decay, NaN without fit."""
        return self._steps_to_change(-math.log10(2))

    @property
    def doubling_time(self) -> float:
        """Steps until it has doubled; infinity for one that does not grow, NaN without fit."""
        return self._steps_to_change(math.log10(2))

    def _steps_to_change(self, decades: float) -> float:
        if math.isnan(self.log10_factor):
            return math.nan
        return decades / self.log10_factor if self.log10_factor * decades > 0 else math.inf


def fit_rate(
    log10_norm: Array,
    eps: float = float(np.finfo(np.float64).eps),
    distance: Array | None = None,
) -> Rate:
    """Fit one rate to log10 norms against distance from the loss.

    Parameters
    ----------
    log10_norm : (n,), nearest to the loss first; −inf for an exact zero, NaN for unknown
    eps : machine precision that `to_eps` refers to
    distance : (n,) steps, ascending; 0, 1, 2 … by default. Horizons are counted from the first.

    Raises
    ------
    ShapeError
        If there is not one distance for each norm.
    """
    y = np.asarray(log10_norm, np.float64)
    k = np.arange(len(y)) if distance is None else np.asarray(distance)
    check_shape("distance", k, y.shape)
    problem = ""
    if np.isnan(y).any() or np.isposinf(y).any():
        problem = "not finite"
    elif np.isneginf(y).any():
        problem = "zero"
    usable = int(np.argmin(np.isfinite(y))) if problem else len(y)
    slope, spread, straight = _line(k[:usable], y[:usable])
    if not problem and usable < FEWEST:
        problem = "too short"
    elif not problem and not straight:
        problem = "bent"
    prolong = math.nan if problem else slope
    horizons = (horizon(k, y, math.log10(share), prolong) for share in (1e-3, eps))
    fitted = int(k[usable - 1] - k[0]) if usable else 0
    return Rate(slope, spread, fitted, problem, *horizons)


def _line(k: Array, y: Array) -> tuple[float, float, bool]:
    """Slope and spread of the least-squares line, and whether the curve follows it."""
    if len(y) < 2:
        return math.nan, math.nan, False
    k = k - k.mean()
    slope = float(k @ (y - y.mean()) / (k @ k))
    residual = y - y.mean() - slope * k
    spread = float(np.sqrt(np.mean(residual**2)))
    return slope, spread, spread <= FLAT or spread**2 <= (1 - STRAIGHT) * float(y.var())


def horizon(k: Array, y: Array, decades: float, slope: float) -> Horizon:
    """The first distance at which a curve has fallen by this much, or what its fit foretells.

    k, y : (n,) distances, ascending, and log10 norms; decades : below 0; slope : of the fit in
        decades per step, NaN where it must not be prolonged
    """
    if not len(y) or not np.isfinite(y[0]):
        return Horizon(math.nan, False)
    below = np.flatnonzero(y - y[0] <= decades)
    if len(below):
        return Horizon(float(k[below[0]] - k[0]), True)
    if math.isnan(slope):
        return Horizon(math.nan, False)
    return Horizon(decades / slope if slope < 0 else math.inf, False)
