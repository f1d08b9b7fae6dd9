"""Singular values and Lyapunov exponents of nets drawn at random, against mpmath and `backward`.

With LSTM_VIZ_LONG=1 more, larger and longer ones.
"""

import os

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.jacobian import singular_values
from lstm_viz.analysis.lyapunov import ACCURACY
from lstm_viz.analysis.steps import chain
from lstm_viz.cells import cell_of
from tests import oracle_spectra
from tests.nets import linear_net

LONG = "LSTM_VIZ_LONG" in os.environ
long = pytest.mark.skipif(not LONG, reason="takes minutes: set LSTM_VIZ_LONG=1")


def assert_same(found, expected, tolerance, moved):
    """Entry by entry; −inf is −inf. NaN only where moved Jacobians give something else."""
    with np.errstate(invalid="ignore"):
        good = (found == expected) | (np.abs(found - expected) <= tolerance)
        good |= np.isnan(found) & ~(np.abs(moved - expected) <= 1e-11 * np.abs(expected))
    assert good.all(), f"got {found}, expected {expected}, or {moved} of moved Jacobians"


def check(spec, w, x):
    """Singular values of ∂s_T/∂s_0, the exponents, and the determinant apart from them."""
    if chain(w, x).failure is not None:
        return
    log10, exponents = oracle_spectra.spectra(w, x)
    found, moved = singular_values(w, x, [len(x)]).log10[0], (log10, exponents)
    spectrum = lv.lyapunov(w, x)
    if np.isnan(found).any() or spectrum.undetermined:
        moved = oracle_spectra.spectra(w, x, np.random.default_rng(1))
    assert_same(found, log10, 1e-6, moved[0])
    assert_same(found[:1], log10[:1], 1e-9, moved[0][:1])
    allowed = ACCURACY * np.maximum(1, np.where(np.isinf(exponents), 0, np.abs(exponents)))
    assert_same(spectrum.exponents, exponents, allowed, moved[1])
    assert spectrum.undetermined or spectrum.adds_up, (
        spec,
        spectrum.residual,
        spectrum.mean_log_det,
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_nets_at_any_magnitude(seed):
    rng = np.random.default_rng(seed)
    for _net in range(10):
        check(*oracle_spectra.random_net(rng, scales=(0, 1, 10, 30, 100)))
    check(*oracle_spectra.random_net(rng, (1, 2), (1, 2), (1000,)))


@long
@pytest.mark.parametrize("seed", range(100, 160))
def test_more_random_nets_at_any_magnitude(seed):
    rng = np.random.default_rng(seed)
    for _net in range(8):
        check(*oracle_spectra.random_net(rng, (1, 2, 3, 5), (1, 3, 8, 20)))


@long
@pytest.mark.parametrize("seed", range(12))
def test_wide_nets_are_svds(seed):
    rng = np.random.default_rng(seed)
    for _net in range(4):
        check(*oracle_spectra.random_net(rng, (8, 16, 32), (1, 2, 4), (0, 1, 3)))


@pytest.mark.parametrize("seed", range(3 if not LONG else 40))
def test_no_gradient_exceeds_what_the_largest_value_allows(seed):
    """‖∂L/∂h_t‖ ≤ σ_max(∂s_T/∂s_t) for the loss ⟨v, h_T⟩ with a unit vector v, and for t = 0, where
    no way to c_t leads through h_t, ‖∂L/∂s_0‖."""
    rng = np.random.default_rng(seed)
    for _net in range(10):
        spec, w, x = oracle_spectra.random_net(rng, (1, 2, 5), (2, 5, 20), (0, 1, 5, 20))
        trace = chain(w, x)
        if trace.failure is not None:
            continue
        found = singular_values(w, x)
        v = rng.normal(size=spec.hidden_size)
        grads = lv.backward(w, trace, lv.last_step(len(x), v / np.linalg.norm(v)))
        norms = lv.log10_norms(grads)
        reached, allowed = norms["h"][len(x) - found.distances, 0], found.log10[:, 0]
        assert (reached <= allowed + 1e-9).all(), spec
        first = np.array([norms[name][0, 0] for name in cell_of(w).states])
        if np.isfinite(allowed[-1]):
            assert (100 ** (first - allowed[-1])).sum() < 1 + 1e-9, spec


def relu_net():
    U = np.array([[0.06, -0.03], [-0.06, 0.06]])
    return lv.RNNWeights(np.zeros((2, 1)), U, np.array([1.0, -1.0]), "relu")


def test_a_dead_unit_takes_its_own_direction_and_no_more():
    w, x = relu_net(), np.zeros((3, 1, 1))
    J = np.diag(np.sign(lv.forward(w, x).h[1, 0])) @ w.U
    found = singular_values(w, x, [1, 2, 3])
    for k, log10 in zip((1, 2, 3), found.log10, strict=True):
        largest = np.linalg.svd(np.linalg.matrix_power(J, k), compute_uv=False)[0]
        assert log10[0] == pytest.approx(np.log10(largest), abs=1e-12)
    np.testing.assert_allclose(found.log10[:, 0], [-1.1734, -2.3952, -3.6171], atol=1e-4)
    assert found.lost.tolist() == [1, 1, 1] and found.undetermined.tolist() == [0, 0, 0]


def test_a_tangent_vector_grows_as_the_largest_exponent_says():
    spec = lv.ModelSpec(
        "rnn", input_size=8, hidden_size=2, init="orthogonal", activation="relu", seed=11
    )
    w, x = lv.init_weights(spec), np.ones((30, 1, 8))
    trace, v = lv.forward(w, x), np.array([0.6, 0.8])
    start = np.linalg.norm(v)
    for t in range(30):
        v = (trace.a[t, 0] > 0) * (w.U @ v)
    growth = np.log(np.linalg.norm(v) / start) / 30
    found = lv.lyapunov(w, x)
    assert found.exponents[0] == pytest.approx(growth, abs=0.05)
    assert found.lost == 1 and found.mean_log_det == -np.inf and found.adds_up


def test_this_page_says_what_the_home_page_says():
    """`?activation=relu&H=2&gain=0.5&source=constant&T=2`: a tenth of the gradient is left."""
    spec = lv.ModelSpec("rnn", input_size=8, hidden_size=2, gain=0.5, activation="relu")
    w, x = lv.init_weights(spec), np.ones((2, 1, 8))
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(2, lv.unit_probe(2)))
    left, allowed = lv.log10_norms(grads)["h"][0, 0], singular_values(w, x, [2]).log10[0, 0]
    assert left <= allowed and 10**left == pytest.approx(0.1, abs=0.01)


def test_what_is_below_the_round_off_of_u_is_named():
    """U = v vᵀ in floats: of rank 1 but for the last bits of its entries."""
    v = np.array([0.3, 0.7, 0.1])
    w = linear_net(np.outer(v, v))
    found = singular_values(w, np.zeros((4, 1, 1)), [1, 4])
    assert found.undetermined.tolist() == [2, 2] and found.lost.tolist() == [0, 0]
    np.testing.assert_allclose(found.log10[:, 0], [np.log10(0.59), 4 * np.log10(0.59)], rtol=1e-12)
    spectrum = lv.lyapunov(w, np.zeros((4, 1, 1)))
    assert spectrum.undetermined == 2 and np.isfinite(spectrum.exponents[0])
    assert spectrum.kaplan_yorke == 0


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_saturated_net_adds_up(kind):
    spec = lv.ModelSpec(kind, input_size=8, hidden_size=8, seed=0)
    found = lv.lyapunov(lv.init_weights(spec), 30 * lv.white_noise(10, 8, seed=0))
    assert found.undetermined == 0 and found.adds_up and np.isfinite(found.mean_log_det)
