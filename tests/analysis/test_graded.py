"""Singular values of long products, each to its own relative accuracy, against closed forms."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from lstm_viz.analysis import digits, graded
from lstm_viz.analysis.graded import log10_singular_values
from lstm_viz.analysis.steps import Step
from lstm_viz.initializers import random_orthogonal
from tests.compare import assert_log10_close
from tests.oracle import log10_norm


def after(matrices):
    """log10 singular values of the product, the last matrix on the left, found in floats."""
    product = graded.identity(len(matrices[0]))
    for matrix in matrices:
        product = product.back_through(Step(np.asarray(matrix, float).T))
    exponent, R, error = product.graded()
    assert error.max() < 1e-9
    return log10_singular_values(exponent[None], R[None])[0]


def decimal_2x2(matrices):
    """log10 of both singular values of a product of 2×2 matrices, in Decimals.

    σ_1 σ_2 = |det|, σ_1² + σ_2² = ‖·‖_F².
    """
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 1200, -(10**6), 10**6
        a, b, c, d = Decimal(1), Decimal(0), Decimal(0), Decimal(1)
        for (p, q), (r, s) in (m.tolist() for m in matrices):
            p, q, r, s = map(Decimal, (p, q, r, s))
            a, b, c, d = p * a + q * c, p * b + q * d, r * a + s * c, r * b + s * d
        square, det = a * a + b * b + c * c + d * d, abs(a * d - b * c)
        largest = ((square + (square * square - 4 * det * det).sqrt()) / 2).sqrt()
        return [float(value.log10()) for value in (largest, det / largest)]


@pytest.mark.parametrize("seed", range(4))
def test_products_of_random_2x2_matrices(seed):
    rng = np.random.default_rng(seed)
    matrices = list(rng.normal(size=(300, 2, 2)) * 10 ** rng.uniform(-3, 1, size=(300, 1, 1)))
    assert_log10_close(after(matrices), decimal_2x2(matrices), 1e-10)


@pytest.mark.parametrize("U", [[[0.9, 5], [0, 0.9]], [[1, 1e3], [0, 1e-3]], [[0.5, 0], [7, 2]]])
def test_powers_of_non_normal_2x2_matrices(U):
    matrices = [np.array(U, float)] * 400
    assert_log10_close(after(matrices), decimal_2x2(matrices), 1e-10)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("k", [1, 500])
def test_powers_of_a_normal_matrix(k, seed):
    """σ_i = |λ_i|^k, from 1 down to 1e-1000."""
    values = np.array([1.0, -0.5, 0.1, 0.01])
    Q = random_orthogonal(4, np.random.default_rng(seed))
    expected = k * np.log10(np.abs(values))
    assert_log10_close(after([Q * values @ Q.T] * k), expected, 1e-10)


@pytest.mark.parametrize("H", [1, 2, 7, 20])
def test_powers_of_a_scaled_orthogonal_matrix(H):
    Q = random_orthogonal(H, np.random.default_rng(H))
    assert_log10_close(after([0.3 * Q] * 1000), np.full(H, 1000 * np.log10(0.3)), 1e-11)


@pytest.mark.parametrize("H", [1, 3, 24])
def test_one_matrix_is_an_ordinary_svd(H):
    A = np.random.default_rng(H).normal(size=(H, H))
    assert_log10_close(after([A]), np.log10(np.linalg.svd(A, compute_uv=False)), 1e-11)


@pytest.mark.parametrize("H", [5, 40])
def test_the_product_of_all_is_the_product_of_the_determinants(H):
    matrices = np.random.default_rng(H).normal(size=(200, H, H))
    expected = np.linalg.slogdet(matrices)[1].sum() / np.log(10)
    values = after(list(matrices))
    assert values.sum() == pytest.approx(expected, rel=1e-12)
    assert values[0] - values[-1] > 100


def test_the_inverse_has_the_inverse_values_in_reverse():
    """An orthogonal similarity and a diagonal of 12 decades: nothing small hides in the large."""
    rng = np.random.default_rng(3)
    matrices = [random_orthogonal(6, rng) * 10.0 ** rng.uniform(-2, 0, 6) for _step in range(150)]
    backwards = after([np.linalg.inv(m) for m in matrices[::-1]])
    assert_log10_close(after(matrices), -backwards[::-1], 1e-9)


def test_lost_directions_are_minus_infinity():
    rng = np.random.default_rng(0)
    dead = rng.normal(size=(6, 6)) * np.array([1, 1, 0, 1, 0, 1])[:, None]
    values = after([*rng.normal(size=(20, 6, 6)), dead, *rng.normal(size=(20, 6, 6))])
    assert np.isfinite(values[:4]).all() and np.isneginf(values[4:]).all()
    assert np.isneginf(after([np.eye(3), np.zeros((3, 3)), np.eye(3)])).all()


def test_matrices_beyond_the_range_of_squares():
    matrices = [np.diag([1e-200, 1e200, 1.0]), np.diag([1e-250, 1e250, 2.0])]
    assert_log10_close(after(matrices), [450, np.log10(2), -450], 1e-12)


def test_the_only_value_of_one_row_is_its_norm():
    row = np.array([1.0, 2.0, 2.0]) * 1e-160
    values = after([np.array([row, 0 * row, 0 * row])])
    assert values[0] == pytest.approx(
        float(log10_norm([Decimal(3) * Decimal(10) ** -160])), rel=1e-14
    )
    assert np.isneginf(values[1:]).all()
    assert np.isneginf(after([np.array([row, row, row]).T * 0])).all()


def test_floats_say_where_they_lose():
    """A matrix of rank 1 to round-off, and a permutation of rows that are 1e-20 of one another."""
    thin = graded.identity(2).back_through(Step(np.array([[0.1, 0.3], [0.2, 0.6]])))
    assert (thin.graded()[2] > 0.1).any()
    small = graded.identity(2).back_through(Step(np.diag([1e-20, 1.0]) @ [[1.0, 2], [3, 4]]))
    assert small.graded()[2].max() < 1e-13


def test_digits_find_what_floats_find():
    rng = np.random.default_rng(4)
    steps = [Step(m) for m in rng.normal(size=(6, 5, 5))]
    in_floats, in_digits = graded.identity(5), digits.identity(5)
    with localcontext(digits.context(40)):
        for step in steps:
            in_floats, in_digits = in_floats.back_through(step), in_digits.back_through(step)
        found = [p.graded() for p in (in_floats, in_digits)]
    values = [log10_singular_values(own[0][None], own[1][None])[0] for own in found]
    assert_log10_close(values[0], values[1], 1e-12)


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_split_gives_the_product_back(rank):
    """Also where the factors are graded against each other by 200 orders of magnitude."""
    rng = np.random.default_rng(rank)
    grade = 10.0 ** np.array([0, -200, -90, -10])
    with localcontext(digits.context(300)):
        A = digits.decimals(rng.normal(size=(4, 4)) * grade)
        B = (
            digits.decimals(rng.normal(size=(4, 5)) * grade[::-1, None])
            * (np.arange(4) < rank)[:, None]
        )
        P, d, Q, hidden = digits.split([A, B])
        error = abs((P * d) @ Q - A @ B)
        assert len(d) == rank and hidden == 0
        assert (error <= abs(A) @ abs(B) * Decimal("1e-90")).all()
        assert all(abs(v) < 200 for v in [*P.flat, *Q.flat])


def test_what_the_entries_do_not_determine_is_not_a_number():
    def measure(moved):
        A = digits.decimals(np.ones((2, 2)), np.random.default_rng(0) if moved else None)
        _P, d, _Q, hidden = digits.split([A])
        return np.array([float(abs(d[0])), np.nan if hidden else len(d)])

    found = digits.settle(measure, 1e-9)
    assert found[0] == 1 and np.isnan(found[1])
