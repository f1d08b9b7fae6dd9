"""Singular values of ∂s_T/∂s_t and the spectra of U, on nets whose answer is known."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.jacobian import recurrent_spectra, singular_values
from lstm_viz.cells import cell_of
from lstm_viz.errors import ShapeError, SpecError
from lstm_viz.initializers import random_orthogonal
from tests.compare import assert_log10_close
from tests.nets import linear_net, make_weights, scaled_orthogonal


def jacobians(weights, trace):
    return cell_of(weights).chain.transition(weights, trace, 0, len(trace.x)).matrices()


def rest(weights, T):
    return np.zeros((T, 1, weights.input_size))


def drawn(kind, T=30, H=4, seed=0, **options):
    rng = np.random.default_rng(seed)
    return make_weights(kind, 2, H, rng, **options), rng.normal(size=(T, 1, 2))


def test_linear_net_with_a_normal_matrix():
    values = np.array([1.0, -0.5, 0.1, 0.01])
    Q = random_orthogonal(4, np.random.default_rng(1))
    w = linear_net(Q * values @ Q.T)
    found = singular_values(w, rest(w, 500), [0, 1, 77, 500])
    assert found.distances.tolist() == [0, 1, 77, 500]
    for k, log10 in zip(found.distances, found.log10, strict=True):
        assert_log10_close(log10, k * np.log10(np.abs(values)), 1e-10, f"k = {k}")


@pytest.mark.parametrize("rho", [0.5, 1.0, 1.7])
def test_scaled_orthogonal(rho):
    w = linear_net(scaled_orthogonal(rho, 6), activation="tanh")
    found = singular_values(w, rest(w, 900))
    assert len(found.distances) == 41 and found.distances[[0, -1]].tolist() == [0, 900]
    expected = np.log10(rho) * found.distances[:, None] + np.zeros(6)
    np.testing.assert_allclose(found.log10, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "linear", "lstm", "gru"])
@pytest.mark.parametrize("seed", [0, 1])
def test_short_products_are_an_ordinary_svd(kind, seed):
    w, x = drawn(kind, T=6, H=3, seed=seed)
    trace = lv.forward(w, x)
    product = np.eye(3 if kind != "lstm" else 6)
    expected = [np.linalg.svd(product, compute_uv=False)]
    for J in jacobians(w, trace)[::-1]:
        product = product @ J
        expected.append(np.linalg.svd(product, compute_uv=False))
    found = singular_values(w, x)
    assert found.distances.tolist() == list(range(7))
    near = np.array(expected) > 1e-4 * np.array(expected)[:, :1]
    assert_log10_close(found.log10[near], np.log10(np.array(expected)[near]), 1e-9)


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_they_bound_every_gradient_and_the_largest_is_reached(kind):
    w, x = drawn(kind, T=120, H=5, seed=3, forget_bias=1.0)
    found = singular_values(w, x, [120]).log10[0]
    rng, norms = np.random.default_rng(0), []
    for _draw in range(20):
        v = rng.normal(size=5)
        grads = lv.backward(w, lv.forward(w, x), lv.last_step(120, v / np.linalg.norm(v)))
        log10 = lv.log10_norms(grads)
        parts = [log10[name][0, 0] for name in ("h", "c") if name in log10]
        norms.append(0.5 * np.log10(sum(10 ** (2 * (p - found[0])) for p in parts)) + found[0])
    assert max(norms) <= found[0] + 1e-12
    assert max(norms) > found[0] - 1.5


def test_an_lstm_without_recurrent_weights_keeps_the_carousel_and_loses_h():
    """THEORY 5: only c's way is left; ∂(h, c)_T/∂c_0 = (o tanh'(c_T), 1) ∏ f."""
    w, x = drawn("lstm", T=300, H=3, forget_bias=-2.0)
    w = lv.LSTMWeights(w.W, 0 * w.U, w.b)
    trace = lv.forward(w, x)
    product = np.log10(trace.f[:, 0]).sum(axis=0)
    into_h = trace.o[-1, 0] / np.cosh(trace.c[-1, 0]) ** 2
    expected = np.sort(product + 0.5 * np.log10(1 + into_h**2))[::-1]
    found = singular_values(w, x, [300]).log10[0]
    assert_log10_close(found[:3], expected, 1e-11)
    assert np.isneginf(found[3:]).all()


def test_a_net_that_blew_up_has_no_singular_values():
    rng = np.random.default_rng(2)
    w = make_weights("relu", 3, 16, rng, scale=8.0)
    found = singular_values(w, np.ones((700, 1, 3)))
    assert np.isnan(found.log10).all() and found.log10.shape == (41, 16)


def test_float32_weights_are_followed_in_float64():
    w, x = drawn("lstm", T=50, dtype="float32")
    found = singular_values(w, x)
    assert found.log10.dtype == np.float64 and np.isfinite(found.log10).all()


@pytest.mark.parametrize("distances", [[], [-1], [31], [1.5], [True]])
def test_distances_that_are_none_are_refused(distances):
    w, x = drawn("tanh")
    with pytest.raises(SpecError, match="distances"):
        singular_values(w, x, distances)


def test_one_sequence_at_a_time():
    w, _x = drawn("lstm")
    with pytest.raises(ShapeError, match="one sequence"):
        singular_values(w, np.zeros((5, 2, 2)))


def test_progress_counts_the_steps():
    w, x = drawn("tanh", T=9)
    seen = []
    singular_values(w, x, progress=seen.append)
    assert seen == list(range(10))


def test_the_table_has_a_row_for_each_distance_and_value():
    w, x = drawn("lstm", T=5, H=2)
    found = singular_values(w, x)
    frame = found.to_frame()
    assert len(frame) == 6 * 4
    row = frame[(frame["distance"] == 3) & (frame["singular_value"] == 2)]
    assert row["log10"].item() == found.log10[3, 1]


def test_spectra_are_those_of_the_gates_blocks():
    w, _x = drawn("lstm", H=5, seed=7)
    spectra = recurrent_spectra(w)
    assert [s.name for s in spectra] == ["i", "f", "g", "o"]
    for k, spectrum in enumerate(spectra):
        block = w.U[5 * k : 5 * k + 5]
        v = spectrum.eigenvalues
        assert v.sum() == pytest.approx(np.trace(block), rel=1e-12)
        assert np.prod(v) == pytest.approx(np.linalg.det(block), rel=1e-10)
        assert spectrum.radius == np.abs(v).max()
        assert spectrum.norm == pytest.approx(np.sqrt(np.linalg.eigvalsh(block.T @ block)[-1]))
        assert spectrum.frobenius**2 == pytest.approx((block**2).sum(), rel=1e-13)
        henrici = (block**2).sum() - (np.abs(v) ** 2).sum()
        assert spectrum.departure == pytest.approx(np.sqrt(henrici), rel=1e-10)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e100])
def test_departure_from_normality(size):
    """[[r, a], [0, r]] departs by a; a rotation, a symmetric matrix and zero not at all."""
    bent = recurrent_spectra(linear_net(size * np.array([[0.9, 5], [0, 0.9]])))[0]
    assert bent.name == "U" and bent.radius == pytest.approx(0.9 * size, rel=1e-7)
    assert bent.departure == pytest.approx(5 * size, rel=1e-10)
    A = np.random.default_rng(0).normal(size=(9, 9))
    for normal in (random_orthogonal(9, np.random.default_rng(1)), A + A.T, np.zeros((3, 3))):
        assert recurrent_spectra(linear_net(size * normal))[0].departure == 0


def test_a_net_can_explode_at_spectral_radius_0():
    """THEORY 3: singular values bound, eigenvalues do not."""
    spectrum = recurrent_spectra(linear_net(np.diag(np.full(7, 10.0), 1)))[0]
    assert spectrum.radius == 0 and spectrum.norm == pytest.approx(10)
    assert spectrum.departure == pytest.approx(spectrum.frobenius)
    frame = spectrum.to_frame()
    assert len(frame) == 8 and set(frame["norm"]) == {spectrum.norm}
