"""The running product against rows of their own, and where it must give up."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.running_product import running_product
from lstm_viz.initializers import random_orthogonal
from tests.compare import assert_close
from tests.nets import KINDS, linear_net, make_weights, scaled_orthogonal


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("T", [1, 2, 64, 65, 70])
def test_each_row_is_the_gradient_of_its_own_run(kind, T):
    rng = np.random.default_rng(6)
    weights, x = make_weights(kind, 3, 4, rng, scale=1.1), rng.normal(size=(T, 1, 3))
    v = lv.unit_probe(4)
    found = running_product(weights, lv.forward(weights, x), T, v)
    for s in {1, T // 2 + 1, T}:
        grads = lv.backward(weights, lv.forward(weights, x[:s]), lv.last_step(s, v))
        parts = [grads.h[0, 0], *([grads.c[0, 0]] if kind == "lstm" else []), grads.x[0, 0]]
        assert_close(found.value[s - 1], np.concatenate(parts), 1e-11)


def test_it_stays_exact_far_beyond_the_range_of_floats():
    weights = linear_net(scaled_orthogonal(0.5, H=4))
    found = running_product(
        weights, lv.forward(weights, np.zeros((2000, 1, 1))), 2000, np.eye(4)[0]
    )
    assert found.log10_norm()[-1] == pytest.approx(-602.059991327962, rel=1e-12)


@pytest.mark.parametrize("rates", [(0.5, 1.0), (0.01, 0.9)])
def test_it_gives_up_where_the_probe_reads_what_has_decayed_below_the_rest(rates):
    weights = linear_net(np.diag(rates))
    trace = lv.forward(weights, np.zeros((400, 1, 1)))
    assert running_product(weights, trace, 400, np.array([1.0, 0.0])) is None
    assert running_product(weights, trace, 400, np.array([0.0, 1.0])) is not None


@pytest.mark.parametrize("factor", [0.0, 1e-9, 1e-40, 1e30, np.nan])
def test_it_gives_up_where_a_block_leaves_the_safe_range(factor):
    weights = linear_net(np.eye(2))
    weights.U[...] = factor * np.eye(2)
    trace = lv.forward(weights, np.zeros((100, 1, 1)))
    assert running_product(weights, trace, 100, np.array([0.6, 0.8])) is None


def test_the_sweep_is_the_same_either_way(monkeypatch):
    rng = np.random.default_rng(6)
    weights, x = make_weights("lstm", 2, 3, rng), rng.normal(size=(150, 1, 2))
    quick = lv.length_sweep(weights, x)
    calls = []
    monkeypatch.setattr(
        "lstm_viz.analysis.length_sweep.running_product", lambda *_: calls.append(1)
    )
    slow = lv.length_sweep(weights, x)
    assert calls
    for name in ("h", "c", "x"):
        np.testing.assert_allclose(getattr(quick, name), getattr(slow, name), rtol=1e-11)


def test_a_hidden_decay_does_not_fool_the_sweep():
    """One direction decays, one does not; the probe's share in the latter is exactly zero."""
    Q = random_orthogonal(2, np.random.default_rng(0))
    for mixed, rel in ((np.eye(2), 1e-12), (Q, 1e-3)):  # mixed, rounding joins the directions
        U = mixed @ np.diag([0.5, 0.8]) @ mixed.T
        sweep = lv.length_sweep(linear_net(U), np.zeros((30, 1, 1)), probe=mixed[:, 0])
        np.testing.assert_allclose(sweep.h, sweep.lengths * np.log10(0.5), rtol=rel)
