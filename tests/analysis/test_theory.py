"""Known answers against the numbers printed for them, exact sums, and quadrature done otherwise."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import large_n, theory
from lstm_viz.errors import SpecError
from tests.nets import make_weights


@pytest.mark.parametrize(
    ("g", "s2", "expected"), [(0.9, 0.1, 0.590083), (1.5, 0.1, 1.053798), (2, 1, 1.096310)]
)
def test_14_chi_printed(g, s2, expected):
    assert large_n.chi(g, s2) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(("s2", "g2"), [(0.01, 1.424205), (0.1, 1.986073), (1, 3.443211)])
def test_15_critical_line_printed(s2, g2):
    assert large_n.critical_g2(s2) == pytest.approx(g2, abs=5e-7)


@pytest.mark.parametrize("s2", [0.0, 1e-6, 0.03, 0.7, 20.0])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_15_chi_is_1_on_the_line_and_crosses_it(s2, activation):
    g = math.sqrt(large_n.critical_g2(s2, activation))
    if (activation, s2) != ("tanh", 0.0):
        assert large_n.chi(g, s2, activation) == pytest.approx(1, rel=1e-9)
    assert large_n.chi(0.95 * g, s2, activation) < 1 < large_n.chi(1.05 * g, s2, activation)


def test_15_the_line_starts_where_the_docstring_says():
    assert large_n.critical_g2(0.0) == pytest.approx(1, rel=1e-7)
    assert math.sqrt(large_n.critical_g2(0.0, "sigmoid")) == pytest.approx(10.15, abs=0.005)


@pytest.mark.parametrize(("q", "nodes"), [(0.01, 60), (0.3, 100), (1.0, 200)])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_gaussian_averages_agree_with_gauss_hermite_where_that_is_accurate(q, nodes, activation):
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    h = np.tanh(z * math.sqrt(q)) if activation == "tanh" else 1 / (1 + np.exp(-z * math.sqrt(q)))
    slope = 1 - h**2 if activation == "tanh" else h * (1 - h)
    expected = weight @ h**2, weight @ slope**2
    assert large_n.moments(q, activation) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("q", [1e4, 1e6, 1e7])
def test_gaussian_averages_hold_where_the_derivative_is_a_needle(q):
    """E[tanh'(√q z)²] → ∫ tanh'² / √(2πq) = (4/3) / √(2πq), with a correction of order 1/q."""
    assert large_n.moments(q)[1] * math.sqrt(2 * math.pi * q) == pytest.approx(4 / 3, rel=1 / q)


def test_gaussian_averages_of_known_functions():
    assert large_n.gaussian_average(np.cos, 1.3) == pytest.approx(math.exp(-0.65), rel=1e-13)
    assert large_n.gaussian_average(np.square, 7.0) == pytest.approx(7, rel=1e-13)
    assert large_n.gaussian_average(lambda a: np.ones_like(a), 0.0) == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize(("g", "s2"), [(0.5, 0.3), (0.999, 0.0), (1.3, 2.0)])
def test_relu_and_linear_have_closed_forms(g, s2):
    assert large_n.chi(g, s2, "relu") == pytest.approx(g * g / 2, rel=1e-14)
    assert large_n.chi(g, s2, "linear") == pytest.approx(g * g, rel=1e-14)
    q = large_n.fixed_point(g, s2, "relu")
    assert q == pytest.approx(g * g * q / 2 + s2, rel=1e-13)


def test_where_there_is_no_fixed_point_it_is_infinite_and_where_nothing_moves_it_is_zero():
    assert large_n.fixed_point(1.0, 0.1, "linear") == math.inf
    assert large_n.fixed_point(1.5, 0.1, "relu") == math.inf
    assert large_n.fixed_point(1.0, 0.0) == 0 and large_n.fixed_point(0.3, 0.0) == 0


@pytest.mark.parametrize("g", [1 + 1e-9, 1.0001, 1.5, 30.0])
@pytest.mark.parametrize("s2", [0.0, 1e-12, 1.0])
def test_the_fixed_point_reproduces_itself_and_is_not_the_resting_one(g, s2):
    q = large_n.fixed_point(g, s2)
    assert q > 0
    assert g * g * large_n.moments(q)[0] + s2 == pytest.approx(q, rel=1e-12)


@pytest.mark.parametrize(("bias", "expected"), [(0.0, 0.644338), (1.0, 0.875396)])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_19_rest_factor_printed(bias, expected, cell):
    f, g = 1 / (1 + math.exp(-bias)), 1 / math.sqrt(3)
    opened = 0.25 if cell == "lstm" else (1 - f) / 2
    if cell == "lstm":
        assert large_n.rest_factor(f, opened * g) == pytest.approx(expected, abs=5e-7)
    H = 300
    rng = np.random.default_rng(0)
    kind = lv.LSTMWeights if cell == "lstm" else lv.GRUWeights
    gates = 4 if cell == "lstm" else 3
    b = np.zeros(gates * H)
    b[H : 2 * H] = bias
    U = rng.uniform(-1, 1, (gates * H, H)) / math.sqrt(H)
    rest = large_n.at_rest(kind(np.zeros((gates * H, 1)), U, b))
    np.testing.assert_allclose(rest.f, f, rtol=1e-14)
    assert rest.factor == pytest.approx(f + opened * g, rel=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_19_where_units_differ_the_factor_is_the_spectral_radius(seed):
    rng, H = np.random.default_rng(seed), 500
    f, io = rng.uniform(0.2, 0.9, H), rng.uniform(0, 0.6, H)
    U = rng.normal(size=(H, H)) / math.sqrt(H)
    radius = np.abs(np.linalg.eigvals(np.diag(f) + io[:, None] * U)).max()
    assert large_n.rest_factor(f, io) == pytest.approx(radius, rel=0.03)
    assert abs(f.mean() + io.mean() - radius) > 0.05 * radius


def test_19_rest_factor_at_its_edges():
    assert large_n.rest_factor(0.0, 0.4) == pytest.approx(0.4, rel=1e-14)
    assert large_n.rest_factor(0.7, 0.0) == 0.7
    f, iog = np.array([0.999, 0.2]), np.array([0.0, 0.1])  # the first unit couples to none
    assert large_n.rest_factor(f, iog) == 0.999


@pytest.mark.parametrize(
    ("bias", "expected"), [(0.0, 1.0), (1.0, 2.212678), (3.0, 14.266), (5.0, 103.218)]
)
def test_5_half_life_of_the_carousel(bias, expected):
    assert theory.half_life(1 / (1 + math.exp(-bias))) == pytest.approx(expected, rel=5e-5)


def test_half_life_at_its_edges():
    assert theory.half_life(1.0) == theory.half_life(2.0) == math.inf
    assert theory.half_life(0.0) == 0 and theory.half_life(0.25) == pytest.approx(0.5)


def test_digamma_and_trigamma():
    gamma = 0.57721566490153286
    assert theory.digamma(1) == pytest.approx(-gamma, rel=1e-13)
    assert theory.digamma(0.5) == pytest.approx(-gamma - 2 * math.log(2), rel=1e-13)
    assert theory.trigamma(1) == pytest.approx(math.pi**2 / 6, rel=1e-13)
    assert theory.trigamma(0.5) == pytest.approx(math.pi**2 / 2, rel=1e-13)
    for x in (0.01, 3.7, 9.99, 10.0, 512.0):
        step = (
            theory.digamma(x + 1) - theory.digamma(x),
            theory.trigamma(x + 1) - theory.trigamma(x),
        )
        assert step == pytest.approx((1 / x, -1 / x**2), rel=1e-9)


def test_13_a_walk_has_a_band_that_widens_by_the_root():
    walk = theory.untied_walk(1.2, 64)
    assert walk.mean == pytest.approx(math.log(1.2) - 1 / 128, abs=1e-4)
    assert walk.variance == pytest.approx(1 / 128, rel=0.05)
    low, middle, high = walk.log10_band(np.array([0, 100, 400]), 2.0)
    np.testing.assert_allclose(high - low, 2 * (high - middle), rtol=1e-12)
    assert high[0] == low[0] == 0 and high[2] - low[2] == pytest.approx(2 * (high[1] - low[1]))
    sigma = math.sqrt(100 * walk.variance) / math.log(10)
    assert high[1] - middle[1] == pytest.approx(2 * sigma, rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("seed", [0, 1])
def test_3_pascanu_factor(activation, seed):
    w = make_weights(activation, 2, 6, np.random.default_rng(seed))
    slope = 0.25 if activation == "sigmoid" else 1
    assert theory.pascanu_factor(w) == pytest.approx(slope * np.linalg.norm(w.U, 2), rel=1e-13)


def test_timescale():
    assert large_n.timescale(math.exp(-0.5)) == pytest.approx(4, rel=1e-14)
    assert large_n.timescale(math.exp(0.5)) == pytest.approx(-4, rel=1e-14)
    assert large_n.timescale(1.0) == math.inf and large_n.timescale(0.0) == 0


def test_measured_chi_is_the_mean_square_slope_times_the_mean_square_weight():
    w = make_weights("tanh", 2, 5, np.random.default_rng(3), scale=1.4)
    trace = lv.forward(w, np.random.default_rng(4).normal(size=(7, 2, 2)))
    slopes = 1 - np.tanh(trace.a) ** 2
    expected = 5 * (w.U**2).mean() * (slopes**2).mean()
    assert large_n.measured_chi(w, trace) == pytest.approx(expected, rel=1e-13)
    drive = trace.a - trace.h[:-1] @ w.U.T
    assert large_n.input_variance(w, trace) == pytest.approx((drive**2).mean(), rel=1e-13)


def test_measured_chi_of_a_linear_net_needs_no_run():
    w = make_weights("linear", 2, 5, np.random.default_rng(3))
    trace = lv.forward(w, np.ones((4, 1, 2)))
    assert large_n.measured_chi(w, trace) == pytest.approx((w.U**2).sum() / 5, rel=1e-14)


LSTM, RNN = (make_weights(kind, 2, 4, np.random.default_rng(0)) for kind in ("lstm", "tanh"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: large_n.chi(-0.1, 0.1), "g must be at least 0"),
        (lambda: large_n.chi(1.0, float("nan")), "s2 must be a finite number"),
        (lambda: large_n.chi(1.0, 0.1, "swish"), "activation must be one of"),
        (lambda: large_n.critical_g2(0.1, "relu"), "one of tanh, sigmoid"),
        (lambda: large_n.critical_g2(-1), "s2 must be at least 0"),
        (lambda: large_n.rest_factor(0.5, -1), "finite and at least 0"),
        (lambda: large_n.measured_chi(LSTM, None), "of type RNNWeights; got LSTMWeights"),
        (lambda: large_n.at_rest(RNN), "one of LSTMWeights, GRUWeights; got RNNWeights"),
        (lambda: theory.pascanu_factor(LSTM), "of type RNNWeights"),
        (lambda: theory.half_life(-0.5), "factor must be at least 0"),
        (lambda: theory.untied_walk(1.0, 0), "H must be a whole number"),
    ],
)
def test_what_has_no_answer_is_refused_and_says_why(call, message):
    with pytest.raises(SpecError, match=message):
        call()
