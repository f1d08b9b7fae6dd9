"""From a curve of log10 norms to a rate per step, a half-life and a horizon."""

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.arrays import as_array, check_shape, real_array
from lstm_viz.errors import Said, SpecError, shown
from lstm_viz.result import Shown
from lstm_viz.words import factor, number, steps

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
FEWEST = 4  # points that a fit needs
STRAIGHT = 0.95  # least R² of a curve that one rate describes …
ROUGH = 1.0  # … and its largest spread, in decades; what stays as close as …
FLAT = 0.1  # … this is described by it in any case
UNCHANGED = 1e-6  # decades: a spread of round-off


@dataclass(frozen=True, repr=False)
class Horizon(Shown):
    """How many steps from the loss a gradient has fallen to a given share.

    steps : 0 or more; infinity if it never falls so far, NaN if that cannot be said
    measured : whether the curve itself got there; otherwise the fit was prolonged beyond its end
    """

    steps: float
    measured: bool

    def facts(self) -> dict[str, str]:
        if not math.isfinite(self.steps):
            return {"distance": "unknown" if math.isnan(self.steps) else "never so far"}
        how = "measured" if self.measured else "foretold"
        return {"distance": f"{steps(self.steps)}, {how}"}


@dataclass(frozen=True, repr=False)
class Rate(Shown):
    """The factor by which a norm changes with each step back, from a least-squares line.

    One rate describes the curve if the line tells its size within an order of magnitude, and the
    most of how it changes: a spread of at most `ROUGH` decades and an R² of at least `STRAIGHT`; or
    a spread of at most `FLAT`, since a curve without a slope has no R². "Halves every n steps" then
    foretells any point of the curve to within about 10**spread. Beyond its end the line is
    prolonged only where R² is as large as that.

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

    def facts(self) -> dict[str, str]:
        """The rate and how far to trust it; where one rate does not describe the curve, why."""
        spread = f"{number(self.spread)} decades over {steps(self.steps)}"
        if self.problem:
            fit = {} if math.isnan(self.spread) else {"spread": spread}
            return {"no one rate": self.problem} | fit
        change = {"half-life": self.half_life, "doubling time": self.doubling_time}
        spans = {name: steps(span) for name, span in change.items() if math.isfinite(span)}
        return {"factor": f"{factor(self.log10_factor)} a step"} | spans | {"spread": spread}

    def _rows(self) -> "DataFrame":
        from lstm_viz.tables import rows_frame

        own = {"log10_factor": self.log10_factor, "factor": self.factor}
        own |= {"half_life": self.half_life, "doubling_time": self.doubling_time}
        own |= {"spread": self.spread, "steps": self.steps, "problem": self.problem}
        for name in ("to_1e3", "to_eps"):
            horizon = getattr(self, name)
            own |= {name: horizon.steps, f"{name}_measured": horizon.measured}
        return rows_frame([own])

    def _steps_to_change(self, decades: float) -> float:
        if math.isnan(self.log10_factor):
            return math.nan
        return decades / self.log10_factor if self.log10_factor * decades > 0 else math.inf


def fit_rate(
    log10_norm: Array,
    eps: float = float(np.finfo(np.float64).eps),
    distance: Array | None = None,
    *,
    whole: float | None = None,
) -> Rate:
    """Fit one rate to log10 norms against distance from the loss.

    Parameters
    ----------
    log10_norm : (n,), nearest to the loss first; −inf for an exact zero, NaN for unknown
    eps : machine precision that `to_eps` refers to
    distance : (n,) steps from the loss, each greater than the one before; 0, 1, 2 … by default
    whole : log10 of the size at the loss, distance 0, that horizons are shares of; by default the
        curve's own first value, and steps are counted from there

    Raises
    ------
    ShapeError, SpecError
        If there is not one distance for each norm, the distances do not ascend, or eps does not
        lie between 0 and 1.
    """
    y = real_array("log10_norm", log10_norm)
    check_shape("log10_norm", y, (len(y) if y.ndim else "n",))
    k = np.arange(len(y)) if distance is None else as_array("distance", distance)
    check_shape("distance", k, y.shape)
    _check_ascending(k)
    if not isinstance(eps, Real) or not 0 < eps < 1:
        raise SpecError("between", name="eps", least=0, most=1, got=shown(eps))
    if whole is not None and not isinstance(whole, Real):
        raise SpecError("number", name="whole", got=shown(whole))
    problem = ""
    if np.isnan(y).any() or np.isposinf(y).any():
        problem = "not finite"
    elif np.isneginf(y).any():
        problem = "zero"
    usable = int(np.argmin(np.isfinite(y))) if problem else len(y)
    slope, spread, straight, explained = _line(k[:usable], y[:usable])
    if not problem and not straight:
        problem = "too short" if usable < FEWEST else "bent"
    prolong = math.nan if problem or not explained else slope
    if whole is None:
        k, whole = (k - k[0], float(y[0])) if len(y) else (k, math.nan)
    shares = math.log10(1e-3), math.log10(eps)
    horizons = (horizon(k, y, share, prolong, whole) for share in shares)
    fitted = int(k[usable - 1] - k[0]) if usable else 0
    return Rate(slope, spread, fitted, problem, *horizons)


def _check_ascending(distance: Array) -> None:
    """Raise SpecError unless each distance is a finite number greater than the one before."""
    wrong = ~np.isfinite(distance)
    wrong[1:] |= ~(np.diff(distance) > 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        found = Said("distance", at=at, value=distance[at])
        if at:
            found = Said("distance-after", at=at, value=distance[at], before=distance[at - 1])
        raise SpecError("descending", found=found)


def _line(k: Array, y: Array) -> tuple[float, float, bool, bool]:
    """Slope and spread of the least-squares line, whether the curve follows it, and whether the
    line explains its changes, if it has any: only then does it say how the curve goes on."""
    if len(y) < 2:
        return math.nan, math.nan, False, False
    k = k - k.mean()
    slope = float(k @ (y - y.mean()) / (k @ k))
    residual = y - y.mean() - slope * k
    spread = float(np.sqrt(np.mean(residual**2)))
    explained = spread <= UNCHANGED or _follows(spread, y.var())
    return slope, spread, bool(is_straight(spread, y.var(), len(y))), bool(explained)


def is_straight(spread: Array | float, variance: Array | float, points: int) -> Array:
    """Whether one rate describes a curve, as `Rate` has it; variance : of its log10 norms."""
    rough = _follows(spread, variance) & (spread <= ROUGH)
    return np.asarray((points >= FEWEST) & ((spread <= FLAT) | rough))


def _follows(spread: Array | float, variance: Array | float) -> Array:
    """Whether R² is large enough."""
    return np.asarray(spread**2 <= (1 - STRAIGHT) * variance)


def horizon(k: Array, y: Array, share: float, slope: float, whole: float = 0.0) -> Horizon:
    """The first distance at which a curve is down to a share of the whole, or what is foretold.

    A forecast goes on from the curve's last point, so it never lies within what was measured.

    k, y : (n,) distances, ascending from 0 or more, and log10 norms; share : log10, below 0;
    whole : log10; slope : of the fit in decades per step, NaN where it must not be prolonged
    """
    level = whole + share
    known = int(np.append(np.isnan(y), True).argmax())
    if not known or not math.isfinite(level):
        return Horizon(math.nan, False)
    below = np.flatnonzero(y[:known] <= level)
    if len(below):
        return Horizon(float(k[below[0]]), True)
    if math.isnan(slope):
        return Horizon(math.nan, False)
    beyond = (level - float(y[-1])) / slope if slope < 0 else math.inf
    return Horizon(float(k[-1]) + beyond, False)
