"""What is the GRU's own: its second bias, saturation, the carry, its Jacobian, how it is drawn."""

import math
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells import gru
from tests import oracle, oracle_mp
from tests.compare import assert_close, complex_step
from tests.nets import make_case, make_weights

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_layers.npz")
SPEC = lv.ModelSpec(cell="gru", input_size=3, hidden_size=5, forget_bias=0.0)


@pytest.mark.parametrize(("b_z", "T"), [(0, 50), (1, 100), (5, 1000), (-4, 300), (800, 20)])
@pytest.mark.parametrize("H", [1, 4])
def test_6_without_recurrent_weights_the_carry_is_the_update_gate(b_z, T, H):
    b = np.concatenate([np.zeros(H), np.full(H, float(b_z)), np.zeros(H)])
    weights = lv.GRUWeights(np.zeros((3 * H, 2)), np.zeros((3 * H, H)), b)
    trace = lv.forward(weights, np.zeros((T, 1, 2)))
    norms = lv.log10_norms(lv.backward(weights, trace, lv.last_step(T, np.eye(H)[0])))
    assert norms["h"][0, 0] == pytest.approx(
        -T * math.log1p(math.exp(-b_z)) / math.log(10), rel=1e-13
    )


def test_11_printed_count():
    assert lv.count_parameters(replace(SPEC, input_size=10, hidden_size=20)) == 1920


def torch_layer(k):
    W, U, b_i, b_h = (
        STORED[f"gru_two.{name}_l{k}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    H = U.shape[1]
    summed = np.concatenate([b_i[: 2 * H] + b_h[: 2 * H], b_i[2 * H :]])
    return lv.GRUWeights(W, U, summed, b_h[2 * H :])


def test_two_layers_agree_with_torch():
    weights = lv.StackWeights([torch_layer(0), torch_layer(1)])
    trace = lv.forward(weights, STORED["gru_two.x"])
    assert_close(trace.output, STORED["gru_two.output"], 1e-13, "output")
    grads = lv.backward(weights, trace, STORED["gru_two.direct"])
    assert_close(grads.x, STORED["gru_two.dx"], 1e-12, "x")
    for k, own in enumerate(grads.weights.layers):
        H = own.hidden_size
        for name, stored in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias_ih")):
            expected = STORED[f"gru_two.d_{stored}_l{k}"]
            assert_close(np.ravel(getattr(own, name)), np.ravel(expected), 1e-11, name)
        assert_close(own.b_q, STORED[f"gru_two.d_bias_hh_l{k}"][2 * H :], 1e-11, "b_q")


def test_an_open_update_gate_still_learns():
    """1 − z rounds to 0 for a_z = 40, and the candidate's gradient does not."""
    case = make_case("gru", T=3, B=1, D=2, H=3, forget_bias=40, seed=7)
    _, expected = oracle.run(case.weights, case.x, case.h0, None, case.dh)
    grads = case.backward()
    assert (case.forward().z == 1).any()
    assert_close(grads.a_n, expected["a_n"], 1e-12, "a_n")
    assert_close(grads.x, expected["x"], 1e-12, "x")
    assert 0 < np.abs(grads.a_n).max() < 1e-14


@pytest.mark.parametrize(("lo", "hi"), [(0, 6), (2, 5), (5, 6)])
def test_one_step_jacobians_by_complex_step(lo, hi):
    weights = make_weights("gru", 3, 4, np.random.default_rng(10))
    trace = lv.forward(weights, lv.white_noise(length=6, size=3, seed=1))
    for J, t in zip(gru.transition(weights, trace, lo, hi).matrices(), range(lo, hi), strict=True):
        for j in range(4):
            row = complex_step(
                lambda h, t=t, j=j: lv.forward(weights, trace.x[t : t + 1], h).h[1, 0, j],
                trace.h[t],
            )
            assert_close(J[j], row[0], 1e-13, f"row {j} of step {t + 1}")


def test_pytorchs_law_keeps_the_candidates_biases_apart():
    spec = replace(SPEC, hidden_size=400)
    w = lv.init_weights(spec)
    summed, alone = w.b[:800] * 20, np.concatenate([w.b[800:], w.b_q]) * 20
    assert 1 < np.abs(summed).max() <= 2
    assert 0.95 < np.abs(alone).max() <= 1
    assert abs(np.corrcoef(w.b[800:], w.b_q)[0, 1]) < 0.15
    moved = lv.init_weights(replace(spec, forget_bias=3.0))
    assert moved.b - w.b == pytest.approx(np.repeat([0, 3, 0], 400))


@pytest.mark.parametrize("t_max", [10, 1000])
def test_chrono_opens_the_update_gate(t_max):
    w = lv.init_weights(replace(SPEC, init="chrono", t_max=t_max, hidden_size=500))
    b_r, b_z, b_n = np.split(w.b, 3)
    span = np.exp(b_z)
    assert 1 <= span.min() and span.max() <= t_max - 1
    assert span.mean() == pytest.approx(t_max / 2, rel=0.1)
    assert not b_r.any() and not b_n.any() and not w.b_q.any()


def test_b_q_is_checked():
    W, U, b = np.zeros((6, 1)), np.zeros((6, 2)), np.zeros(6)
    with pytest.raises(lv.ShapeError, match=r"b_q must have shape \(2,\)"):
        lv.GRUWeights(W, U, b, np.zeros(3))
    with pytest.raises(lv.NonFiniteError, match="b_q"):
        lv.GRUWeights(W, U, b, [0, np.nan])
    assert np.array_equal(lv.GRUWeights(W, U, b).b_q, [0, 0])


@pytest.mark.parametrize(("scale", "steps", "some"), [(1.0, 300, True), (100.0, 60, False)])
def test_what_round_off_hides_is_named(scale, steps, some):
    """Under constant input h_{t−1} and n_t come to agree; saturated they agree too, and are known.

    The oracle's forward pass is its own, in 120 digits.
    """
    weights = lv.init_weights(lv.ModelSpec(cell="gru", input_size=2, hidden_size=3))
    x, dh = np.full((steps, 1, 2), scale), np.ones((steps, 1, 3))
    trace = lv.forward(weights, x)
    grads = lv.backward(weights, trace, dh)
    with mpmath.workdps(120):
        true, _ = oracle_mp.run(weights, trace, dh[:, 0], given=False)
    for name, marked in grads.undetermined.items():
        expected = [oracle_mp.log10_norm(row) for row in true[name]]
        right = np.abs(grads.scaled[name].log10_norm()[:, 0] - expected) < 0.0044  # 1 %
        assert (right | marked[:, 0]).all(), name
        assert (marked[:, 0].any()) == (some and name == "a_z")
        assert (~right).sum() >= 0.8 * marked.sum()


def test_in_an_ordinary_run_nothing_is_hidden():
    weights = lv.init_weights(lv.ModelSpec(cell="gru", input_size=8, hidden_size=32))
    trace = lv.forward(weights, lv.white_noise(length=100, size=8, seed=0))
    grads = lv.backward(weights, trace, lv.last_step(100, lv.unit_probe(32)))
    assert not any(marked.any() for marked in grads.undetermined.values())
