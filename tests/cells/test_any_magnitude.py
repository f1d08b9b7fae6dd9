"""Saturated nets against arithmetic with as many digits as it takes: no slope is rounded to 0.

Of a gate with |a| = 1,000 one part in 10^434 is what counts, so the oracle's precision follows the
pre-activations. It takes those of the library: a float's round-off in them is not what is tested.
"""

import os
from dataclasses import replace

import mpmath
import numpy as np
import pytest

import lstm_viz as lv
from tests import oracle_mp
from tests.nets import linear_net, make_case

INITS = ("pytorch", "gaussian", "xavier", "orthogonal", "identity")
PHI = ("tanh", "sigmoid", "relu", "linear")
LONG = "LSTM_VIZ_LONG" in os.environ  # more and larger nets, for minutes
REL = 1e-12  # of the magnitudes that an entry is the sum of; most are one term, or do not cancel


def draw(seed, cell, farthest, sizes=6, longest=16):
    """A random net and a sequence; pre-activations up to about 10^farthest."""
    rng = np.random.default_rng(seed)
    spec = lv.ModelSpec(
        cell=cell,
        input_size=int(rng.integers(1, 5)),
        hidden_size=int(rng.integers(1, sizes)),
        init=INITS[rng.integers(5)],
        activation=PHI[rng.integers(4)],
        gain=float(rng.choice([0, 0.1, 0.5, 1.5, 2, 4])),
        forget_bias=float(rng.choice([-2, 0, 1, 5])),
        seed=seed,
    )
    T = int(rng.integers(2, longest))
    x = lv.white_noise(length=T, size=spec.input_size, seed=seed) * 10 ** rng.uniform(0, farthest)
    return lv.init_weights(spec), x


def enough_digits(weights, trace):
    """As many as 1 − tanh(a) takes of the largest a, where such numbers are subtracted."""
    return mpmath.workdps(60 + int(0.9 * np.abs(trace.pre).max()) * (weights.cell != "rnn"))


def both_ways(weights, x):
    """The library's gradients of ⟨v, h_T⟩ and the oracle's."""
    trace = lv.forward(weights, x)
    dh = lv.last_step(len(x), lv.unit_probe(weights.hidden_size))
    with enough_digits(weights, trace):
        expected = oracle_mp.run(weights, trace, dh[:, 0])
        return lv.backward(weights, trace, dh), expected


def assert_exact(grads, found):
    """Each entry of each gradient, and each norm."""
    for name, values in found[0].items():
        got, norms = oracle_mp.exact(grads.scaled[name])[:, 0], grads.scaled[name].log10_norm()
        for t, (mine, true, size) in enumerate(zip(got, values, found[1][name], strict=True)):
            assert (abs(mine - true) <= REL * size).all(), (name, t, mine, true)
        assert_norms(norms[:, 0], values, found[1][name])


def assert_norms(log10, rows, sizes, rel=REL):
    """log10 norms against vectors of the oracle, as exactly as their own sums allow."""
    for got, row, size in zip(log10, rows, sizes, strict=True):
        lost = float(sum(size) / sum(abs(row))) if any(row) else 1.0
        assert got == pytest.approx(oracle_mp.log10_norm(row), rel=1e-13, abs=rel * lost)


@pytest.mark.parametrize("seed", range(200 if LONG else 12))
@pytest.mark.parametrize(("cell", "farthest"), [("rnn", 5), ("lstm", 2.6), ("gru", 2.6)])
def test_every_entry_of_a_saturated_net(cell, farthest, seed):
    larger = {"sizes": 9, "longest": 50} if LONG else {}
    assert_exact(*both_ways(*draw(seed, cell, farthest, **larger)))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_maps_sweeps_and_steps_of_a_saturated_net(cell, seed):
    """Each is another way to gradients that the oracle gives one loss at a time."""
    weights, x = draw(50 + seed, cell, 2.3)
    T, v, trace = len(x), lv.unit_probe(weights.hidden_size), lv.forward(weights, x)
    states = ("h", "c") if cell == "lstm" else ("h",)
    maps = {name: lv.gradient_map(weights, x, wrt=name) for name in (*states, "x")}
    sweep = lv.length_sweep(weights, x)
    with enough_digits(weights, trace):
        for s in range(1, T + 1):
            dh = np.zeros((T, len(v)))
            dh[s - 1] = v
            found, sizes = oracle_mp.run(weights, trace, dh)
            for name, log10 in maps.items():
                first = 0 if name == "x" else 1
                rows, size = found[name][first : first + s], sizes[name][first : first + s]
                assert_norms(log10[s - 1, :s], rows, size)
                assert_norms(getattr(sweep, name)[s - 1 : s], found[name][:1], sizes[name][:1])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_paths_of_a_saturated_net_add_up(cell, seed):
    weights, x = draw(70 + seed, cell, 4)
    trace = lv.forward(weights, x)
    grads = lv.backward(weights, trace, lv.last_step(len(x), lv.unit_probe(weights.hidden_size)))
    split = lv.path_split(weights, trace, grads)
    parts = [oracle_mp.exact(part)[split.first :] for part in split.parts.values()]
    total = oracle_mp.exact(split.total)[split.first :]
    assert (abs(sum(parts) - total) <= REL * sum(map(abs, parts))).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_each_step_s_share_of_the_weight_gradient(cell, seed):
    """Of one sequence it is an outer product: ‖∂L/∂a_t‖ ‖x_t‖."""
    weights, x = draw(90 + seed, cell, 2.6)
    grads, (found, sizes) = both_ways(weights, x)
    names = [name for name in found if name.startswith("a")]
    rows, size = (np.concatenate([f[name] for name in names], axis=1) for f in (found, sizes))
    assert_norms(grads.log10_step["b"], rows, size)
    log10_x = np.log10(np.linalg.norm(x[:, 0], axis=-1))
    assert_norms(grads.log10_step["W"] - log10_x, rows, size)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_saturated_stack_hands_its_gradient_down(cell):
    spec = lv.ModelSpec(cell=cell, input_size=2, hidden_size=2, layers=2, gain=2.0)
    weights, x = lv.init_weights(spec), 1000 * lv.white_noise(length=6, size=2, seed=0)
    for layer in weights.layers[1:]:
        layer.W[...] *= 1000
    trace = lv.forward(weights, x)
    dh = lv.last_step(6, lv.unit_probe(2))
    grads = lv.backward(weights, trace, dh)
    low, high = zip(weights.layers, trace.layers, strict=True)
    with enough_digits(weights, trace.layers[0]):
        above, size = oracle_mp.run(*high, dh[:, 0])
        below, _ = oracle_mp.run(*low, above["x"])
        _, size = oracle_mp.run(*low, size["x"])
        assert_norms(grads.scaled["x"].log10_norm()[:, 0], below["x"], size["x"])


def test_both_directions_of_a_saturated_bilstm():
    spec = lv.ModelSpec(cell="bilstm", input_size=2, hidden_size=2, seed=3)
    weights, x = lv.init_weights(spec), 1000 * lv.white_noise(length=6, size=2, seed=3)
    trace, v = lv.forward(weights, x), np.array([0.6, 0, 0.8, 0])
    grads = lv.backward(weights, trace, lv.last_step(6, v))
    with enough_digits(weights, trace.forward):
        dh = lv.last_step(6, v)[:, 0]
        early, size = oracle_mp.run(weights.forward, trace.forward, dh[:, :2])
        late, size_late = oracle_mp.run(weights.backward, trace.backward, dh[::-1, 2:])
        found, size = early["x"] + late["x"][::-1], size["x"] + size_late["x"][::-1]
        assert_norms(grads.scaled["x"].log10_norm()[:, 0], found, size)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_the_page_s_net_of_one_unit_on_raw_data(cell):
    """The oracle's own forward pass: with one unit and random input its round-off is no matter."""
    spec = lv.ModelSpec(cell=cell, input_size=1, hidden_size=1)
    weights, x = lv.init_weights(spec), 1000 * lv.white_noise(length=50, size=1, seed=0)
    trace, dh = lv.forward(weights, x), lv.last_step(50, lv.unit_probe(1))
    norms = lv.log10_norms(lv.backward(weights, trace, dh))["h"][:, 0]
    found, _ = oracle_mp.run(weights, trace, dh[:, 0], given=False)
    assert norms == pytest.approx([oracle_mp.log10_norm(h) for h in found["h"]], rel=1e-12)
    assert norms[0] < -1000


def test_an_exact_zero_is_one_that_has_a_reason():
    """ReLU's off units, a forget gate before there is a state, U = 0: and nothing else."""
    for cell, activation, zero in (("rnn", "relu", True), ("rnn", "tanh", False)):
        spec = lv.ModelSpec(cell=cell, activation=activation, hidden_size=1, input_size=1)
        x = np.full((20, 1, 1), -1e5)
        weights = lv.init_weights(spec)
        weights.W[...] = 1
        assert np.isneginf(lv.length_sweep(weights, x).h).all() == zero
    weights, x = draw(3, "lstm", 4)
    grads = lv.backward(weights, lv.forward(weights, x), np.ones((len(x), 1, weights.hidden_size)))
    assert np.isneginf(grads.scaled["a_f"].log10_abs()[0]).all()  # c_0 = 0
    assert np.isfinite(grads.scaled["a_f"].log10_abs()[1:]).all()


def test_units_that_live_at_different_scales():
    """U diagonal: each unit has its own rate, and one power of two would suit none but the last."""
    rates = np.array([1.0, 1e-3, 1e-9])
    weights = linear_net(np.diag(rates))
    T = 300
    trace = lv.forward(weights, np.zeros((T, 1, 1)))
    grads = lv.backward(weights, trace, lv.last_step(T, np.ones(3) / np.sqrt(3)))
    k = np.arange(T, -1, -1)[:, None]
    expected = k * np.log10(rates) - 0.5 * np.log10(3)
    assert grads.scaled["h"].log10_abs()[1:, 0] == pytest.approx(expected[1:], rel=1e-13)
    assert np.isinf(grads.scaled["h"].log10_abs()).sum() == 0


def test_float32_saturates_like_float64():
    """A float32 net's slopes leave its range at |a| = 87, and are taken in wider numbers."""
    for kind in ("tanh", "sigmoid", "lstm", "gru"):
        case = make_case(kind, T=12, B=2, scale=60.0, seed=4, dtype="float32")
        case.dc = None
        trace = case.forward()
        plain = case.backward()
        with mpmath.workdps(900):
            found, sizes = oracle_mp.run(case.weights, trace, case.dh[:, 0])
        for name, rows in found.items():
            assert_norms(plain.scaled[name].log10_norm()[:, 0], rows, sizes[name], rel=2e-5)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_weights_that_floats_round_to_0(layers, causal):
    """Scores thousands apart: the softmax of floats is 1 at one step and exactly 0 elsewhere."""
    spec = lv.ModelSpec(cell="attention", input_size=4, hidden_size=4, heads=2, layers=layers)
    weights = lv.init_weights(replace(spec, causal=causal, seed=1))
    x = 30 * lv.white_noise(length=4, size=4, seed=2)
    trace, v = lv.forward(weights, x), lv.unit_probe(4)
    far = max(np.ptp(own.scores[np.isfinite(own.scores)]) for own in trace.layers)
    assert far > 800
    found = lv.gradient_map(weights, x)
    with mpmath.workdps(60 + int(0.9 * far)):
        for s in (1, 3):
            dy = oracle_mp.number(lv.last_step(4, v)[:, 0])
            dy[[s, 3]] = dy[[3, s]]
            for layer, own in list(zip(weights.layers, trace.layers, strict=True))[::-1]:
                dy = oracle_mp.attention_back(layer, own, dy)
            expected = [oracle_mp.log10_norm(row) for row in dy]
            seen = slice(None, s + 1 if causal else None)
            assert found[s, seen] == pytest.approx(expected[seen], rel=1e-12, abs=1e-9)
        dh = lv.last_step(4, v)
        norms = lv.log10_norms(lv.backward(weights, trace, dh))["x"][:, 0]
        assert norms == pytest.approx(expected, rel=1e-12, abs=1e-9)
        assert np.isfinite(norms).all() and any(own.saturated for own in trace.layers)
