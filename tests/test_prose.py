"""The pages' prose: every number in it belongs to a claim, and every claim is computed here.

`CLAIMS` has the words as they stand and what shows that they are true. Numbers within formulas are
notation; a number outside that no claim covers, or a claim whose words are gone, fails.
"""

import math
import re

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
from lstm_viz.figures.gate_views import FEWEST
from lstm_viz.ui.draw import CONTENT
from lstm_viz.ui.measuring import REPEATS
from tests import test_prose_of_survival as survival
from tests.nets import linear_net, scaled_orthogonal

SEEDS = range(3)
FORMULA, SOURCES = re.compile(r"\$[^$]*\$"), re.compile(r"\n\*[^*]+\*\s*$")
NUMBER = re.compile(
    r"(?<![\w₀₁⁻])−?\d[\d.]*%?|[¼½]|10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
    r"|\b(?:half|third|quarter|tenth|hundredth|thousandth|percent|seven|ten|sixteen|dozens?)\b"
)


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


CLAIMS = {
    "architectures": {
        "With a forget bias of −2 they close, and the gradient is gone sooner": closed_gates,
        "on average 1/T": mean_weight,
        "Over 50 steps PyTorch's LSTM with forget bias 1 is left with a factor of about 0.84 a step"
        " in one layer, 0.90 in two, 0.93 in three and 0.94 in four": deeper_is_flatter,
    },
    "attention": {
        "Each row adds up to 1": mean_weight,
        "with equal weights each of T steps gets 1/T of the gradient": equal_weights,
        "Make T ten times longer, and every step's gradient is a tenth": equal_weights,
        "where one weight is nearly 1, the way through the scores is nearly closed": closed_softmax,
        "single weights of more than a half": large_scores,
    },
    "cost": {
        "from about T = 3/2 · D on, whatever H is (2 · D where D = H": where_attention_overtakes,
        "the longer half of the lengths": longer_half,
        "towards the 2 of self-attention's T²": power_two,
        "the median of three runs": lambda: REPEATS == 3,
    },
    "gates": {
        "the smallest hundredth of all entries": lambda: FEWEST == 0.01,
        "nearly open (above 0.9) or nearly closed (below 0.1)": thresholds,
        "At step 1 the cell is empty, so the forget gate's gradient is exactly zero": empty_cell,
        "Near 1 it hands the gradient of c on": open_gate,
        "which is then nearly 0.": open_gate,
        "The candidate usually gets the most**": candidate_gets_most,
        "tanh′ is up to 1 where σ′ is at most ¼": slopes,
    },
    "gradient_flow": {
        "has the size 1;": error_of_size_one,
        "what float64 would round to 0 is carried with a power of two": beyond_floats,
        "by φ′(a), which is at most 1.": slopes,
        "to about 1/√3 = 0.58 of its length": shrinks,
        "With forget bias 1, f is about 0.73; the ways through h and the gates add to that, so that"
        " the curve falls less. At bias 5, f is about 0.99, and what they add makes it rise a"
        " little; at −2 the LSTM forgets faster than the RNN.": each(
            survival.test_what_the_forget_gate_does, SEEDS
        ),
        "about half of it or less arrives": each(
            survival.test_about_half_of_the_error_or_less_enters_the_cell_state, (1.0,)
        ),
        "Set the recurrent gain to 0, the forget bias to 5 and T to 200": two_states,
        "holds 5% of the error at step 0": two_states,
        "if φ′ stays at 1": slopes,
        "A small gradient at step 0 is not a small weight gradient": late_steps_dominate,
    },
    "gradient_map": {
        "there the norm is that of": thousandth,
        "which is 1. Of an LSTM": thousandth,
        "more than a thousandth is left": thousandth,
        "float32's smallest normal one, 1.2 · 10⁻³⁸.": float32_fades,
        "none at all below 10⁻⁴⁵: there it returns exactly 0.": float32_fades,
    },
    "jacobian": {
        "is 0% if the eigenvalues tell everything and 100% if they tell nothing": henrici,
        "it is 0 if everything shrinks": everything_shrinks,
        "an ordinary SVD of the product knows sixteen digits of the largest": ordinary_svd,
        "where a value is exactly 0, as with dead ReLU units": dead_units,
        "Radius below 1 is not enough": transient,
        "the slopes φ′ ≤ 1 stand between": steeper_than_the_radius,
        "all values stay at 1": steeper_than_the_radius,
    },
    "one_step": {},
    "paths": {
        "shares add up to 100%": shares_add_up,
        "about a tenth at every step with PyTorch's initialisation, multiplies, and after 50 steps"
        " the two are more than an order of magnitude apart": through_h,
        "With recurrent gain 0 no other path is left": no_recurrence,
        "**Raise the forget bias** to 5: the highway loses less than one percent a step, so that"
        " about 70% of the product is left after 50.": high_bias,
        "Shares above 100% beside negative ones": shares_cancel,
    },
    "phase_diagram": {
        "where the measured factor is 1.": biases_and_edges,
        "initialisation at gain 1 has": pytorch_g,
        "A forget bias brings the factor near 1 from below": biases_and_edges,
        "near 1 a small gain is enough to explode": biases_and_edges,
        "In the GRU it does not: is 1 where": biases_and_edges,
    },
    "sequence_length": {
        "whose size is 1.": error_of_size_one,
        "at least 95% of how it varies": a_good_fit,
        "two seeds of one network can differ by orders of magnitude at T = 500": seeds_differ,
        "seven powers of ten further down in float32, sixteen in float64, it returns exactly"
        " 0": subnormals,
        "A thousandth is left": thousandth,
    },
}
NOTATION = (  # numbers that claim nothing: indices, names, places
    "Table 1",
    "(2019)",
    "et al. 2017",
    "1 − z",
    "t+1",
    "step 1 to step T",
    "of length 1",
    "at t = 0 you see",
    "lower right half",
    "all rows start at 1",
    "distance from 0",
    "length from 1 to T",
    "half-life",
    "1/√3",
    "float32 and float64",
)


def prose(name):
    """A page's text on one line, without formulas and sources."""
    text = SOURCES.sub("", (CONTENT / "en" / f"{name}.md").read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", FORMULA.sub(" ", text))


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONTENT / "en").glob("*.md")))
def test_every_number_belongs_to_a_claim(name):
    text = prose(name)
    for words in CLAIMS[name]:
        assert words in text, f"{words!r} is not said any more"
    for words in (*CLAIMS[name], *NOTATION):
        text = text.replace(words, " ")
    left = [text[max(0, m.start() - 40) : m.end() + 20] for m in NUMBER.finditer(text)]
    assert not left, f"no claim has the numbers in {left}"


PROOFS = {proof: words for claims in CLAIMS.values() for words, proof in claims.items()}


@pytest.mark.parametrize("proof", PROOFS, ids=[words[:40] for words in PROOFS.values()])
def test_what_is_claimed_is_so(proof):
    assert proof() is not False
