"""Products of many Jacobians in floats, each singular value to its own relative accuracy.

The singular values of a product of a thousand Jacobians span hundreds of orders of magnitude, and
an ordinary SVD of the product knows only the largest. So the product is kept as X · D · R: D
diagonal and graded, as whole powers of two kept apart, X and R well-conditioned. Scaling columns
does not change the Q of a QR decomposition, which is why no number here ever leaves the range of a
float. The rows of a Jacobian are graded too, by the slopes of its units, and QR then keeps each row
to its own accuracy if the largest come first (Cox & Higham 1998). What round-off may have done is
summed up along the way; where that is too much, `digits` takes over.

Loh et al. (1989) stabilise products in this way; Tomas et al. (2012) sort columns before each QR in
place of pivoting within it. One-sided Jacobi rotations then find small singular values as
accurately as large ones: Demmel & Veselić (1992); Drmač & Veselić (2008) start them from QR.
"""

from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.analysis.steps import Step
from lstm_viz.logscale import (
    LOG10_2,
    NOTHING,
    binary_exponent,
    log10_norm,
    max_abs,
    times_power_of_two,
)
from lstm_viz.result import Shown

Array = np.ndarray
EPS = float(np.finfo(np.float64).eps)
ROUNDING = 8 * EPS  # relative error of a row in one QR decomposition, and the product before it
NEGLIGIBLE = 1e-12  # relative error of one step
ORTHOGONAL = 1e-13  # cosine of two columns that need no rotation
QR_STEPS = 4  # before the rotations: each decouples columns of different magnitude further
SWEEPS = 30  # of rotations at most; five or six are the rule


@dataclass(frozen=True, eq=False, repr=False)
class Product(Shown):
    """A matrix M = X · diag(2**exponent) · R of rank r.

    X : (S, r) well-conditioned
    exponent : (r,) integers
    R : (r, S) well-conditioned, the largest entry of each row in [½, 1)
    error : (r,) what round-off may have changed each diagonal entry by, relative to it
    """

    X: Array
    exponent: Array
    R: Array
    error: Array

    def back_through(self, step: Step) -> "Product":
        """Jᵀ · M, of the step before those of M: Bᵀ · (d ∘ Nᵀ X) · …, where K = diag(d) · B.

        Where units are dead, rows of K are exactly 0, and M has so many dimensions less.
        """
        K = np.asarray(step.K)  # floats: see `Step.is_floats`
        size = max_abs(K)
        e = binary_exponent(size)
        d = np.where(size > 0, np.ldexp(1.0, e), 0)
        turned = self._with_frame(d[:, None] * step.before(self.X))
        return replace(turned, X=times_power_of_two(K, -e[:, None]).T @ turned.X)

    def graded(self) -> tuple[Array, Array, Array]:
        """M as an orthogonal matrix times diag(2**exponent) · R: exponent, R (S, S), error (S,).

        Dimensions that M has not are rows of zeros.
        """
        own, S = self._with_frame(self.X), self.R.shape[1]
        r = len(own.exponent)
        exponent, R, error = np.full(S, NOTHING), np.zeros((S, S)), np.zeros(S)
        exponent[:r], R[:r], error[:r] = own.exponent, own.R, np.maximum.accumulate(own.error)
        return exponent, R, error

    def _with_frame(self, A: Array) -> "Product":
        """A · diag(2**exponent) · R for a frame A (S, r), as a product with an orthogonal one."""
        size = max_abs(A.T) if A.size else np.zeros(A.shape[1])
        order = np.argsort(-(self.exponent + binary_exponent(size)), kind="stable")
        order = order[size[order] > 0]
        Q, r, error = graded_qr(A[:, order])
        exponent, R = _pull_out(r, self.exponent[order])
        R, exponent = _near_1(R @ self.R[order], exponent)
        return Product(Q, exponent, R, self.error[order][: len(r)] + error)


def identity(size: int) -> Product:
    """The product of no matrices."""
    eye = np.eye(size)
    return Product(eye, np.zeros(size, np.int64), eye, np.zeros(size))


def graded_qr(A: Array) -> tuple[Array, Array, Array]:
    """Q and R of a matrix A (S, n) with rows of any magnitude, without its rows of zeros.

    Returns Q (S, r), R (r, n) and the relative error that each R_kk may have (r,).
    """
    size = max_abs(A) if A.size else np.zeros(len(A))
    order = np.argsort(-size, kind="stable")[: np.count_nonzero(size)]
    Q, R = np.linalg.qr(A[order])
    frame = np.zeros((len(A), len(R)))
    frame[order] = Q
    return frame, R, _errors(A[order], Q, R, size[order])


def _errors(A: Array, Q: Array, R: Array, size: Array) -> Array:
    """By how much round-off may have changed each R_kk, relative to it.

    Round-off is relative to the largest row; if it is found to be relative to each row, whose sizes
    descend, then of the k-th row and those below it.
    """
    if not len(R):
        return np.zeros(0)
    with np.errstate(divide="ignore", over="ignore"):
        share = 1 / np.abs(R.diagonal())
        error = ROUNDING * size[0] * share
        if error.max() > NEGLIGIBLE:
            of_rows = (max_abs(A - Q @ R) / size).max() + ROUNDING
            error = np.minimum(error, of_rows * size[: len(R)] * share)
    return np.maximum.accumulate(error)


def _near_1(vectors: Array, exponent: Array) -> tuple[Array, Array]:
    """Give each vector a largest entry in [½, 1), and its exponent the power of two for it."""
    if not vectors.size:
        return vectors, exponent
    size = max_abs(vectors)
    e = binary_exponent(size)
    return times_power_of_two(vectors, -e[..., None]), np.where(size > 0, exponent + e, NOTHING)


def _pull_out(r: Array, exponent: Array) -> tuple[Array, Array]:
    """r · 2**exponent = 2**new · R with the diagonal of R in [½, 1)."""
    if not r.size:
        return exponent[: len(r)], r
    new = exponent[: len(r)] + binary_exponent(r.diagonal())
    return new, times_power_of_two(r, exponent - new[:, None])


def log10_singular_values(exponent: Array, R: Array) -> Array:
    """log10 of the singular values of diag(2**exponent) · R, largest first; −inf for exactly 0.

    exponent : (K, S); R : (K, S, S); K matrices at once → (K, S)
    """
    columns, exponent = _sorted(R, exponent)  # of Rᵀ · D, one a row
    for _step in range(QR_STEPS):
        r = np.linalg.qr(columns.swapaxes(1, 2), mode="r")
        # (r D)ᵀ = D rᵀ = (D rᵀ D⁻¹) D, whose columns are the rows of D⁻¹ r D
        ratio = np.minimum(exponent[:, None, :] - exponent[:, :, None], 0)
        columns, exponent = _sorted(times_power_of_two(np.triu(r), ratio), exponent)
    columns, exponent = _rotate(columns, exponent)
    return -np.sort(-(log10_norm(columns) + exponent * LOG10_2), axis=1)


def _sorted(columns: Array, exponent: Array) -> tuple[Array, Array]:
    """Columns, as rows near 1 with their exponents, the largest first."""
    columns, exponent = _near_1(columns, exponent)
    order = np.argsort(-exponent, axis=1, kind="stable")
    return np.take_along_axis(columns, order[..., None], 1), np.take_along_axis(exponent, order, 1)


def _rotate(columns: Array, exponent: Array) -> tuple[Array, Array]:
    """Make the columns of each matrix orthogonal, two at a time; their norms are what remains."""
    rounds = _rounds(columns.shape[1])
    for _sweep in range(SWEEPS):
        gram = columns @ columns.swapaxes(1, 2)
        square = np.diagonal(gram, axis1=1, axis2=2)
        skew = np.abs(gram) > ORTHOGONAL * np.sqrt(square[:, :, None] * square[:, None, :])
        if not np.triu(skew, 1).any():
            break
        for p, q in rounds:
            k, pair = np.nonzero(skew[:, p, q])
            if len(k):
                _rotate_pairs(columns, exponent, k, p[pair], q[pair])
        columns, exponent = _near_1(columns, exponent)
    return columns, exponent


def _rounds(S: int) -> list[tuple[Array, Array]]:
    """All pairs of S columns, as rounds of pairs that have no column in common."""
    players = list(range(S + S % 2))
    half, rounds = len(players) // 2, []
    for _round in range(len(players) - 1):
        pairs = zip(players[:half], players[: half - 1 : -1], strict=True)
        pairs = [pair for pair in pairs if max(pair) < S]  # an odd one out pauses
        rounds.append(tuple(np.array(pairs, np.int64).reshape(-1, 2).T))
        players.insert(1, players.pop())
    return rounds


def _rotate_pairs(columns: Array, exponent: Array, k: Array, p: Array, q: Array) -> None:
    """Rotate columns p and q of the matrices k to right angles (in place).

    With s = 2**(e_q − e_p) ≤ 1 the columns are g_p and s g_q in units of the larger. The rotation
    by the angle with tangent t = τ s leaves c (g_p − τ s² g_q) and s c (τ g_p + g_q): s itself
    need not be a float, and for s → 0 it is a Gram–Schmidt step.
    """
    swap = exponent[k, q] > exponent[k, p]
    p, q = np.where(swap, q, p), np.where(swap, p, q)
    g_p, g_q = columns[k, p], columns[k, q]
    s2 = np.ldexp(1.0, np.maximum(2 * (exponent[k, q] - exponent[k, p]), -2000))
    inner = np.vecdot(g_p, g_q)
    difference = np.vecdot(g_q, g_q) * s2 - np.vecdot(g_p, g_p)
    sign = np.where((difference < 0) == (inner < 0), 1.0, -1.0)
    root = np.sqrt(difference**2 + 4 * inner**2 * s2)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau = sign * 2 * np.abs(inner) / (np.abs(difference) + root)
    c = 1 / np.sqrt(1 + tau**2 * s2)[:, None]
    columns[k, p] = c * (g_p - (tau * s2)[:, None] * g_q)
    columns[k, q] = c * (tau[:, None] * g_p + g_q)
