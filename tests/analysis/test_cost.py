"""Costs counted from the equations, and timings gathered and fitted."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import cost
from lstm_viz.analysis.cost import (
    Timing,
    cost_curve,
    expected_seconds,
    measure,
    most_bytes,
    overtaking,
    thinned,
    timings,
)
from lstm_viz.registry import CELLS

SPEC = lv.ModelSpec(cell="lstm", input_size=8, hidden_size=16, heads=2)


def spec(cell, **options):
    return replace(SPEC, cell=cell, **options)


@pytest.mark.parametrize(("cell", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4), ("bilstm", 8)])
@pytest.mark.parametrize("T", [1, 90])
def test_recurrent_nets_take_two_products_a_step(cell, gates, T):
    found = lv.cost(spec(cell), T)
    assert found.operations == T * 2 * gates * 16 * (8 + 16)
    assert (found.sequential_steps, found.path_length) == (T, T)


@pytest.mark.parametrize("T", [1, 10, 300])
def test_attention_takes_t_squared_and_waits_for_nothing(T):
    E = 8
    found = lv.cost(spec("attention", hidden_size=E), T)
    assert found.operations == 2 * T * 4 * E * E + 2 * 2 * T * T * E
    assert (found.sequential_steps, found.path_length) == (1, 1)


@pytest.mark.parametrize("H", [4, 16, 64])
@pytest.mark.parametrize("D", [4, 16, 64])
def test_the_overtaking_is_the_first_length_that_costs_more(H, D):
    one, other = (spec(c, hidden_size=H, input_size=D) for c in ("attention", "lstm"))
    T = overtaking(one, other)
    ahead = [lv.cost(one, t).operations > lv.cost(other, t).operations for t in range(1, 2 * T)]
    assert ahead.index(True) == T - 1
    assert overtaking(other, other) is None


def test_a_curve_is_the_costs_at_its_lengths():
    curve = cost_curve(spec("gru", layers=2), [1, 7, 20])
    assert curve.parameters == lv.count_parameters(spec("gru", layers=2))
    assert curve.values("sequential_steps").tolist() == [2, 8, 21]
    frame = curve.to_frame()
    assert frame.operations.tolist() == curve.values("operations").tolist()
    assert frame.length.tolist() == [1, 7, 20]


def timed(cell, scale, power, lengths=(10, 20, 40, 80, 160, 320)):
    T = np.array(lengths)
    return Timing(spec(cell), T, scale * T.astype(float) ** power)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_the_exponent_of_a_power_law(power):
    timing = timed("lstm", 3e-4, power)
    assert timing.growth == pytest.approx(power)
    assert timing.fitted(np.array([1000])) == pytest.approx(3e-4 * 1000.0**power)
    assert np.isnan(timed("lstm", 1, power, lengths=(10, 20, 40)).growth)


def test_where_fits_cross():
    linear, square = timed("lstm", 1e-3, 1), timed("attention", 1e-6, 2)
    assert square.overtakes(linear) == pytest.approx(1000)
    assert timed("attention", 1.0, 2).overtakes(linear) == 0
    assert timed("attention", 1e-6, 1).overtakes(linear) == np.inf
    assert timed("attention", 1e-2, 1).overtakes(linear) == 0
    assert np.isnan(timed("attention", 1, 2, lengths=(1, 2)).overtakes(linear))


def test_runs_are_gathered_by_their_median(monkeypatch):
    seconds = iter([3.0, 30.0, 1.0, 10.0, 2.0, 20.0, 7.0, 70.0])
    monkeypatch.setattr(cost, "seconds_of", lambda spec, T: next(seconds))
    runs = list(islice(measure([spec("rnn"), spec("gru")], [5, 9], repeats=3), 8))
    rnn, gru = timings(runs)
    assert (rnn.cell, rnn.lengths.tolist(), rnn.seconds.tolist()) == ("rnn", [5, 9], [2.0, 7.0])
    assert gru.seconds.tolist() == [20.0, 70.0]


def test_what_was_measured_is_not_measured_again(monkeypatch):
    monkeypatch.setattr(cost, "seconds_of", lambda spec, T: float(T))
    whole = list(measure([spec("rnn"), spec("gru")], [5, 9], repeats=2))
    assert list(measure([spec("rnn"), spec("gru")], [5, 9], repeats=2, skip=3)) == whole[3:]


@pytest.mark.parametrize("cell", CELLS)
def test_time_is_measured_and_foretold(cell):
    assert 0 < cost.seconds_of(spec(cell), 3) < 10
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
