"""The LSTM's own facts: gate order, the carousel, the direct gradient of c, closed gates."""

from decimal import Decimal

import numpy as np
import pytest

import lstm_viz as lv
from tests import oracle
from tests.compare import assert_close, assert_decimal_close, assert_gradients_close
from tests.nets import make_case


def one_unit(b, U=(0, 0, 0, 0)):
    """An LSTM of one unit that does not see its input; b and U in the order i, f, g, o."""
    return lv.LSTMWeights(np.zeros((4, 1)), np.array(U, float)[:, None], np.array(b, float))


def test_one_step_by_hand():
    trace = lv.forward(one_unit([0.1, 0.2, 0.3, 0.4]), np.zeros((1, 1, 1)), c0=[[0.5]])
    i, f, o = (1 / (1 + np.exp(-a)) for a in (0.1, 0.2, 0.4))
    c = f * 0.5 + i * np.tanh(0.3)
    expected = {"i": i, "f": f, "g": np.tanh(0.3), "o": o, "tanh_c": np.tanh(c)}
    for name, value in expected.items():
        assert getattr(trace, name).item() == pytest.approx(value, rel=1e-14), name
    assert trace.c.ravel() == pytest.approx([0.5, c], rel=1e-14)
    assert trace.h.ravel() == pytest.approx([0, o * np.tanh(c)], rel=1e-14)
    pre = [getattr(trace, f"a_{gate}").item() for gate in "ifgo"]
    assert pre == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize(("row", "gate"), list(enumerate("ifgo")))
def test_each_row_of_the_weights_belongs_to_its_gate(row, gate):
    b = np.zeros(4)
    b[row] = 3.0
    trace = lv.forward(one_unit(b), np.zeros((1, 1, 1)), c0=[[0.7]])
    assert getattr(trace, f"a_{gate}").item() == 3.0
    grads = lv.backward(one_unit(b), trace, [[[1.0]]])
    assert grads.weights.b[row] == getattr(grads, f"a_{gate}").item()
    assert len({getattr(grads, f"a_{k}").item() for k in "ifgo"}) == 4


@pytest.mark.parametrize("probe", ["last", 3, "every"])
def test_direct_gradient_of_c(probe):
    case = make_case("lstm", T=6, probe=probe, seed=1)
    case.dc = np.random.default_rng(2).normal(size=case.dh.shape)
    for dh in (case.dh, np.zeros_like(case.dh)):
        _, expected = oracle.run(case.weights, case.x, case.h0, case.c0, dh, case.dc)
        grads = lv.backward(case.weights, case.forward(), dh, case.dc)
        assert_gradients_close(grads, expected, 2e-13)


def test_zero_dc_is_no_dc():
    case = make_case("lstm", probe="last")
    zero = lv.backward(case.weights, case.forward(), case.dh, np.zeros_like(case.dh))
    assert np.array_equal(zero.c, case.backward().c)
    assert np.array_equal(zero.weights.U, case.backward().weights.U)


def test_total_of_c_includes_the_way_through_h():
    case = make_case("lstm", T=4, probe="last")
    trace, grads = case.forward(), case.backward()
    expected = case.dh[-1] * trace.o[-1] / np.cosh(trace.c[-1]) ** 2
    assert_close(grads.c[-1], expected, 1e-13)


@pytest.mark.parametrize("b_f", [-700.0, -350.0, -40.0, 0.0, 40.0, 700.0])
def test_carousel_keeps_relative_accuracy_in_saturation(b_f):
    T = 300
    trace = lv.forward(one_unit([0, b_f, 0, 0]), np.zeros((T, 1, 1)))
    dc = np.zeros((T, 1, 1))
    dc[-1] = 1
    norms = lv.log10_norms(lv.backward(one_unit([0, b_f, 0, 0]), trace, np.zeros((T, 1, 1)), dc))
    forget = 1 / (1 + (-Decimal(b_f)).exp())
    expected = [float(k * forget.log10()) for k in [*reversed(range(T)), 0]]
    assert norms["c"][1:, 0] == pytest.approx(expected[:-1], rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("forget_bias", [-40.0, -200.0, 30.0, 200.0])
@pytest.mark.parametrize("T", [20, 100])
def test_saturated_net_agrees_with_decimals(forget_bias, T):
    case = make_case("lstm", T=T, B=2, D=1, H=2, probe="last", forget_bias=forget_bias, seed=3)
    trace = case.forward()
    values = {name: getattr(trace, name) for name in ("h", "c", *"ifgo")}
    values |= {f"a_{gate}": getattr(trace, f"a_{gate}") for gate in "ifgo"}
    dc = np.zeros_like(case.dh)
    expected = oracle.lstm_backward(case.weights, case.x, values, case.dh, dc, Decimal)
    assert_decimal_close(case.backward(), expected, 1e-11)


def test_gate_that_closes_after_a_long_decay():
    T = 400
    w = lv.LSTMWeights([[0.0], [1.0], [0.0], [0.0]], np.zeros((4, 1)), np.zeros(4))
    x = np.zeros((T, 1, 1))
    x[::97] = -700.0  # f = ½, but at these steps e^−700
    dc = np.zeros((T, 1, 1))
    dc[-1] = 1
    norms = lv.log10_norms(lv.backward(w, lv.forward(w, x), np.zeros_like(dc), dc))
    factor = np.where(x.ravel() < 0, -700 / np.log(10), np.log10(0.5))
    expected = np.cumsum(factor[::-1])[::-1]
    assert norms["c"][:-1, 0] == pytest.approx(expected, rel=1e-13)


def test_gradients_weights_are_weights():
    case = make_case("lstm")
    grads = case.backward()
    assert isinstance(grads.weights, lv.LSTMWeights)
    assert grads.weights.W.shape == case.weights.W.shape
    assert (grads.weights.input_size, grads.weights.hidden_size) == (3, 4)
