"""Lyapunov spectra: closed forms, the determinant, and directions that are lost."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import jacobian, lyapunov
from lstm_viz.cells import cell_of
from lstm_viz.errors import ShapeError, SpecError
from tests.nets import linear_net, make_weights, scaled_orthogonal


def drawn(kind, T=200, H=6, seed=0, **options):
    rng = np.random.default_rng(seed)
    return make_weights(kind, 2, H, rng, **options), rng.normal(size=(T, 1, 2))


@pytest.mark.parametrize("rho", [0.2, 1.0, 1.3])
def test_scaled_orthogonal_has_one_exponent(rho):
    w = linear_net(scaled_orthogonal(rho, 5), activation="tanh")
    exponents = lv.lyapunov_spectrum(w, np.zeros((400, 1, 1)))
    np.testing.assert_allclose(exponents, math.log(rho), rtol=1e-12, atol=1e-14)


def test_a_triangular_matrix_has_its_diagonal():
    w = linear_net(np.array([[0.9, 5, 1], [0, 1.2, 3], [0, 0, 0.1]]))
    exponents = lv.lyapunov_spectrum(w, np.zeros((3000, 1, 1)), burn_in=1000)
    np.testing.assert_allclose(exponents, np.log([1.2, 0.9, 0.1]), rtol=1e-10)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "lstm", "gru"])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("burn_in", [0, 60])
def test_9_the_sum_is_the_mean_log_determinant(kind, seed, burn_in):
    w, x = drawn(kind, seed=seed, scale=1.5)
    found = lv.lyapunov(w, x, burn_in)
    J = cell_of(w).chain.transition(w, lv.forward(w, x), 0, 200).matrices()
    dets = np.linalg.slogdet(J)[1][burn_in:]
    assert found.exponents.sum() == pytest.approx(np.mean(dets), abs=1e-9)
    assert found.mean_log_det == pytest.approx(np.mean(dets), abs=1e-9)
    assert abs(found.residual) < 1e-9 and found.steps == 200 - burn_in
    assert (np.diff(found.exponents) <= 0).all()
    assert len(found.exponents) == (12 if kind == "lstm" else 6)


def test_the_largest_is_the_rate_of_a_gradient():
    w, x = drawn("lstm", T=2000, H=4, seed=5, forget_bias=1.0)
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(2000, lv.unit_probe(4)))
    h = lv.log10_norms(grads)["h"][:, 0]
    rate = (h[0] - h[-1]) / 2000 * math.log(10)
    assert lv.lyapunov_spectrum(w, x)[0] == pytest.approx(rate, abs=0.01)


def test_17_spectrum_of_a_linear_gaussian_net():
    """λ(p) = ln g + ½ ln(1−p), the law of ln |eigenvalue| of U."""
    g, N = 0.7, 150
    U = g * np.random.default_rng(0).normal(size=(N, N)) / math.sqrt(N)
    exponents = lv.lyapunov_spectrum(linear_net(U), np.zeros((100, 1, 1)), burn_in=40)
    p = (np.arange(N) + 0.5) / N
    expected = math.log(g) + 0.5 * np.log(1 - p)
    middle = slice(N // 10, 7 * N // 10)
    np.testing.assert_allclose(exponents[middle], expected[middle], atol=0.1)


def test_lost_directions_are_minus_infinity():
    w, x = drawn("tanh")
    dead = lv.lyapunov(lv.RNNWeights(w.W, 0 * w.U, w.b), x)
    assert np.isneginf(dead.exponents).all() and dead.mean_log_det == -np.inf
    assert dead.residual == 0 and dead.kaplan_yorke == 0
    w, x = drawn("lstm", forget_bias=2.0)
    w = lv.LSTMWeights(w.W, 0 * w.U, w.b)
    half = lv.lyapunov(w, x)
    mean_log_f = np.log(lv.forward(w, x).f[:, 0]).mean(axis=0)
    finite = half.exponents[np.isfinite(half.exponents)]
    np.testing.assert_allclose(finite, np.sort(mean_log_f)[::-1], atol=0.01)  # o tanh'(c) in step 1
    assert np.isneginf(half.exponents).sum() == 6 and half.residual == 0


def test_a_dead_relu_unit_makes_the_determinant_zero():
    w, x = drawn("relu", T=40)
    found = lv.lyapunov(w, x)
    assert found.mean_log_det == -np.inf and np.isneginf(found.exponents[-1])
    assert found.residual == 0


@pytest.mark.parametrize(
    ("exponents", "dimension"),
    [
        ([0.9, 0.0, -14.5], 2 + 0.9 / 14.5),
        ([-0.1, -0.2], 0),
        ([0.3, 0.1], 2),
        ([0.5, -0.25, -0.25, -9.0], 3),
        ([0.5, -0.25, -np.inf], 2),
        ([np.nan, np.nan], np.nan),
    ],
)
def test_kaplan_yorke_dimension(exponents, dimension):
    found = lv.LyapunovSpectrum(np.array(exponents), float(np.sum(exponents)), 10)
    assert found.kaplan_yorke == pytest.approx(dimension, nan_ok=True)


def test_a_net_that_blew_up_has_no_exponents():
    rng = np.random.default_rng(2)
    w = make_weights("relu", 3, 16, rng, scale=8.0)
    found = lv.lyapunov(w, np.ones((700, 1, 3)))
    assert np.isnan(found.exponents).all() and math.isnan(found.residual)


def test_bad_input_is_refused():
    w, x = drawn("lstm")
    with pytest.raises(ShapeError, match="one sequence"):
        lv.lyapunov_spectrum(w, np.zeros((5, 2, 2)))
    for burn_in in (-1, 200, 1.5):
        with pytest.raises(SpecError, match="burn_in"):
            lv.lyapunov_spectrum(w, x, burn_in)


def test_the_table_has_a_row_for_each_exponent():
    w, x = drawn("tanh", T=30)
    found = lv.lyapunov(w, x)
    frame = found.to_frame()
    assert frame["exponent"].tolist() == found.exponents.tolist()
    assert frame["index"].tolist() == [1, 2, 3, 4, 5, 6]
    assert set(frame["kaplan_yorke_dimension"]) == {found.kaplan_yorke}


def test_who_is_patient_gets_every_digit_of_a_net_that_is_too_large_for_a_minute(monkeypatch):
    w, x = lv.init_weights(lv.ModelSpec("rnn", 3, 4)), 1000 * lv.white_noise(6, 3)
    exponents, log10 = lv.lyapunov_spectrum(w, x), lv.singular_values(w, x, [6]).log10
    assert np.isfinite(exponents).all() and exponents[0] < -100
    for module in (jacobian, lyapunov):
        monkeypatch.setattr(module, "AFFORDED", 0)
    assert lv.lyapunov(w, x).undetermined and np.isnan(lv.singular_values(w, x, [6]).log10).any()
    assert np.array_equal(lv.lyapunov_spectrum(w, x, patient=True), exponents)
    assert np.array_equal(lv.singular_values(w, x, [6], patient=True).log10, log10)
