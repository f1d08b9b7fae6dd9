"""The closed forms of the field that the engine must agree with to round-off.

1 scaled orthogonal, 2 sigmoid net at its fixed point, 3 Pascanu's bound, 4 non-normal transient,
5 constant error carousel, 7 clipping and Ω. Units: log10 of norms.
"""

import math

import numpy as np
import pytest

import lstm_viz as lv
from tests.nets import RNN_KINDS, last_step_norms, linear_net, make_weights, scaled_orthogonal


@pytest.mark.parametrize(
    ("rho", "expected"),
    [(0.9, -91.514981121350), (0.5, -602.059991327962), (1.1, 82.785370316450)],
)
@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_1_scaled_orthogonal_printed(rho, expected, activation):
    norms = last_step_norms(linear_net(scaled_orthogonal(rho), activation=activation), 2000)
    assert norms["h"][0, 0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rho", [0.3, 0.99, 1.0, 1.5, 7.0])
@pytest.mark.parametrize("H", [1, 2, 16])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_1_scaled_orthogonal(rho, H, seed, activation):
    v = np.random.default_rng(seed).normal(size=H)
    w = linear_net(scaled_orthogonal(rho, H, seed), activation=activation)
    norms = last_step_norms(w, 500, probe=v)["h"][:, 0]
    expected = np.arange(500, -1, -1) * np.log10(rho) + np.log10(np.linalg.norm(v))
    assert norms == pytest.approx(expected, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_1_holds_for_no_other_activation(activation):
    w = linear_net(scaled_orthogonal(0.9), activation=activation)
    assert last_step_norms(w, 50)["h"][0, 0] != pytest.approx(50 * np.log10(0.9), rel=1e-3)


@pytest.mark.parametrize("rho", [0.2, 0.8, 1.0])
@pytest.mark.parametrize(("H", "seed"), [(1, 0), (4, 1), (12, 2)])
def test_2_sigmoid_net_at_its_fixed_point(rho, H, seed):
    U = scaled_orthogonal(4 * rho, H, seed)
    w = lv.RNNWeights(np.zeros((H, 1)), U, -0.5 * U.sum(axis=1), "sigmoid")
    norms = last_step_norms(w, 300, h0=np.full((1, H), 0.5))["h"][:, 0]
    assert norms == pytest.approx(np.arange(300, -1, -1) * np.log10(rho), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("activation", RNN_KINDS)
@pytest.mark.parametrize("gain", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_3_pascanus_bound(activation, gain, seed):
    rng = np.random.default_rng(seed)
    w = make_weights(activation, 2, 6, rng, scale=gain)
    T = 60
    trace, dh = lv.forward(w, rng.normal(size=(T, 2, 2))), np.zeros((T, 2, 6))
    dh[-1] = rng.normal(size=(2, 6))
    norms = lv.log10_norms(lv.backward(w, trace, dh))["h"]
    slope = 0.25 if activation == "sigmoid" else 1.0
    rate = np.log10(slope * np.linalg.svd(w.U, compute_uv=False)[0])
    bound = norms[-1] + np.arange(T, -1, -1)[:, None] * rate
    assert (norms <= bound + 1e-10).all()


def test_3_it_is_singular_values_that_bound():
    """Spectral radius 0, and the gradient of 30 steps grows by 10^29."""
    H = 30
    w = linear_net(np.diag(np.full(H - 1, 10.0), 1))
    norms = last_step_norms(w, H, probe=np.eye(H)[0])["h"][:, 0]
    assert np.abs(np.linalg.eigvals(w.U)).max() == 0
    assert norms[1] == pytest.approx(H - 1, rel=1e-13)
    assert norms[0] == -np.inf


@pytest.mark.parametrize(("r", "a"), [(0.9, 5.0), (0.5, 1.0), (0.99, 0.1), (1.05, 20.0)])
def test_4_non_normal_transient(r, a):
    norms = last_step_norms(linear_net(np.array([[r, a], [0, r]])), 3000, probe=np.array([1.0, 0]))
    k = np.arange(3000, -1, -1)
    expected = k * np.log10(r) + 0.5 * np.log10(1 + (k * a / r) ** 2)
    assert norms["h"][:, 0] == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_4_non_normal_transient_printed():
    norms = last_step_norms(
        linear_net(np.array([[0.9, 5], [0, 0.9]])), 200, probe=np.array([1.0, 0])
    )
    curve = norms["h"][::-1, 0]
    assert curve.argmax() == 9
    assert 10 ** curve[9] == pytest.approx(19.374898267547, rel=1e-12)
    assert curve[200] < -5


def carousel(b_f, T, H=3, seed=0):
    """log10 norms of ∂L/∂c for U = 0 and zero input; L reads c_T along a unit vector."""
    b = np.random.default_rng(seed).normal(size=4 * H)
    b[H : 2 * H] = b_f
    w = lv.LSTMWeights(np.zeros((4 * H, 1)), np.zeros((4 * H, H)), b)
    dc = np.zeros((T, 1, H))
    dc[-1, 0, -1] = 1
    trace = lv.forward(w, np.zeros((T, 1, 1)))
    return lv.log10_norms(lv.backward(w, trace, np.zeros((T, 1, H)), dc))["c"][:, 0]


@pytest.mark.parametrize("b_f", [-50.0, -4.0, 0.0, 1.0, 3.0, 5.0, 30.0])
@pytest.mark.parametrize(("T", "H", "seed"), [(1, 1, 0), (100, 3, 1), (5000, 2, 2)])
def test_5_constant_error_carousel(b_f, T, H, seed):
    log10_f = -(max(-b_f, 0) + math.log1p(math.exp(-abs(b_f)))) / math.log(10)
    expected = np.arange(T, -1, -1) * log10_f
    rounding = T * 1.2e-16  # of σ near 1, in decades
    assert carousel(b_f, T, H, seed) == pytest.approx(expected, rel=1e-11, abs=rounding)


def test_5_carousel_printed():
    assert 10 ** carousel(1.0, 100)[0] == pytest.approx(2.48437855572401e-14, rel=1e-12)


@pytest.mark.parametrize(
    ("b_f", "half_life"), [(0.0, 1.0), (1.0, 2.212678), (3.0, 14.266), (5.0, 103.218)]
)
def test_5_half_life(b_f, half_life):
    rate = carousel(b_f, 100)[0] / 100
    assert math.log10(0.5) / rate == pytest.approx(half_life, rel=5e-5)


def test_5_with_recurrent_weights_the_total_is_not_the_product_of_forget_gates():
    w = lv.init_weights(lv.ModelSpec(input_size=2, hidden_size=8, forget_bias=1, seed=0))
    trace, dc = lv.forward(w, np.zeros((50, 1, 2))), np.zeros((50, 1, 8))
    dc[-1, 0, 0] = 1
    total = lv.log10_norms(lv.backward(w, trace, np.zeros_like(dc), dc))["c"][0, 0]
    assert total - np.log10(trace.f[:, 0, 0]).sum() > 0.5
