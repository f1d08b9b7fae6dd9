"""The results in law and at large H that the engine must agree with; all seeded.

13 untied Gaussian products, 14 χ of driven nets, 16 chaos without input, 17 resting spectrum,
18 singular values of powers, 19 gated nets at rest, 20 chrono initialisation. Units: nats.
"""

import math

import mpmath
import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import large_n, theory
from tests import known_answers

LN_10 = math.log(10)


def gaussian_net(g, H, seed, s2=0.0, activation="tanh"):
    """An RNN with U_ij ~ N(0, g²/H) whose H inputs of variance 1 give W x a variance of s²."""
    rng = np.random.default_rng(seed)
    U = g / math.sqrt(H) * rng.normal(size=(H, H))
    W = math.sqrt(s2 / H) * rng.normal(size=(H, H))
    return lv.RNNWeights(W, U, np.zeros(H), activation)


def log_norms(weights, trace, seed=0):
    """ln ‖∂⟨v, h_T⟩/∂h_t‖ for t = 0 … T."""
    dh = lv.last_step(len(trace.x), lv.unit_probe(weights.hidden_size, seed))
    return lv.log10_norms(lv.backward(weights, trace, dh))["h"][:, 0] * LN_10


@pytest.mark.parametrize(("g", "H"), [(1.0, 2), (0.5, 8), (1.3, 40)])
def test_13_untied_gaussian_products_walk_as_told(g, H):
    """A fresh U each step: mean and variance of the steps of ln‖δ‖, |z| < 4."""
    steps, at_rest = 800, np.zeros((1, 1, H))
    delta, grown = np.eye(H)[:1], []
    for t in range(steps):
        w = gaussian_net(g, H, (H, t), activation="linear")
        grads = lv.backward(w, lv.forward(w, at_rest), delta[None])
        (log10,) = lv.log10_norms(grads)["h"][0]
        grown.append(log10 * LN_10)
        delta = grads.h[0] / np.linalg.norm(grads.h[0])
    walk = theory.untied_walk(g, H)
    grown = np.array(grown)
    squares = (grown - walk.mean) ** 2
    assert abs(grown.mean() - walk.mean) < 4 * math.sqrt(walk.variance / steps)
    assert abs(squares.mean() - walk.variance) < 4 * squares.std() / math.sqrt(steps)
    if H == 2:  # ln g alone, the limit of many units, is far off
        assert abs(grown.mean() - math.log(g)) > 8 * math.sqrt(walk.variance / steps)


@pytest.mark.parametrize(
    ("g", "s2", "activation"),
    [
        (0.9, 0.1, "tanh"),
        (1.5, 0.1, "tanh"),
        (2.0, 1.0, "tanh"),
        (1.2, 0.5, "relu"),
        (5.0, 1.0, "sigmoid"),
        (1.1, 0.5, "linear"),
    ],
)
def test_14_chi_of_a_driven_net(g, s2, activation):
    """Slope of ln‖δ‖² at H = 256 within 0.05 of ln χ, and so is χ̂ of the run."""
    H, T, slopes, estimates = 256, 200, [], []
    for seed in range(6):
        w = gaussian_net(g, H, seed, s2, activation)
        trace = lv.forward(w, np.random.default_rng((seed, 1)).normal(size=(T, 1, H)))
        norms = log_norms(w, trace, seed)
        slopes.append(2 * (norms[0] - norms[-1]) / T)
        estimates.append(math.log(large_n.measured_chi(w, trace)))
        assert large_n.input_variance(w, trace) == pytest.approx(s2, rel=0.05)
        assert large_n.recurrent_gain(w) == pytest.approx(g, rel=0.02)
    expected = math.log(large_n.chi(g, s2, activation))
    assert np.mean(slopes) == pytest.approx(expected, abs=0.05)
    assert np.mean(estimates) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("g", "s2"), [(1.5, 0.5), (3.0, 0.5)])
def test_14_few_units_walk_as_told(g, s2):
    """Mean and spread of ln‖δ‖ after H/2 steps over 100 nets of 24 units."""
    H, walks = 24, []
    for seed in range(100):
        w = gaussian_net(g, H, seed, s2)
        x = np.random.default_rng((seed, 1)).normal(size=(3 * H, 1, H))
        norms = log_norms(w, lv.forward(w, x), seed)
        walks.append(norms[-1 - H // 2] - norms[-1])
    told, k = large_n.driven_walk(g, s2, H), H // 2
    spread = math.sqrt(k * told.variance)
    off = abs(np.mean(walks) - k * told.mean)
    assert off < 0.5 * spread
    assert off < abs(np.mean(walks) - k / 2 * math.log(large_n.chi(g, s2)))
    assert 0.8 < np.std(walks) / spread < 1.6
    plain = math.sqrt(k * theory.untied_walk(g, H).variance)
    assert np.std(walks) > 1.3 * plain  # the matrices alone would spread them less


def test_14_the_walk_of_a_linear_net_is_that_of_its_matrices():
    assert large_n.driven_walk(0.7, 0.3, 20, "linear") == theory.untied_walk(0.7, 20)


@pytest.mark.parametrize("g", [1.5, 3.0])
def test_16_without_input_the_largest_exponent_is_half_ln_chi(g):
    """To 0.02 at H = 512, where the net is chaotic."""
    H, T, aside, slopes = 512, 500, 100, []
    for seed in range(3):
        w = gaussian_net(g, H, seed)
        start = np.random.default_rng((seed, 1)).normal(size=(1, H))
        norms = log_norms(w, lv.forward(w, np.zeros((T, 1, H)), start))
        slopes.append((norms[aside] - norms[-1 - aside]) / (T - 2 * aside))
    assert np.mean(slopes) == pytest.approx(math.log(large_n.chi(g, 0.0)) / 2, abs=0.02)


def by_tenths(exponents, g):
    """Mean distance from λ(p) in each tenth of the spectrum, the largest exponents first."""
    p = (np.arange(len(exponents)) + 0.5) / len(exponents)
    distance = exponents - known_answers.resting_spectrum(g, p)
    return np.array([part.mean() for part in np.array_split(distance, 10)])


def test_17_spectrum_of_a_linear_net():
    """ln|eigenvalue| of U at H = 500 within 0.02 of λ(p), tenth by tenth, but for the last."""
    (spectrum,) = lv.recurrent_spectra(gaussian_net(0.9, 500, 0))
    assert np.abs(by_tenths(np.log(np.abs(spectrum.eigenvalues)), 0.9)[:-1]).max() < 0.02


def test_17_spectrum_of_a_tanh_net_at_rest_by_qr():
    """The same of 100 exponents by QR: a tenth is ten numbers, and they agree within 0.06."""
    H, T = 100, 120
    exponents = lv.lyapunov_spectrum(gaussian_net(0.8, H, 1), np.zeros((T, 1, H)), burn_in=60)
    assert np.abs(by_tenths(exponents, 0.8)[:-1]).max() < 0.06


def test_18_largest_singular_values_of_powers():
    """Within 5% for k ≤ 5; the spectral radius, g^k, is nowhere near."""
    g, H, ks = 0.9, 250, [1, 3, 5]
    w = gaussian_net(g, H, 0, activation="linear")
    found = 10 ** lv.singular_values(w, np.zeros((5, 1, H)), ks).log10[:, 0]
    for k, largest in zip(ks, found, strict=True):
        assert largest == pytest.approx(known_answers.power_norm(k, g), rel=0.05)
        assert largest > 1.9 * g**k


@pytest.mark.parametrize("forget_bias", [0.0, 1.0])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_19_gated_nets_at_rest(cell, forget_bias):
    """ln of the mean ratio within 0.15 + 0.005k at H = 500, PyTorch's initialisation.

    An LSTM's c_0 is left out: nothing reaches it through h_0, which stands apart from it.
    """
    H, T, B = 500, 30, 8
    drawn = lv.init_weights(lv.ModelSpec(cell, 1, H, forget_bias=forget_bias))
    trace = lv.forward(drawn, np.zeros((T, B, 1)))
    entering = np.zeros((T, B, H))
    entering[-1] = np.random.default_rng(0).normal(size=(B, H))
    at_state = (0 * entering, entering) if cell == "lstm" else (entering,)
    log10 = lv.log10_norms(lv.backward(drawn, trace, *at_state))["c" if cell == "lstm" else "h"]
    found = np.log((10 ** (2 * (log10 - log10[-1]))).mean(axis=1))[:0:-1]
    f = 1 / (1 + math.exp(-forget_bias))
    iog = (0.25 if cell == "lstm" else (1 - f) / 2) / math.sqrt(3)
    expected, k = known_answers.log_rest_growth(T - 1, f, iog), np.arange(T)
    assert (np.abs(found - expected) < 0.15 + 0.005 * k).all()
    assert (found[2:] > 2 * k[2:] * math.log(f)).all()  # the carry alone would be less
    assert large_n.at_rest(drawn).factor == pytest.approx(f + iog, rel=0.01)


@pytest.mark.parametrize(("t_max", "T"), [(1000, 100), (30, 100), (1000, 10)])
def test_20_chrono_initialisation(t_max, T):
    """The mean of ∂c_T/∂c_0 over the units of U = 0 nets, |z| < 4."""
    H, kept = 250, []
    for seed in range(8):
        spec = lv.ModelSpec("lstm", 1, H, init="chrono", gain=0.0, t_max=t_max, seed=seed)
        w, dc = lv.init_weights(spec), np.zeros((T, 1, H))
        dc[-1] = 1
        kept.append(lv.backward(w, lv.forward(w, np.zeros((T, 1, 1))), 0 * dc, dc).c[0, 0])
    kept = np.concatenate(kept)
    expected = known_answers.chrono_carry(T, t_max)
    assert abs(kept.mean() - expected) < 4 * kept.std() / math.sqrt(len(kept))
    assert kept.std() > 0.02 * expected


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("q", [2e5, 1e7, 1e30, 1e200])
def test_moments_of_a_wide_gaussian(activation, q):
    """Against 30-digit integrals over a = √q z, where slopes are concentrated."""
    with mpmath.workdps(30):
        phi = mpmath.tanh if activation == "tanh" else lambda a: 1 / (1 + mpmath.exp(-a))
        slope = (lambda p: 1 - p * p) if activation == "tanh" else (lambda p: p * (1 - p))

        def over_a(f):
            points = [-70, -20, -5, 0, 5, 20, 70]
            weight = mpmath.sqrt(2 * mpmath.pi * q)
            return mpmath.quad(lambda a: f(a) * mpmath.exp(-a * a / (2 * q)) / weight, points)

        step = (lambda a: 1) if activation == "tanh" else (lambda a: 1 if a > 0 else 0)
        whole = 1 if activation == "tanh" else mpmath.mpf(1) / 2
        square = whole + over_a(lambda a: phi(a) ** 2 - step(a))
        steep = over_a(lambda a: slope(phi(a)) ** 2)
    found = large_n.moments(q, activation)
    assert found == pytest.approx((float(square), float(steep)), rel=1e-12)
