"""Activations and derivatives against Decimals, in saturation above all."""

from decimal import Decimal

import numpy as np
import pytest

from lstm_viz.activations import (
    ACTIVATIONS,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_adjoint,
    tanh_derivative,
)

POINTS = [0.0, 1e-300, 1e-8, 0.3, 1.0, 5.0, 18.0, 19.5, 36.0, 40.0, 100.0, 340.0, 350.0]
POINTS = sorted({*POINTS, *(-p for p in POINTS)})


def exact_sigmoid(a):
    return 1 / (1 + (-Decimal(a)).exp())


def exact_sigmoid_derivative(a):
    e = (-abs(Decimal(a))).exp()
    return e / (1 + e) ** 2


def exact_tanh_derivative(a):
    e = (-2 * abs(Decimal(a))).exp()
    return 4 * e / (1 + e) ** 2


EXACT = [
    (sigmoid, exact_sigmoid, [-708.0, -700.0, 700.0, 800.0]),
    (sigmoid_derivative, exact_sigmoid_derivative, [-708.0, -700.0, 700.0, 708.0]),
    (tanh_derivative, exact_tanh_derivative, [-354.0, 354.0]),
]


@pytest.mark.parametrize(("function", "exact", "more"), EXACT)
def test_full_relative_accuracy(function, exact, more):
    for a in [*POINTS, *more]:
        assert function(np.array([a])).item() == pytest.approx(float(exact(a)), rel=1e-15), a


@pytest.mark.parametrize(("function", "exact", "more"), EXACT)
def test_float32_keeps_its_accuracy(function, exact, more):
    for a in [-80.0, -40.0, -20.0, -1.0, 0.0, 0.5, 9.0, 40.0]:
        expected = float(exact(a))
        if expected > 1.2e-38:
            got = function(np.array([a], np.float32))
            assert got.dtype == np.float32
            assert got.item() == pytest.approx(expected, rel=3e-7), a


def test_saturation_where_the_textbook_forms_are_zero():
    assert 1 - np.tanh(19.5) ** 2 == 0
    assert tanh_derivative(np.array([19.5])).item() > 0
    assert sigmoid(np.array([40.0])).item() == 1
    assert sigmoid_derivative(np.array([40.0])).item() == pytest.approx(np.exp(-40), rel=1e-15)


@pytest.mark.parametrize("a", [-1e4, -800.0, 400.0, 1e4, np.inf, -np.inf])
def test_beyond_the_smallest_float_derivatives_are_zero_without_a_warning(a, recwarn):
    assert tanh_derivative(np.array([a])).item() == 0
    assert sigmoid_derivative(np.array([10 * a])).item() == 0
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_that_of_the_function(name):
    a = np.array([-30.0, -2.0, -0.1, 0.1, 2.0, 30.0])
    phi = ACTIVATIONS[name]
    step = phi.function(a + 1e-30j).imag / 1e-30
    assert phi.derivative(a) == pytest.approx(step, rel=1e-13, abs=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_of_the_derivative_by_complex_step(name):
    a, phi = np.array([-2.0, -0.1, 0.1, 2.0]), ACTIVATIONS[name]
    second = phi.derivative(a + 1e-30j).imag / 1e-30
    central = (phi.derivative(a + 1e-5) - phi.derivative(a - 1e-5)) / 2e-5
    assert second == pytest.approx(central, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_bound_is_the_largest_slope(name):
    slopes = ACTIVATIONS[name].derivative(np.linspace(-10, 10, 2001))
    assert slopes.max() == ACTIVATIONS[name].slope_bound


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_out_receives_the_result_and_the_argument_stays(name):
    a, phi = np.array([-1.0, 2.0]), ACTIVATIONS[name]
    for function in (phi.function, phi.derivative):
        out = np.empty(2)
        assert function(a, out=out) is out
        assert np.array_equal(out, function(a))
    assert a.tolist() == [-1.0, 2.0]


def test_relu_at_zero_has_no_slope():
    assert ACTIVATIONS["relu"].derivative(np.array([0.0, -0.0, 5e-324])).tolist() == [0, 0, 1]


@pytest.mark.parametrize("spread", [1, 30, 300])
def test_softmax_and_its_adjoint_in_saturation(spread):
    """Each entry to full relative accuracy, also where one share rounds to 1."""
    rng = np.random.default_rng(spread)
    x, da = spread * rng.uniform(-1, 1, 6), rng.normal(size=6)
    e = [Decimal(v).exp() for v in x]
    a = [v / sum(e) for v in e]
    dx = [sum(a[j] * a[i] * (Decimal(da[j]) - Decimal(da[i])) for i in range(6)) for j in range(6)]
    found = softmax(x)
    assert found == pytest.approx(np.array(a, float), rel=1e-12, abs=0)
    assert softmax_adjoint(found, da) == pytest.approx(np.array(dx, float), rel=1e-11, abs=0)


def test_softmax_of_masked_and_huge_entries():
    a = softmax(np.array([[-np.inf, 800.0, 800.0], [-np.inf, -np.inf, -1e4]]))
    assert a.tolist() == [[0, 0.5, 0.5], [0, 0, 1]]
    assert softmax_adjoint(a, np.array([[1e9, 2.0, 1.0]] * 2)).tolist() == [
        [0, 0.25, -0.25],
        [0, 0, 0],
    ]
