"""What shows that the pages' prose is right: one function a claim, of test_prose.py's `CLAIMS`."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.activations import ACTIVATIONS
from lstm_viz.analysis import rates
from lstm_viz.analysis.architectures import input_gradient
from lstm_viz.analysis.attention_map import attention_views
from lstm_viz.analysis.cost import overtaking
from lstm_viz.analysis.gates import HIGH, LOW, gate_views
from lstm_viz.analysis.gradient_map import LOG10_FLOAT32, LOG10_THOUSANDTH
from lstm_viz.analysis.jacobian import recurrent_spectra, singular_values
from lstm_viz.analysis.lyapunov import lyapunov
from lstm_viz.analysis.phase_edge import edge_by_theory
from lstm_viz.analysis.timing import Timing
from tests import test_prose_of_survival as survival
from tests.nets import linear_net, scaled_orthogonal

SEEDS = range(3)


def ran(cell, seed, T=50, **options):
    w = lv.init_weights(lv.ModelSpec(cell, 8, 32, seed=seed, **options))
    return lv.survival(w, lv.white_noise(T, 8, seed=seed), lv.unit_probe(w.output_size, seed))


def input_factor(cell, seed, T=50, **options):
    """By what ‖∂L/∂x_t‖ changes with each step back from the last."""
    spec = lv.ModelSpec(cell, 8, 32, seed=seed, **options)
    found = input_gradient(lv.init_weights(spec), lv.white_noise(T, 8, seed=seed), T, seed)
    return lv.fit_rate(found.log10_norm[::-1]).factor


def closed_gates():
    for seed in SEEDS:
        rnn = input_factor("rnn", seed)
        for cell in ("lstm", "gru"):
            assert input_factor(cell, seed, forget_bias=-2.0) < rnn


def mean_weight():
    for init in ("pytorch", "gaussian"):
        w = lv.init_weights(lv.ModelSpec("attention", 8, 8, heads=2, init=init))
        views = attention_views(w, lv.white_noise(20, 8))
        assert views.weights.mean() == pytest.approx(1 / 20)


def deeper_is_flatter():
    factors = [
        np.median([input_factor("lstm", seed, layers=layers) for seed in range(5)])
        for layers in (1, 2, 3, 4)
    ]
    assert factors == [pytest.approx(f, abs=0.005) for f in (0.84, 0.90, 0.93, 0.94)]


def equal_weights():
    """One head, no scores: ∂y/∂x_t = W_o W_v / T for each t ≠ s."""
    w = lv.init_weights(lv.ModelSpec("attention", 4, 4, heads=1, positions="none"))
    sizes = []
    for T in (5, 50):
        views = attention_views(w, np.zeros((T, 1, 4)), lv.unit_probe(4))
        assert views.weights == pytest.approx(1 / T)
        expected = np.log10(
            np.linalg.norm(lv.unit_probe(4) @ w.layers[0].W_o @ w.layers[0].W_v) / T
        )
        assert views.log10_norm == pytest.approx(expected)
        sizes.append(10**expected)
    assert sizes[0] / sizes[1] == pytest.approx(10)


def large_scores():
    for init in ("pytorch", "gaussian", "identity"):
        for seed in SEEDS:
            w = lv.init_weights(lv.ModelSpec("attention", 8, 32, heads=4, init=init, seed=seed))
            weights = attention_views(w, lv.white_noise(50, 8, seed=seed)).weights
            with np.errstate(divide="ignore"):
                entropy = -(weights * np.log(np.where(weights, weights, 1))).sum(axis=-1)
            even = entropy.mean() / math.log(50)
            assert even > 0.98 if init == "pytorch" else weights.max() > 0.5


def closed_softmax():
    """d softmax = diag(a) − a aᵀ, which vanishes as one weight nears 1."""
    a = np.array([1 - 1e-6, 1e-6])
    assert np.abs(np.diag(a) - np.outer(a, a)).max() < 2e-6


def where_attention_overtakes():
    for D, H in ((8, 32), (8, 64), (10, 32), (16, 32)):
        T = overtaking(lv.ModelSpec("attention", D, H), lv.ModelSpec("lstm", D, H))
        assert abs(T - 1.5 * D) <= 1
    for D in (32, 64):
        T = overtaking(lv.ModelSpec("attention", D, D), lv.ModelSpec("lstm", D, D))
        assert abs(T - 2 * D) <= 1


def longer_half():
    lengths = np.array([10, 20, 40, 80, 160, 320])
    assert Timing("lstm", "both", lengths, lengths / 1e3).growth().first == lengths[3]


def power_two():
    spec = lv.ModelSpec("attention", 8, 8)
    work = [lv.cost(spec, T).operations for T in (10**6, 2 * 10**6)]
    assert work[1] / work[0] == pytest.approx(4, rel=1e-3)


def empty_cell():
    for seed in SEEDS:
        assert np.isneginf(ran("lstm", seed).norms["a_f"][0])


def slopes():
    x = np.linspace(-30, 30, 6001)
    largest = {name: float(f.derivative(x).max()) for name, f in ACTIVATIONS.items()}
    assert largest == {"tanh": 1, "relu": 1, "linear": 1, "sigmoid": pytest.approx(0.25, abs=1e-15)}


def open_gate():
    slope = ACTIVATIONS["sigmoid"].derivative(np.array([5.0, 10.0]))
    assert slope[0] < 0.01 and slope[1] < 1e-4


def candidate_gets_most():
    for cell, candidate in (("lstm", "g"), ("gru", "n")):
        for seed in SEEDS:
            views = gate_views(ran(cell, seed))
            medians = {k: np.median(p.log10_norm) for k, p in views.pairs.items() if k not in "ch"}
            assert max(medians, key=medians.get) == candidate


def shrinks():
    w = [lv.init_weights(lv.ModelSpec("rnn", 8, 128, seed=seed)) for seed in SEEDS]
    sizes = [np.linalg.norm(own.U @ lv.unit_probe(128, seed)) for own in w for seed in range(9)]
    assert np.mean(sizes) == pytest.approx(1 / math.sqrt(3), abs=0.01)
    assert round(1 / math.sqrt(3), 2) == 0.58


def error_of_size_one():
    for cell in ("rnn", "lstm"):
        assert ran(cell, 0).norms["h"][-1] == pytest.approx(0, abs=1e-12)


def late_steps_dominate():
    """∂L/∂W of step t alone, by its norm: the last ten of 50 steps against the first ten."""
    for seed in SEEDS:
        a = ran("rnn", seed).norms["a"]  # ‖∂L/∂W‖ of a step is ‖∂L/∂a_t‖ ‖x_t‖
        assert a[:10].max() < a[-10:].min() - 3


def beyond_floats():
    """A net that multiplies by 1e-4 each step: 10⁻⁴⁰⁰ after 100, which float64 rounds to 0."""
    net = linear_net(scaled_orthogonal(1e-4))
    log10 = lv.survival(net, np.zeros((100, 1, 1)), lv.unit_probe(5)).log10_norm[0]
    assert log10 == pytest.approx(-400) and 10**log10 == 0


def thousandth():
    assert LOG10_THOUSANDTH == -3
    w = lv.init_weights(lv.ModelSpec("rnn"))
    assert np.diag(lv.gradient_map(w, lv.white_noise(5, 8))) == pytest.approx(0, abs=1e-12)


def float32_fades():
    """The default RNN's backward pass in plain float32: normal, then subnormal, then exactly 0."""
    assert 10**LOG10_FLOAT32 == pytest.approx(1.2e-38, rel=0.03)
    w, T = lv.init_weights(lv.ModelSpec("rnn", 8, 32)), 250
    h = lv.forward(w, lv.white_noise(T, 8)).h[1:, 0].astype(np.float32)
    d, sizes = lv.unit_probe(32).astype(np.float32), []
    for own in h[::-1]:
        d = w.U.T.astype(np.float32) @ (d * (1 - own * own))
        sizes.append(float(np.abs(d).max()))
    normal = sum(size >= np.finfo(np.float32).tiny for size in sizes)
    smallest = min(size for size in sizes if size)
    assert sizes[-1] == 0 and smallest == pytest.approx(1.4e-45, rel=0.01)
    assert sum(size > 0 for size in sizes) > normal + 10 > 100


def subnormals():
    """Halved until it is 0, a number goes so many powers of ten below the smallest normal one."""
    for dtype, decades in ((np.float32, 7), (np.float64, 16)):
        value, steps, tiny = np.finfo(dtype).tiny, 0, float(np.finfo(dtype).tiny)
        while value:
            assert float(value) == tiny * 0.5**steps
            value, steps = dtype(value * dtype(0.5)), steps + 1
        assert round(steps * math.log10(2)) == decades


def ordinary_svd():
    w, x = lv.init_weights(lv.ModelSpec("rnn", 8, 6)), lv.white_noise(40, 8)
    trace = lv.forward(w, x)
    J = [lv.backward(w, trace, lv.last_step(40, e)).h[0, 0] for e in np.eye(6)]
    plain, exact = np.log10(np.linalg.svd(J)[1]), singular_values(w, x, [40]).log10[0]
    assert abs(plain[0] - exact[0]) < 1e-12 and abs(plain[-1] - exact[-1]) > 1
    assert exact[0] - exact[-1] > 16


def henrici():
    normal = linear_net(scaled_orthogonal(0.5))
    nilpotent = linear_net(np.triu(np.ones((4, 4)), 1))
    shares = [
        s.departure / s.frobenius
        for s in map(lambda w: recurrent_spectra(w)[0], (normal, nilpotent))
    ]
    assert shares == [pytest.approx(0, abs=1e-6), pytest.approx(1)]


def everything_shrinks():
    assert (
        lyapunov(lv.init_weights(lv.ModelSpec("rnn", 8, 6)), lv.white_noise(30, 8)).kaplan_yorke
        == 0
    )


def transient():
    """Spectral radius 0.9, and the largest singular value of Uᵏ rises to k = 9."""
    sizes = [np.linalg.norm(np.linalg.matrix_power([[0.9, 5], [0, 0.9]], k), 2) for k in range(60)]
    assert int(np.argmax(sizes)) >= 9 and sizes[59] < sizes[1]


def dead_units():
    """A ReLU net whose second unit is shut: one direction is lost, the other is not."""
    w = lv.RNNWeights(np.zeros((2, 1)), 0.5 * np.eye(2), np.array([1.0, -9.0]), "relu")
    log10 = singular_values(w, np.zeros((5, 1, 1)), [3]).log10[0]
    assert log10[0] == pytest.approx(3 * math.log10(0.5)) and np.isneginf(log10[1])


def steeper_than_the_radius():
    for seed in SEEDS:
        w = lv.init_weights(lv.ModelSpec("rnn", 8, 32, seed=seed))
        found = singular_values(w, lv.white_noise(50, 8, seed=seed), [50]).log10[0, 0]
        assert found < 50 * math.log10(recurrent_spectra(w)[0].radius)
    still = linear_net(scaled_orthogonal(1.0))
    assert singular_values(still, np.zeros((50, 1, 1)), [50]).log10 == pytest.approx(0, abs=1e-9)


def split(seed, loss=lv.last_step, **options):
    result = ran("lstm", seed, **options)
    dh = loss(50, lv.unit_probe(32, seed))
    grads = lv.backward(result.weights, result.trace, dh)
    return lv.path_split(result.weights, result.trace, grads)


def shares_add_up():
    total = sum(split(0, lv.every_step).share.values())[1:]
    assert total == pytest.approx(1)


def through_h():
    for seed in SEEDS:
        own = split(seed)
        through = sum(own.share[gate] for gate in "ifgo")[1:-1, 0]
        assert 0.08 < np.median(through) < 0.15
        assert own.log10_total[1, 0] - own.log10_shortcut[1, 0] > 1


def no_recurrence():
    own = split(0, gain=0.0)
    assert own.log10_total[1:] == pytest.approx(own.log10_shortcut[1:], abs=1e-9)
    every = split(0, lv.every_step, gain=0.0)
    assert (every.log10_total - every.log10_shortcut)[1] > 0.1


def high_bias():
    for seed in SEEDS:
        result = ran("lstm", seed, forget_bias=5.0)
        f = result.trace.f[:, 0]
        assert 1 - f.mean() < 0.01
        assert np.median(f[1:].prod(axis=0)) == pytest.approx(0.70, abs=0.03)
        assert result.log10_norm[1] > result.log10_norm[-1]


def shares_cancel():
    highway = [np.median(split(0, gain=gain).share["highway"][1:-1]) for gain in (1.0, 2.0, 4.0)]
    assert highway == sorted(highway, reverse=True)


def pytorch_g():
    w = lv.init_weights(lv.ModelSpec("rnn", 8, 256))
    assert math.sqrt(256) * w.U.std() == pytest.approx(1 / math.sqrt(3), rel=0.02)


def biases_and_edges():
    bias = [-2.0, 0.0, 2.0, 5.0]
    lstm, gru = (edge_by_theory(lv.ModelSpec(cell, 8, 32), bias) for cell in ("lstm", "gru"))
    assert (np.diff(lstm) < 0).all() and lstm[-1] < 0.1
    assert gru == pytest.approx(gru[0])
    for seed in SEEDS:
        low, high = (ran("lstm", seed, forget_bias=b, gain=0.5).rate.factor for b in (0.0, 3.0))
        assert low < high < 1


def a_good_fit():
    assert (rates.STRAIGHT, rates.ROUGH) == (0.95, 1.0)


def seeds_differ():
    for cell in ("rnn", "lstm"):
        ends = [ran(cell, seed, T=500).log10_norm[0] for seed in range(4)]
        assert max(ends) - min(ends) > 2


def thresholds():
    assert (LOW, HIGH) == (0.1, 0.9)


def two_states():
    survival.test_two_states_give_two_answers()


def each(test, values):
    return lambda: [test(value) for value in values]
