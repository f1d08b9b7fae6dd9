"""The plain RNN's own facts."""

import numpy as np
import pytest

import lstm_viz as lv
from tests.compare import assert_close
from tests.nets import RNN_KINDS, make_case, make_weights

PHI = {
    "tanh": np.tanh,
    "relu": lambda a: a * (a > 0),
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "linear": lambda a: a,
}


@pytest.mark.parametrize("activation", RNN_KINDS)
def test_two_steps_by_hand(activation):
    w = lv.RNNWeights([[2.0]], [[0.5]], [0.25], activation)
    trace = lv.forward(w, np.array([[[0.3]], [[-0.1]]]), h0=[[0.4]])
    first = PHI[activation](2 * 0.3 + 0.5 * 0.4 + 0.25)
    second = PHI[activation](2 * -0.1 + 0.5 * first + 0.25)
    assert trace.h.ravel() == pytest.approx([0.4, first, second], rel=1e-14)


def test_gradient_of_two_steps_by_hand():
    w = lv.RNNWeights([[2.0]], [[0.5]], [0.0], "linear")
    x, dh = np.array([[[3.0]], [[5.0]]]), np.array([[[0.0]], [[1.0]]])
    grads = lv.backward(w, lv.forward(w, x), dh)  # h_1 = 6, h_2 = 13
    assert grads.h.ravel().tolist() == [0.25, 0.5, 1.0]
    assert grads.x.ravel().tolist() == [1.0, 2.0]
    assert grads.weights.W.item() == 0.5 * 3 + 5
    assert grads.weights.U.item() == 0.5 * 0 + 1 * 6
    assert grads.weights.b.item() == 1.5
    assert grads.log10_step["U"].tolist() == [-np.inf, np.log10(6)]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_units_keep_their_gradient(activation):
    w = lv.RNNWeights([[1.0]], [[0.5]], [0.0], activation)
    for a in (20.0, 40.0, 300.0, -40.0, -300.0):
        grads = lv.backward(w, lv.forward(w, [[[a]]]), [[[1.0]]])
        expected = 1 / np.cosh(a) ** 2 if activation == "tanh" else 0.25 / np.cosh(a / 2) ** 2
        assert_close(grads.a.ravel(), np.array([expected]), 1e-13)


def test_relu_at_zero_passes_nothing():
    w = lv.RNNWeights([[1.0]], [[1.0]], [0.0], "relu")
    grads = lv.backward(w, lv.forward(w, np.zeros((3, 1, 1))), np.ones((3, 1, 1)))
    assert grads.h.ravel().tolist() == [0, 1, 1, 1]


def test_gradients_weights_are_weights():
    case = make_case("relu")
    grads = case.backward()
    assert isinstance(grads.weights, lv.RNNWeights)
    assert grads.weights.activation == "relu"
    assert grads.weights.U.shape == case.weights.U.shape


def test_integer_weights_compute_in_float64():
    w = lv.RNNWeights([[1]], [[2]], [3])
    assert {w.W.dtype, w.U.dtype, w.b.dtype} == {np.dtype("f8")}


def test_the_other_activations_differ():
    rng, x = np.random.default_rng(0), np.random.default_rng(1).normal(size=(3, 1, 2))
    weights = make_weights("tanh", 2, 3, rng)
    runs = [lv.forward(lv.RNNWeights(weights.W, weights.U, weights.b, k), x).h for k in RNN_KINDS]
    assert len({run.tobytes() for run in runs}) == len(RNN_KINDS)
