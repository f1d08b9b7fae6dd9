"""Weight gradients and each step's contribution, against sums in Decimals."""

import math
from decimal import Decimal

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells.weight_gradients import weight_gradients
from tests import oracle
from tests.compare import assert_close
from tests.nets import make_case

SPANS = [(0, 0), (-3000, 0), (0, 3000), (-9000, 9000), (-90_000, -80_000), (80_000, 90_000)]


def outer_products(da, exponent, y):
    """(T, G·H, K) in Decimals: each step's Σ_b da yᵀ, gates stacked as they come."""
    G, T, B, H = da.shape
    result = np.full((T, G * H, y.shape[-1]), Decimal(0))
    for g, t, b, j in np.ndindex(G, T, B, H):
        scale = Decimal(2) ** int(exponent[t, b])
        for k in range(y.shape[-1]):
            result[t, g * H + j, k] += (
                Decimal(float(da[g, t, b, j])) * scale * Decimal(float(y[t, b, k]))
            )
    return result


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("B", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_contributions_at_any_magnitude(span, B, dtype):
    rng, (G, T, H, D) = np.random.default_rng(0), (2, 6, 3, 2)
    da, x, h = (rng.normal(size=s).astype(dtype) for s in ((G, T, B, H), (T, B, D), (T, B, H)))
    exponent = rng.integers(span[0], span[1] + 1, size=(T, B))
    with np.errstate(over="ignore", under="ignore"):
        _, log10_step = weight_gradients(np.concatenate(da, axis=-1), exponent, x, h)
    for name, y in (("W", x), ("U", h), ("b", np.ones((T, B, 1)))):
        expected = [oracle.log10_norm(step) for step in outer_products(da, exponent, y)]
        assert log10_step[name] == pytest.approx(
            expected, abs=1e-6 if dtype == "float32" else 1e-11
        )


@pytest.mark.parametrize("span", [(-300, 300), (-900, -800), (-3000, -100), (500, 600)])
def test_sums_over_steps_of_different_scale(span):
    rng, (T, B, H, D) = np.random.default_rng(1), (6, 2, 3, 2)
    da, x, h = (rng.normal(size=s) for s in ((1, T, B, H), (T, B, D), (T, B, H)))
    exponent = rng.integers(span[0], span[1] + 1, size=(T, B))
    with np.errstate(over="ignore", under="ignore"):
        sums, _ = weight_gradients(da[0], exponent, x, h)
    for name, y in (("W", x), ("U", h)):
        expected = outer_products(da, exponent, y).sum(axis=0).astype(float)
        assert_close(np.ravel(sums[name]), np.ravel(expected), 1e-12, name)


@pytest.mark.parametrize("size", [2.0**-62, 2.0**-40, 2.0**-31.9, 2.0**31.9, 2.0**40, 2.0**62])
def test_float32_inputs_and_gradients_of_any_size(size):
    """Products of their squares leave float32's range long before they do."""
    case = make_case("linear", T=2, B=4, D=1, H=1, dtype="float32")
    w = lv.RNNWeights(*(np.zeros(s, np.float32) for s in ((1, 1), (1, 1), 1)), "linear")
    trace = lv.forward(w, np.full_like(case.x, size), np.full((4, 1), size))
    grads = lv.backward(w, trace, np.full_like(case.dh, size))
    expected = np.log10(4) + 2 * np.log10(float(np.float32(size)))
    assert grads.log10_step["W"] == pytest.approx([expected] * 2, abs=1e-6)
    assert grads.log10_step["U"][0] == pytest.approx(expected, abs=1e-6)  # h_1 is 0


@pytest.mark.parametrize("digits", [1, 3, 6])
def test_sequences_that_cancel_each_other_lose_twice_the_digits(digits):
    w = lv.RNNWeights(np.zeros((2, 1)), np.zeros((2, 2)), np.zeros(2), "linear")
    x, dh = np.ones((1, 2, 1)), np.array([[[1.0, 2.0], [-1.0, -2.0]]])
    dh[0, 1] *= 1 - 10.0**-digits
    grads = lv.backward(w, lv.forward(w, x, batch_first=False), dh)
    exact = np.log10(np.linalg.norm(grads.weights.W))
    assert grads.log10_step["W"].item() == pytest.approx(exact, abs=10.0 ** (2 * digits - 14.5))


def test_exact_zeros():
    case = make_case("tanh", T=3)
    case.x[1] = 0
    norms = lv.log10_norms(case.backward())
    assert norms["W"][1] == -np.inf
    assert np.isfinite(norms["U"][1])
    assert np.isfinite(norms["W"][[0, 2]]).all()


def test_overflowing_sums_are_infinite_and_their_steps_are_not():
    w = lv.RNNWeights([[1.0]], [[1e30]], [0.0], "linear")
    dh = np.zeros((100, 1, 1))
    dh[-1] = 1
    grads = lv.backward(w, lv.forward(w, 1e-300 * np.eye(100)[0].reshape(100, 1, 1)), dh)
    assert grads.weights.b.item() == np.inf
    assert grads.log10_step["b"][0] == pytest.approx(99 * 30)
    assert grads.log10_step["W"][0] == pytest.approx(99 * 30 - 300)


def test_input_that_is_seen_only_early_keeps_its_small_gradient():
    """As a letter that stands at the beginning of a text: its column of W is small, not zero."""
    case = make_case("tanh", T=150, B=2, D=2, probe="last", scale=0.2, seed=1)
    case.x[3:, :, 0] = 0
    grads = case.backward()
    step_W = np.einsum("tbj,tbd->tjd", grads.a, case.x)
    expected = np.array([[math.fsum(step_W[:, j, d]) for d in range(2)] for j in range(4)])
    assert 0 < np.abs(expected[:, 0]).max() < 1e-62
    assert_close(grads.weights.W.T, expected.T, 1e-12, "W column")


def test_a_zero_row_with_a_large_power_of_two_weighs_nothing():
    """As of a padded step; nor does it overflow, which would be a warning and so an error."""
    da, x = np.ones((2, 1, 3)), np.ones((2, 1, 2))
    da[1] = 0
    sums, log10_step = weight_gradients(da, np.array([[0], [5000]]), x, x)
    assert np.array_equal(sums["W"], np.ones((3, 2)))
    assert np.isneginf(log10_step["W"][1])
