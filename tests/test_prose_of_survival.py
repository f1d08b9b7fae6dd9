"""What the home page's prose claims of numbers, computed here."""

import numpy as np
import pytest

import lstm_viz as lv

SEEDS = range(5)


def ran(cell, seed, T=50, **options):
    w = lv.init_weights(lv.ModelSpec(cell, seed=seed, **options))
    return lv.survival(w, lv.white_noise(T, 8, seed=seed), lv.unit_probe(32, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_forget_gate_does(seed):
    default, up, down = (ran("lstm", seed, forget_bias=b) for b in (1.0, 5.0, -2.0))
    assert default.trace.f.mean() == pytest.approx(0.73, abs=0.01)
    assert default.trace.f.mean() < default.rate.factor < 1  # what comes through h adds to f
    assert up.trace.f.mean() == pytest.approx(0.99, abs=0.004)
    assert 1 < up.rate.factor < 1.1
    assert down.rate.factor < ran("rnn", seed).rate.factor


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0, 5.0])
def test_about_half_of_the_error_or_less_enters_the_cell_state(bias):
    entered = [10 ** ran("lstm", seed, forget_bias=bias).norms["c"][-1] for seed in SEEDS]
    assert 0.01 < max(entered) < 0.55


def test_two_states_give_two_answers():
    result = ran("lstm", 0, T=200, gain=0.0, forget_bias=5.0)
    assert np.isneginf(result.norms["h"][:-1]).all()
    assert 10**result.log10_left == pytest.approx(0.05, abs=5e-4)


def test_the_picture_in_the_readme():
    left = [ran(cell, 0).log10_left for cell in ("rnn", "lstm")]
    assert left == [pytest.approx(-15, abs=0.5), pytest.approx(-4.58, abs=0.01)]
