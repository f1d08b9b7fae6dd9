"""Every length of a sweep against a forward and a backward pass of its own."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.length_sweep import band
from tests.compare import assert_log10_close
from tests.nets import KINDS, linear_net, make_weights, scaled_orthogonal
from tests.results import own_columns

T_MAX = 130
LENGTHS = [1, 2, 31, 63, 64, 65, 127, 128, 129, 130]  # stretches and columns are 64 wide


def net(kind, H=5, D=3, seed=0, **options):
    rng = np.random.default_rng(seed)
    return make_weights(kind, D, H, rng, **options), rng.normal(size=(T_MAX, 1, D))


def one_by_one(weights, x, lengths, v):
    """name → log10 norm at the first step, from a forward and backward pass for each length."""
    found = {"h": [], "x": [], "c": []}
    for T in lengths:
        grads = lv.backward(weights, lv.forward(weights, x[:T]), lv.last_step(T, v))
        norms = lv.log10_norms(grads)
        for name in found:
            if name in norms:
                found[name].append(norms[name][0, 0])
    return {name: np.array(values) for name, values in found.items() if values}


def assert_same(sweep, expected, rel=1e-9):
    for name, norms in expected.items():
        assert_log10_close(getattr(sweep, name), norms, rel, name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_each_length_is_that_of_its_own_run(kind, scale):
    weights, x = net(kind, scale=scale)
    v = lv.unit_probe(5, 3)
    sweep = lv.length_sweep(weights, x, LENGTHS, probe=v)
    expected = one_by_one(weights, x, LENGTHS, v)
    assert set(expected) == ({"h", "x", "c"} if kind == "lstm" else {"h", "x"})
    assert (sweep.c is None) == (kind != "lstm")
    assert_same(sweep, expected)


@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_all_lengths_by_default(kind):
    weights, x = net(kind)
    sweep = lv.length_sweep(weights, x)
    np.testing.assert_array_equal(sweep.lengths, np.arange(1, T_MAX + 1))
    v = lv.unit_probe(5)
    assert_same(sweep, one_by_one(weights, x, range(1, T_MAX + 1), v))


@pytest.mark.parametrize("kind", ["relu", "lstm"])
@pytest.mark.parametrize("lengths", [[90, 3, 90, 64, 1], [130], [1], range(130, 0, -7)])
def test_sparse_unordered_and_repeated_lengths_keep_their_places(kind, lengths):
    weights, x = net(kind, seed=4)
    v = lv.unit_probe(5)
    sweep = lv.length_sweep(weights, x, lengths, probe=v)
    assert sweep.lengths.tolist() == list(lengths)
    assert_same(sweep, one_by_one(weights, x, lengths, v))


def test_a_sequence_of_one_step():
    weights, x = net("lstm")
    sweep = lv.length_sweep(weights, x[:1])
    assert sweep.lengths.tolist() == [1]
    assert_same(sweep, one_by_one(weights, x, [1], lv.unit_probe(5)))


@pytest.mark.parametrize("kind", ["relu", "linear", "tanh", "lstm"])
@pytest.mark.parametrize("gain", [1e-7, 1e-40, 50.0, 1e12])
def test_decays_and_explosions_beyond_the_range_of_floats(kind, gain):
    weights, x = net(kind, scale=gain, seed=1)
    v = lv.unit_probe(5)
    if kind in ("relu", "linear"):
        x = x * 1e-300 if gain > 1 else x
    lengths = [n for n in LENGTHS if np.isfinite(lv.forward(weights, x[:n]).h).all()]
    sweep, expected = lv.length_sweep(weights, x, lengths, probe=v), None
    expected = one_by_one(weights, x, lengths, v)
    for name, norms in expected.items():
        np.testing.assert_allclose(getattr(sweep, name), norms, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("rho", [1e-9, 0.5, 1e9])
def test_the_linear_net_follows_its_closed_form(rho):
    weights = linear_net(scaled_orthogonal(rho, H=4))
    lengths = np.array([1, 63, 64, 65, 700])
    sweep = lv.length_sweep(weights, np.zeros((700, 1, 1)), lengths)
    np.testing.assert_allclose(sweep.h, lengths * math.log10(rho), rtol=1e-9)
    assert np.isneginf(sweep.x).all()  # W is zero


@pytest.mark.parametrize(
    "forget_bias, gain", [(-30.0, 1.0), (-30.0, 50.0), (1.0, 50.0), (30.0, 0.1)]
)
def test_the_lstm_far_from_balance(forget_bias, gain):
    spec = lv.ModelSpec(hidden_size=6, input_size=3, forget_bias=forget_bias, gain=gain, seed=2)
    weights, x, v = lv.init_weights(spec), lv.white_noise(T_MAX, 3), lv.unit_probe(6)
    sweep, expected = lv.length_sweep(weights, x, LENGTHS, probe=v), None
    expected = one_by_one(weights, x, LENGTHS, v)
    for name, norms in expected.items():
        np.testing.assert_allclose(getattr(sweep, name), norms, rtol=1e-9, err_msg=name)


def test_a_net_without_recurrence_passes_nothing_back_to_h():
    weights, x = net("tanh")
    weights = lv.RNNWeights(weights.W, 0 * weights.U, weights.b)
    sweep = lv.length_sweep(weights, x, [1, 2, 70])
    assert np.isneginf(sweep.h).all()
    assert np.isfinite(sweep.x[0]) and np.isneginf(sweep.x[1:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_that_is_not_finite_spoils_no_shorter_length(kind):
    """The forward pass of a shorter sequence is a prefix: what comes later is none of its."""
    weights, x = net(kind, scale=0.4)
    v, clean = lv.unit_probe(5), x.copy()
    x[99] = np.nan
    sweep = lv.length_sweep(weights, x, [1, 40, 70, 99, 100, 130], probe=v)
    expected = one_by_one(weights, clean, [1, 40, 70, 99], v)
    for name, norms in expected.items():
        got = getattr(sweep, name)
        np.testing.assert_allclose(got[:4], norms, rtol=1e-9, err_msg=name)


def test_a_relu_net_that_blows_up_is_undefined_from_there_on():
    weights, _ = net("relu", H=16, scale=8.0, seed=2)
    x = np.ones((700, 1, 3))
    step = lv.forward(weights, x).failure.step
    assert 200 < step < 690
    sweep = lv.length_sweep(weights, x, [step - 1, step + 2, 700])
    assert np.isfinite(sweep.h[0]) and sweep.h[0] > 100
    assert np.isnan(sweep.h[1:]).all() and np.isnan(sweep.x[1:]).all()


@pytest.mark.parametrize(
    "lengths", [[0], [T_MAX + 1], [-1], [2.0], [True], ["3"], [], [3, None], [float("nan")]]
)
def test_bad_lengths_are_refused(lengths):
    weights, x = net("tanh")
    with pytest.raises(lv.SpecError, match="lengths"):
        lv.length_sweep(weights, x, lengths)


def test_numpy_integers_are_lengths():
    weights, x = net("tanh")
    assert lv.length_sweep(weights, x, np.array([3, 9], np.int32)).lengths.tolist() == [3, 9]


def test_more_than_one_sequence_is_refused():
    weights, x = net("lstm")
    with pytest.raises(lv.ShapeError, match="one sequence"):
        lv.length_sweep(weights, np.concatenate([x, x], axis=1))


@pytest.mark.parametrize("v", [np.ones(4), np.ones((5, 1)), np.ones(())])
def test_a_probe_that_does_not_fit_is_refused(v):
    weights, x = net("tanh")
    with pytest.raises(lv.ShapeError, match="probe"):
        lv.length_sweep(weights, x, probe=v)


def test_a_doubled_probe_doubles_each_gradient():
    weights, x = net("lstm")
    v = lv.unit_probe(5)
    once, twice = (lv.length_sweep(weights, x, LENGTHS, probe=p) for p in (v, 2 * v))
    np.testing.assert_allclose(twice.h - once.h, math.log10(2), rtol=1e-12)


def test_float32_weights_agree_with_their_float64_values():
    weights, x = net("lstm", dtype="float32")
    double = lv.LSTMWeights(*(getattr(weights, n).astype(np.float64) for n in "WUb"))
    short, long = (lv.length_sweep(w, x[:60], [1, 30, 60]) for w in (weights, double))
    np.testing.assert_allclose(short.h, long.h, atol=1e-3)


@pytest.mark.parametrize("kind, columns", [("tanh", "hx"), ("lstm", "hxc")])
def test_the_table_has_a_row_for_each_length(kind, columns):
    weights, x = net(kind)
    sweep = lv.length_sweep(weights, x, [5, 2])
    frame = sweep.to_frame()
    assert own_columns(sweep, frame) == ["length"] + [f"log10_norm_{name}" for name in columns]
    assert frame["length"].tolist() == [5, 2]
    for name in columns:
        assert frame[f"log10_norm_{name}"].tolist() == getattr(sweep, name).tolist()


def test_a_band_is_the_median_over_seeds_and_its_rate():
    sweeps = [lv.length_sweep(*net("lstm", seed=seed)) for seed in range(3)]
    for quantity in "hxc":
        own = band("lstm", sweeps, quantity)
        norms = np.array([getattr(sweep, quantity) for sweep in sweeps])
        np.testing.assert_array_equal(own.log10_norm, norms)
        middle = np.sort(norms, axis=0)[1]
        np.testing.assert_array_equal(own.median, middle)
        slope = np.polyfit(np.arange(1, T_MAX + 1), middle, 1)[0]
        assert own.rate.log10_factor == pytest.approx(slope)
        assert own.longest == T_MAX


def test_the_rate_of_a_band_is_per_step_whatever_its_lengths():
    weights = linear_net(scaled_orthogonal(0.5, H=4))
    sweep = lv.length_sweep(weights, np.zeros((50, 1, 1)), range(10, 51, 10))
    assert band("rnn", [sweep], "h").rate.factor == pytest.approx(0.5)


def test_a_bands_table_has_a_row_for_each_seed_and_length():
    sweeps = [lv.length_sweep(*net("tanh", seed=seed), [1, 2, 3]) for seed in range(2)]
    own = band("rnn", sweeps, "h")
    frame = own.to_frame()
    assert frame["length"].tolist() == [1, 2, 3] * 2
    assert frame["seed"].tolist() == [0, 0, 0, 1, 1, 1]
    assert frame["log10_norm"].tolist() == own.log10_norm.ravel().tolist()
    assert set(frame["cell"]) == {"rnn"}


@pytest.mark.parametrize("cell", ["bilstm", "attention"])
def test_where_later_steps_are_read_each_length_is_a_run_of_its_own(cell):
    w = lv.init_weights(lv.ModelSpec(cell=cell, input_size=3, hidden_size=4))
    x = lv.white_noise(length=9, size=3, seed=1)
    sweep = lv.length_sweep(w, x)
    v = lv.unit_probe(w.output_size)
    for T, norm in zip(sweep.lengths, sweep.x, strict=True):
        grads = lv.backward(w, lv.forward(w, x[:T]), lv.last_step(int(T), v))
        assert norm == pytest.approx(lv.log10_norms(grads)["x"][0, 0], abs=1e-13)
    assert sweep.h is None
    assert own_columns(sweep, sweep.to_frame()) == ["length", "log10_norm_x"]
    with pytest.raises(lv.SpecError, match="whole numbers from 1 to 9"):
        lv.length_sweep(w, x, [10])
    with pytest.raises(lv.ShapeError, match="probe"):
        lv.length_sweep(w, x, probe=np.ones(3))
