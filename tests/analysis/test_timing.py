"""Timings gathered, fitted and compared; how long and how large a measurement will be."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import timing
from lstm_viz.analysis.timing import (
    Run,
    Timing,
    expected_seconds,
    measure,
    most_bytes,
    slower_from,
    thinned,
    timings,
)
from lstm_viz.registry import CELLS

SPEC = lv.ModelSpec(cell="lstm", input_size=8, hidden_size=16, heads=2)
LENGTHS = (10, 20, 40, 80, 160, 320)


def spec(cell, **options):
    return replace(SPEC, cell=cell, **options)


def timed(cell, scale, power, lengths=LENGTHS):
    T = np.array(lengths)
    return Timing(spec(cell), "both", T, scale * T.astype(float) ** power)


def seconds(cell, values, lengths=LENGTHS):
    return Timing(spec(cell), "both", np.array(lengths), np.array(values, float))


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_the_exponent_of_a_power_law(power):
    growth = timed("lstm", 3e-4, power).growth()
    assert growth.power == pytest.approx(power)
    assert growth.error < 1e-12
    assert growth.seconds(np.array([1000])) == pytest.approx(3e-4 * 1000.0**power)
    assert np.isnan(timed("lstm", 1, power, lengths=(10, 20, 40)).growth().power)


def test_growth_is_that_of_the_longer_half():
    bent = seconds("rnn", [1, 1, 1, 8, 16, 32])
    assert bent.growth().power == pytest.approx(1)
    assert bent.growth().first == 80


def test_the_error_of_a_power_is_how_far_fits_of_scattered_points_lie_from_it():
    """Over many draws a power lies within its error as often as Student's t has it: 3 d.o.f."""
    rng, T = np.random.default_rng(1), np.geomspace(10, 1000, 10)
    near = 0
    for _ in range(400):
        growth = seconds("rnn", T * np.exp(0.1 * rng.normal(size=10)), T).growth()
        near += abs(growth.power - 1) < growth.error
    assert near / 400 == pytest.approx(0.609, abs=0.08)


def test_slower_where_the_measured_curves_cross():
    linear, square = timed("lstm", 1e-2, 1), timed("attention", 1e-4, 2)
    assert slower_from(square, linear) == (pytest.approx(100), True)
    assert slower_from(timed("attention", 1.0, 2), linear) == (0.0, True)
    assert slower_from(timed("attention", 1e-1, 1), linear) == (0.0, True)


def test_the_last_crossing_counts_where_there_are_several():
    level = seconds("lstm", [2] * 6)
    assert slower_from(seconds("attention", [3, 1, 3, 1, 4, 4]), level) == (
        pytest.approx(80 * np.sqrt(2)),
        True,
    )


def test_beyond_what_was_measured_the_fits_speak():
    linear, square = timed("lstm", 1e-3, 1), timed("attention", 1e-6, 2)
    assert slower_from(square, linear) == (pytest.approx(1000), False)
    assert slower_from(timed("attention", 1e-6, 1), linear) == (np.inf, False)
    gaining = seconds("attention", [9, 9, 9, 9, 9, 9])  # slower at first, then quicker for good
    assert slower_from(gaining, timed("lstm", 0.1, 1)) == (np.inf, False)


def test_lengths_in_common_are_compared():
    short = timed("attention", 1e-4, 2, LENGTHS[:3])
    assert np.isnan(slower_from(short, timed("lstm", 1e-2, 1))[0])
    other = timed("lstm", 1e-2, 1, LENGTHS[3:])
    assert np.isnan(slower_from(short, other)[0])


def test_runs_are_gathered_by_their_median(monkeypatch):
    taken = iter([3.0, 30.0, 1.0, 10.0, 2.0, 20.0, 7.0, 70.0])

    def seconds_of(spec, T):
        both = next(taken)
        return Run(spec, T, both / 4, both)

    monkeypatch.setattr(timing, "seconds_of", seconds_of)
    runs = list(islice(measure([spec("rnn"), spec("gru")], [5, 9], repeats=3), 8))
    rnn, gru = timings(runs)
    assert (rnn.cell, rnn.lengths.tolist(), rnn.seconds.tolist()) == ("rnn", [5, 9], [2.0, 7.0])
    assert gru.seconds.tolist() == [20.0, 70.0]
    assert timings(runs, "forward")[1].to_frame().seconds.tolist() == [5.0, 17.5]
    assert set(timings(runs, "forward")[1].to_frame().passes) == {"forward"}


def test_what_was_measured_is_not_measured_again(monkeypatch):
    monkeypatch.setattr(timing, "seconds_of", lambda spec, T: Run(spec, T, 1.0, 2.0))
    whole = list(measure([spec("rnn"), spec("gru")], [5, 9], repeats=2))
    assert list(measure([spec("rnn"), spec("gru")], [5, 9], repeats=2, skip=3)) == whole[3:]


@pytest.mark.parametrize("cell", CELLS)
def test_time_is_measured_and_foretold(cell):
    run = timing.seconds_of(spec(cell), 3)
    assert 0 < run.forward < run.both < 10
    short, long = (expected_seconds([spec(cell)], [T], 3) for T in (10, 4000))
    assert 0 < short < long


def test_attention_needs_memory_as_t_squared():
    nets = [spec("rnn"), spec("attention")]
    assert most_bytes(nets, 4000) == pytest.approx(4 * most_bytes(nets, 2000), rel=0.1)
    assert most_bytes(nets[:1], 4000) == 2 * most_bytes(nets[:1], 2000)


@pytest.mark.parametrize("longest", [1, 20, 400, 3000])
def test_lengths_end_at_the_longest(longest):
    lengths = thinned(longest)
    assert lengths[-1] == longest
    assert lengths == sorted(set(lengths))
