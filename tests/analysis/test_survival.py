"""Survival against the engine's own parts, called one by one, and against closed forms."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from tests import oracle
from tests.nets import KINDS, linear_net, make_weights, scaled_orthogonal


def case(kind, T=12, H=4, D=2, seed=0, **options):
    rng = np.random.default_rng(seed)
    weights = make_weights(kind, D, H, rng, **options)
    return weights, rng.normal(size=(T, 1, D)), lv.unit_probe(H, seed)


@pytest.mark.parametrize("kind", KINDS)
def test_norms_are_those_of_the_loss_at_the_last_step(kind):
    weights, x, v = case(kind)
    result = lv.survival(weights, x, v)
    dh, h0 = np.zeros((12, 1, 4)), np.zeros((1, 4))
    dh[-1, 0] = v
    _, grads = oracle.run(weights, x, h0, h0 if kind == "lstm" else None, dh)
    for name in ("h", "x", "c") if kind == "lstm" else ("h", "x"):
        wanted = np.log10(np.linalg.norm(grads[name][:, 0].astype(float), axis=-1))
        np.testing.assert_allclose(result.norms[name], wanted, rtol=1e-9, err_msg=name)
    assert result.norms["h"][-1] == pytest.approx(0, abs=1e-12)  # v itself


@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_every_norm_is_one_row_a_step(kind):
    weights, x, v = case(kind)
    result = lv.survival(weights, x, v)
    states = {"h", "c"}
    assert {name: len(norm) for name, norm in result.norms.items()} == {
        name: 13 if name in states else 12 for name in result.norms
    }
    assert result.steps == 12 and result.cell == weights.cell and result.failure is None


CARRIES = {"lstm": "c"}  # every other cell has h alone


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_is_that_of_the_error_at_the_loss_in_the_state_that_carries(kind):
    weights, x, v = case(kind)
    grads = lv.backward(weights, lv.forward(weights, x), lv.last_step(12, v))
    of = CARRIES.get(kind, "h")
    share = np.linalg.norm(getattr(grads, of)[0, 0])
    for size in (1, 1e-90, 3e40):
        result = lv.survival(weights, x, size * v)
        assert result.of == of
        assert 10**result.log10_left == pytest.approx(share, rel=1e-9)
        assert result.log10_whole == pytest.approx(math.log10(size), abs=1e-12)
    slope = np.polyfit(-np.arange(13), result.norms[of], 1)[0]
    assert result.rate.log10_factor == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize(("gain", "left"), [(0.0, 0.0501), (0.05, 0.0806)])
def test_an_lstm_lives_in_its_cell_state_where_its_hidden_state_says_it_is_dead(gain, left):
    """Without recurrence ∂L/∂h_0 is exactly 0, and of ∂L/∂c_0 the forget gates decide."""
    w = lv.init_weights(lv.ModelSpec(gain=gain, forget_bias=5.0))
    result = lv.survival(w, lv.white_noise(200, 8), lv.unit_probe(32))
    assert 10**result.log10_left == pytest.approx(left, rel=1e-3)
    assert result.norms["h"][0] < -2.9 and result.beside == ("h",)
    if gain == 0:
        trace = result.trace
        by_hand = np.prod(trace.f[:, 0], axis=0) * trace.o[-1, 0] * (1 - trace.tanh_c[-1, 0] ** 2)
        norm = np.linalg.norm(by_hand * lv.unit_probe(32))
        assert result.log10_left == pytest.approx(math.log10(norm), rel=1e-12)


def test_the_constant_error_carousel_is_what_is_left():
    """U = 0, no input, all gates at their bias: ‖∂L/∂c_0‖ = σ(b_f)^T · o tanh'(c_T)."""
    T, b_f = 100, 1.0
    b = np.repeat([-40.0, b_f, 0.0, 40.0], 4)  # i shut, o open: c stays 0
    w = lv.LSTMWeights(np.zeros((16, 1)), np.zeros((16, 4)), b)
    result = lv.survival(w, np.zeros((T, 1, 1)), lv.unit_probe(4))
    assert 10**result.log10_left == pytest.approx(2.48437855572401e-14, rel=1e-12)
    assert result.rate.half_life == pytest.approx(2.212678, abs=1e-6)
    assert result.norms["h"][0] == -math.inf


@pytest.mark.parametrize("of", ["h", "c", "x", "a_f"])
def test_another_gradient_can_be_followed(of):
    weights, x, v = case("lstm")
    result = lv.survival(weights, x, v, of=of)
    norm = result.norms[of]
    np.testing.assert_array_equal(result.log10_norm, norm)
    whole = 0 if of in "hc" else norm[-1]
    assert result.log10_left == pytest.approx(norm[0] - whole, abs=1e-12)


def test_what_a_net_does_not_have_is_refused_by_name():
    weights, x, v = case("gru")
    with pytest.raises(lv.SpecError, match="of must be one of h, x, a_r, .*; got 'c'"):
        lv.survival(weights, x, v, of="c")
    with pytest.raises(lv.SpecError, match="got 'W'"):
        lv.survival(weights, x, v, of="W")


@pytest.mark.parametrize("options", [{"cell": "bilstm"}, {"cell": "attention"}, {"layers": 2}])
def test_without_one_chain_of_states_it_is_the_input(options):
    spec = lv.ModelSpec(input_size=3, hidden_size=4, **options)
    weights, x = lv.init_weights(spec), lv.white_noise(9, 3)
    result = lv.survival(weights, x, lv.unit_probe(weights.output_size))
    assert result.of == "x" and result.beside == () and result.steps == 9
    assert result.log10_left == result.norms["x"][0] - result.norms["x"][-1]
    assert len(result.to_frame()) == 10


def test_horizons_are_shares_of_the_error():
    """An output gate that lets a hundred-thousandth through has spent the thousandth already."""
    b = np.repeat([-40.0, 4.0, 0.0, -11.5], 4)
    w = lv.LSTMWeights(np.zeros((16, 1)), np.zeros((16, 4)), b)
    rate = lv.survival(w, np.zeros((50, 1, 1)), lv.unit_probe(4)).rate
    assert rate.to_1e3 == lv.Horizon(0.0, True)
    assert not rate.to_eps.measured and rate.to_eps.steps > 50


@pytest.mark.parametrize("rho, T", [(0.5, 2000), (1.5, 3000), (1.0, 500)])
def test_the_scaled_orthogonal_net_at_any_magnitude(rho, T):
    net = linear_net(scaled_orthogonal(rho))
    result = lv.survival(net, np.zeros((T, 1, 1)), lv.unit_probe(5))
    assert result.log10_left == pytest.approx(T * math.log10(rho), rel=1e-12, abs=1e-10)
    assert result.rate.factor == pytest.approx(rho, rel=1e-12)
    assert result.rate.problem == "" and result.rate.steps == T


def test_the_rate_goes_back_from_the_loss():
    weights, x, v = case("tanh", T=40)
    result = lv.survival(weights, x, v)
    slope = np.polyfit(np.arange(41), result.norms["h"], 1)[0]  # forward in time
    assert result.rate.log10_factor == pytest.approx(-slope, rel=1e-9)


def test_machine_precision_is_the_nets():
    horizons = {}
    for dtype in ("float32", "float64"):
        net = linear_net(scaled_orthogonal(0.5), dtype)
        result = lv.survival(net, np.zeros((80, 1, 1)), lv.unit_probe(5))
        horizons[dtype] = result.rate.to_eps.steps
    assert horizons["float32"] in (23, 24) and horizons["float64"] in (52, 53)


def test_a_failure_is_named():
    weights, _x, v = case("relu", T=700, H=16, D=3, scale=8.0, seed=2)
    result = lv.survival(weights, np.ones((700, 1, 3)), v)
    first = int(np.flatnonzero(~np.isfinite(result.trace.h[:, 0]).all(axis=1))[0])
    assert result.failure.step == first and result.failure.quantity == "h"
    assert not np.isfinite(result.trace.h[first, 0, result.failure.unit])
    assert result.rate.problem == "not finite"


def test_one_step_is_enough():
    weights, x, v = case("lstm", T=1)
    result = lv.survival(weights, x, v)
    assert result.steps == 1 and result.rate.problem == "too short"
    assert math.isfinite(result.log10_left)


@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_the_table_has_a_row_for_each_step_from_0(kind):
    weights, x, v = case(kind)
    result = lv.survival(weights, x, v)
    frame = result.to_frame()
    assert frame["step"].tolist() == list(range(13))
    assert set(frame["cell"]) == {weights.cell}
    for name, norm in result.norms.items():
        column = frame[f"log10_norm_{name}"].to_numpy(float)
        np.testing.assert_array_equal(column[-len(norm) :], norm, err_msg=name)
        assert np.isnan(column[: 13 - len(norm)]).all()
