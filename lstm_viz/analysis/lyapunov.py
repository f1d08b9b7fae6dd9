"""Lyapunov exponents: at what rates one step after another stretches small differences.

A frame of S orthogonal directions is carried along by the Jacobians and made orthogonal again after
each step, Q_t R_t = J_t Q_{t−1}; the exponents are the time averages of ln |R_ii|. Since
|det J_t| = ∏ |R_ii|, their sum must be the time average of ln |det J_t|, which is computed apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_viz.analysis.graded import EPS
from lstm_viz.analysis.jacobian import chain, jacobians, state_size
from lstm_viz.errors import SpecError
from lstm_viz.result import OfNet, net_facts, settings_of
from lstm_viz.spec import check_integer
from lstm_viz.words import number

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class LyapunovSpectrum(OfNet):
    """The Lyapunov exponents of one network along one sequence.

    exponents : (S,) nats per step, the largest first; −inf for directions that are lost for good,
        NaN where the forward pass had left the finite numbers
    mean_log_det : the time average of ln |det J_t|, −inf if one of them is singular
    steps : over how many steps the averages are
    """

    exponents: Array
    mean_log_det: float
    steps: int

    @property
    def residual(self) -> float:
        """Sum of the exponents − mean ln |det J_t|, 0 but for round-off; 0 where both are −inf."""
        total = float(self.exponents.sum())
        return 0.0 if total == self.mean_log_det else total - self.mean_log_det

    @property
    def kaplan_yorke(self) -> float:
        """Kaplan–Yorke dimension: at which dimension volumes neither grow nor shrink.

        0 where the largest exponent is negative: everything is drawn to one trajectory.
        """
        sums = np.cumsum(self.exponents)
        if np.isnan(sums).any():
            return float("nan")
        whole = int(np.searchsorted(-sums, 0, side="right")) if sums[0] >= 0 else 0
        if whole in (0, len(sums)):
            return float(whole)
        return whole + float(sums[whole - 1] / -self.exponents[whole])

    def facts(self) -> dict[str, str]:
        """The largest exponent, above 0 where small differences grow, and what all add up to."""
        own = {"net": net_facts(self.net), "averaged over": f"{self.steps} steps"}
        if len(self.exponents):
            lost = np.isneginf(self.exponents[0])
            largest = f"{number(self.exponents[0])} nats a step"
            own["largest"] = "no difference survives" if lost else largest
        own["sum"] = number(self.exponents.sum())
        return own | {"Kaplan–Yorke dimension": number(self.kaplan_yorke)}

    def _rows(self):
        """A table with one row for each exponent, counted from 1."""
        from lstm_viz.tables import rows_frame

        own = {
            "mean_log_det": self.mean_log_det,
            "residual": self.residual,
            "kaplan_yorke_dimension": self.kaplan_yorke,
        }
        return rows_frame(
            [{"index": i, "exponent": float(v)} | own for i, v in enumerate(self.exponents, 1)]
        )


def lyapunov_spectrum(
    weights, x: Array, burn_in: int = 0, *, batch_first: bool | None = None
) -> Array:
    """Lyapunov exponents per step along x (T, 1, D), (S,), in nats, the largest first.

    See `lyapunov`, which gives more than the numbers.
    """
    return lyapunov(weights, x, burn_in, batch_first=batch_first).exponents


def lyapunov(
    weights,
    x: Array,
    burn_in: int = 0,
    progress: Callable[[int], None] | None = None,
    *,
    batch_first: bool | None = None,
) -> LyapunovSpectrum:
    """Carry a frame of directions along one sequence by QR.

    Parameters
    ----------
    x : (T, 1, D), one sequence; (1, T, D) with batch_first=True
    burn_in : steps at the start that turn the frame but do not count, 0 … T−1
    progress : called with the number of steps done

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence, or no step is left to count.

    References
    ----------
    Benettin et al. (1980); Engelken, Wolf & Abbott (2023) for recurrent networks.
    """
    trace = chain(weights, x, batch_first)
    T, size = len(trace.x), state_size(weights)
    net = settings_of(weights) | {"T": T}
    burn_in = check_integer("burn_in", burn_in, 0)
    if burn_in >= T:
        raise SpecError(f"burn_in must be less than the number of steps, {T}; got {burn_in}")
    steps = T - burn_in
    if trace.failure is not None:
        return LyapunovSpectrum(np.full(size, np.nan), float("nan"), steps, net=net)
    Q, total, log_det = np.eye(size), np.zeros(size), 0.0
    for t, J in enumerate(jacobians(weights, trace), start=1):
        sign, log_det_J = np.linalg.slogdet(J)
        Q, log_R = _turn(J, Q, singular=sign == 0)
        if t > burn_in:
            total += log_R
            log_det += float(log_det_J)
        if progress is not None:
            progress(t)
    exponents = -np.sort(-total / steps)
    return LyapunovSpectrum(exponents, log_det / steps, steps, net=net)


def _turn(J: Array, Q: Array, singular: bool) -> tuple[Array, Array]:
    """Q_t and ln |R_ii| of J Q_{t−1} = Q_t R_t.

    Of a singular J, what round-off leaves of a lost direction is 0, and its logarithm −inf.
    """
    Q, R = np.linalg.qr(J @ Q)
    diagonal = np.abs(R.diagonal())
    if singular:
        diagonal = np.where(diagonal <= len(R) * EPS * np.linalg.norm(R, axis=0), 0, diagonal)
    with np.errstate(divide="ignore"):
        return Q, np.log(diagonal)
