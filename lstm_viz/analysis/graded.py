"""Products of many matrices and their singular values, each to its own relative accuracy.

The singular values of a product of a thousand Jacobians span hundreds of orders of magnitude, and
an ordinary SVD of the product knows only the largest. So the product is kept as Q · D · R: Q
orthogonal, D diagonal and graded, as whole powers of two kept apart, R well-conditioned. Scaling
columns does not change the Q of a QR decomposition, which is why no number here ever leaves the
range of a float.

Loh et al. (1989) stabilise products in this way; Tomas et al. (2012) sort columns before each QR in
place of pivoting within it. One-sided Jacobi rotations then find small singular values as
accurately as large ones: Demmel & Veselić (1992); Drmač & Veselić (2008) start them from QR.
"""

from dataclasses import dataclass

import numpy as np

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
ORTHOGONAL = 1e-13  # cosine of two columns that need no rotation
QR_STEPS = 4  # before the rotations: each decouples columns of different magnitude further
SWEEPS = 30  # of rotations at most; five or six are the rule


@dataclass(frozen=True, eq=False, repr=False)
class Product(Shown):
    """A matrix M = Q · diag(2**exponent) · R.

    Q : (S, S) orthogonal
    exponent : (S,) integers; NOTHING or near it where M has lost a dimension
    R : (S, S) well-conditioned, the largest entry of each row in [½, 1)
    """

    Q: Array
    exponent: Array
    R: Array

    def after(self, A: Array) -> "Product":
        """A · M for a matrix A (S, S).

        A column whose part orthogonal to the others is below the round-off of the column itself
        counts as dependent on them: A is then singular to working precision, and so is M.
        """
        columns, exponent = _near_1((A @ self.Q).T, self.exponent)
        order = np.argsort(-exponent, kind="stable")
        Q, r = np.linalg.qr(columns[order].T)
        exponent, R = _pull_out(r, exponent[order])
        R, exponent = _near_1(R @ self.R[order], exponent)
        return Product(Q, exponent, R)


def identity(size: int) -> Product:
    """The product of no matrices."""
    return Product(np.eye(size), np.zeros(size, np.int64), np.eye(size))


def _near_1(vectors: Array, exponent: Array) -> tuple[Array, Array]:
    """Give each vector a largest entry in [½, 1), and its exponent the power of two for it."""
    e = binary_exponent(max_abs(vectors))
    return times_power_of_two(vectors, -e[..., None]), exponent + e


def _pull_out(r: Array, exponent: Array) -> tuple[Array, Array]:
    """r · 2**exponent = 2**new · R with the diagonal of R in [½, 1)."""
    diagonal = np.abs(r.diagonal())
    lost = diagonal <= len(r) * EPS * np.linalg.norm(r, axis=0)
    new = np.where(lost, NOTHING, exponent + binary_exponent(diagonal))
    ratio = np.where(lost[:, None], 0, exponent - new[:, None])
    R = np.where(lost[:, None], np.eye(len(r)), times_power_of_two(r, ratio))
    return new, R


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
    log10 = log10_norm(columns) + exponent * LOG10_2
    log10[exponent < NOTHING // 2] = -np.inf
    return -np.sort(-log10, axis=1)


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
