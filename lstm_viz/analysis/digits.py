"""Products of Jacobians in as many digits as they need, for what float64 loses.

Slopes of saturated units lie hundreds of orders of magnitude apart. A sum of a large and a tiny
term forgets the tiny one, and a later step may take the large one away again. So a product is kept
as

    M = P · diag(d) · Q        entries of P and Q about 1 at most, all gradation in d

and goes on by `split`, an elimination with complete pivoting in the product F_1 · F_2 · … that
never forms that product: its factors are reduced apart, each by the row that passes through it.
Numbers are `decimal.Decimal`, whose exponents have no end, in NumPy arrays of objects; what is
exactly 0 stays so. How many digits it takes is found by taking twice as many, and what the
Jacobians' own floats do not determine by moving each entry by one part in 2⁵² (`settle`).

References
----------
Demmel et al. (1999) on factorisations with all gradation in a diagonal; Stewart (1995) on products
that are never formed; Ziv (1991) on taking digits until they suffice.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import reduce

import numpy as np

from lstm_viz.analysis.steps import Step
from lstm_viz.logscale import NOTHING, times_power_of_two
from lstm_viz.result import Shown
from lstm_viz.wide import Wide

Array = np.ndarray
FEWEST, MOST = 40, 5120  # digits that are tried
MOVED = (
    Decimal(2) ** -52
)  # by what share each entry of a Jacobian is moved, to see what that changes
CANCELLED = 2  # decades by which an entry may lie below its largest term
ZERO = Decimal(0)

_exactly = np.frompyfunc(Decimal, 1, 1)
_with_power = np.frompyfunc(lambda m, e: Decimal(m) * Decimal(2) ** e if m else ZERO, 2, 1)
_decade = np.frompyfunc(lambda v: v.adjusted() if v else -math.inf, 1, 1)


def context(precision: int) -> Context:
    """Decimal arithmetic of so many digits, with exponents of any size."""
    return Context(prec=precision, Emax=MAX_EMAX, Emin=MIN_EMIN)


def decimals(x: Array | Wide, moved: np.random.Generator | None = None) -> Array:
    """Floats or wide numbers as Decimals; given a generator, each moved in its last bit."""
    if isinstance(x, Wide):
        exact = np.asarray(_with_power(x.mantissa, x.exponent.astype(object)))
    else:
        exact = np.asarray(_exactly(np.asarray(x, np.float64)))
    if moved is None:
        return exact
    share = np.asarray(_exactly(moved.uniform(-1, 1, exact.shape)))
    return exact * (1 + MOVED * share)


@dataclass(frozen=True, eq=False, repr=False)
class Product(Shown):
    """A matrix M = P · diag(d) · Q of rank r.

    P : (S, r); d : (r,); Q : (r, S)
    hidden : so many dimensions more there may be, of which no digit is left
    """

    P: Array
    d: Array
    Q: Array
    hidden: int = 0

    def back_through(self, step: Step, moved: np.random.Generator | None = None) -> "Product":
        """Jᵀ · M, of the step before those of M; as to `moved`, see `decimals`."""
        factors = [decimals(F, moved).T for F in reversed(step.factors())]
        P, d, Q, hidden = split([*factors, self.P * self.d])
        hidden = max(0, min(hidden + self.hidden, _most(factors) - len(d)))
        return Product(P, d, Q @ self.Q, hidden)

    def graded(self) -> tuple[Array, Array]:
        """exponent (S,), R (S, S) of an orthogonal matrix times diag(2**exponent) · R, in floats.

        Dimensions that M has not are rows of zeros.
        """
        (r, S), order = self.Q.shape, np.argsort(-_magnitude(self.d), kind="stable")
        exponent, R = np.full(S, NOTHING), np.zeros((S, S))
        if r:
            exponent[:r], mantissa = binary(self.d[order])
            triangle = np.linalg.qr(self.P[:, order].astype(float) * mantissa, mode="r")
            ratio = exponent[:r] - exponent[:r, None]
            R[:r] = times_power_of_two(np.triu(triangle), ratio) @ self.Q[order].astype(float)
        return exponent, R

    def log_volumes(self, order: Array) -> Array:
        """ln |R_kk| of Mᵀ[:, order] = O · R with O orthogonal; −inf where k adds no dimension.

        Each says by how much the volume of the first columns' box grows with one more. (S,)
        """
        found, kept, volume = np.full(len(self.P), -np.inf), [], 0.0
        left, right = self.Q.T, (self.P[order] * self.d).T
        for k in range(len(order)):
            P, d, _Q, hidden = split([left, right[:, [*kept, k]]])
            if hidden or (self.hidden and len(d) == len(kept)):
                found[k] = np.nan
            elif len(d) > len(kept):
                kept.append(k)
                total = float(sum((abs(v).ln() for v in d), ZERO)) + _log_volume(P)
                found[k], volume = total - volume, total
        return found


def identity(size: int) -> Product:
    """The product of no matrices."""
    eye = decimals(np.eye(size))
    return Product(eye, eye.diagonal(), eye)


def split(factors: list[Array]) -> tuple[Array, Array, Array, int]:
    """F_1 · F_2 · … · F_n = P · diag(d) · Q by elimination, the largest entries first.

    With row p and column q of the product going through the factors as l_k = (F_1 ⋯ F_k)[p] and
    y_k = (F_k ⋯ F_n)[:, q], each factor loses the entry i_k of the space before it and i_{k+1} of
    that behind it, where l ∘ y is largest:

        F_k ← F_k − F_k[:, j] l_k / l_k[j]        j = i_{k+1}, without row i_k and column j

    which is M − M[:, q] M[p] / M[p, q] for their product M.

    Returns P (S, r), d (r,), Q (r, N) for rank r, and how many dimensions more there may be if all
    digits of an entry have cancelled.
    """
    S, N = len(factors[0]), factors[-1].shape[1]
    P, d, Q, cancelled = [], [], [], False
    rows, columns, most = np.arange(S), np.arange(N), _most(factors)
    while all(F.size for F in factors):
        p, q, decade = _largest_path(factors)
        if decade == -math.inf:
            break
        before = _row(factors, p)
        if not before[-1][q] or before[-1][q].adjusted() < decade - CANCELLED:
            p, q, largest = _largest_entry(factors)
            if not largest:
                cancelled = True
                break
            before = _row(factors, p)
        behind, pivot = _column(factors, q), before[-1][q]
        P.append(_placed(behind[0] / pivot, rows, S))
        Q.append(_placed(before[-1] / pivot, columns, N))
        d.append(pivot)
        factors, zeros = _reduced(factors, p, q, before, behind)
        cancelled = cancelled or zeros
        rows, columns = np.delete(rows, p), np.delete(columns, q)
    hidden = most - len(d) if cancelled else 0
    return _columns(P, S), np.array(d, object), _columns(Q, N).T, hidden


def _most(factors: list[Array]) -> int:
    """The rank that the factors' rows and columns of zeros leave for their product."""
    return min(int(np.count_nonzero(F.any(axis=k))) for F in factors for k in (0, 1))


def _largest_entry(factors: list[Array]) -> tuple[int, int, Decimal]:
    """Row, column and value of the largest entry of the product."""
    product = reduce(np.matmul, factors)
    p, q = map(int, np.unravel_index(_magnitude(product).argmax(), product.shape))
    return p, q, product[p, q]


def _largest_path(factors: list[Array]) -> tuple[int, int, float]:
    """The ends of the path whose entries have the largest product, and about its decade."""
    value, steps = np.zeros(factors[-1].shape[1]), []
    for F in reversed(factors):
        through = _magnitude(F) + value
        best = through.argmax(axis=1)
        value = through[np.arange(len(best)), best]
        steps.append(best)
    p = int(value.argmax())
    return p, reduce(lambda at, best: int(best[at]), reversed(steps), p), float(value[p])


def _magnitude(x: Array) -> Array:
    """The decade of each entry, −inf for 0."""
    return np.asarray(_decade(x), float)


def _row(factors: list[Array], p: int) -> list[Array]:
    rows = [factors[0][p]]
    for F in factors[1:]:
        rows.append(rows[-1] @ F)
    return rows


def _column(factors: list[Array], q: int) -> list[Array]:
    columns = [factors[-1][:, q]]
    for F in reversed(factors[:-1]):
        columns.append(F @ columns[-1])
    return columns[::-1]


def _reduced(
    factors: list[Array], p: int, q: int, before: list[Array], behind: list[Array]
) -> tuple[list[Array], bool]:
    """The factors without row p and column q of their product, and whether an entry became 0."""
    through = [_magnitude(b * c) for b, c in zip(before[:-1], behind[1:], strict=True)]
    path, reduced, zeros = [p, *(int(size.argmax()) for size in through), q], [], False
    for F, i, j, row in zip(factors, path[:-1], path[1:], before, strict=True):
        F, share = F.copy(), F[:, j] / row[j]
        touched, passed = np.flatnonzero(share), np.flatnonzero(row)
        touched, passed = touched[touched != i], passed[passed != j]
        block = np.ix_(touched, passed)
        F[block] -= np.outer(share[touched], row[passed])
        zeros = zeros or not F[block].all()
        reduced.append(np.delete(np.delete(F, i, 0), j, 1))
    return reduced, zeros


def _placed(part: Array, where: Array, size: int) -> Array:
    whole = np.full(size, ZERO)
    whole[where] = part
    return whole


def _columns(vectors: list[Array], size: int) -> Array:
    return np.array(vectors, object).reshape(len(vectors), size).T


def binary(d: Array) -> tuple[Array, Array]:
    """d = mantissa · 2**exponent, with mantissas about 1 as floats."""
    two = Decimal(2)
    e = [int((abs(v).ln() / two.ln()).to_integral_value()) for v in d]
    mantissa = [float(v / two**k) for v, k in zip(d, e, strict=True)]
    return np.array(e, np.int64), np.array(mantissa)


def _log_volume(P: Array) -> float:
    return float(np.log(np.abs(np.linalg.qr(P.astype(float)).R.diagonal())).sum())


def settle(measure: Callable[[bool], Array], same: float) -> Array:
    """What `measure` gives in enough digits, and NaN for what its Jacobians do not determine.

    measure : called in a context of Decimals with whether to move the Jacobians' entries; NaN where
        the digits did not suffice
    same : a difference up to which two results are one, relative to the larger of them and 1
    """

    def measured(precision: int, moved: bool) -> Array:
        with localcontext(context(precision)):
            return measure(moved)

    def agree(a: Array, b: Array) -> Array:
        with np.errstate(invalid="ignore"):
            near = np.abs(a - b) <= same * np.maximum(1, np.abs(b))
        return (a == b) | (np.isfinite(a) & np.isfinite(b) & near)

    precision, moved = 2 * FEWEST, measured(FEWEST, True)
    found = measured(precision, False)
    if agree(moved, found).all():
        return found
    fewer = np.full_like(found, np.nan)
    while not agree(fewer, found).all() and precision < MOST:
        precision, fewer = 2 * precision, found
        found = measured(precision, False)
    good = agree(fewer, found) & agree(measured(precision, True), found)
    return np.where(good, found, np.nan)
