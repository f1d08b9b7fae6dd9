"""Lyapunov exponents: at what rates one step after another stretches small differences.

A frame of S orthogonal directions is carried along by the Jacobians and made orthogonal again after
each step, Q_t R_t = J_t Q_{t−1}; the exponents are the time averages of ln |R_ii|. Since
|det J_t| = ∏ |R_ii|, their sum must be the time average of ln |det J_t|, which is computed apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import getcontext
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz import words
from lstm_viz.analysis import digits
from lstm_viz.analysis.graded import graded_qr
from lstm_viz.analysis.jacobian import AFFORDED
from lstm_viz.analysis.steps import STRETCH, chain, state_size, steps, steps_back
from lstm_viz.cells import chain_of
from lstm_viz.cells.base import log_abs_det
from lstm_viz.cells.jacobians import transition
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.errors import SpecError
from lstm_viz.result import OfNet, net_facts, settings_of, told
from lstm_viz.spec import check_flag, check_integer

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
ACCURACY = 1e-9  # of an exponent, relative, or in nats per step if it is below 1
UNSURE = 5e-10  # error of an exponent, in nats per step, from which floats do not do
SAME = 1e-10  # relative, or in nats per step: a difference that matters to nobody


@dataclass(frozen=True, eq=False, repr=False)
class LyapunovSpectrum(OfNet):
    """The Lyapunov exponents of one network along one sequence.

    exponents : (S,) nats per step, the largest first. −inf for directions that are lost for good.
        NaN where the Jacobians' own floats do not determine it, since it is below their round-off;
        where it takes more digits than a net of this size can be given; and where the forward pass
        had left the finite numbers
    mean_log_det : the time average of ln |det J_t|, −inf if one of them is singular
    steps : over how many steps the averages are
    """

    exponents: Array
    mean_log_det: float
    steps: int

    @property
    def residual(self) -> float:
        """Sum of the exponents − mean ln |det J_t|; 0 where both are −inf."""
        total = float(self.exponents.sum())
        return 0.0 if total == self.mean_log_det else total - self.mean_log_det

    @property
    def adds_up(self) -> bool:
        """Whether the residual is no more than the exponents' round-off."""
        sizes = np.maximum(1, np.abs(self.exponents))
        return self.residual == 0 or abs(self.residual) <= ACCURACY * float(sizes.sum())

    @property
    def lost(self) -> int:
        """How many exponents are −inf."""
        return int(np.isneginf(self.exponents).sum())

    @property
    def undetermined(self) -> int:
        """How many exponents are not determined."""
        return int(np.isnan(self.exponents).sum())

    @property
    def kaplan_yorke(self) -> float:
        """Kaplan–Yorke dimension: at which dimension volumes neither grow nor shrink.

        0 where the largest exponent is negative: everything is drawn to one trajectory.
        """
        sums = np.cumsum(self.exponents)
        shrinking = np.flatnonzero(sums < 0)
        if not len(shrinking):
            return float("nan") if np.isnan(sums).any() else float(len(sums))
        whole = int(shrinking[0])
        return whole + float(sums[whole - 1] / -self.exponents[whole]) if whole else 0.0

    def facts(self) -> dict[str, str]:
        """The largest exponent, above 0 where small differences grow, and what all add up to."""
        own = {"net": net_facts(self.net), "averaged over": words.steps(self.steps)}
        if len(self.exponents):
            lost = np.isneginf(self.exponents[0])
            largest = f"{words.number(self.exponents[0])} nats a step"
            own["largest"] = "no difference survives" if lost else largest
        own |= {"lost for good": told(self.lost), "not determined": told(self.undetermined)}
        if not self.lost and not self.undetermined:
            own["sum"] = words.number(self.exponents.sum())
        return own | {"Kaplan–Yorke dimension": words.number(self.kaplan_yorke)}

    def _rows(self) -> "DataFrame":
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
    weights: Weights,
    x: Array,
    burn_in: int = 0,
    *,
    batch_first: bool | None = None,
    patient: bool = False,
) -> Array:
    """Lyapunov exponents per step along x (T, 1, D), (S,), in nats, the largest first.

    See `lyapunov`, which gives more than the numbers.
    """
    return lyapunov(weights, x, burn_in, batch_first=batch_first, patient=patient).exponents


def lyapunov(
    weights: Weights,
    x: Array,
    burn_in: int = 0,
    progress: Callable[[int], None] | None = None,
    *,
    batch_first: bool | None = None,
    patient: bool = False,
) -> LyapunovSpectrum:
    """Carry a frame of directions along one sequence by QR.

    Parameters
    ----------
    x : (T, 1, D), one sequence; (1, T, D) with batch_first=True
    burn_in : steps at the start that turn the frame but do not count, 0 … T−1
    progress : called with the number of steps done
    patient : as of `jacobian.singular_values`

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence, or no step is left to count.

    References
    ----------
    Benettin et al. (1980); Engelken, Wolf & Abbott (2023) for recurrent networks.
    """
    check_flag("patient", patient)
    trace = chain(weights, x, batch_first)
    T, size = len(trace.x), state_size(weights)
    net = settings_of(weights) | {"T": T}
    burn_in = check_integer("burn_in", burn_in, 0)
    if burn_in >= T:
        raise SpecError("at-most", name="burn_in", most=T - 1, got=burn_in)
    counted = T - burn_in
    if trace.failure is not None:
        return LyapunovSpectrum(np.full(size, np.nan), float("nan"), counted, net=net)
    tell = progress or (lambda t: None)
    exponents, error = _in_floats(weights, trace, burn_in, tell)
    if (error > UNSURE).any() and (patient or T * size**3 <= AFFORDED):
        exponents = _in_digits(weights, trace, burn_in, tell)
    else:
        exponents = np.where(error > UNSURE, np.nan, exponents)
    order = np.argsort(-np.where(np.isnan(exponents), -np.finfo(float).max, exponents))
    log_det = float(np.mean(_log_dets(weights, trace)[burn_in:]))
    return LyapunovSpectrum(exponents[order], log_det, counted, net=net)


def _in_floats(
    weights: Weights, trace: ChainTrace, burn_in: int, progress: Callable[[int], None]
) -> tuple[Array, Array]:
    """The exponents of the columns of the frame, (S,), and the error of each, in nats per step.

    The frame is made orthogonal between K and N of each J = N · K. A column that depends on those
    before it is lost, and left out from then on.
    """
    T, size = len(trace.x), state_size(weights)
    X, kept, total, error = np.eye(size), np.arange(size), np.zeros(size), np.zeros(size)
    for t, step in enumerate(steps(weights, trace), start=1):
        if not step.is_floats():
            return total, np.full(size, np.inf)
        if t == burn_in + 1:
            total[kept] = -_log_volumes(X)
        A = step.K @ X
        total[kept[~A.any(axis=0)]], kept = -np.inf, kept[A.any(axis=0)]
        Q, R, own = graded_qr(A[:, A.any(axis=0)])
        total[kept[len(R) :]], kept = -np.inf, kept[: len(R)]
        total[kept] += _log_diagonal(R)
        error[kept] += own
        X = step.after(Q)
        progress(t)
    total[kept] += _log_volumes(X)
    return total / (T - burn_in), error / (T - burn_in)


def _log_volumes(X: Array) -> Array:
    """What each column of X adds to the volume of those before it, in nats."""
    return _log_diagonal(np.linalg.qr(X).R)


def _log_diagonal(R: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.abs(R.diagonal()))


def _in_digits(
    weights: Weights, trace: ChainTrace, burn_in: int, progress: Callable[[int], None]
) -> Array:
    """The exponents of the frame's columns in Decimals, (S,), by the volumes of the whole product.

    A column that is lost but for round-off says nothing of a direction, and spoils those behind it:
    it is put behind them.
    """
    T, size = len(trace.x), state_size(weights)

    @cache
    def product(last: int, _precision: int, moved: bool) -> digits.Product:
        own, generator = digits.identity(size), np.random.default_rng(0) if moved else None
        for k, step in enumerate(steps_back(weights, trace, last), start=1):
            own = own.back_through(step, generator)
            progress(k)
        return own

    def measure(moved: bool) -> Array:
        before, whole = (
            product(last, getcontext().prec, moved).log_volumes(order) for last in (burn_in, T)
        )
        return np.where(np.isneginf(whole), whole, whole - before) / (T - burn_in)

    order, exponents = np.arange(size), np.full(size, np.nan)
    for put_behind in range(size):
        exponents = digits.settle(measure, SAME)
        doubtful = np.flatnonzero(np.isnan(exponents[: size - put_behind]))
        if not len(doubtful):
            break
        order = np.append(np.delete(order, doubtful[0]), order[doubtful[0]])
    return exponents


def _log_dets(weights: Weights, trace: ChainTrace) -> Array:
    """ln |det J_t|, (T,)."""
    chain, T = chain_of(weights), len(trace.x)

    def by_elimination(weights: Weights, trace: ChainTrace, lo: int, hi: int) -> Array:
        return log_abs_det(transition(weights, trace, lo, hi).matrices())

    log_det = chain.log_det or by_elimination
    return np.concatenate(
        [log_det(weights, trace, lo, min(lo + STRETCH, T)) for lo in range(0, T, STRETCH)]
    )
