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


def test_what_is_left_is_the_ratio_of_the_first_norm_to_the_last():
    weights, x, v = case("lstm")
    result = lv.survival(weights, x, v)
    grads = lv.backward(weights, lv.forward(weights, x), lv.last_step(12, v))
    share = np.linalg.norm(grads.h[0, 0]) / np.linalg.norm(grads.h[-1, 0])
    assert 10**result.log10_left == pytest.approx(share, rel=1e-9)


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
