"""The memory that long work is said to take, against what it takes.

The time is compared by benchmarks/estimates.py.
"""

import tracemalloc

import pytest

import lstm_viz as lv
from lstm_viz.analysis import architectures, gradient_map, jacobian
from lstm_viz.analysis.lyapunov import lyapunov
from lstm_viz.registry import CELLS

SIZES = [(100, 32), (400, 32), (400, 64), (1000, 128)]  # T, H


def megabytes_of(work):
    """The most that it holds at once; what is made once has been made before."""
    work()
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


@pytest.mark.parametrize("cell, T, H", [("rnn", 60, 16), ("lstm", 20, 20), ("gru", 10, 40)])
def test_stretching_takes_about_the_memory_that_was_foretold(cell, T, H):
    spec = lv.ModelSpec(cell, 3, H)
    weights, x = lv.init_weights(spec), lv.white_noise(T, 3)

    def work():
        jacobian.singular_values(weights, x)
        lyapunov(weights, x)

    found = jacobian.estimate(spec, T).megabytes
    assert found / 2 < megabytes_of(work) < 2 * found


@pytest.mark.parametrize("cell, scale, T, H", [("rnn", 1000.0, 8, 6), ("lstm", 100.0, 4, 4)])
def test_steps_that_want_more_digits_are_found_and_said_to_take_longer(cell, scale, T, H):
    spec = lv.ModelSpec(cell, 3, H)
    weights, x = lv.init_weights(spec), scale * lv.white_noise(T, 3)
    assert jacobian.needs_digits(weights, x)
    assert not jacobian.needs_digits(weights, x / scale)
    plain, digits = (jacobian.estimate(spec, T, in_digits=d).seconds for d in (False, True))
    assert digits > 10 * plain


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_estimate_of_stretching_grows_with_steps_and_units(cell):
    seconds = [jacobian.estimate(lv.ModelSpec(cell, 8, H), T).seconds for T, H in SIZES]
    assert seconds == sorted(seconds) and seconds[-1] > 3 * seconds[0]


@pytest.mark.parametrize("layers, T", [(1, 60), (2, 30)])
def test_comparing_architectures_takes_about_the_memory_that_was_foretold(layers, T):
    specs = [lv.ModelSpec(cell, 3, 24, layers=layers) for cell in CELLS]
    x, lengths = lv.white_noise(T, 3), architectures.thinned_lengths(T)

    def work():
        for weights in map(lv.init_weights, specs):
            architectures.input_gradient(weights, x, T)
            architectures.first_input(weights, x, lengths)

    found = architectures.estimate(specs, T, seeds=7).megabytes
    assert found / 3 < megabytes_of(work) < 3 * found


@pytest.mark.parametrize(
    "cell, T, H, wrt, options",
    [
        ("rnn", 300, 40, "h", {}),
        ("lstm", 200, 24, "x", {}),
        ("attention", 250, 24, "x", {"heads": 4}),
        ("attention", 90, 24, "x", {"layers": 2}),
    ],
)
def test_a_map_takes_about_the_memory_that_was_foretold(cell, T, H, wrt, options):
    spec = lv.ModelSpec(cell, 3, H, **options)
    weights, x = lv.init_weights(spec), lv.white_noise(T, 3)
    found = gradient_map.estimate(spec, T, wrt).megabytes
    assert found / 3 < megabytes_of(lambda: lv.gradient_map(weights, x, wrt=wrt)) < 3 * found


def test_a_map_of_attention_that_keeps_over_a_gigabyte_is_said_to():
    spec = lv.ModelSpec("attention", 8, 32, heads=8)
    assert gradient_map.estimate(spec, 2000).megabytes > 1000
