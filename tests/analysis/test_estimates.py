"""What long work is said to take, against what it takes.

Processor time is compared, and loosely: a machine that has much else to do must not fail a test.
"""

import time
import tracemalloc

import pytest

import lstm_viz as lv
from lstm_viz.analysis import architectures, gradient_map, jacobian
from lstm_viz.analysis.lyapunov import lyapunov
from lstm_viz.registry import CELLS

SIZES = [(100, 32), (400, 32), (400, 64), (1000, 128)]  # T, H


def measured(work):
    """Processor seconds, and megabytes at the most."""
    work()
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 1e6


@pytest.mark.parametrize("cell, T, H", [("rnn", 200, 16), ("lstm", 60, 20), ("gru", 30, 40)])
def test_stretching_takes_about_what_was_foretold(cell, T, H):
    spec = lv.ModelSpec(cell, 3, H)
    weights, x = lv.init_weights(spec), lv.white_noise(T, 3)

    def work():
        jacobian.singular_values(weights, x)
        lyapunov(weights, x)

    found, (seconds, megabytes) = jacobian.estimate(spec, T), measured(work)
    assert found.megabytes / 2 < megabytes < 2 * found.megabytes
    assert found.seconds / 8 < seconds < 8 * found.seconds


@pytest.mark.parametrize("cell, scale, T, H", [("rnn", 1000.0, 8, 6), ("lstm", 100.0, 4, 4)])
def test_the_digits_of_saturated_steps_are_foretold(cell, scale, T, H):
    spec = lv.ModelSpec(cell, 3, H)
    weights, x = lv.init_weights(spec), scale * lv.white_noise(T, 3)
    assert jacobian.needs_digits(weights, x)
    assert not jacobian.needs_digits(weights, x / scale)

    def work():
        jacobian.singular_values(weights, x)
        lyapunov(weights, x)

    seconds = jacobian.estimate(spec, T, in_digits=True).seconds
    assert seconds / 8 < measured(work)[0] < 8 * seconds


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_estimate_of_stretching_grows_with_steps_and_units(cell):
    seconds = [jacobian.estimate(lv.ModelSpec(cell, 8, H), T).seconds for T, H in SIZES]
    assert seconds == sorted(seconds) and seconds[-1] > 3 * seconds[0]


@pytest.mark.parametrize("layers, T", [(1, 120), (2, 60)])
def test_comparing_architectures_takes_about_what_was_foretold(layers, T):
    specs = [lv.ModelSpec(cell, 3, 24, layers=layers) for cell in CELLS]
    x, lengths = lv.white_noise(T, 3), architectures.thinned_lengths(T)

    def work():
        for weights in map(lv.init_weights, specs):
            architectures.input_gradient(weights, x, T)
            architectures.first_input(weights, x, lengths)

    found, (seconds, megabytes) = architectures.estimate(specs, T, seeds=7), measured(work)
    assert found.seconds / 8 < 7 * seconds < 8 * found.seconds
    assert found.megabytes / 3 < megabytes < 3 * found.megabytes


@pytest.mark.parametrize(
    "cell, T, H, wrt, options",
    [
        ("rnn", 300, 40, "h", {}),
        ("lstm", 200, 24, "x", {}),
        ("attention", 250, 24, "x", {"heads": 4}),
        ("attention", 90, 24, "x", {"layers": 2}),
    ],
)
def test_a_map_takes_about_what_was_foretold(cell, T, H, wrt, options):
    spec = lv.ModelSpec(cell, 3, H, **options)
    weights, x = lv.init_weights(spec), lv.white_noise(T, 3)
    found = gradient_map.estimate(spec, T, wrt)
    seconds, megabytes = measured(lambda: lv.gradient_map(weights, x, wrt=wrt))
    assert found.seconds / 8 < seconds < 8 * found.seconds
    assert found.megabytes / 3 < megabytes < 3 * found.megabytes


def test_a_map_of_attention_that_keeps_over_a_gigabyte_is_said_to():
    spec = lv.ModelSpec("attention", 8, 32, heads=8)
    assert gradient_map.estimate(spec, 2000).megabytes > 1000
