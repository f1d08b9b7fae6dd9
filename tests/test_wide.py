"""Wide numbers against mpmath: each entry of each operation, exponents anywhere."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.activations import sigmoid, sigmoid_derivative, tanh_derivative
from lstm_viz.logscale import Scaled
from lstm_viz.wide import Wide
from tests import oracle_mp

EPS = 2.3e-16
FARTHEST = 2_000_000  # binary orders of magnitude


def exact(x):
    """As mpmath numbers, in x's shape."""
    return oracle_mp.exact(Scaled(x.mantissa, x.exponent))


def some(rng, *shape, zeros=0.2):
    mantissa = rng.normal(size=shape) * (rng.random(shape) > zeros)
    return Wide.scaled(mantissa, rng.integers(-FARTHEST, FARTHEST, shape))


@given(st.integers(0, 2**32), st.sampled_from([np.add, np.subtract, np.multiply, np.divide]))
def test_arithmetic_of_entries(seed, operation):
    rng = np.random.default_rng(seed)
    x, y = some(rng, 3, 4), some(rng, 4, zeros=0)
    if rng.random() < 0.5:
        y = Wide.scaled(y.mantissa, x.exponent[0] + rng.integers(-60, 60, 4))
    with mpmath.workdps(60):
        expected = operation(exact(x), exact(y))
        assert (abs(exact(operation(x, y)) - expected) <= EPS * abs(expected)).all()


@given(st.integers(0, 2**32))
def test_a_product_of_matrices_is_exact_entry_by_entry(seed):
    rng = np.random.default_rng(seed)
    M, K, N = rng.integers(1, 7, 3)
    near = int(rng.choice([3, 500, FARTHEST]))
    x = Wide.scaled(some(rng, 2, M, K).mantissa, rng.integers(-near, near, (2, M, K)))
    y = Wide.scaled(some(rng, 2, K, N).mantissa, rng.integers(-near, near, (2, K, N)))
    x, y = (x, y[0]) if rng.random() < 0.5 else (x[0, 0], y)
    with mpmath.workdps(60):
        expected, size = exact(x) @ exact(y), abs(exact(x)) @ abs(exact(y))
        assert (abs(exact(x @ y) - expected) <= 2 * K * EPS * size).all()
        assert ((exact(x @ y) == 0) <= (size == 0)).all() or near == 3


@given(st.lists(st.floats(-3e6, 3e6), min_size=1, max_size=5))
def test_functions_of_floats(values):
    a = np.array(values)
    pairs = (
        (sigmoid, oracle_mp.sigmoid),
        (sigmoid_derivative, oracle_mp.sigmoid_slope),
        (tanh_derivative, oracle_mp.tanh_slope),
        (np.exp, np.frompyfunc(mpmath.exp, 1, 1)),
        (np.tanh, oracle_mp.tanh),
    )
    with mpmath.workdps(60):
        for mine, true in pairs:
            expected = true(oracle_mp.number(a))
            assert (abs(exact(mine(Wide.of(a))) - expected) <= 8 * EPS * abs(expected)).all()


def test_what_floats_hold_is_unchanged():
    a = np.array([[0.0, -0.0, 5e-324, 1.5, -1e308], [np.inf, -np.inf, np.nan, 2.0**-1022, 3]])
    assert np.array_equal(Wide.of(a).value, a, equal_nan=True)
    assert np.isinf(Wide.of(a).log10_abs()[0, :2]).all()
    assert Wide.of(a).log10_abs()[0, 2] == pytest.approx(np.log10(5e-324))


def test_results_are_written_where_out_says_and_nothing_else_is_changed():
    x = Wide.of(np.array([[1.0, 2.0], [3.0, 4.0]]))
    y = -x
    np.multiply(y[0], 2.0, out=y[0])
    y[1] += 1.0
    assert x.value.tolist() == [[1, 2], [3, 4]] and y.value.tolist() == [[-2, -4], [-2, -3]]


def test_nan_and_infinity_pass_through():
    a = np.array([np.nan, np.inf, -np.inf, 1.0])
    with np.errstate(invalid="ignore"):
        for operation in (np.exp, np.tanh, np.negative, lambda v: v + 1, lambda v: v * v):
            mine = operation(Wide.of(a)).value
            assert mine == pytest.approx(operation(a), rel=1e-15, nan_ok=True)


def test_complex_numbers_are_refused():
    with pytest.raises(TypeError, match="wide numbers are real"):
        Wide.of(np.array([1j]))
