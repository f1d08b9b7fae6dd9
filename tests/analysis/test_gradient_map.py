"""Every row of the map against a backward pass of its own, and against closed forms."""

import math
from itertools import product

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import columns
from lstm_viz.analysis.gradient_map import estimate, map_reach
from tests.compare import assert_log10_close
from tests.nets import KINDS, linear_net, make_weights, scaled_orthogonal
from tests.results import own_columns

T = 66  # more than one stretch


def net(kind, H=5, D=3, seed=0, steps=T, **options):
    rng = np.random.default_rng(seed)
    return make_weights(kind, D, H, rng, **options), rng.normal(size=(steps, 1, D))


def one_by_one(weights, x, wrt, v):
    """The map from a forward and backward pass for each loss step."""
    found = np.full((len(x), len(x)), np.nan)
    for s in range(1, len(x) + 1):
        grads = lv.backward(weights, lv.forward(weights, x[:s]), lv.last_step(s, v))
        norms = lv.log10_norms(grads)[wrt][:, 0]
        found[s - 1, :s] = norms[1:] if wrt in "hc" else norms
    return found


def assert_same_map(found, expected, rel=1e-10):
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    known = ~np.isnan(expected)
    assert_log10_close(found[known], expected[known], rel)


@pytest.mark.parametrize(("kind", "wrt"), [*product(KINDS, "hx"), ("lstm", "c")])
@pytest.mark.parametrize("scale", [0.3, 1.2])
def test_each_row_is_that_of_its_own_run(kind, wrt, scale):
    weights, x = net(kind, scale=scale)
    v = lv.unit_probe(5, 3)
    assert_same_map(lv.gradient_map(weights, x, v, wrt), one_by_one(weights, x, wrt, v))


@pytest.mark.parametrize("group", [1, 7, 64])
@pytest.mark.parametrize("steps", [1, 2, 33])
def test_neither_groups_nor_stretches_show(group, steps, monkeypatch):
    weights, x = net("lstm", H=3, steps=steps, seed=2)
    expected = lv.gradient_map(weights, x)
    monkeypatch.setattr(columns, "COLUMNS", group)
    monkeypatch.setattr(columns, "STEPS", 5)
    assert_same_map(lv.gradient_map(weights, x), expected, 1e-13)


@pytest.mark.parametrize("rho", [1e-9, 0.5, 0.999, 1e9])
@pytest.mark.parametrize("H", [1, 6])
def test_the_linear_net_follows_its_closed_form(rho, H):
    found = lv.gradient_map(linear_net(scaled_orthogonal(rho, H=H)), np.zeros((300, 1, 1)))
    distance = np.subtract.outer(np.arange(300), np.arange(300))
    lower = distance >= 0
    np.testing.assert_allclose(
        found[lower], distance[lower] * math.log10(rho), rtol=1e-11, atol=1e-12
    )
    assert np.isnan(found[~lower]).all()


def test_two_thousand_steps_of_one_half():
    found = lv.gradient_map(linear_net(scaled_orthogonal(0.5)), np.zeros((2001, 1, 1)))
    assert found[2000, 0] == pytest.approx(-602.059991327962, rel=1e-12)


@pytest.mark.parametrize("gain", [0.0, 1e-160, 1e-40, 1e12])
@pytest.mark.parametrize("kind", ["relu", "tanh", "lstm"])
def test_gradients_beyond_the_range_of_floats(kind, gain):
    weights, x = net(kind, H=4, seed=1, steps=24)
    weights = type(weights)(**{**vars(weights), "U": gain * weights.U})
    if kind == "relu" and gain > 1:
        x = x * 1e-300
        weights = type(weights)(weights.W, weights.U, 0 * weights.b, kind)
    failure = lv.forward(weights, x).failure
    x = x if failure is None else x[: failure.step - 1]
    for wrt in ("h", "c", "x") if kind == "lstm" else ("h", "x"):
        found = lv.gradient_map(weights, x, wrt=wrt)
        assert_same_map(found, one_by_one(weights, x, wrt, lv.unit_probe(4)), 1e-9)


@pytest.mark.parametrize("forget_bias", [-300.0, -30.0, 30.0])
def test_an_lstm_far_from_balance(forget_bias):
    weights, x = net("lstm", forget_bias=forget_bias, steps=40, seed=3)
    for wrt in "hc":
        expected = one_by_one(weights, x, wrt, lv.unit_probe(5))
        assert_same_map(lv.gradient_map(weights, x, wrt=wrt), expected, 1e-9)


def test_a_dead_relu_net_passes_exactly_nothing():
    weights, x = net("relu", H=3, steps=40)
    weights = lv.RNNWeights(weights.W, weights.U, np.full(3, -50.0), "relu")
    found = lv.gradient_map(weights, x)
    assert (np.diag(found) == pytest.approx(0)) and np.isneginf(
        found[np.tril_indices(40, -1)]
    ).all()


@pytest.mark.parametrize("kind", KINDS)
def test_losses_from_a_failure_on_are_undefined_and_the_rest_is_untouched(kind):
    weights, x = net(kind, scale=0.5)
    clean = lv.gradient_map(weights, x)
    x[49] = np.nan
    own = lv.measure_map(weights, x)
    assert own.failure.step == 50 and not own.reads_ahead
    assert_same_map(own.log10_norm[:49], clean[:49], 1e-12)
    assert np.isnan(own.log10_norm[49:]).all()


def test_a_net_that_fails_at_once_has_no_map():
    weights, x = net("lstm", steps=4)
    assert np.isnan(lv.gradient_map(weights, x * np.nan)).all()


def test_float32_weights_agree_with_their_float64_values():
    weights, x = net("lstm", dtype="float32", scale=0.5)
    double = lv.LSTMWeights(*(getattr(weights, n).astype(np.float64) for n in "WUb"))
    short, long = lv.gradient_map(weights, x[:40]), lv.gradient_map(double, x[:40])
    lower = np.tril_indices(40)
    np.testing.assert_allclose(short[lower], long[lower], atol=2e-3)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_stacked_layers(cell):
    spec = lv.ModelSpec(cell=cell, layers=2, input_size=3, hidden_size=4)
    weights, x = lv.init_weights(spec), lv.white_noise(20, 3)
    v = lv.unit_probe(4)
    assert_same_map(lv.gradient_map(weights, x), one_by_one(weights, x, "x", v))
    top = lv.gradient_map(weights, x, wrt="h")
    layers = lv.forward(weights, x).layers
    assert_same_map(top, lv.gradient_map(weights.layers[1], layers[0].output))


def test_a_net_that_reads_both_ways_has_both_triangles():
    weights = lv.init_weights(lv.ModelSpec(cell="bilstm", input_size=3, hidden_size=4))
    x = lv.white_noise(9, 3)
    own = lv.measure_map(weights, x)
    assert own.wrt == "x" and own.reads_ahead
    for s in (1, 5, 9):
        dh = lv.chosen_step(9, lv.unit_probe(8), step=s)
        norms = lv.log10_norms(lv.backward(weights, lv.forward(weights, x), dh))["x"][:, 0]
        assert_log10_close(own.of_loss(s), norms, 1e-11)


@pytest.mark.parametrize("options", [{}, {"causal": True}, {"layers": 2, "residual": True}])
def test_attention_by_its_inputs(options):
    spec = lv.ModelSpec(cell="attention", input_size=3, hidden_size=8, heads=2, **options)
    weights, x, v = lv.init_weights(spec), lv.white_noise(9, 3), lv.unit_probe(8, 2)
    own = lv.measure_map(weights, x, v)
    assert own.wrt == "x" and own.reads_ahead == (not spec.causal)
    for s in (1, 5, 9):
        grads = lv.backward(weights, lv.forward(weights, x), lv.chosen_step(9, v, step=s))
        expected = lv.log10_norms(grads)["x"][:, 0]
        n = s if spec.causal else 9
        assert_log10_close(own.of_loss(s)[:n], expected[:n], 1e-11)


def test_reach_of_a_net_that_decays_at_a_known_rate():
    own = lv.measure_map(linear_net(scaled_orthogonal(0.49)), np.zeros((200, 1, 1)))
    found = map_reach(own)
    assert found.steps == 10  # 0.49^10 is the first power below a thousandth
    assert found.log10_far == pytest.approx(199 * math.log10(0.49))
    distance = np.subtract.outer(np.arange(200), np.arange(200))
    under = (distance[distance >= 0] * math.log10(0.49) < math.log10(1.1754944e-38)).mean()
    assert found.below_float32 == pytest.approx(under)


def test_reach_of_a_net_that_keeps_everything_or_nothing():
    kept = map_reach(lv.measure_map(linear_net(scaled_orthogonal(1.0)), np.zeros((50, 1, 1))))
    assert kept.steps == np.inf and kept.log10_far == pytest.approx(0, abs=1e-12)
    assert kept.below_float32 == 0
    lost = map_reach(lv.measure_map(linear_net(np.zeros((3, 3))), np.zeros((50, 1, 1))))
    assert lost.steps == 1 and lost.log10_far == -np.inf
    assert lost.below_float32 == pytest.approx(49 / 51)


def test_reach_counts_no_loss_after_a_failure():
    weights = linear_net(scaled_orthogonal(0.5))
    x = np.zeros((100, 1, 1))
    x[50] = np.nan
    found = map_reach(lv.measure_map(weights, x))
    assert found.steps == 10 and found.log10_far == pytest.approx(49 * math.log10(0.5))
    nothing = map_reach(lv.measure_map(weights, x * np.nan))
    assert np.isnan([nothing.steps, nothing.log10_far, nothing.below_float32]).all()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "bilstm", "attention"])
def test_an_estimate_grows_with_the_length(cell):
    spec = lv.ModelSpec(cell=cell)
    short, long = (estimate(spec, T, "x") for T in (100, 1000))
    assert 0 < short.seconds < 0.2 * long.seconds
    assert long.megabytes >= 8  # the result alone


def test_what_does_not_fit_is_refused():
    weights, x = net("tanh")
    with pytest.raises(lv.SpecError, match="wrt must be one of h, x"):
        lv.gradient_map(weights, x, wrt="c")
    with pytest.raises(lv.ShapeError, match="one sequence"):
        lv.gradient_map(weights, np.repeat(x, 2, axis=1))
    with pytest.raises(lv.ShapeError, match="probe"):
        lv.gradient_map(weights, x, np.ones(4))
    both = lv.init_weights(lv.ModelSpec(cell="bilstm", input_size=3, hidden_size=4))
    with pytest.raises(lv.SpecError, match="wrt must be one of x for bilstm"):
        lv.gradient_map(both, x, wrt="h")


def test_rows_columns_and_thinning():
    own = lv.measure_map(*net("lstm"))
    assert own.at(60, 7) == own.log10_norm[59, 6] == own.of_loss(60)[6] == own.of_step(7)[59]
    thin = own.thinned(10)
    assert thin.log10_norm.shape == (10, 10)
    assert (thin.losses[0], thin.losses[-1], thin.steps[-1]) == (1, T, T)
    for s in thin.losses:
        for t in thin.steps:
            np.testing.assert_equal(thin.at(s, t), own.at(s, t))
    assert own.thinned(500).log10_norm.shape == (T, T)
    with pytest.raises(lv.SpecError, match="1 … 66"):
        own.at(71, 1)


def test_a_relative_row_has_its_largest_value_at_one():
    own = lv.measure_map(*net("lstm", scale=2.0))
    relative = own.relative().log10_norm
    assert np.nanmax(relative, axis=1) == pytest.approx(0)
    difference = own.log10_norm - relative
    assert np.nanmax(difference, axis=1) == pytest.approx(np.nanmin(difference, axis=1))


def test_the_table_has_a_row_for_each_pair():
    own = lv.measure_map(*net("tanh", steps=5))
    frame = own.to_frame()
    assert own_columns(own, frame) == ["loss_step", "step", "log10_norm"]
    assert len(frame) == 15 and (frame["loss_step"] >= frame["step"]).all()
    last = frame[(frame["loss_step"] == 5) & (frame["step"] == 2)]
    assert last["log10_norm"].item() == own.at(5, 2)


@pytest.mark.parametrize("cell", ["lstm", "bilstm"])
def test_progress_rises_to_one_and_may_stop_the_work(cell):
    weights = lv.init_weights(lv.ModelSpec(cell=cell, input_size=2, hidden_size=3))
    shares = []
    lv.measure_map(weights, lv.white_noise(100, 2), progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lv.measure_map(weights, lv.white_noise(100, 2), progress=stop)
