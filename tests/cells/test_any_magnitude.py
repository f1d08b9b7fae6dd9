"""Saturated nets against arithmetic with as many digits as it takes: no slope is rounded to 0.

Of a gate with |a| = 1,000 one part in 10^434 is what counts, so the oracle's precision follows the
pre-activations. It takes those of the library: a float's round-off in them is not what is tested.
"""

import mpmath
import numpy as np
import pytest

import lstm_viz as lv
from tests import oracle_mp

INITS = ("pytorch", "gaussian", "xavier", "orthogonal", "identity")
PHI = ("tanh", "sigmoid", "relu", "linear")
REL = 1e-12  # of the magnitudes that an entry is the sum of; most are one term, or do not cancel


def draw(seed, cell, farthest):
    """A random net and a sequence; pre-activations up to about 10^farthest."""
    rng = np.random.default_rng(seed)
    spec = lv.ModelSpec(
        cell=cell,
        input_size=int(rng.integers(1, 5)),
        hidden_size=int(rng.integers(1, 6)),
        init=INITS[rng.integers(5)],
        activation=PHI[rng.integers(4)],
        gain=float(rng.choice([0, 0.1, 0.5, 1.5, 2, 4])),
        forget_bias=float(rng.choice([-2, 0, 1, 5])),
        seed=seed,
    )
    T = int(rng.integers(2, 16))
    x = lv.white_noise(length=T, size=spec.input_size, seed=seed) * 10 ** rng.uniform(0, farthest)
    return lv.init_weights(spec), x


def both_ways(weights, x):
    """The library's gradients of ⟨v, h_T⟩ and the oracle's."""
    trace = lv.forward(weights, x)
    dh = lv.last_step(len(x), lv.unit_probe(weights.hidden_size))
    with mpmath.workdps(60 + int(0.9 * np.abs(trace.pre).max()) * (weights.cell != "rnn")):
        expected = oracle_mp.run(weights, trace, dh[:, 0])
        return lv.backward(weights, trace, dh), expected


def assert_exact(grads, found):
    """Each entry of each gradient, and each norm."""
    for name, values in found[0].items():
        got, norms = oracle_mp.exact(grads.scaled[name])[:, 0], grads.scaled[name].log10_norm()
        for t, (mine, true, size) in enumerate(zip(got, values, found[1][name], strict=True)):
            assert (abs(mine - true) <= REL * size).all(), (name, t, mine, true)
            assert ((mine == 0) == (size == 0)).all(), (name, t, mine)  # 0 where no path leads
            lost = float(sum(size) / sum(abs(true))) if any(true) else 1.0
            norm = oracle_mp.log10_norm(true)
            assert norms[t, 0] == pytest.approx(norm, rel=1e-13, abs=REL * lost), (name, t)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("cell", "farthest"), [("rnn", 5), ("lstm", 2.6), ("gru", 2.6)])
def test_every_entry_of_a_saturated_net(cell, farthest, seed):
    assert_exact(*both_ways(*draw(seed, cell, farthest)))
