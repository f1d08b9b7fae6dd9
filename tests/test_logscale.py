"""Powers of two beside arrays, and log10 norms, against Python's own numbers."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.logscale import (
    Scaled,
    binary_exponent,
    log10_norm,
    max_abs,
    times_power_of_two,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NORMAL = FLOATS.filter(lambda v: v == 0 or abs(v) > 1e-290)


@given(st.lists(NORMAL, min_size=1, max_size=6))
def test_log10_norm_of_any_floats(vector):
    square = sum(Decimal(v) ** 2 for v in vector)
    expected = float(square.log10() / 2) if square else -math.inf
    assert log10_norm(np.array(vector)) == pytest.approx(expected, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ([3e-200, 4e-200], math.log10(5) - 200),
        ([3e200, -4e200], math.log10(5) + 200),
        ([5e-324, 0.0], math.log10(5e-324)),
        ([3e-300j, 4e-300], math.log10(5) - 300),
        ([0.0, -0.0], -math.inf),
        ([math.inf, 1.0], math.inf),
        ([-math.inf, 0.0], math.inf),
        ([math.nan, 0.0], math.nan),
        ([math.nan, math.inf], math.nan),
    ],
)
def test_log10_norm_at_the_edges(vector, expected):
    assert log10_norm(np.array(vector)) == pytest.approx(expected, rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("value", [1e-40, 1e-30, 1e30, 3e38])
def test_log10_norm_of_float32(value):
    vector = np.array([3 * value / 10, 4 * value / 10], np.float32)
    expected = math.log10(math.hypot(*vector.astype(float)))
    assert log10_norm(vector) == pytest.approx(expected, rel=1e-14)


def test_norms_of_many_vectors_are_theirs_alone():
    vectors = np.array([[1e-300, 0], [1e300, 1e-300], [0, 0]])
    assert log10_norm(vectors) == pytest.approx([-300, 300, -np.inf])


@given(NORMAL, st.integers(-400, 400))
def test_times_power_of_two_is_exact(value, power):
    expected = Decimal(value) * Decimal(2) ** power
    got = times_power_of_two(np.array([value]), np.array([power])).item()
    if value == 0 or 1e-290 < abs(expected) < 1e300:
        assert Decimal(got) == pytest.approx(expected, rel=Decimal("1e-26"))


@pytest.mark.parametrize(
    ("value", "power", "expected"),
    [
        (5e-324, 1074 + 1000, 2.0**1000),  # no intermediate overflow
        (2.0**1000, -1990, 2.0**-990),
        (1.0, 5000, math.inf),
        (1.0, -5000, 0.0),
        (0.0, 5000, 0.0),
        (math.inf, -5000, math.inf),
        (1 + 2j, 3, 8 + 16j),
    ],
)
@pytest.mark.parametrize("neighbour", [0, 2000])
def test_times_power_of_two_at_the_edges(value, power, expected, neighbour):
    x, exponent = np.array([value, 1.0]), np.array([power, neighbour])
    assert times_power_of_two(x, exponent)[0] == expected


def test_times_power_of_two_keeps_dtype_and_argument():
    x = np.ones(3, np.float32)
    assert times_power_of_two(x, np.array([3, 0, -200])).dtype == np.float32
    assert times_power_of_two(x, np.array([3])).tolist() == [8, 8, 8]
    assert x.tolist() == [1, 1, 1]


@given(FLOATS)
def test_binary_exponent_is_that_of_frexp(value):
    assert binary_exponent(np.array(abs(value))) == math.frexp(value)[1]


def test_binary_exponent_of_what_has_none():
    assert binary_exponent(np.array([0, np.nan, np.inf])).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("x", "expected"), [([1.0, -3.0], 3), ([-0.5], 0.5), ([np.nan, 1], np.nan), ([3j, 2], 3)]
)
def test_max_abs(x, expected):
    assert max_abs(np.array(x)) == pytest.approx(expected, nan_ok=True)


def test_scaled_value_norm_and_magnitude():
    scaled = Scaled(np.array([[3.0, 4.0], [0.0, 0.5], [3.0, 0.0]]), np.array([0, 4, -5000]))
    assert scaled.value.tolist() == [[3, 4], [0, 8], [0, 0]]
    assert scaled.log10_norm() == pytest.approx(
        [math.log10(5), math.log10(8), math.log10(3) - 5000 * math.log10(2)], rel=1e-14
    )
    assert scaled.log10_abs()[1, 0] == -math.inf
    assert scaled.log10_abs()[2, 0] == pytest.approx(math.log10(3) - 5000 * math.log10(2))
